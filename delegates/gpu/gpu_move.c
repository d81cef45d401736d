// SPDX-License-Identifier: MIT
#include "gpu_move.h"

typedef struct move_params {
  int32_t items, run, in_offset, out_offset;
  int32_t dims[LM_GPU_MOVE_RANK];
  int32_t in_strides[LM_GPU_MOVE_RANK], out_strides[LM_GPU_MOVE_RANK];
} move_params;

void lm__gpu_move_add(lm__gpu_move* m, int64_t length, int64_t in_stride, int64_t out_stride) {
  if (length == 1) return;
  const int32_t last = m->rank - 1;
  if (last >= 0 && m->in_strides[last] == in_stride * length &&
      m->out_strides[last] == out_stride * length) {
    m->dims[last] *= length;
    m->in_strides[last] = in_stride;
    m->out_strides[last] = out_stride;
    return;
  }
  m->dims[m->rank] = length;
  m->in_strides[m->rank] = in_stride;
  m->out_strides[m->rank] = out_stride;
  ++m->rank;
}

bool lm__gpu_move_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, uint32_t moved, const char** out_why) {
  if (!lm__gpu_check_alike(context, graph, node, moved, out_why)) return false;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    if ((moved >> (i < 31 ? i : 31) & 1u) == 0) continue;
    for (int32_t k = 0; k < node->def->output_count; ++k) {
      LM_GPU_REQUIRE(lm__gpu_same_meaning(context, lm_graph_input(graph, node, i),
                                          lm_graph_output(graph, node, k)),
                     "input and output are quantized differently");
    }
  }
  return true;
}

lm__gpu_type lm__gpu_move_type(lm__gpu_type type) {
  switch (lm__gpu_type_bytes(type)) {
    case 1:
      return LM_GPU_U8;
    case 2:
      return LM_GPU_F16;
    default:
      return LM_GPU_I32;
  }
}

static bool divides(int64_t by, const lm__gpu_move* m) {
  const int32_t last = m->rank - 1;
  if (last < 0 || m->in_strides[last] != 1 || m->out_strides[last] != 1) return false;
  bool all = m->in_offset % by == 0 && m->out_offset % by == 0 && m->dims[last] % by == 0;
  for (int32_t d = 0; d < last; ++d) {
    all = all && m->in_strides[d] % by == 0 && m->out_strides[d] % by == 0;
  }
  return all;
}

// Whole words instead of bytes and halves, where they begin and end with words.
static void widen(lm__gpu_move* m, lm__gpu_type* type) {
  const int64_t by = 4 / (int64_t)lm__gpu_type_bytes(*type);
  if (by == 1 || !divides(by, m)) return;
  *type = LM_GPU_I32;
  m->in_offset /= by;
  m->out_offset /= by;
  m->dims[m->rank - 1] /= by;
  for (int32_t d = 0; d < m->rank - 1; ++d) {
    m->in_strides[d] /= by;
    m->out_strides[d] /= by;
  }
}

lm_status lm__gpu_move_emit(lm__gpu_build* build, const lm_node* node, const lm__gpu_move* move,
                            const lm_tensor* from, const lm_tensor* to, const char* label,
                            lm_error* err) {
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_tensor(build, from, &x, err));
  LM_GPU_TRY(lm__gpu_tensor(build, to, &y, err));
  lm__gpu_move m = *move;
  lm__gpu_type type = lm__gpu_move_type(lm__gpu_value_type(build, y));
  widen(&m, &type);
  if (m.rank == 0) {
    m.rank = 1;
    m.dims[0] = m.in_strides[0] = m.out_strides[0] = 1;
  }
  const int32_t last = m.rank - 1;
  int64_t rows = 1;
  move_params p = {.in_offset = (int32_t)m.in_offset, .out_offset = (int32_t)m.out_offset};
  for (int32_t d = 0; d < m.rank; ++d) {
    if (d < last) rows *= m.dims[d];
    p.dims[d] = (int32_t)m.dims[d];
    p.in_strides[d] = (int32_t)m.in_strides[d];
    p.out_strides[d] = (int32_t)m.out_strides[d];
  }
  p.run = lm__gpu_run_of(lm__gpu_build_context(build), m.dims[last], rows);
  const int64_t items = lm__gpu_pieces(rows, m.dims[last], p.run);
  p.items = (int32_t)items;
  lm__gpu_call call = lm__gpu_linear_call("move", type, items, &p, sizeof p);
  call.key.constant_count = 2;
  call.key.constants[0] = m.rank;
  call.key.constants[1] = m.in_strides[last] == 1 && m.out_strides[last] == 1;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}

lm_status lm__gpu_move_part(lm__gpu_build* build, const lm_node* node, const lm_tensor* whole,
                            const lm_tensor* part, int32_t axis, int64_t at, bool to_whole,
                            const char* label, lm_error* err) {
  const int64_t outer = lm__gpu_dims_product(&whole->shape, 0, axis);
  const int64_t inner = lm__gpu_dims_product(&whole->shape, axis + 1, whole->shape.rank);
  const int64_t row = lm_shape_count(&part->shape) / outer;
  const int64_t whole_row = whole->shape.dims[axis] * inner;
  lm__gpu_move m = {0};
  lm__gpu_move_add(&m, outer, to_whole ? row : whole_row, to_whole ? whole_row : row);
  lm__gpu_move_add(&m, row, 1, 1);
  *(to_whole ? &m.out_offset : &m.in_offset) = at * inner;
  return lm__gpu_move_emit(build, node, &m, to_whole ? part : whole, to_whole ? whole : part, label,
                           err);
}

lm_status lm__gpu_move_view(lm__gpu_build* build, const lm_node* node, const lm_tensor* input,
                            int64_t offset, const int64_t* strides, const lm_tensor* output,
                            const char* label, lm_error* err) {
  int64_t out[LM_MAX_RANK];
  lm__gpu_dense_strides(&output->shape, out);
  lm__gpu_move m = {.in_offset = offset};
  for (int32_t d = 0; d < output->shape.rank; ++d) {
    lm__gpu_move_add(&m, output->shape.dims[d], strides[d], out[d]);
  }
  return lm__gpu_move_emit(build, node, &m, input, output, label, err);
}
