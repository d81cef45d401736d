// SPDX-License-Identifier: MIT
//
// Functions of one element: an op's file says which.
#ifndef LITMARK_GPU_UNARY_H_
#define LITMARK_GPU_UNARY_H_

#include "gpu_util.h"

/// The numbers are those of kernels/unary.kernel.
typedef enum lm__gpu_unary {
  LM_GPU_UNARY_CLAMP = 0,
  LM_GPU_UNARY_LEAKY_RELU = 1,
  LM_GPU_UNARY_ELU = 2,
  LM_GPU_UNARY_HARD_SWISH = 3,
  LM_GPU_UNARY_LOGISTIC = 4,
  LM_GPU_UNARY_TANH = 5,
  LM_GPU_UNARY_GELU = 6,
  LM_GPU_UNARY_GELU_TANH = 7,
  LM_GPU_UNARY_ABS = 8,
  LM_GPU_UNARY_NEG = 9,
  LM_GPU_UNARY_SIGN = 10,
  LM_GPU_UNARY_SQUARE = 11,
  LM_GPU_UNARY_SQRT = 12,
  LM_GPU_UNARY_RSQRT = 13,
  LM_GPU_UNARY_EXP = 14,
  LM_GPU_UNARY_LOG = 15,
  LM_GPU_UNARY_SIN = 16,
  LM_GPU_UNARY_COS = 17,
  LM_GPU_UNARY_FLOOR = 18,
  LM_GPU_UNARY_CEIL = 19,
  LM_GPU_UNARY_ROUND = 20,
  LM_GPU_UNARY_LOGICAL_NOT = 21,
} lm__gpu_unary;

/// Floats.
bool lm__gpu_unary_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why);
/// Floats, but for bytes that are floats on the device: of functions that are not defined
/// everywhere, which the reference kernels of bytes report or define in their own ways.
bool lm__gpu_unary_partial_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why);
/// Floats and INT32.
bool lm__gpu_unary_int_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why);

/// Behind a convolution that does the function along (gpu_fusion.h), nothing.
lm_status lm__gpu_unary_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_unary function,
                                float alpha, const char* label, lm_error* err);

/// RELU and the like: between `low` and `high`.
lm_status lm__gpu_clamp_compile(lm__gpu_build* build, const lm_node* node, float low, float high,
                                const char* label, lm_error* err);

#endif  // LITMARK_GPU_UNARY_H_
