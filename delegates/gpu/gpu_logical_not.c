// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

static bool logical_not_supports(const lm__gpu_context* context, const lm_graph* graph,
                                 const lm_node* node, const char** out_why) {
  return lm__gpu_check_alike(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static lm_status logical_not_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_unary_compile(build, node, LM_GPU_UNARY_LOGICAL_NOT, 0.0f, "logical_not", err);
}

const lm__gpu_op lm__gpu_op_logical_not = {
    .builtin = LM_BUILTIN_LOGICAL_NOT,
    .supports = logical_not_supports,
    .compile = logical_not_compile,
};
