// SPDX-License-Identifier: MIT
//
// The RELU family as ops of their own.
#ifndef LITMARK_CPU_CLAMP_H_
#define LITMARK_CPU_CLAMP_H_

#include "cpu_op.h"

bool lm__cpu_clamp_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                            const lm_node* node, const char** out_why);
lm_status lm__cpu_clamp_compile(const lm__cpu_build* build, const lm_node* node, float min,
                                float max, lm__cpu_step** out_step, lm_error* err);

/// Defines lm__cpu_op_<id>, which clamps to [min, max].
#define LM_CPU_CLAMP_OP(id, code, min, max)                                 \
  static lm_status compile(const lm__cpu_build* build, const lm_node* node, \
                           lm__cpu_step** out_step, lm_error* err) {        \
    return lm__cpu_clamp_compile(build, node, (min), (max), out_step, err); \
  }                                                                         \
  const lm__cpu_op lm__cpu_op_##id = {                                      \
      .builtin = (code),                                                    \
      .supports = lm__cpu_clamp_supports,                                   \
      .compile = compile,                                                   \
  }

#endif  // LITMARK_CPU_CLAMP_H_
