// SPDX-License-Identifier: MIT
#include "gpu_custom.h"

#include <string.h>

bool lm__gpu_is_custom(const lm_node* node, const char* name) {
  return node->def->builtin == LM_BUILTIN_CUSTOM && strcmp(node->def->custom_name, name) == 0;
}

int32_t lm__gpu_custom_int(const lm_node* node, int32_t i) {
  const uint8_t* b = node->def->custom_options + (size_t)i * 4;
  return (int32_t)((uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
                   (uint32_t)b[3] << 24);
}

lm_pool_options lm__gpu_custom_pool(const lm_node* node) {
  return (lm_pool_options){
      .padding = lm__gpu_custom_int(node, 0) == 1 ? LM_PADDING_SAME : LM_PADDING_VALID,
      .stride_w = lm__gpu_custom_int(node, 1),
      .stride_h = lm__gpu_custom_int(node, 2),
      .filter_w = lm__gpu_custom_int(node, 3),
      .filter_h = lm__gpu_custom_int(node, 4),
      .activation = (lm_activation)lm__gpu_custom_int(node, 5)};
}
