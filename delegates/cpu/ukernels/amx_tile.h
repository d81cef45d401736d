// SPDX-License-Identifier: MIT
//
// AMX tiles of 16 rows x 64 bytes, all of them alike. Instructions rather than gcc 12's intrinsics,
// whose loads do not say that they read memory. Tile numbers are literals.
//   AMX_START()             configures this thread's tiles
//   AMX_STOP()              gives them back, so that switching threads does not save them
//   AMX_LOAD(t, p, stride)  row i from p + i * stride
//   AMX_STORE(t, p, stride)
//   AMX_ZERO(t)
//   AMX_DPBSSD(c, a, b)     s8 x s8 to int32, c[m][n] += sum of a[m][4k + i] * b[k][4n + i]
//   AMX_DPBUSD(c, a, b)     u8 x s8
//   AMX_DPBF16PS(c, a, b)   bfloat16 to float32, c[m][n] += sum of a[m][2k + i] * b[k][2n + i]
//
// With LM_AMX_EMULATED the same names are plain C (tests/kernels/amx_emulated.h), so that tests
// check kernels on machines without AMX.
#ifndef LITMARK_AMX_TILE_H_
#define LITMARK_AMX_TILE_H_

#include <stddef.h>
#include <stdint.h>

#define AMX_ROWS 16
#define AMX_ROW_BYTES 64
#define AMX_TILE_BYTES 1024

#ifdef LM_AMX_EMULATED
#include "amx_emulated.h"
#else

// What ldtilecfg reads.
typedef struct amx_config {
  uint8_t palette;
  uint8_t start_row;
  uint8_t reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
} amx_config;

static inline void amx_start(void) {
  amx_config config = {.palette = 1};
  for (int t = 0; t < 8; ++t) {
    config.row_bytes[t] = AMX_ROW_BYTES;
    config.rows[t] = AMX_ROWS;
  }
  __asm__ volatile("ldtilecfg %0" : : "m"(config) : "memory");
}

#define AMX_START() amx_start()
#define AMX_STOP() __asm__ volatile("tilerelease" : : : "memory")
#define AMX_LOAD(t, p, stride)                                       \
  __asm__ volatile("tileloadd (%0,%1,1), %%tmm" #t                   \
                   :                                                 \
                   : "r"((const void*)(p)), "r"((ptrdiff_t)(stride)) \
                   : "memory")
#define AMX_STORE(t, p, stride)                                \
  __asm__ volatile("tilestored %%tmm" #t ", (%0,%1,1)"         \
                   :                                           \
                   : "r"((void*)(p)), "r"((ptrdiff_t)(stride)) \
                   : "memory")
#define AMX_ZERO(t) __asm__ volatile("tilezero %%tmm" #t : :)
#define AMX_DP_(name, c, a, b) __asm__ volatile(name " %%tmm" #b ", %%tmm" #a ", %%tmm" #c : :)
#define AMX_DPBSSD(c, a, b) AMX_DP_("tdpbssd", c, a, b)
#define AMX_DPBUSD(c, a, b) AMX_DP_("tdpbusd", c, a, b)
#define AMX_DPBF16PS(c, a, b) AMX_DP_("tdpbf16ps", c, a, b)

#endif  // LM_AMX_EMULATED

#endif  // LITMARK_AMX_TILE_H_
