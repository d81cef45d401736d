// SPDX-License-Identifier: MIT
//
// Functions of one element: 8-bit ones by tables, float ones by a vector loop or by the very
// function of the C library that the reference kernel calls.
#ifndef LITMARK_CPU_UNARY_H_
#define LITMARK_CPU_UNARY_H_

#include "cpu_op.h"

#define LM_CPU_NO_LOOP (-1)

typedef struct lm__cpu_unary {
  const char* name;
  int32_t exact;           ///< an lm__f32_unary_op with the reference's bits, or LM_CPU_NO_LOOP
  int32_t fast;            ///< one that approximates, for graphs whose floats need not be exact
  float (*scalar)(float);  ///< used where the loop that is wanted does not exist
  bool has_table;          ///< no 8-bit value makes the reference kernel fail
} lm__cpu_unary;

bool lm__cpu_unary_supports(const lm__cpu_unary* kind, const lm_graph* graph, const lm_node* node,
                            const char** out_why);
/// `alpha` is what LM_F32_LEAKY_RELU takes.
lm_status lm__cpu_unary_compile(const lm__cpu_build* build, const lm_node* node,
                                const lm__cpu_unary* kind, float alpha, lm__cpu_step** out_step,
                                lm_error* err);

/// Defines lm__cpu_op_<id> from `kind`, a static lm__cpu_unary.
#define LM_CPU_UNARY_OP(id, code, kind)                                         \
  static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, \
                       const lm_node* node, const char** out_why) {             \
    (void)delegate;                                                             \
    return lm__cpu_unary_supports(&(kind), graph, node, out_why);               \
  }                                                                             \
  static lm_status compile(const lm__cpu_build* build, const lm_node* node,     \
                           lm__cpu_step** out_step, lm_error* err) {            \
    return lm__cpu_unary_compile(build, node, &(kind), 0.0f, out_step, err);    \
  }                                                                             \
  const lm__cpu_op lm__cpu_op_##id = {                                          \
      .builtin = (code),                                                        \
      .supports = supports,                                                     \
      .compile = compile,                                                       \
  }

#endif  // LITMARK_CPU_UNARY_H_
