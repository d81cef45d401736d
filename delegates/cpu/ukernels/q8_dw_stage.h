// SPDX-License-Identifier: MIT
//
// The first part of 8-bit depthwise windows (q8_dw_window_avx512vnni.c): rows of the image, four of
// them ("a quad") interleaved, so that a dword holds four taps of a channel.
#ifndef LITMARK_Q8_DW_STAGE_H_
#define LITMARK_Q8_DW_STAGE_H_

#include "dw_window_args.h"
#include "requant_avx512.h"

#define GROUP 16                                      // channels of a vector of sums
#define UNIT 4                                        // pixels whose bytes together fill a vector
#define MOST_UNITS (LM_DW_WINDOW_COLUMNS / UNIT + 1)  // of a row
#define MOST_WEIGHTS 20
#define WIDE_COLUMN 256  // bytes of a staged column of a wide block

// Written as an instruction: gcc 12 copies the accumulators of the intrinsic back and forth.
LM_UK_INLINE vi q8_dot(vi acc, vi a, vi b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
  return acc;
}

typedef struct staged {
  uint8_t* data;        // [groups][quads][columns] x 64 bytes
  size_t group_stride;  // bytes
  size_t quad_stride;
} staged;

LM_UK_INLINE void unpack_quad(const vi* r, vi* out) {
  const vi low01 = _mm512_unpacklo_epi8(r[0], r[1]), high01 = _mm512_unpackhi_epi8(r[0], r[1]);
  const vi low23 = _mm512_unpacklo_epi8(r[2], r[3]), high23 = _mm512_unpackhi_epi8(r[2], r[3]);
  out[0] = _mm512_unpacklo_epi16(low01, low23);
  out[1] = _mm512_unpackhi_epi16(low01, low23);
  out[2] = _mm512_unpacklo_epi16(high01, high23);
  out[3] = _mm512_unpackhi_epi16(high01, high23);
}

LM_UK_INLINE void interleave(const uint8_t* const* rows, const size_t* offsets, vi flip, vi order,
                             vi* out) {
  vi r[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const vi x = _mm512_xor_si512(_mm512_loadu_si512(rows[i] + offsets[i]), flip);
    r[i] = _mm512_permutexvar_epi32(order, x);
  }
  unpack_quad(r, out);
}

// Columns [first, first + count) of four rows, channels [0, 16 * groups) from the pointers on.
LM_UK_INLINE void stage_quad(const lm__q8_dw_window_args* args, const void* const* in,
                             int32_t channel, int32_t first, int32_t count, const staged* to,
                             uint8_t* out, const int groups) {
  const vi flip = _mm512_set1_epi8((char)(args->is_signed ? 0x80 : 0));
  // Takes dword 4g + l, channels from 16g + 4l on, to dword g of 128-bit lane l, which is where
  // unpacking takes group g from.
  const vi order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  const vi outside = _mm512_xor_si512(_mm512_set1_epi8((char)args->pad_value), flip);
  uint8_t pad_row[64] __attribute__((aligned(64)));
  _mm512_store_si512(pad_row, _mm512_set1_epi8((char)args->pad_value));
  const uint8_t* rows[4];
  size_t steps[4], offsets[4];
  const int32_t inside = first < 0 ? 0 : first;
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const bool is_pad = in[i] == NULL;
    rows[i] = is_pad ? pad_row : (const uint8_t*)in[i] + channel;
    steps[i] = is_pad ? 0 : args->in_stride;
    offsets[i] = (size_t)inside * steps[i];
  }
  int32_t x = first;
  const int32_t end = first + count, image_end = end < args->in_columns ? end : args->in_columns;
  for (; x < 0; ++x, out += 64) {
    for (int g = 0; g < groups; ++g) _mm512_store_si512(out + g * to->group_stride, outside);
  }
  for (; x < image_end; ++x, out += 64) {
    vi quad[4];
    interleave(rows, offsets, flip, order, quad);
#pragma GCC unroll 4
    for (int g = 0; g < groups; ++g) _mm512_store_si512(out + g * to->group_stride, quad[g]);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) offsets[i] += steps[i];
  }
  for (; x < end; ++x, out += 64) {
    for (int g = 0; g < groups; ++g) _mm512_store_si512(out + g * to->group_stride, outside);
  }
}

// The same for a wide block: [columns][4 groups] x 64 bytes, the channels as unpacking leaves them.
LM_UK_INLINE void stage_wide(const lm__q8_dw_window_args* args, const void* const* in,
                             int32_t channel, int32_t first, int32_t count, uint8_t* out) {
  const vi flip = _mm512_set1_epi8((char)(args->is_signed ? 0x80 : 0));
  const vi outside = _mm512_xor_si512(_mm512_set1_epi8((char)args->pad_value), flip);
  uint8_t pad_row[64] __attribute__((aligned(64)));
  _mm512_store_si512(pad_row, _mm512_set1_epi8((char)args->pad_value));
  const int32_t inside = first < 0 ? 0 : first;
  const uint8_t* rows[4];
  size_t steps[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    steps[i] = in[i] == NULL ? 0 : args->in_stride;
    rows[i] = in[i] == NULL ? pad_row
                            : (const uint8_t*)in[i] + channel + (size_t)inside * args->in_stride;
  }
  int32_t x = first;
  const int32_t end = first + count, image_end = end < args->in_columns ? end : args->in_columns;
  for (; x < 0; ++x, out += WIDE_COLUMN) {
    for (int g = 0; g < 4; ++g) _mm512_store_si512(out + g * 64, outside);
  }
  for (; x < image_end; ++x, out += WIDE_COLUMN) {
    vi r[4], quad[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      r[i] = _mm512_xor_si512(_mm512_loadu_si512(rows[i]), flip);
      rows[i] += steps[i];
    }
    unpack_quad(r, quad);
#pragma GCC unroll 4
    for (int g = 0; g < 4; ++g) _mm512_store_si512(out + g * 64, quad[g]);
  }
  for (; x < end; ++x, out += WIDE_COLUMN) {
    for (int g = 0; g < 4; ++g) _mm512_store_si512(out + g * 64, outside);
  }
}

#endif  // LITMARK_Q8_DW_STAGE_H_
