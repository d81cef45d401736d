// SPDX-License-Identifier: MIT
//
// The tiles of AMX in plain C, for machines that have none: what amx_tile.h names, with the
// arithmetic of Intel's instruction set reference. Using tiles that are not configured aborts.
#ifndef LITMARK_AMX_EMULATED_H_
#define LITMARK_AMX_EMULATED_H_

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct amx_state {
  bool configured;
  uint8_t tile[8][AMX_ROWS][AMX_ROW_BYTES];
} amx_state;

static _Thread_local amx_state amx;

static inline void amx_check(void) {
  if (!amx.configured) abort();
}
static inline void amx_load(int t, const void* p, ptrdiff_t stride) {
  amx_check();
  for (int i = 0; i < AMX_ROWS; ++i) {
    memcpy(amx.tile[t][i], (const uint8_t*)p + i * stride, AMX_ROW_BYTES);
  }
}
static inline void amx_store(int t, void* p, ptrdiff_t stride) {
  amx_check();
  for (int i = 0; i < AMX_ROWS; ++i) {
    memcpy((uint8_t*)p + i * stride, amx.tile[t][i], AMX_ROW_BYTES);
  }
}
static inline void amx_zero(int t) {
  amx_check();
  memset(amx.tile[t], 0, sizeof amx.tile[t]);
}
// Sums wrap modulo 2^32.
static inline void amx_dot8(int c, int a, int b, bool is_signed) {
  amx_check();
  for (int m = 0; m < AMX_ROWS; ++m) {
    for (int n = 0; n < 16; ++n) {
      uint32_t sum;
      memcpy(&sum, &amx.tile[c][m][4 * n], sizeof sum);
      for (int k = 0; k < AMX_ROW_BYTES; ++k) {
        const uint8_t x = amx.tile[a][m][k];
        const int8_t w = (int8_t)amx.tile[b][k / 4][4 * n + k % 4];
        sum += (uint32_t)((is_signed ? (int8_t)x : x) * w);
      }
      memcpy(&amx.tile[c][m][4 * n], &sum, sizeof sum);
    }
  }
}

// Denormal numbers count as zero, before and after.
static inline float amx_flush(float x) { return fpclassify(x) == FP_SUBNORMAL ? 0.0f : x; }
static inline float amx_bf16(int t, int row, int at) {
  uint16_t half;
  memcpy(&half, &amx.tile[t][row][2 * at], sizeof half);
  const uint32_t bits = (uint32_t)half << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return amx_flush(x);
}
// Even and odd products are added up apart, fused, before both sums join the tile.
static inline void amx_dot_bf16(int c, int a, int b) {
  amx_check();
  for (int m = 0; m < AMX_ROWS; ++m) {
    for (int n = 0; n < 16; ++n) {
      float even = 0.0f, odd = 0.0f, sum;
      for (int k = 0; k < 16; ++k) {
        even = amx_flush(fmaf(amx_bf16(a, m, 2 * k), amx_bf16(b, k, 2 * n), even));
        odd = amx_flush(fmaf(amx_bf16(a, m, 2 * k + 1), amx_bf16(b, k, 2 * n + 1), odd));
      }
      memcpy(&sum, &amx.tile[c][m][4 * n], sizeof sum);
      sum = amx_flush(amx_flush(sum) + amx_flush(even + odd));
      memcpy(&amx.tile[c][m][4 * n], &sum, sizeof sum);
    }
  }
}

#define AMX_START() (memset(amx.tile, 0x5a, sizeof amx.tile), amx.configured = true)
#define AMX_STOP() (amx.configured = false)
#define AMX_LOAD(t, p, stride) amx_load(t, p, (ptrdiff_t)(stride))
#define AMX_STORE(t, p, stride) amx_store(t, p, (ptrdiff_t)(stride))
#define AMX_ZERO(t) amx_zero(t)
#define AMX_DPBSSD(c, a, b) amx_dot8(c, a, b, true)
#define AMX_DPBUSD(c, a, b) amx_dot8(c, a, b, false)
#define AMX_DPBF16PS(c, a, b) amx_dot_bf16(c, a, b)

#endif  // LITMARK_AMX_EMULATED_H_
