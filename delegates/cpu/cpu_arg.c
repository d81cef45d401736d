// SPDX-License-Identifier: MIT
#include "cpu_arg.h"

typedef struct arg_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const void* input;
  void* output;
  bool wide;  // indices of 64 bits
  size_t outer, length, inner;
  size_t (*find)(const void* values, size_t at, size_t count, size_t step);
} arg_step;

// Finds the first of the best elements; `is_better` compares x with the best so far.
#define DEFINE_FIND(name, T, is_better)                                          \
  static size_t name(const void* values, size_t at, size_t count, size_t step) { \
    const T* v = (const T*)values + at;                                          \
    T best = v[0];                                                               \
    size_t index = 0;                                                            \
    for (size_t i = 1; i < count; ++i) {                                         \
      const T x = v[i * step];                                                   \
      const bool better = (is_better);                                           \
      best = better ? x : best;                                                  \
      index = better ? i : index;                                                \
    }                                                                            \
    return index;                                                                \
  }

DEFINE_FIND(largest_s8, int8_t, x > best)
DEFINE_FIND(largest_u8, uint8_t, x > best)
DEFINE_FIND(smallest_s8, int8_t, x < best)
DEFINE_FIND(smallest_u8, uint8_t, x < best)
// What is no number gives way to what is one.
DEFINE_FIND(largest_f32, float, x > best || (best != best && x == x))
DEFINE_FIND(smallest_f32, float, x < best || (best != best && x == x))

static int32_t axis_of(const lm_tensor* input, const lm_tensor* axis) {
  const int64_t at =
      axis->type == LM_INT64 ? *(const int64_t*)axis->data : *(const int32_t*)axis->data;
  return (int32_t)(at < 0 ? at + input->shape.rank : at);
}

bool lm__cpu_arg_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_type type = lm_graph_input(graph, node, 0)->type;
  LM_CPU_REQUIRE(type == LM_FLOAT32 || type == LM_INT8 || type == LM_UINT8,
                 "type is not float32, int8 or uint8");
  LM_CPU_REQUIRE(lm__cpu_is_constant(lm_graph_input(graph, node, 1)), "axis is not constant");
  return true;
}

static void find_piece(const lm__cpu_step* step, size_t begin, size_t end) {
  const arg_step* s = (const arg_step*)step;
  for (size_t at = begin; at < end; ++at) {
    const size_t from = at / s->inner * s->length * s->inner + at % s->inner;
    const size_t index = s->find(s->input, from, s->length, s->inner);
    if (s->wide) {
      ((int64_t*)s->output)[at] = (int64_t)index;
    } else {
      ((int32_t*)s->output)[at] = (int32_t)index;
    }
  }
}

static void arg_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  arg_step* s = (arg_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void arg_run(lm__cpu_step* step) {
  const arg_step* s = (const arg_step*)step;
  const size_t grain = 16384 / s->length;
  lm__cpu_for(step, s->outer * s->inner, grain > 0 ? grain : 1, find_piece);
}

static const lm__cpu_step_kind kArg = {arg_bind, arg_run};

lm_status lm__cpu_arg_compile(const lm__cpu_build* build, const lm_node* node, bool largest,
                              lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kArg, sizeof(arg_step),
                                 largest ? "arg_max" : "arg_min", out_step, err));
  arg_step* s = (arg_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->wide = output->type == LM_INT64;
  const int32_t axis = axis_of(input, lm_graph_input(build->graph, node, 1));
  s->outer = s->inner = 1;
  for (int32_t d = 0; d < axis; ++d) s->outer *= (size_t)input->shape.dims[d];
  for (int32_t d = axis + 1; d < input->shape.rank; ++d) s->inner *= (size_t)input->shape.dims[d];
  s->length = (size_t)input->shape.dims[axis];
  switch (input->type) {
    case LM_INT8:
      s->find = largest ? largest_s8 : smallest_s8;
      break;
    case LM_UINT8:
      s->find = largest ? largest_u8 : smallest_u8;
      break;
    default:
      s->find = largest ? largest_f32 : smallest_f32;
      break;
  }
  return LM_OK;
}
