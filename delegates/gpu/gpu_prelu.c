// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool prelu_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_PRELU, out_why);
}

static lm_status prelu_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_PRELU, "prelu", err);
}

const lm__gpu_op lm__gpu_op_prelu = {
    .builtin = LM_BUILTIN_PRELU,
    .supports = prelu_supports,
    .compile = prelu_compile,
};
