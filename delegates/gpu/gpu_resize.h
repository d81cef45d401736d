// SPDX-License-Identifier: MIT
//
// RESIZE_BILINEAR of floats and RESIZE_NEAREST_NEIGHBOR of anything. Which rows and columns of the
// input each of the output depends on is computed here, as the reference kernels do.
#ifndef LITMARK_GPU_RESIZE_H_
#define LITMARK_GPU_RESIZE_H_

#include "gpu_util.h"

/// The numbers of one row or column: `LM_GPU_RESIZE_LERP` for each of bilinear resizing (first,
/// second, bits of the float distance from the first), one of the other.
typedef void (*lm__gpu_locate)(const lm_resize_options* options, int32_t at, int32_t in,
                               int32_t out, int32_t* numbers);
#define LM_GPU_RESIZE_LERP 3

/// `type`: of the kernel named `kernel`.
lm_status lm__gpu_resize_compile(lm__gpu_build* build, const lm_node* node, const char* kernel,
                                 lm__gpu_type type, lm__gpu_locate locate, int32_t numbers_each,
                                 lm_error* err);

#endif  // LITMARK_GPU_RESIZE_H_
