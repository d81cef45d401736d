// SPDX-License-Identifier: MIT
//
// Two operands of equal shape go 64 elements at a time in 16.16 fixed point, as requant_avx512.h
// describes it for products; what is left, and what is too near to a threshold, takes the common
// way, which is exact whatever comes.
#include <math.h>

#include "requant_avx512.h"

#define UK_NAME lm__uk_q8_add_common__avx512
#include "q8_add_body.inc"

#define STEP 64

typedef struct add_constants {
  __m512 factor[2], offset;
  __m512i guard;  // fractions below it are doubtful, in every lower half
  __m512i flip, low, high;
} add_constants;

// Operands and result are of one type. Signed bytes become u8 by a flip, which the offset takes
// back: factor * (x + 128) - factor * 128.
static add_constants constants_of(const lm__q8_add_args* args) {
  const int32_t to_u8 = args->is_signed ? 128 : 0;
  // Beside args->slack: this offset is larger than that one by up to 256 * 2 + 129 units of the
  // result, each rounding of which is wrong by 2^-24 of it; four of them, in units of 2^-16.
  const float guard = ceilf(args->slack * 65536.0f) + 12.0f;
  const float factors = args->factor[0] + args->factor[1];
  const float offset = args->offset + (float)to_u8 - (float)to_u8 * factors;
  const q8_range range = q8_range_make(args->min, args->max, args->is_signed);
  return (add_constants){
      .factor = {vf_set1(args->factor[0] * 65536.0f), vf_set1(args->factor[1] * 65536.0f)},
      .offset = vf_set1(offset * 65536.0f + 32768.0f + guard),
      .guard = _mm512_set1_epi32((int32_t)(2.0f * guard)),
      .flip = range.flip,
      .low = range.low,
      .high = range.high,
  };
}

LM_UK_INLINE vi sixteen(const add_constants* k, const uint8_t* a, const uint8_t* b, __m128i flip,
                        __m512i* smallest) {
  const __m128i x = _mm_xor_si128(_mm_loadu_si128((const __m128i*)a), flip);
  const __m128i y = _mm_xor_si128(_mm_loadu_si128((const __m128i*)b), flip);
  const __m512 u = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(x));
  const __m512 v = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(y));
  const vi fixed = _mm512_cvtps_epi32(
      _mm512_fmadd_ps(u, k->factor[0], _mm512_fmadd_ps(v, k->factor[1], k->offset)));
  *smallest = _mm512_min_epu16(*smallest, fixed);
  return fixed;
}

// 64 results; false when one is in doubt.
LM_UK_INLINE bool sixty_four(const add_constants* k, const uint8_t* a, const uint8_t* b,
                             uint8_t* out) {
  const __m128i flip = _mm512_castsi512_si128(k->flip);
  __m512i smallest = _mm512_set1_epi32(-1);
  vi q[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) q[i] = sixteen(k, a + 16 * i, b + 16 * i, flip, &smallest);
  const __m512i low_half = _mm512_and_si512(smallest, _mm512_set1_epi32(0xffff));
  if (_mm512_cmplt_epi32_mask(low_half, k->guard) != 0) return false;
  const __m512i packed = _mm512_packus_epi16(q8_words(q[0], q[1]), q8_words(q[2], q[3]));
  const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
  const __m512i bytes =
      _mm512_min_epu8(_mm512_max_epu8(_mm512_permutexvar_epi64(order, packed), k->low), k->high);
  _mm512_storeu_si512(out, _mm512_xor_si512(bytes, k->flip));
  return true;
}

// Fixed point holds every result, and doubt is rare.
static bool is_fit(const lm__q8_add_args* args, const lm__rows* rows) {
  const float reach =
      256.0f * (fabsf(args->factor[0]) + fabsf(args->factor[1])) + fabsf(args->offset);
  return !rows->a_single && !rows->b_single && args->slack < 1.0f / 256 && reach < 512.0f * 4;
}

void lm__uk_q8_add__avx512(const lm__q8_add_args* args, const lm__rows* rows);
void lm__uk_q8_add__avx512(const lm__q8_add_args* args, const lm__rows* rows) {
  if (!is_fit(args, rows)) {
    lm__uk_q8_add_common__avx512(args, rows);
    return;
  }
  const add_constants k = constants_of(args);
  const uint8_t *a = rows->a, *b = rows->b;
  uint8_t* out = rows->out;
  for (size_t r = 0; r < rows->rows; ++r) {
    size_t i = 0;
    for (; i + STEP <= rows->count; i += STEP) {
      if (!sixty_four(&k, a + i, b + i, out + i)) {
        const lm__rows some = {.rows = 1, .count = STEP, .a = a + i, .b = b + i, .out = out + i};
        lm__uk_q8_add_common__avx512(args, &some);
      }
    }
    if (i < rows->count) {
      const lm__rows rest = {
          .rows = 1, .count = rows->count - i, .a = a + i, .b = b + i, .out = out + i};
      lm__uk_q8_add_common__avx512(args, &rest);
    }
    a += rows->a_stride;
    b += rows->b_stride;
    out += rows->count;
  }
}
