// SPDX-License-Identifier: MIT
#include "gpu_border.h"

#include <string.h>

#include "litmark/kernel_math.h"

#define RANK 6  // of kernels/border.kernel

typedef struct border_params {
  int32_t items, run, value;
  int32_t out_dims[RANK], before[RANK], in_dims[RANK], in_strides[RANK];
} border_params;

typedef struct border_view {
  int32_t rank;
  int64_t out[LM_MAX_RANK], before[LM_MAX_RANK], in[LM_MAX_RANK];
} border_view;

// Dimensions of both sides; neighbours are merged where the border allows it.
static border_view describe(const lm_graph* graph, const lm_node* node, lm__gpu_border kind) {
  const lm_shape* in = &lm_graph_input(graph, node, 0)->shape;
  const lm_shape* out = &lm_graph_output(graph, node, 0)->shape;
  const lm_tensor* paddings = lm_graph_input(graph, node, 1);
  border_view v = {0};
  for (int32_t d = 0; d < in->rank; ++d) {
    const int64_t before = lm__gpu_int_at(paddings, 2 * d);
    const int32_t last = v.rank - 1;
    // Rows of a dimension without a border are one row of the dimension around it; mirrored, only
    // where that has none either.
    const bool merges = last >= 0 && out->dims[d] == in->dims[d] &&
                        (kind == LM_GPU_BORDER_VALUE || v.out[last] == v.in[last]);
    if (merges) {
      v.out[last] *= out->dims[d];
      v.in[last] *= in->dims[d];
      v.before[last] *= in->dims[d];
      continue;
    }
    v.out[v.rank] = out->dims[d];
    v.in[v.rank] = in->dims[d];
    v.before[v.rank++] = before;
  }
  if (v.rank == 0) v = (border_view){.rank = 1, .out = {1}, .in = {1}};
  return v;
}

bool lm__gpu_border_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, lm__gpu_border kind, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)),
                 "paddings are not constant");
  if (!lm__gpu_move_supports(context, graph, node, 1u << 0, out_why)) return false;
  LM_GPU_REQUIRE(describe(graph, node, kind).rank <= RANK, "too many dimensions are padded");
  return true;
}

static int32_t float_bits(float x) {
  int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

int32_t lm__gpu_border_bits(const lm_tensor* value, const lm_tensor* like, lm__gpu_type type) {
  if (value == NULL) {
    const bool is_byte = type == LM_GPU_I8 || type == LM_GPU_U8;
    return is_byte && like->quantization.count > 0 ? like->quantization.zero_points[0] : 0;
  }
  int32_t q;
  switch (value->type) {
    case LM_FLOAT32:
      return float_bits(((const float*)value->data)[0]);
    case LM_FLOAT16:
      return float_bits(lm_half_to_float(((const uint16_t*)value->data)[0]));
    case LM_INT32:
      return ((const int32_t*)value->data)[0];
    case LM_INT8:
      q = ((const int8_t*)value->data)[0];
      break;
    default:
      q = ((const uint8_t*)value->data)[0];
      break;
  }
  if (!lm__gpu_is_float(type)) return q;
  const lm_quantization* quantization = &value->quantization;
  return float_bits(quantization->scales[0] * (float)(q - quantization->zero_points[0]));
}

// Whole words instead of bytes and halves, where rows and borders consist of them; floats are words
// already. Returns the border's bits for the type.
static int32_t widen(border_view* v, int32_t value, lm__gpu_type* type) {
  const lm__gpu_type narrow = lm__gpu_move_type(*type);
  const int64_t by = 4 / (int64_t)lm__gpu_type_bytes(narrow);
  const int32_t last = v->rank - 1;
  *type = narrow;
  if (by == 1 || v->out[last] % by != 0 || v->in[last] % by != 0 || v->before[last] % by != 0) {
    return value;
  }
  uint32_t word;
  if (narrow == LM_GPU_U8) {
    word = ((uint32_t)value & 0xff) * 0x01010101u;
  } else {
    float x;
    memcpy(&x, &value, sizeof x);
    word = lm_float_to_half(x) * 0x00010001u;
  }
  v->out[last] /= by;
  v->in[last] /= by;
  v->before[last] /= by;
  *type = LM_GPU_I32;
  return (int32_t)word;
}

lm_status lm__gpu_border_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_border kind,
                                 int32_t value, const char* label, lm_error* err) {
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  border_view v = describe(lm__gpu_graph(build), node, kind);
  lm__gpu_type type = lm__gpu_value_type(build, y);
  border_params p = {.value = value};
  if (kind == LM_GPU_BORDER_VALUE) {
    p.value = widen(&v, value, &type);
  } else {
    type = lm__gpu_move_type(type);
  }
  int64_t rows = 1, stride = 1;
  for (int32_t d = v.rank - 1; d >= 0; --d) {
    if (d < v.rank - 1) rows *= v.out[d];
    p.out_dims[d] = (int32_t)v.out[d];
    p.in_dims[d] = (int32_t)v.in[d];
    p.before[d] = (int32_t)v.before[d];
    p.in_strides[d] = (int32_t)stride;
    stride *= v.in[d];
  }
  p.run = lm__gpu_run_of(lm__gpu_build_context(build), v.out[v.rank - 1], rows);
  const int64_t items = lm__gpu_pieces(rows, v.out[v.rank - 1], p.run);
  p.items = (int32_t)items;
  lm__gpu_call call = lm__gpu_linear_call("border", type, items, &p, sizeof p);
  call.key.constant_count = 2;
  call.key.constants[0] = v.rank;
  call.key.constants[1] = (int32_t)kind;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
