// SPDX-License-Identifier: MIT
//
// Cooperative matrices: products of tiles that a subgroup computes together.
#ifndef LITMARK_VK_MATRIX_H_
#define LITMARK_VK_MATRIX_H_

#include "vk_loader.h"

/// True when a device multiplies 16 x 16 tiles of F16 and sums them in F32 (one subgroup).
bool lm__vk_matrix_fits(const lm__vk_instance* instance, VkPhysicalDevice device);

#endif  // LITMARK_VK_MATRIX_H_
