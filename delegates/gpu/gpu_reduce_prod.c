// SPDX-License-Identifier: MIT
#include "gpu_reduce.h"

static bool reduce_prod_supports(const lm__gpu_context* context, const lm_graph* graph,
                                 const lm_node* node, const char** out_why) {
  return lm__gpu_reduce_supports(context, graph, node, LM_GPU_REDUCE_PROD, out_why);
}

static lm_status reduce_prod_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_reduce_compile(build, node, LM_GPU_REDUCE_PROD, "reduce_prod", err);
}

const lm__gpu_op lm__gpu_op_reduce_prod = {
    .builtin = LM_BUILTIN_REDUCE_PROD,
    .supports = reduce_prod_supports,
    .compile = reduce_prod_compile,
};
