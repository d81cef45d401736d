// SPDX-License-Identifier: MIT
//
// VNNI on 256-bit vectors, encoded with VEX: for processors that have it without AVX-512.
#include "requant_avx2.h"

#include "q8_finish.h"

#define Q8_KR 4
#define Q8_PARTS 1
#define Q8_B_BYTES 32
typedef __m256i q8_a;
typedef __m256i q8_b;

LM_UK_INLINE q8_a q8_load_a(const uint8_t* p, bool flip) {
  float bytes;  // gcc 12 broadcasts a float straight from memory, but not an integer
  memcpy(&bytes, p, sizeof bytes);
  const __m256i x = _mm256_castps_si256(_mm256_set1_ps(bytes));
  return flip ? _mm256_xor_si256(x, _mm256_set1_epi8(-128)) : x;
}
LM_UK_INLINE q8_b q8_load_b(const uint8_t* p) { return _mm256_loadu_si256((const __m256i*)p); }
// Written as an instruction: gcc 12 copies the accumulators of the intrinsic back and forth.
LM_UK_INLINE vi q8_dot(vi acc, q8_a a, q8_b b) {
  __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(acc) : "x"(a), "x"(b));
  return acc;
}
LM_UK_INLINE vi q8_join(const vi* acc) { return acc[0]; }

#define UK_NAME lm__uk_q8_gemm_6x16c4__avxvnni
#define UK_MR 6
#define UK_NV 2
#include "q8_gemm_body.inc"

#define UK_NAME lm__uk_q8_gemm_4x24c4__avxvnni
#define UK_MR 4
#define UK_NV 3
#include "q8_gemm_body.inc"

#define UK_NAME lm__uk_q8_gemm_12x8c4__avxvnni
#define UK_MR 12
#define UK_NV 1
#include "q8_gemm_body.inc"
