// SPDX-License-Identifier: MIT
#include "cpu_unary.h"

static const lm__cpu_unary kKind = {
    .name = "f32_leaky_relu",
    .exact = LM_F32_LEAKY_RELU,
    .fast = LM_CPU_NO_LOOP,
    .has_table = true,
};

static bool leaky_relu_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  (void)delegate;
  return lm__cpu_unary_supports(&kKind, graph, node, out_why);
}

static lm_status leaky_relu_compile(const lm__cpu_build* build, const lm_node* node,
                                    lm__cpu_step** out_step, lm_error* err) {
  const lm_leaky_relu_options* options = node->def->options;
  return lm__cpu_unary_compile(build, node, &kKind, options->alpha, out_step, err);
}

const lm__cpu_op lm__cpu_op_leaky_relu = {
    .builtin = LM_BUILTIN_LEAKY_RELU,
    .supports = leaky_relu_supports,
    .compile = leaky_relu_compile,
};
