// SPDX-License-Identifier: MIT
//
// PAD, with zeros, and PADV2, with a constant. PAD in front of a convolution that does it along:
// nothing.
#include "gpu_border.h"
#include "gpu_fusion.h"

bool lm__gpu_pad_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  const lm_tensor* value = lm_graph_input(graph, node, 2);
  LM_GPU_REQUIRE(value == NULL || value->storage == LM_STORAGE_CONSTANT,
                 "the padding's value is not constant");
  return lm__gpu_border_supports(context, graph, node, LM_GPU_BORDER_VALUE, out_why);
}

lm_status lm__gpu_pad_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  if (lm__gpu_is_fused_padding(build, node)) return LM_OK;
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__gpu_value y;
  LM_GPU_TRY(lm__gpu_tensor(build, output, &y, err));
  const int32_t bits =
      lm__gpu_border_bits(lm_graph_input(graph, node, 2), output, lm__gpu_value_type(build, y));
  const char* label = node->def->builtin == LM_BUILTIN_PADV2 ? "padv2" : "pad";
  return lm__gpu_border_compile(build, node, LM_GPU_BORDER_VALUE, bits, label, err);
}

const lm__gpu_op lm__gpu_op_pad = {
    .builtin = LM_BUILTIN_PAD,
    .supports = lm__gpu_pad_supports,
    .compile = lm__gpu_pad_compile,
};
