// SPDX-License-Identifier: MIT
#include "gpu_reduce.h"

static bool reduce_any_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  return lm__gpu_reduce_supports(context, graph, node, LM_GPU_REDUCE_ANY, out_why);
}

static lm_status reduce_any_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_reduce_compile(build, node, LM_GPU_REDUCE_ANY, "reduce_any", err);
}

const lm__gpu_op lm__gpu_op_reduce_any = {
    .builtin = LM_BUILTIN_REDUCE_ANY,
    .supports = reduce_any_supports,
    .compile = reduce_any_compile,
};
