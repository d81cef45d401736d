// SPDX-License-Identifier: MIT
#include "gpu_reduce.h"

static bool sum_supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         const char** out_why) {
  return lm__gpu_reduce_supports(context, graph, node, LM_GPU_REDUCE_SUM, out_why);
}

static lm_status sum_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_reduce_compile(build, node, LM_GPU_REDUCE_SUM, "sum", err);
}

const lm__gpu_op lm__gpu_op_sum = {
    .builtin = LM_BUILTIN_SUM,
    .supports = sum_supports,
    .compile = sum_compile,
};
