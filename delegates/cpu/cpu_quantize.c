// SPDX-License-Identifier: MIT
//
// QUANTIZE of floats, and of 8-bit integers to another scale or sign.
#include "cpu_table.h"

typedef struct quantize_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const float* input;
  uint8_t* output;
  size_t count;
  float scale;
  int32_t zero_point, min, max;
} quantize_step;

static bool quantize_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                              const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(output->type != LM_FLOAT32 && lm__cpu_is_plain(output),
                 "output is not int8 or uint8 with one scale");
  LM_CPU_REQUIRE(
      lm_graph_input(graph, node, 0)->type == LM_FLOAT32 || lm__cpu_table_supports(graph, node, 0),
      "type is not float32, int8 or uint8");
  return true;
}

static void quantize_piece(const lm__cpu_step* step, size_t begin, size_t end) {
  const quantize_step* s = (const quantize_step*)step;
  step->delegate->vector->f32_quantize(end - begin, s->input + begin, s->output + begin, s->scale,
                                       s->zero_point, s->min, s->max);
}

static void quantize_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  quantize_step* s = (quantize_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void quantize_run(lm__cpu_step* step) {
  lm__cpu_for(step, ((const quantize_step*)step)->count, 16384, quantize_piece);
}

static const lm__cpu_step_kind kQuantize = {quantize_bind, quantize_run};

static lm_status quantize_compile(const lm__cpu_build* build, const lm_node* node,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  if (input->type != LM_FLOAT32) return lm__cpu_table_compile(build, node, 0, out_step, err);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kQuantize, sizeof(quantize_step), "f32_quantize",
                                 out_step, err));
  quantize_step* s = (quantize_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  s->scale = output->quantization.scales[0];
  s->zero_point = output->quantization.zero_points[0];
  lm_type_range(output->type, &s->min, &s->max);
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_quantize = {
    .builtin = LM_BUILTIN_QUANTIZE,
    .supports = quantize_supports,
    .compile = quantize_compile,
};
