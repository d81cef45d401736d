// SPDX-License-Identifier: MIT
#include "gpu_reduce.h"

static bool reduce_min_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  return lm__gpu_reduce_supports(context, graph, node, LM_GPU_REDUCE_MIN, out_why);
}

static lm_status reduce_min_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_reduce_compile(build, node, LM_GPU_REDUCE_MIN, "reduce_min", err);
}

const lm__gpu_op lm__gpu_op_reduce_min = {
    .builtin = LM_BUILTIN_REDUCE_MIN,
    .supports = reduce_min_supports,
    .compile = reduce_min_compile,
};
