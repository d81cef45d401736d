// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool pow_supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_POW, out_why);
}

static lm_status pow_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_POW, "pow", err);
}

const lm__gpu_op lm__gpu_op_pow = {
    .builtin = LM_BUILTIN_POW,
    .supports = pow_supports,
    .compile = pow_compile,
};
