// SPDX-License-Identifier: MIT
//
// Ops that bring the rows of the last dimension to a norm.
#ifndef LITMARK_GPU_ROWS_H_
#define LITMARK_GPU_ROWS_H_

#include "gpu_util.h"

/// The numbers are those of kernels/rows.kernel.
typedef enum lm__gpu_norm {
  LM_GPU_SOFTMAX = 0,
  LM_GPU_LOG_SOFTMAX = 1,
  LM_GPU_L2_NORMALIZATION = 2,
} lm__gpu_norm;

/// Floats.
bool lm__gpu_rows_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, const char** out_why);
lm_status lm__gpu_rows_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_norm norm,
                               float beta, const char* label, lm_error* err);

#endif  // LITMARK_GPU_ROWS_H_
