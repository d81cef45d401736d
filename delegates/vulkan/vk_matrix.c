// SPDX-License-Identifier: MIT
#include "vk_matrix.h"

bool lm__vk_matrix_fits(const lm__vk_instance* instance, VkPhysicalDevice device) {
  enum { MOST = 64 };
  VkCooperativeMatrixPropertiesNV known[MOST];
  const lm__vk_functions* vk = &instance->vk;
  if (vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesNV == NULL) return false;
  for (int i = 0; i < MOST; ++i) {
    known[i] = (VkCooperativeMatrixPropertiesNV){
        .sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_NV};
  }
  uint32_t count = MOST;
  const VkResult result =
      vk->vkGetPhysicalDeviceCooperativeMatrixPropertiesNV(device, &count, known);
  if (result != VK_SUCCESS && result != VK_INCOMPLETE) return false;
  for (uint32_t i = 0; i < count; ++i) {
    const VkCooperativeMatrixPropertiesNV* m = &known[i];
    if (m->MSize == 16 && m->NSize == 16 && m->KSize == 16 &&
        m->AType == VK_COMPONENT_TYPE_FLOAT16_NV && m->BType == VK_COMPONENT_TYPE_FLOAT16_NV &&
        m->CType == VK_COMPONENT_TYPE_FLOAT32_NV && m->DType == VK_COMPONENT_TYPE_FLOAT32_NV &&
        m->scope == VK_SCOPE_SUBGROUP_NV) {
      return true;
    }
  }
  return false;
}
