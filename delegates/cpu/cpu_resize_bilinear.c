// SPDX-License-Identifier: MIT
#include "cpu_resize.h"

static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                     const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(lm_graph_input(graph, node, 0)->type != LM_INT16, "type is int16");
  LM_CPU_REQUIRE(lm_graph_input(graph, node, 0)->type != LM_INT8 ||
                     lm__cpu_resize_fits(node, lm_graph_input(graph, node, 0),
                                         lm_graph_output(graph, node, 0)),
                 "the rounding of its fixed point is too large");
  LM_CPU_REQUIRE(lm__cpu_resize_counts(lm_graph_output(graph, node, 0)),
                 "more rows than fit 32 bits");
  return true;
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  return lm__cpu_resize_compile(build, node, true, out_step, err);
}

const lm__cpu_op lm__cpu_op_resize_bilinear = {
    .builtin = LM_BUILTIN_RESIZE_BILINEAR,
    .supports = supports,
    .compile = compile,
};
