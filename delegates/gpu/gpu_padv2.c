// SPDX-License-Identifier: MIT
//
// PADV2, with a constant.
#include "gpu_border.h"

static bool padv2_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  const lm_tensor* value = lm_graph_input(graph, node, 2);
  LM_GPU_REQUIRE(value == NULL || value->storage == LM_STORAGE_CONSTANT,
                 "the padding's value is not constant");
  return lm__gpu_border_supports(context, graph, node, LM_GPU_BORDER_VALUE, out_why);
}

static lm_status padv2_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__gpu_value y;
  LM_GPU_TRY(lm__gpu_tensor(build, output, &y, err));
  const int32_t bits =
      lm__gpu_border_bits(lm_graph_input(graph, node, 2), output, lm__gpu_value_type(build, y));
  return lm__gpu_border_compile(build, node, LM_GPU_BORDER_VALUE, bits, "padv2", err);
}

const lm__gpu_op lm__gpu_op_padv2 = {
    .builtin = LM_BUILTIN_PADV2,
    .supports = padv2_supports,
    .compile = padv2_compile,
};
