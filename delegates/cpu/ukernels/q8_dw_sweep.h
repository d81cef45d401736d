// SPDX-License-Identifier: MIT
//
// The second part of 8-bit depthwise windows (q8_dw_window_avx512vnni.c): rows of output from
// staged ones, 16 channels at a time.
#ifndef LITMARK_Q8_DW_SWEEP_H_
#define LITMARK_Q8_DW_SWEEP_H_

#include "q8_dw_stage.h"

// One output row of a group of channels.
typedef struct sweep {
  const lm__q8_dw_window_args* args;
  const uint8_t* block;  // packed
  const uint8_t* in;     // staged
  size_t quad_stride;
  int32_t row;
  int32_t columns;  // at least a unit
  uint8_t* out;
  size_t stride;  // of the output's pixels
} sweep;

#define HEAD(block, row) ((const int32_t*)(const void*)((block) + (size_t)(row)*64))
#define HEAD_BYTES (7 * 64)

LM_UK_INLINE void load_weights(const uint8_t* block, int32_t row, const int kw, const int quads,
                               const int parts, vi* w) {
  const int count = parts * quads * kw;
  const uint8_t* packed = block + HEAD_BYTES + (size_t)(row * count) * 64;
#pragma GCC unroll 20
  for (int i = 0; i < count; ++i) w[i] = _mm512_loadu_si512(packed + (size_t)i * 64);
}

// `column` is the distance of staged columns.
LM_UK_INLINE void sum_unit(const uint8_t* in, size_t quad_stride, const int column, const vi* w,
                           vi bias, const int kw, const int quads, const int stride,
                           const int parts, vi* acc) {
#pragma GCC unroll 4
  for (int p = 0; p < UNIT; ++p) acc[p] = bias;
#pragma GCC unroll 2
  for (int q = 0; q < quads; ++q) {
#pragma GCC unroll 11
    for (int x = 0; x < (UNIT - 1) * stride + kw; ++x) {
      vi a = _mm512_load_si512(in + (size_t)q * quad_stride + (size_t)(x * column));
      __asm__("" : "+v"(a));  // loaded once, not once a use
#pragma GCC unroll 4
      for (int p = 0; p < UNIT; ++p) {
        const int tap = x - p * stride;
        if (tap < 0 || tap >= kw) continue;
#pragma GCC unroll 2
        for (int part = 0; part < parts; ++part) {
          acc[p] = q8_dot(acc[p], a, w[(part * quads + q) * kw + tap]);
        }
      }
    }
  }
}

// Four pixels, 16.16 fixed point.
LM_UK_INLINE void store_unit(const vi* y, const q8_range* range, uint8_t* out, size_t stride,
                             const lm__q8_requant how) {
  // Packing leaves halves of pixels 0 and 2 side by side, then those of 1 and 3.
  const vi order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
  const vi low = q8_words(y[0], y[1]), high = q8_words(y[2], y[3]);
  const bool certain = how == LM_Q8_CERTAIN;
  const vi bytes = _mm512_permutexvar_epi64(
      order, certain ? _mm512_packs_epi16(low, high) : _mm512_packus_epi16(low, high));
  const vi clamped = certain ? _mm512_xor_si512(bytes, range->flip) : q8_clamp(bytes, range);
  _mm_storeu_si128((__m128i*)out, _mm512_castsi512_si128(clamped));
  _mm_storeu_si128((__m128i*)(out + stride), _mm512_extracti32x4_epi32(clamped, 1));
  _mm_storeu_si128((__m128i*)(out + 2 * stride), _mm512_extracti32x4_epi32(clamped, 2));
  _mm_storeu_si128((__m128i*)(out + 3 * stride), _mm512_extracti32x4_epi32(clamped, 3));
}

// The upper halves of two vectors as words, lane by lane as packing does.
LM_UK_INLINE vi wide_words(vi a, vi b) {
  return _mm512_packs_epi32(_mm512_srai_epi32(a, 16), _mm512_srai_epi32(b, 16));
}

// What a sweep holds in registers.
typedef struct sweep_state {
  vi w[MOST_WEIGHTS];
  vi bias, base;
  __m512 scale, offset;
  q8_range range;
} sweep_state;

LM_UK_INLINE void start_sweep(const sweep* s, const int kw, const int quads, const int parts,
                              const lm__q8_requant how, sweep_state* k) {
  const lm__q8_dw_window_args* args = s->args;
  load_weights(s->block, s->row, kw, quads, parts, k->w);
  k->bias = vi_load(HEAD(s->block, 0));
  k->scale = _mm512_loadu_ps(HEAD(s->block, 4));
  k->offset = _mm512_loadu_ps(HEAD(s->block, 5));
  const int32_t zero_point = args->zero_point + (args->is_signed ? 128 : 0);
  k->base = vi_set1(zero_point * 65536 + 32768 + LM_DW_WINDOW_GUARD);
  k->range = q8_range_make(args->min, args->max, args->is_signed);
  // From s8, in which these are made.
  if (how == LM_Q8_CERTAIN) k->range.flip = _mm512_set1_epi8((char)(args->is_signed ? 0 : 0x80));
}

LM_UK_INLINE bool is_ambiguous(q8_guard guard) {
  return q8_guard_is_ambiguous(guard, q8_guard_bits(LM_DW_WINDOW_GUARD));
}

// Sums to 16.16 fixed point.
LM_UK_INLINE q8_guard fix_unit(const sweep_state* k, const vi* sums, vi* y,
                               const lm__q8_requant how) {
  const bool at_zero = how != LM_Q8_FIXED;
  q8_guard guard = y[0] = q8_fixed(sums[0], k->scale, k->offset, k->base, at_zero);
#pragma GCC unroll 4
  for (int p = 1; p < UNIT; ++p) {
    y[p] = q8_fixed(sums[p], k->scale, k->offset, k->base, at_zero);
    guard = q8_guard_add(guard, y[p]);
  }
  return guard;
}

// Sums of four pixels to 16.16 fixed point, in integers where floats cannot tell. These are few, so
// that what they have in common with the others is done by floats again.
LM_UK_INLINE void fix_exactly(const lm__q8_dw_window_args* args, const uint8_t* block,
                              const sweep_state* k, const bool at_zero, const vi* sums, vi* y) {
  const int32_t zero_point = args->zero_point + (args->is_signed ? 128 : 0);
  // Beyond these 8 bits end anyway, and 16.16 holds what is between.
  const vi low = vi_set1(-zero_point), high = vi_set1(255 - zero_point);
#pragma GCC unroll 4
  for (int p = 0; p < UNIT; ++p) {
    y[p] = q8_fixed(sums[p], k->scale, k->offset, k->base, at_zero);
    if (!is_ambiguous(y[p])) continue;
    const vi exact = vi_requantize(sums[p], vi_load(HEAD(block, 1)), vi_load(HEAD(block, 2)),
                                   vi_load(HEAD(block, 3)));
    y[p] = q8_to_fixed(vi_add(vi_clamp(exact, low, high), vi_set1(zero_point)));
  }
}

// Summing, rounding and packing make a chain so long that the machine does not see its end before
// the next unit has to begin. So they are done in turns: a unit is packed while the next one is
// rounded and the one after it summed. The last unit overlaps the one before it where there is one.
LM_UK_INLINE void sweep_row(const sweep* s, const int kw, const int quads, const int stride,
                            const int parts, const lm__q8_requant how,
                            void (*again)(const sweep*, const int32_t*, int32_t)) {
  sweep_state k;
  start_sweep(s, kw, quads, parts, how, &k);
  // Columns where a unit was ambiguous; to call from inside the loop would spill the weights.
  int32_t ambiguous[MOST_UNITS], count = 0;
  const bool certain = how == LM_Q8_CERTAIN;
  const int32_t last = s->columns - UNIT;
  const size_t quad_stride = s->quad_stride, out_stride = s->stride;
  const uint8_t* in = s->in;
  uint8_t* out = s->out;
  vi sums[UNIT], y[UNIT];
  int32_t packed = 0, rounded = 0;  // columns of the units that are next
  sum_unit(in, quad_stride, 64, k.w, k.bias, kw, quads, stride, parts, sums);
  q8_guard guard = fix_unit(&k, sums, y, how);
  if (last > 0) {
    rounded = UNIT < last ? UNIT : last;
    sum_unit(in + rounded * stride * 64, quad_stride, 64, k.w, k.bias, kw, quads, stride, parts,
             sums);
    while (rounded < last) {
      const int32_t summed = rounded + UNIT < last ? rounded + UNIT : last;
      ambiguous[count] = packed;
      count += !certain && is_ambiguous(guard);
      store_unit(y, &k.range, out + (size_t)packed * out_stride, out_stride, how);
      guard = fix_unit(&k, sums, y, how);
      sum_unit(in + summed * stride * 64, quad_stride, 64, k.w, k.bias, kw, quads, stride, parts,
               sums);
      packed = rounded;
      rounded = summed;
    }
    ambiguous[count] = packed;
    count += !certain && is_ambiguous(guard);
    store_unit(y, &k.range, out + (size_t)packed * out_stride, out_stride, how);
    guard = fix_unit(&k, sums, y, how);
  }
  ambiguous[count] = rounded;
  count += !certain && is_ambiguous(guard);
  store_unit(y, &k.range, out + (size_t)rounded * out_stride, out_stride, how);
  if (__builtin_expect(count != 0, 0)) again(s, ambiguous, count);
}

// The units at the `columns` given, exactly.
LM_UK_INLINE void sweep_again(const sweep* s, const int kw, const int quads, const int stride,
                              const int parts, const lm__q8_requant how, const int32_t* columns,
                              int32_t count) {
  sweep_state k;
  start_sweep(s, kw, quads, parts, how, &k);
  vi sums[UNIT], y[UNIT];
  for (int32_t i = 0; i < count; ++i) {
    sum_unit(s->in + columns[i] * stride * 64, s->quad_stride, 64, k.w, k.bias, kw, quads, stride,
             parts, sums);
    fix_exactly(s->args, s->block, &k, how == LM_Q8_FIXED_AT_ZERO, sums, y);
    store_unit(y, &k.range, s->out + (size_t)columns[i] * s->stride, s->stride, how);
  }
}

#endif  // LITMARK_Q8_DW_SWEEP_H_
