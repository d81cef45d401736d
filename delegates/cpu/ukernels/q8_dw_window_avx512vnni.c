// SPDX-License-Identifier: MIT
//
// 8-bit depthwise windows by vpdpbusd. Staging interleaves four rows ("a quad"), so that a dword
// holds four taps of a channel; the weights of the output row k stride lower are the same bytes
// shifted up. A block of 16 channels then sweeps a row, its weights in registers, four pixels at a
// time, whose bytes together fill a vector.
#include <string.h>

#include "dw_window_args.h"
#include "requant_avx512.h"

#define GROUP 16                                      // channels of a vector of sums
#define UNIT 4                                        // pixels whose bytes together fill a vector
#define MOST_UNITS (LM_DW_WINDOW_COLUMNS / UNIT + 1)  // of a row
#define MOST_WEIGHTS 20

// Written as an instruction: gcc 12 copies the accumulators of the intrinsic back and forth.
LM_UK_INLINE vi q8_dot(vi acc, vi a, vi b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
  return acc;
}

// ---- staging

typedef struct staged {
  uint8_t* data;        // [groups][quads][columns] x 64 bytes
  size_t group_stride;  // bytes
  size_t quad_stride;
} staged;

LM_UK_INLINE void interleave(const uint8_t* const* rows, const size_t* offsets, vi flip, vi order,
                             vi* out) {
  vi r[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const vi x = _mm512_xor_si512(_mm512_loadu_si512(rows[i] + offsets[i]), flip);
    r[i] = _mm512_permutexvar_epi32(order, x);
  }
  const vi low01 = _mm512_unpacklo_epi8(r[0], r[1]), high01 = _mm512_unpackhi_epi8(r[0], r[1]);
  const vi low23 = _mm512_unpacklo_epi8(r[2], r[3]), high23 = _mm512_unpackhi_epi8(r[2], r[3]);
  out[0] = _mm512_unpacklo_epi16(low01, low23);
  out[1] = _mm512_unpackhi_epi16(low01, low23);
  out[2] = _mm512_unpacklo_epi16(high01, high23);
  out[3] = _mm512_unpackhi_epi16(high01, high23);
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

// ---- sweeping

// One output row of a group of channels.
typedef struct sweep {
  const lm__q8_dw_window_args* args;
  const uint8_t* block;  // packed
  const uint8_t* in;     // staged
  size_t quad_stride;
  int32_t shift;    // bits that this row's weights are shifted up by
  int32_t columns;  // at least a unit
  uint8_t* out;
  size_t stride;  // of the output's pixels
} sweep;

#define HEAD(block, row) ((const int32_t*)(const void*)((block) + (size_t)(row)*64))
#define HEAD_BYTES (7 * 64)

LM_UK_INLINE void load_weights(const sweep* s, const int kw, const int quads, const int parts,
                               vi* w) {
  const vi up = _mm512_set1_epi32(s->shift), down = _mm512_set1_epi32(32 - s->shift);
  const uint8_t* packed = s->block + HEAD_BYTES;
#pragma GCC unroll 2
  for (int part = 0; part < parts; ++part) {
#pragma GCC unroll 5
    for (int x = 0; x < kw; ++x) {
      const int at = part * quads * kw + x;
      const vi upper = _mm512_loadu_si512(packed + (size_t)at * 64);
      w[at] = _mm512_sllv_epi32(upper, up);
      if (quads == 2) {
        const vi lower = _mm512_loadu_si512(packed + (size_t)(at + kw) * 64);
        w[at + kw] = _mm512_or_si512(_mm512_sllv_epi32(lower, up), _mm512_srlv_epi32(upper, down));
      }
    }
  }
}

LM_UK_INLINE void sum_unit(const uint8_t* in, size_t quad_stride, const vi* w, vi bias,
                           const int kw, const int quads, const int stride, const int parts,
                           vi* acc) {
#pragma GCC unroll 4
  for (int p = 0; p < UNIT; ++p) acc[p] = bias;
#pragma GCC unroll 2
  for (int q = 0; q < quads; ++q) {
#pragma GCC unroll 11
    for (int x = 0; x < (UNIT - 1) * stride + kw; ++x) {
      vi a = _mm512_load_si512(in + (size_t)q * quad_stride + (size_t)x * 64);
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
LM_UK_INLINE void store_unit(const vi* y, const q8_range* range, uint8_t* out, size_t stride) {
  // Packing leaves halves of pixels 0 and 2 side by side, then those of 1 and 3.
  const vi order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
  const vi bytes = _mm512_packus_epi16(q8_words(y[0], y[1]), q8_words(y[2], y[3]));
  const vi clamped = q8_clamp(_mm512_permutexvar_epi64(order, bytes), range);
  _mm_storeu_si128((__m128i*)out, _mm512_castsi512_si128(clamped));
  _mm_storeu_si128((__m128i*)(out + stride), _mm512_extracti32x4_epi32(clamped, 1));
  _mm_storeu_si128((__m128i*)(out + 2 * stride), _mm512_extracti32x4_epi32(clamped, 2));
  _mm_storeu_si128((__m128i*)(out + 3 * stride), _mm512_extracti32x4_epi32(clamped, 3));
}

// The integer way, for sums whose rounding floats cannot tell.
LM_UK_INLINE void requantize_exactly(const sweep* s, vi* acc) {
  const int32_t zero_point = s->args->zero_point + (s->args->is_signed ? 128 : 0);
  // Beyond these 8 bits end anyway, and 16.16 holds what is between.
  const vi low = vi_set1(-zero_point), high = vi_set1(255 - zero_point);
#pragma GCC unroll 4
  for (int p = 0; p < UNIT; ++p) {
    const vi y = vi_requantize(acc[p], vi_load(HEAD(s->block, 1)), vi_load(HEAD(s->block, 2)),
                               vi_load(HEAD(s->block, 3)));
    acc[p] = q8_to_fixed(vi_add(vi_clamp(y, low, high), vi_set1(zero_point)));
  }
}

// What a sweep holds in registers.
typedef struct sweep_state {
  vi w[MOST_WEIGHTS];
  vi bias, base;
  __m512 scale, offset;
  q8_range range;
} sweep_state;

LM_UK_INLINE void start_sweep(const sweep* s, const int kw, const int quads, const int parts,
                              sweep_state* k) {
  load_weights(s, kw, quads, parts, k->w);
  k->bias = vi_load(HEAD(s->block, 0));
  k->scale = _mm512_loadu_ps(HEAD(s->block, 4));
  k->offset = _mm512_loadu_ps(HEAD(s->block, 5));
  const int32_t zero_point = s->args->zero_point + (s->args->is_signed ? 128 : 0);
  k->base = vi_set1(zero_point * 65536 + 32768 + 4);
  k->range = q8_range_make(s->args->min, s->args->max, s->args->is_signed);
}

// Sums to 16.16 fixed point.
LM_UK_INLINE q8_guard fix_unit(const sweep_state* k, const vi* sums, vi* y, const bool at_zero) {
  q8_guard guard = y[0] = q8_fixed(sums[0], k->scale, k->offset, k->base, at_zero);
#pragma GCC unroll 4
  for (int p = 1; p < UNIT; ++p) {
    y[p] = q8_fixed(sums[p], k->scale, k->offset, k->base, at_zero);
    guard = q8_guard_add(guard, y[p]);
  }
  return guard;
}

// Summing, rounding and packing make a chain so long that the machine does not see its end before
// the next unit has to begin. So they are done in turns: a unit is packed while the next one is
// rounded and the one after it summed. The last unit overlaps the one before it where there is one.
LM_UK_INLINE void sweep_row(const sweep* s, const int kw, const int quads, const int stride,
                            const int parts, const bool at_zero,
                            void (*again)(const sweep*, const int32_t*, int32_t)) {
  sweep_state k;
  start_sweep(s, kw, quads, parts, &k);
  // Columns where a unit was ambiguous; to call from inside the loop would spill the weights.
  int32_t ambiguous[MOST_UNITS], count = 0;
  const int32_t last = s->columns - UNIT;
  const size_t quad_stride = s->quad_stride, out_stride = s->stride;
  const uint8_t* in = s->in;
  uint8_t* out = s->out;
  vi sums[UNIT], y[UNIT];
  int32_t packed = 0, rounded = 0;  // columns of the units that are next
  sum_unit(in, quad_stride, k.w, k.bias, kw, quads, stride, parts, sums);
  q8_guard guard = fix_unit(&k, sums, y, at_zero);
  if (last > 0) {
    rounded = UNIT < last ? UNIT : last;
    sum_unit(in + rounded * stride * 64, quad_stride, k.w, k.bias, kw, quads, stride, parts, sums);
    while (rounded < last) {
      const int32_t summed = rounded + UNIT < last ? rounded + UNIT : last;
      ambiguous[count] = packed;
      count += q8_guard_is_ambiguous(guard);
      store_unit(y, &k.range, out + (size_t)packed * out_stride, out_stride);
      guard = fix_unit(&k, sums, y, at_zero);
      sum_unit(in + summed * stride * 64, quad_stride, k.w, k.bias, kw, quads, stride, parts, sums);
      packed = rounded;
      rounded = summed;
    }
    ambiguous[count] = packed;
    count += q8_guard_is_ambiguous(guard);
    store_unit(y, &k.range, out + (size_t)packed * out_stride, out_stride);
    guard = fix_unit(&k, sums, y, at_zero);
  }
  ambiguous[count] = rounded;
  count += q8_guard_is_ambiguous(guard);
  store_unit(y, &k.range, out + (size_t)rounded * out_stride, out_stride);
  if (__builtin_expect(count != 0, 0)) again(s, ambiguous, count);
}

// The units at the `columns` given, in integers.
LM_UK_INLINE void sweep_again(const sweep* s, const int kw, const int quads, const int stride,
                              const int parts, const int32_t* columns, int32_t count) {
  vi w[MOST_WEIGHTS], acc[UNIT];
  load_weights(s, kw, quads, parts, w);
  const q8_range range = q8_range_make(s->args->min, s->args->max, s->args->is_signed);
  for (int32_t i = 0; i < count; ++i) {
    sum_unit(s->in + columns[i] * stride * 64, s->quad_stride, w, vi_load(HEAD(s->block, 0)), kw,
             quads, stride, parts, acc);
    requantize_exactly(s, acc);
    store_unit(acc, &range, s->out + (size_t)columns[i] * s->stride, s->stride);
  }
}

typedef void (*sweep_function)(const sweep* s);
typedef struct sweep_functions {
  sweep_function relu[2], any[2];  // [parts - 1]
} sweep_functions;

// Output columns [x, x + columns) of all rows, channels [channel, channel + count), count <= 64.
LM_UK_INLINE void run_block(const lm__q8_dw_window_args* args, int32_t channel, int32_t count,
                            int32_t x, int32_t columns, const int kw, const int quads,
                            const int stride, const sweep_functions* functions) {
  const int32_t least = columns < UNIT ? UNIT : columns;
  const size_t quad_stride = (size_t)((least - 1) * stride + kw) * 64;
  const staged to = {args->scratch, quad_stride * (size_t)quads, quad_stride};
  const int32_t groups = (count + GROUP - 1) / GROUP;
  for (int q = 0; q < quads; ++q) {
    uint8_t* out = to.data + (size_t)q * quad_stride;
    const int32_t first = x * stride - args->pad, columns_in = (columns - 1) * stride + kw;
    const void* const* in = args->in + 4 * q;
    if (groups == 4) {
      stage_quad(args, in, channel, first, columns_in, &to, out, 4);
    } else if (groups >= 2) {
      // A third group is staged although there may be none: its place is.
      stage_quad(args, in, channel, first, columns_in, &to, out, 3);
    } else {
      stage_quad(args, in, channel, first, columns_in, &to, out, 1);
    }
  }
  // Rows of few pixels or channels are done in whole units too, elsewhere.
  uint8_t aside[LM_DW_WINDOW_COLUMNS * GROUP] __attribute__((aligned(64)));
  for (int32_t g = 0; g < groups; ++g) {
    const int32_t c = channel + g * GROUP;
    const int32_t live = count - g * GROUP < GROUP ? count - g * GROUP : GROUP;
    const bool whole = live == GROUP && columns >= UNIT;
    sweep s = {
        .args = args,
        .block = (const uint8_t*)args->packed + (size_t)(c / GROUP) * args->block_bytes,
        .in = to.data + (size_t)g * to.group_stride,
        .quad_stride = quad_stride,
        .columns = least,
        .out = aside,
        .stride = whole ? args->in_stride : GROUP,
    };
    const int32_t parts = HEAD(s.block, 6)[0];
    const sweep_function f = args->at_zero ? functions->relu[parts - 1] : functions->any[parts - 1];
    uint8_t* out = args->out + (size_t)x * args->in_stride + c;
    for (int32_t r = 0; r < args->rows; ++r, out += args->out_row_stride) {
      s.shift = 8 * r * stride;
      if (whole) s.out = out;
      f(&s);
      for (int32_t p = 0; !whole && p < columns; ++p) {
        memcpy(out + (size_t)p * args->in_stride, aside + p * GROUP, (size_t)live);
      }
    }
  }
}

LM_UK_INLINE void run(const lm__q8_dw_window_args* args, const int kw, const int quads,
                      const int stride, const sweep_functions* functions) {
  const int32_t most = (LM_DW_WINDOW_COLUMNS / quads - kw) / stride + 1;
  const int32_t pieces = (args->columns + most - 1) / most;
  const int32_t piece = (args->columns + pieces - 1) / pieces;
  for (int32_t c = 0; c < args->channels; c += 4 * GROUP) {
    const int32_t count = args->channels - c < 4 * GROUP ? args->channels - c : 4 * GROUP;
    for (int32_t x = 0; x < args->columns; x += piece) {
      const int32_t columns = args->columns - x < piece ? args->columns - x : piece;
      run_block(args, c, count, x, columns, kw, quads, stride, functions);
    }
  }
}

#define AGAIN(name, kw, quads, stride, parts)                      \
  static __attribute__((noinline, cold)) void name##_again##parts( \
      const sweep* s, const int32_t* columns, int32_t count) {     \
    sweep_again(s, kw, quads, stride, parts, columns, count);      \
  }
#define SWEEP(name, suffix, kw, quads, stride, parts, at_zero)            \
  static void name##suffix##parts(const sweep* s) {                       \
    sweep_row(s, kw, quads, stride, parts, at_zero, name##_again##parts); \
  }
// The kernel of a window.
#define WINDOW(name, kw, quads, stride)                                      \
  AGAIN(name, kw, quads, stride, 1)                                          \
  AGAIN(name, kw, quads, stride, 2)                                          \
  SWEEP(name, _relu, kw, quads, stride, 1, true)                             \
  SWEEP(name, _relu, kw, quads, stride, 2, true)                             \
  SWEEP(name, _any, kw, quads, stride, 1, false)                             \
  SWEEP(name, _any, kw, quads, stride, 2, false)                             \
  void lm__uk_q8_##name##__avx512vnni(const lm__q8_dw_window_args* args);    \
  void lm__uk_q8_##name##__avx512vnni(const lm__q8_dw_window_args* args) {   \
    static const sweep_functions kFunctions = {{name##_relu1, name##_relu2}, \
                                               {name##_any1, name##_any2}};  \
    run(args, kw, quads, stride, &kFunctions);                               \
  }
WINDOW(dw_3x3s1, 3, 1, 1)
WINDOW(dw_3x3s2, 3, 1, 2)
WINDOW(dw_5x5s1, 5, 2, 1)
WINDOW(dw_5x5s2, 5, 2, 2)
