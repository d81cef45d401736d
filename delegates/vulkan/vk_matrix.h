// SPDX-License-Identifier: MIT
//
// Cooperative matrices: products of tiles that a subgroup computes together.
#ifndef LITMARK_VK_MATRIX_H_
#define LITMARK_VK_MATRIX_H_

#include "gpu_device.h"
#include "vk_loader.h"

struct lm__vk_device;

/// True when a device multiplies 16 x 16 tiles of F16 and sums them in F32 (one subgroup).
bool lm__vk_matrix_fits(const lm__vk_instance* instance, VkPhysicalDevice device);

/// Multiplies a small matrix on the device and compares every element: conv_matrix for F16 by
/// cooperative matrices, for F32 without. The device works on when the answer is no.
/// @retval LM_UNAVAILABLE  the device was lost over it.
lm_status lm__vk_matrix_check(struct lm__vk_device* device, lm__gpu_type type, bool* out_right,
                              lm_error* err);

#endif  // LITMARK_VK_MATRIX_H_
