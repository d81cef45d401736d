// SPDX-License-Identifier: MIT
//
// ADD of floats and INT32. Behind a convolution that does it along, nothing.
#include "gpu_binary.h"
#include "gpu_fusion.h"

static bool add_supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         const char** out_why) {
  return lm__gpu_binary_supports(context, graph, node, LM_GPU_BINARY_ADD, out_why);
}

static lm_status add_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  if (lm__gpu_is_tail(build, node)) return LM_OK;
  return lm__gpu_binary_compile(build, node, LM_GPU_BINARY_ADD, "add", err);
}

const lm__gpu_op lm__gpu_op_add = {
    .builtin = LM_BUILTIN_ADD,
    .supports = add_supports,
    .compile = add_compile,
};
