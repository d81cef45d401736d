// SPDX-License-Identifier: MIT
//
// SPLIT, SPLIT_V and UNPACK: an input cut along an axis. Whatever the axis, each output takes a
// contiguous part of every repetition.
#ifndef LITMARK_CPU_SPLIT_H_
#define LITMARK_CPU_SPLIT_H_

#include "cpu_move.h"

/// `input` and `axis` are numbers of inputs of the node; an axis of -1: an lm_axis_options has it.
bool lm__cpu_split_supports(const lm_graph* graph, const lm_node* node, int32_t input, int32_t axis,
                            const char** out_why);
lm_status lm__cpu_split_compile(const lm__cpu_build* build, const lm_node* node, int32_t input,
                                int32_t axis, lm__cpu_step** out_step, lm_error* err);

/// Defines lm__cpu_op_<id>.
#define LM_CPU_SPLIT_OP(id, code, input, axis)                                  \
  static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, \
                       const lm_node* node, const char** out_why) {             \
    (void)delegate;                                                             \
    return lm__cpu_split_supports(graph, node, (input), (axis), out_why);       \
  }                                                                             \
  static lm_status compile(const lm__cpu_build* build, const lm_node* node,     \
                           lm__cpu_step** out_step, lm_error* err) {            \
    return lm__cpu_split_compile(build, node, (input), (axis), out_step, err);  \
  }                                                                             \
  const lm__cpu_op lm__cpu_op_##id = {                                          \
      .builtin = (code),                                                        \
      .supports = supports,                                                     \
      .compile = compile,                                                       \
  }

#endif  // LITMARK_CPU_SPLIT_H_
