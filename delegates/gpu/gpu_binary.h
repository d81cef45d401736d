// SPDX-License-Identifier: MIT
//
// Element-wise ops over two inputs that broadcast against each other: an op's file says which
// function it is.
#ifndef LITMARK_GPU_BINARY_H_
#define LITMARK_GPU_BINARY_H_

#include "gpu_util.h"

/// The numbers are those of kernels/binary.kernel.
typedef enum lm__gpu_binary {
  LM_GPU_BINARY_ADD = 0,
  LM_GPU_BINARY_SUB = 1,
  LM_GPU_BINARY_MUL = 2,
  LM_GPU_BINARY_DIV = 3,
  LM_GPU_BINARY_MAXIMUM = 4,
  LM_GPU_BINARY_MINIMUM = 5,
  LM_GPU_BINARY_SQUARED_DIFFERENCE = 6,
  LM_GPU_BINARY_POW = 7,
  LM_GPU_BINARY_FLOOR_DIV = 8,
  LM_GPU_BINARY_FLOOR_MOD = 9,
  LM_GPU_BINARY_PRELU = 10,
  LM_GPU_BINARY_LOGICAL_AND = 11,
  LM_GPU_BINARY_LOGICAL_OR = 12,
} lm__gpu_binary;

/// Floats, and INT32 where the function cannot fail.
bool lm__gpu_binary_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, lm__gpu_binary function, const char** out_why);
lm_status lm__gpu_binary_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                                 const char* label, lm_error* err);

/// The same for any two tensors: y = function(a, b), without an activation. `y` may be `a`.
lm_status lm__gpu_binary_emit(lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                              const lm_tensor* a, const lm_tensor* b, const lm_tensor* y,
                              const char* label, lm_error* err);

/// The numbers are those of kernels/compare.kernel.
typedef enum lm__gpu_comparison {
  LM_GPU_EQUAL = 0,
  LM_GPU_NOT_EQUAL = 1,
  LM_GPU_LESS = 2,
  LM_GPU_LESS_EQUAL = 3,
  LM_GPU_GREATER = 4,
  LM_GPU_GREATER_EQUAL = 5,
} lm__gpu_comparison;

/// Floats, INT32 and BOOL; the output is BOOL.
bool lm__gpu_compare_supports(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, const char** out_why);
lm_status lm__gpu_compare_compile(lm__gpu_build* build, const lm_node* node,
                                  lm__gpu_comparison comparison, const char* label, lm_error* err);

#endif  // LITMARK_GPU_BINARY_H_
