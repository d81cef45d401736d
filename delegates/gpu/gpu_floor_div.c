// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool floor_div_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_FLOOR_DIV, out_why);
}

static lm_status floor_div_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_FLOOR_DIV, "floor_div", err);
}

const lm__gpu_op lm__gpu_op_floor_div = {
    .builtin = LM_BUILTIN_FLOOR_DIV,
    .supports = floor_div_supports,
    .compile = floor_div_compile,
};
