// SPDX-License-Identifier: MIT
//
// CONCATENATION where elements are copied as they are. Inputs that their producers have written in
// place (gpu_fusion.h) are skipped.
#include "gpu_fusion.h"
#include "gpu_move.h"

// UINT8 inputs are rescaled where their quantization differs from the output's.
static bool is_rescaled(const lm_tensor* from, const lm_tensor* to) {
  const lm_quantization *a = &from->quantization, *b = &to->quantization;
  return from->type == LM_UINT8 && a->count > 0 &&
         (a->scales[0] != b->scales[0] || a->zero_points[0] != b->zero_points[0]);
}

static bool concatenation_supports(const lm__gpu_context* context, const lm_graph* graph,
                                   const lm_node* node, const char** out_why) {
  if (!lm__gpu_check_alike(context, graph, node, LM_GPU_ALL_INPUTS, out_why)) return false;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__gpu_type type;
  // Floats, dequantized ones too, have one scale: 1.
  if (!lm__gpu_tensor_type(context, output, &type) || lm__gpu_is_float(type)) return true;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    LM_GPU_REQUIRE(!is_rescaled(lm_graph_input(graph, node, i), output), "inputs are rescaled");
  }
  return true;
}

static lm_status concatenation_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  int32_t axis = ((const lm_concatenation_options*)node->def->options)->axis;
  if (axis < 0) axis += output->shape.rank;
  int64_t at = 0;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(graph, node, i);
    if (!lm__gpu_is_in_place(build, node, input)) {
      LM_GPU_TRY(
          lm__gpu_move_part(build, node, output, input, axis, at, true, "concatenation", err));
    }
    at += input->shape.rank == 0 ? 1 : input->shape.dims[axis];
  }
  return LM_OK;
}

const lm__gpu_op lm__gpu_op_concatenation = {
    .builtin = LM_BUILTIN_CONCATENATION,
    .supports = concatenation_supports,
    .compile = concatenation_compile,
};
