// SPDX-License-Identifier: MIT
//
// DEQUANTIZE of 8-bit integers with one scale: a product in double, rounded once.
#include "cpu_op.h"

typedef struct dequantize_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const uint8_t* input;
  float* output;
  size_t count;
  bool is_signed;
  double scale;
  int32_t zero_point;
} dequantize_step;

static bool dequantize_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  LM_CPU_REQUIRE(input->type != LM_FLOAT32 && lm__cpu_is_plain(input),
                 "input is not int8 or uint8 with one scale");
  return true;
}

static void dequantize_piece(const lm__cpu_step* step, size_t begin, size_t end) {
  const dequantize_step* s = (const dequantize_step*)step;
  const lm__vector_uk* v = step->delegate->vector;
  (s->is_signed ? v->s8_dequantize : v->u8_dequantize)(end - begin, s->input + begin,
                                                       s->output + begin, s->scale, s->zero_point);
}

static void dequantize_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  dequantize_step* s = (dequantize_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void dequantize_run(lm__cpu_step* step) {
  lm__cpu_for(step, ((const dequantize_step*)step)->count, 16384, dequantize_piece);
}

static const lm__cpu_step_kind kDequantize = {dequantize_bind, dequantize_run};

static lm_status dequantize_compile(const lm__cpu_build* build, const lm_node* node,
                                    lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kDequantize, sizeof(dequantize_step),
                                 "q8_dequantize", out_step, err));
  dequantize_step* s = (dequantize_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  s->is_signed = input->type == LM_INT8;
  s->scale = (double)input->quantization.scales[0];
  s->zero_point = input->quantization.zero_points[0];
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_dequantize = {
    .builtin = LM_BUILTIN_DEQUANTIZE,
    .supports = dequantize_supports,
    .compile = dequantize_compile,
};
