// SPDX-License-Identifier: MIT
#include "ukernel.h"

void lm__uk_lookup__scalar(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
void lm__uk_lookup__scalar(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out) {
  for (size_t i = 0; i < count; ++i) out[i] = table[a[i]];
}
