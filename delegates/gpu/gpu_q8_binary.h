// SPDX-License-Identifier: MIT
//
// Element-wise ops of two tensors of bytes.
#ifndef LITMARK_GPU_Q8_BINARY_H_
#define LITMARK_GPU_Q8_BINARY_H_

#include "gpu_q8.h"

/// As in kernels/q8_binary.kernel.
typedef enum lm__gpu_q8_binary {
  LM_GPU_Q8_ADD,
  LM_GPU_Q8_SUB,
  LM_GPU_Q8_MUL,
  LM_GPU_Q8_SQUARED_DIFFERENCE,
  LM_GPU_Q8_PRELU,
  LM_GPU_Q8_EQUAL,
  LM_GPU_Q8_NOT_EQUAL,
  LM_GPU_Q8_LESS,
  LM_GPU_Q8_LESS_EQUAL,
  LM_GPU_Q8_GREATER,
  LM_GPU_Q8_GREATER_EQUAL,
} lm__gpu_q8_binary;

bool lm__gpu_q8_binary_supports(lm__gpu_q8_binary op, const lm__gpu_context* context,
                                const lm_graph* graph, const lm_node* node, const char** out_why);
lm_status lm__gpu_q8_binary_compile(lm__gpu_q8_binary op, lm__gpu_build* build, const lm_node* node,
                                    lm_error* err);

/// Defines lm__gpu_op_q8_<name>.
#define LM_GPU_Q8_BINARY_OP(name, upper)                                                           \
  static bool supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node, \
                       const char** out_why) {                                                     \
    return lm__gpu_q8_binary_supports(LM_GPU_Q8_##upper, context, graph, node, out_why);           \
  }                                                                                                \
  static lm_status compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {             \
    return lm__gpu_q8_binary_compile(LM_GPU_Q8_##upper, build, node, err);                         \
  }                                                                                                \
  const lm__gpu_op lm__gpu_op_q8_##name = {LM_BUILTIN_##upper, supports, compile}

#endif  // LITMARK_GPU_Q8_BINARY_H_
