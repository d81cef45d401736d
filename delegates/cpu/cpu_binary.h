// SPDX-License-Identifier: MIT
//
// Element-wise ops of two operands that broadcast against each other: ADD, SUB, MUL, MAXIMUM and
// so on. Dimensions that both operands step through alike are merged, so that a kernel sees rows.
#ifndef LITMARK_CPU_BINARY_H_
#define LITMARK_CPU_BINARY_H_

#include "cpu_op.h"
#include "kernels.h"

/// The 8-bit arithmetic of an op.
typedef enum lm__cpu_q8_kind {
  LM_CPU_Q8_NONE,
  LM_CPU_Q8_ADD,
  LM_CPU_Q8_SUB,
  LM_CPU_Q8_MUL,
  LM_CPU_Q8_MAXIMUM,  ///< of the bytes as they are
  LM_CPU_Q8_MINIMUM
} lm__cpu_q8_kind;

typedef struct lm__cpu_binary {
  const char* f32_name;
  lm__f32_binary_op f32;
  lm__cpu_q8_kind q8;
  bool has_activation;
} lm__cpu_binary;

bool lm__cpu_binary_supports(const lm__cpu_binary* kind, const lm_graph* graph, const lm_node* node,
                             const char** out_why);
lm_status lm__cpu_binary_compile(const lm__cpu_build* build, const lm_node* node,
                                 const lm__cpu_binary* kind, lm__cpu_step** out_step,
                                 lm_error* err);

/// Defines lm__cpu_op_<id> from `kind`, a static lm__cpu_binary.
#define LM_CPU_BINARY_OP(id, code, kind)                                        \
  static bool supports(const lm__cpu_delegate* delegate, const lm_graph* graph, \
                       const lm_node* node, const char** out_why) {             \
    (void)delegate;                                                             \
    return lm__cpu_binary_supports(&(kind), graph, node, out_why);              \
  }                                                                             \
  static lm_status compile(const lm__cpu_build* build, const lm_node* node,     \
                           lm__cpu_step** out_step, lm_error* err) {            \
    return lm__cpu_binary_compile(build, node, &(kind), out_step, err);         \
  }                                                                             \
  const lm__cpu_op lm__cpu_op_##id = {                                          \
      .builtin = (code),                                                        \
      .supports = supports,                                                     \
      .compile = compile,                                                       \
  }

/// Arguments of the 8-bit kernels for a node, ready but for the output's range.
void lm__cpu_q8_add_args(const lm_tensor* a, const lm_tensor* b, const lm_tensor* output,
                         bool is_subtract, lm__q8_add_args* out_args);
/// Looks for a linear function that is exact, once the output's range is there; `uk` computes the
/// results that it is compared with, all of them.
void lm__cpu_q8_add_linear(const lm__q8_add_uk* uk, lm__q8_add_args* args);
void lm__cpu_q8_mul_args(const lm_tensor* a, const lm_tensor* b, const lm_tensor* output,
                         lm__q8_mul_args* out_args);

#endif  // LITMARK_CPU_BINARY_H_
