// SPDX-License-Identifier: MIT
#include "gpu_q8_reduce.h"

#define BLOCK 16
#define GROUPS 3

// Neighbouring dimensions with one fate, merged; aligned to the innermost, with 1 in front.
typedef struct dims {
  int32_t dims[GROUPS], strides[GROUPS];
} dims;

typedef struct walk {
  dims kept, reduced;
  int64_t reduced_count;
} walk;

// As in kernels/q8_reduce.kernel.
typedef struct reduce_params {
  int32_t items, row, kept1, kept2, kept_strides[GROUPS];
  int32_t reduced[GROUPS], reduced_strides[GROUPS];
  int32_t zeros;
  lm_multiplier scale;
  int32_t zero_out, min, max;
} reduce_params;

static bool walk_init(walk* w, const lm_shape* input, const lm_tensor* axes) {
  bool is_reduced[LM_MAX_RANK] = {false};
  const int64_t count = input->rank == 0 ? 0 : lm_shape_count(&axes->shape);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t axis = lm__gpu_int_at(axes, i);
    is_reduced[axis < 0 ? axis + input->rank : axis] = true;
  }
  *w = (walk){.kept = {{1, 1, 1}, {0, 0, 0}}, .reduced = {{1, 1, 1}, {0, 0, 0}}};
  w->reduced_count = 1;
  int32_t at[2] = {GROUPS, GROUPS};
  int32_t stride = 1, last = -1;
  for (int32_t d = input->rank - 1; d >= 0; --d) {
    const int32_t dim = input->dims[d];
    const int32_t kind = is_reduced[d] ? 1 : 0;
    dims* to = kind != 0 ? &w->reduced : &w->kept;
    if (kind != 0) w->reduced_count *= dim;
    if (dim == 1) continue;
    if (kind == last) {
      to->dims[at[kind]] *= dim;
    } else {
      if (at[kind] == 0) return false;
      --at[kind];
      to->dims[at[kind]] = dim;
      to->strides[at[kind]] = stride;
    }
    last = kind;
    stride *= dim;
  }
  return true;
}

bool lm__gpu_q8_reduce_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  if (!lm__gpu_q8_check(context, graph, node, 1, out_why)) return false;
  const lm_tensor* axes = lm_graph_input(graph, node, 1);
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(axes), "axes are not constant");
  walk w;
  LM_GPU_REQUIRE(walk_init(&w, &lm_graph_input(graph, node, 0)->shape, axes),
                 "axes make more than three groups of dimensions");
  LM_GPU_REQUIRE(w.reduced_count <= INT32_MAX / 256, "too many elements for sums of 32 bits");
  return true;
}

// As runtime/ops/reduce_util.c: the mean's division goes into the multiplier.
static lm_multiplier scale_of(const lm_tensor* input, const lm_tensor* output, bool mean,
                              int64_t count) {
  lm_multiplier scale =
      lm_multiplier_make((double)lm__gpu_q8_scale(input) / (double)lm__gpu_q8_scale(output));
  if (!mean) return scale;
  int32_t shift = 63 - __builtin_clzll((uint64_t)count);
  if (shift > 32) shift = 32;
  if (shift > 31 + scale.shift) shift = 31 + scale.shift;
  scale.multiplier = (int32_t)(((int64_t)scale.multiplier << shift) / count);
  scale.shift -= shift;
  return scale;
}

lm_status lm__gpu_q8_reduce_compile(lm__gpu_build* build, const lm_node* node, bool mean,
                                    lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  walk w;
  (void)walk_init(&w, &input->shape, lm_graph_input(graph, node, 1));
  lm__gpu_value from, to;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));

  const int32_t* kept = w.kept.dims;
  const bool in_blocks = w.kept.strides[2] == 1 && kept[2] >= BLOCK &&
                         lm__gpu_wants_loops(lm__gpu_build_context(build));
  const int32_t block = in_blocks ? BLOCK : 1;
  const int64_t items = lm__gpu_pieces((int64_t)kept[0] * kept[1], kept[2], block);
  reduce_params params = {
      .items = (int32_t)items,
      .row = kept[2],
      .kept1 = kept[1],
      .kept2 = kept[2],
      .zeros = (int32_t)((uint32_t)lm__gpu_q8_zero(input) * (uint32_t)w.reduced_count),
      .scale = scale_of(input, output, mean, w.reduced_count),
      .zero_out = lm__gpu_q8_zero(output),
  };
  for (int32_t i = 0; i < GROUPS; ++i) {
    params.kept_strides[i] = w.kept.strides[i];
    params.reduced[i] = w.reduced.dims[i];
    params.reduced_strides[i] = w.reduced.strides[i];
  }
  lm_type_range(output->type, &params.min, &params.max);
  lm__gpu_call call = lm__gpu_linear_call("q8_reduce", lm__gpu_value_type(build, from), items,
                                          &params, sizeof params);
  call.key.constant_count = 1;
  call.key.constants[0] = block;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}
