// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

static bool floor_mod_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_FLOOR_MOD, out_why);
}

static lm_status floor_mod_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_FLOOR_MOD, "floor_mod", err);
}

const lm__gpu_op lm__gpu_op_floor_mod = {
    .builtin = LM_BUILTIN_FLOOR_MOD,
    .supports = floor_mod_supports,
    .compile = floor_mod_compile,
};
