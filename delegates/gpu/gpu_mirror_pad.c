// SPDX-License-Identifier: MIT
#include "gpu_border.h"

static lm__gpu_border kind_of(const lm_node* node) {
  const lm_int_options* options = node->def->options;
  return options->value == 0 ? LM_GPU_BORDER_REFLECT : LM_GPU_BORDER_SYMMETRIC;
}

static bool mirror_pad_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  return lm__gpu_border_supports(context, graph, node, kind_of(node), out_why);
}

static lm_status mirror_pad_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_border_compile(build, node, kind_of(node), 0, "mirror_pad", err);
}

const lm__gpu_op lm__gpu_op_mirror_pad = {
    .builtin = LM_BUILTIN_MIRROR_PAD,
    .supports = mirror_pad_supports,
    .compile = mirror_pad_compile,
};
