// SPDX-License-Identifier: MIT
//
// Sums that were found to be a linear function of their operands (lm__q8_add_args.linear): 64 at a
// time, by two products of 16-bit halves. All others are left to the kernel of AVX-512.
#include "simd_avx512.h"

#define STEP 64

typedef struct add_constants {
  __m512i upper, lower;  // halves of both factors
  __m512i offset;
  __m128i shift;  // of what is left after 16 bits
  __m512i flip, min, max;
} add_constants;

static add_constants constants_of(const lm__q8_add_args* args) {
  const lm__q8_linear* k = &args->linear;
  const uint32_t a = (uint32_t)k->factor[0], b = (uint32_t)k->factor[1];
  // factor = upper * 256 + lower, where upper is signed.
  const uint32_t upper = (a >> 8 & 0xffff) | b >> 8 << 16;
  const uint32_t lower = (a & 0xff) | (b & 0xff) << 16;
  const int32_t to_s8 = args->is_signed ? 0 : 128;
  return (add_constants){
      .upper = _mm512_set1_epi32((int32_t)upper),
      .lower = _mm512_set1_epi32((int32_t)lower),
      .offset = _mm512_set1_epi32(k->offset),
      .shift = _mm_cvtsi32_si128(k->bits - 16),
      .flip = _mm512_set1_epi8((char)(args->is_signed ? 0 : 0x80)),
      .min = _mm512_set1_epi8((char)(args->min - to_s8)),
      .max = _mm512_set1_epi8((char)(args->max - to_s8)),
  };
}

// As instructions: gcc 12 copies the accumulators of the intrinsic back and forth.
LM_UK_INLINE __m512i dot_words(__m512i acc, __m512i a, __m512i b) {
  __asm__("vpdpwssd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
  return acc;
}

// The upper halves of two vectors as 32 words, inside 128 bits those of `a`, then those of `b`.
LM_UK_INLINE __m512i upper_words(__m512i a, __m512i b) {
  const __m512i index =
      _mm512_set_epi16(63, 61, 59, 57, 31, 29, 27, 25, 55, 53, 51, 49, 23, 21, 19, 17, 47, 45, 43,
                       41, 15, 13, 11, 9, 39, 37, 35, 33, 7, 5, 3, 1);
  return _mm512_permutex2var_epi16(a, index, b);
}

LM_UK_INLINE __m512i sixty_four(const add_constants* k, __m512i a, __m512i b) {
  a = _mm512_xor_si512(a, k->flip);
  b = _mm512_xor_si512(b, k->flip);
  // Bytes as the upper halves of words: 256 times their value.
  const __m512i zero = _mm512_setzero_si512();
  const __m512i a_low = _mm512_unpacklo_epi8(zero, a), a_high = _mm512_unpackhi_epi8(zero, a);
  const __m512i b_low = _mm512_unpacklo_epi8(zero, b), b_high = _mm512_unpackhi_epi8(zero, b);
  const __m512i pairs[4] = {
      _mm512_unpacklo_epi16(a_low, b_low), _mm512_unpackhi_epi16(a_low, b_low),
      _mm512_unpacklo_epi16(a_high, b_high), _mm512_unpackhi_epi16(a_high, b_high)};
  __m512i sums[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    sums[i] = dot_words(k->offset, pairs[i], k->upper);
    sums[i] = dot_words(sums[i], _mm512_srai_epi16(pairs[i], 8), k->lower);
  }
  // Packing undoes the unpacking.
  const __m512i low = _mm512_sra_epi16(upper_words(sums[0], sums[1]), k->shift);
  const __m512i high = _mm512_sra_epi16(upper_words(sums[2], sums[3]), k->shift);
  const __m512i bytes = _mm512_packs_epi16(low, high);
  return _mm512_xor_si512(_mm512_min_epi8(_mm512_max_epi8(bytes, k->min), k->max), k->flip);
}

void lm__uk_q8_add__avx512(const lm__q8_add_args* args, const lm__rows* rows);
void lm__uk_q8_add__avx512vnni(const lm__q8_add_args* args, const lm__rows* rows);
void lm__uk_q8_add__avx512vnni(const lm__q8_add_args* args, const lm__rows* rows) {
  if (!args->linear.is_exact || rows->a_single || rows->b_single) {
    lm__uk_q8_add__avx512(args, rows);
    return;
  }
  const add_constants k = constants_of(args);
  const uint8_t *a = rows->a, *b = rows->b;
  uint8_t* out = rows->out;
  const size_t whole = rows->count / STEP * STEP;
  const __mmask64 rest = ((__mmask64)1 << (rows->count - whole)) - 1;
  for (size_t r = 0; r < rows->rows; ++r) {
    for (size_t i = 0; i < whole; i += STEP) {
      const __m512i x = _mm512_loadu_si512(a + i), y = _mm512_loadu_si512(b + i);
      _mm512_storeu_si512(out + i, sixty_four(&k, x, y));
    }
    if (rest != 0) {
      const __m512i x = _mm512_maskz_loadu_epi8(rest, a + whole);
      const __m512i y = _mm512_maskz_loadu_epi8(rest, b + whole);
      _mm512_mask_storeu_epi8(out + whole, rest, sixty_four(&k, x, y));
    }
    a += rows->a_stride;
    b += rows->b_stride;
    out += rows->count;
  }
}
