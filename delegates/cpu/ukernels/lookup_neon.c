// SPDX-License-Identifier: MIT
//
// The table in sixteen registers: tbl and tbx look an index up in four of them and leave the result
// alone where it lies outside.
#include <arm_neon.h>

#include "ukernel.h"

void lm__uk_lookup__neon(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
void lm__uk_lookup__neon(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out) {
  const uint8x16x4_t t0 = vld1q_u8_x4(table), t1 = vld1q_u8_x4(table + 64);
  const uint8x16x4_t t2 = vld1q_u8_x4(table + 128), t3 = vld1q_u8_x4(table + 192);
  const uint8x16_t quarter = vdupq_n_u8(64);
  for (; count >= 16; count -= 16, a += 16, out += 16) {
    uint8x16_t x = vld1q_u8(a);
    uint8x16_t y = vqtbl4q_u8(t0, x);
    x = vsubq_u8(x, quarter);
    y = vqtbx4q_u8(y, t1, x);
    x = vsubq_u8(x, quarter);
    y = vqtbx4q_u8(y, t2, x);
    x = vsubq_u8(x, quarter);
    vst1q_u8(out, vqtbx4q_u8(y, t3, x));
  }
  for (size_t i = 0; i < count; ++i) out[i] = table[a[i]];
}
