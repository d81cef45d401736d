// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool maximum_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_MAXIMUM, out_why);
}

static lm_status maximum_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_MAXIMUM, "maximum", err);
}

const lm__gpu_op lm__gpu_op_maximum = {
    .builtin = LM_BUILTIN_MAXIMUM,
    .supports = maximum_supports,
    .compile = maximum_compile,
};
