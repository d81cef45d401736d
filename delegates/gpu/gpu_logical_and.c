// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool logical_and_supports(const lm__gpu_context* context, const lm_graph* graph,
                                 const lm_node* node, const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_LOGICAL_AND, out_why);
}

static lm_status logical_and_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_LOGICAL_AND, "logical_and", err);
}

const lm__gpu_op lm__gpu_op_logical_and = {
    .builtin = LM_BUILTIN_LOGICAL_AND,
    .supports = logical_and_supports,
    .compile = logical_and_compile,
};
