// SPDX-License-Identifier: MIT
#include "cpu_resize.h"

static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                     const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(lm_type_bytes(lm_graph_input(graph, node, 0)->type) > 0,
                 "elements have no fixed size");
  LM_CPU_REQUIRE(lm__cpu_resize_counts(lm_graph_output(graph, node, 0)),
                 "more rows than fit 32 bits");
  return true;
}

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  return lm__cpu_resize_compile(build, node, false, out_step, err);
}

const lm__cpu_op lm__cpu_op_resize_nearest_neighbor = {
    .builtin = LM_BUILTIN_RESIZE_NEAREST_NEIGHBOR,
    .supports = supports,
    .compile = compile,
};
