// SPDX-License-Identifier: MIT
//
// Options of MediaPipe's custom ops, whose reference kernels have checked them: the bytes of a C
// struct of 32-bit integers, little-endian.
#ifndef LITMARK_GPU_CUSTOM_H_
#define LITMARK_GPU_CUSTOM_H_

#include "gpu_build.h"

/// True when `node` is the custom op `name`.
bool lm__gpu_is_custom(const lm_node* node, const char* name);

/// Integer `i` of the options.
int32_t lm__gpu_custom_int(const lm_node* node, int32_t i);

/// The struct of the pooling ops: padding (1: SAME, 2: VALID), stride width and height, filter
/// width and height, activation.
lm_pool_options lm__gpu_custom_pool(const lm_node* node);

#endif  // LITMARK_GPU_CUSTOM_H_
