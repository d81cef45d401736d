// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool squared_difference_supports(const lm__gpu_context* context, const lm_graph* graph,
                                        const lm_node* node, const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_SQUARED_DIFFERENCE, out_why);
}

static lm_status squared_difference_compile(lm__gpu_build* build, const lm_node* node,
                                            lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_SQUARED_DIFFERENCE, "squared_difference",
                                err);
}

const lm__gpu_op lm__gpu_op_squared_difference = {
    .builtin = LM_BUILTIN_SQUARED_DIFFERENCE,
    .supports = squared_difference_supports,
    .compile = squared_difference_compile,
};
