// SPDX-License-Identifier: MIT
//
// PAD, PADV2 and MIRROR_PAD: a tensor with a border around it.
#ifndef LITMARK_GPU_BORDER_H_
#define LITMARK_GPU_BORDER_H_

#include "gpu_move.h"

/// What the border repeats; the numbers are those of kernels/border.kernel.
typedef enum lm__gpu_border {
  LM_GPU_BORDER_VALUE = 0,      ///< one value
  LM_GPU_BORDER_SYMMETRIC = 1,  ///< the tensor backwards
  LM_GPU_BORDER_REFLECT = 2,    ///< the same without its edge
} lm__gpu_border;

bool lm__gpu_border_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, lm__gpu_border kind, const char** out_why);

/// `value`: bits of the border's element, as 32 bits of a float for floats; ignored by the others.
lm_status lm__gpu_border_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_border kind,
                                 int32_t value, const char* label, lm_error* err);

/// PAD and PADV2, in gpu_pad.c.
bool lm__gpu_pad_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why);
lm_status lm__gpu_pad_compile(lm__gpu_build* build, const lm_node* node, lm_error* err);

/// The bits of element 0 of a constant of type `type` on the device; NULL: of zero, which for bytes
/// is the zero point of `like`.
int32_t lm__gpu_border_bits(const lm_tensor* value, const lm_tensor* like, lm__gpu_type type);

#endif  // LITMARK_GPU_BORDER_H_
