// SPDX-License-Identifier: MIT
#include "gpu_reduce.h"

static bool reduce_all_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  return lm__gpu_reduce_supports(context, graph, node, LM_GPU_REDUCE_ALL, out_why);
}

static lm_status reduce_all_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_reduce_compile(build, node, LM_GPU_REDUCE_ALL, "reduce_all", err);
}

const lm__gpu_op lm__gpu_op_reduce_all = {
    .builtin = LM_BUILTIN_REDUCE_ALL,
    .supports = reduce_all_supports,
    .compile = reduce_all_compile,
};
