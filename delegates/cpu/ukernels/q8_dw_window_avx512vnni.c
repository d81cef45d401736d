// SPDX-License-Identifier: MIT
//
// 8-bit depthwise windows by vpdpbusd. Staging interleaves four rows ("a quad"), so that a dword
// holds four taps of a channel; the weights of the output row k stride lower are the same bytes
// shifted up. A block of 16 channels then sweeps a row, its weights in registers, four pixels at a
// time, whose bytes together fill a vector. Of 5x5 windows, a wide block of 64 channels does so, a
// group of 16 after the other, whose bytes together are whole vectors of the output.
#include <string.h>

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

// ---- staging

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

// ---- sweeping

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
                              sweep_state* k) {
  const lm__q8_dw_window_args* args = s->args;
  load_weights(s->block, s->row, kw, quads, parts, k->w);
  k->bias = vi_load(HEAD(s->block, 0));
  k->scale = _mm512_loadu_ps(HEAD(s->block, 4));
  k->offset = _mm512_loadu_ps(HEAD(s->block, 5));
  const int32_t zero_point = args->zero_point + (args->is_signed ? 128 : 0);
  k->base = vi_set1(zero_point * 65536 + 32768 + 4);
  k->range = q8_range_make(args->min, args->max, args->is_signed);
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
    if (!q8_guard_is_ambiguous(y[p])) continue;
    const vi exact = vi_requantize(sums[p], vi_load(HEAD(block, 1)), vi_load(HEAD(block, 2)),
                                   vi_load(HEAD(block, 3)));
    y[p] = q8_to_fixed(vi_add(vi_clamp(exact, low, high), vi_set1(zero_point)));
  }
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
  sum_unit(in, quad_stride, 64, k.w, k.bias, kw, quads, stride, parts, sums);
  q8_guard guard = fix_unit(&k, sums, y, at_zero);
  if (last > 0) {
    rounded = UNIT < last ? UNIT : last;
    sum_unit(in + rounded * stride * 64, quad_stride, 64, k.w, k.bias, kw, quads, stride, parts,
             sums);
    while (rounded < last) {
      const int32_t summed = rounded + UNIT < last ? rounded + UNIT : last;
      ambiguous[count] = packed;
      count += q8_guard_is_ambiguous(guard);
      store_unit(y, &k.range, out + (size_t)packed * out_stride, out_stride);
      guard = fix_unit(&k, sums, y, at_zero);
      sum_unit(in + summed * stride * 64, quad_stride, 64, k.w, k.bias, kw, quads, stride, parts,
               sums);
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

// The units at the `columns` given, exactly.
LM_UK_INLINE void sweep_again(const sweep* s, const int kw, const int quads, const int stride,
                              const int parts, const bool at_zero, const int32_t* columns,
                              int32_t count) {
  sweep_state k;
  start_sweep(s, kw, quads, parts, &k);
  vi sums[UNIT], y[UNIT];
  for (int32_t i = 0; i < count; ++i) {
    sum_unit(s->in + columns[i] * stride * 64, s->quad_stride, 64, k.w, k.bias, kw, quads, stride,
             parts, sums);
    fix_exactly(s->args, s->block, &k, at_zero, sums, y);
    store_unit(y, &k.range, s->out + (size_t)columns[i] * s->stride, s->stride);
  }
}

// ---- sweeping wide blocks

// One output row of 64 channels; as it has whole vectors to store, nothing has to be rearranged.
typedef struct wide_sweep {
  const lm__q8_dw_window_args* args;
  const uint8_t* blocks;  // packed, four of them
  const uint8_t* in;      // staged
  size_t quad_stride;
  int32_t row;
  int32_t columns;  // at least a unit
  uint8_t* out;
  size_t stride;   // of the output's pixels
  uint64_t lanes;  // of the output that there are
} wide_sweep;

// A group of channels on its way: four pixels, of which sums become bytes.
typedef struct wide_flow {
  vi sums[UNIT];
  vi even[UNIT];  // of the group before it, which is packed together with it
  vi low[UNIT];   // words of the first two groups
  q8_guard guard;
} wide_flow;

typedef struct wide_constants {
  q8_range range;
  vi base;
  size_t quad_stride;
  size_t stride;
  uint64_t lanes;
  int32_t row;
} wide_constants;

LM_UK_INLINE wide_constants wide_constants_of(const wide_sweep* s) {
  const lm__q8_dw_window_args* args = s->args;
  const int32_t zero_point = args->zero_point + (args->is_signed ? 128 : 0);
  return (wide_constants){
      .range = q8_range_make(args->min, args->max, args->is_signed),
      .base = vi_set1(zero_point * 65536 + 32768 + 4),
      .quad_stride = s->quad_stride,
      .stride = s->stride,
      .lanes = s->lanes,
      .row = s->row,
  };
}

// Pixel `p` of group `g` in fixed point joins those of the groups before it; the last one is
// stored.
LM_UK_INLINE void wide_join(wide_flow* f, const wide_constants* k, vi y, uint8_t* out, const int g,
                            const int p) {
  if (g % 2 == 0) {
    f->even[p] = y;
    return;
  }
  const vi words = wide_words(f->even[p], y);
  if (g == 1) {
    f->low[p] = words;
    return;
  }
  const vi bytes = q8_clamp(_mm512_packus_epi16(f->low[p], words), &k->range);
  _mm512_mask_storeu_epi8(out + (size_t)p * k->stride, k->lanes, bytes);
}

// q8_fixed() for pixel `p` in four steps, so that other work comes between them.
LM_UK_INLINE void wide_step(wide_flow* f, const wide_constants* k, vi* t, const uint8_t* block,
                            uint8_t* out, const int g, const int p, const int step,
                            const bool at_zero) {
  if (step == 0) {
    t[p] = _mm512_castps_si512(_mm512_cvtepi32_ps(t[p]));
  } else if (step == 1) {
    const __m512 scale = _mm512_loadu_ps(HEAD(block, 4)), offset = _mm512_loadu_ps(HEAD(block, 5));
    t[p] = _mm512_castps_si512(q8_scaled(_mm512_castsi512_ps(t[p]), scale, offset, at_zero));
  } else if (step == 2) {
    t[p] = _mm512_cvtps_epi32(_mm512_castsi512_ps(t[p]));
    if (!at_zero) t[p] = _mm512_add_epi32(t[p], k->base);
  } else {
    f->guard = q8_guard_add(f->guard, t[p]);
    wide_join(f, k, t[p], out, g, p);
  }
}

// Sums a group, whose packed weights are `next` (NULL: none), from staged columns `in` on, while
// group `g` goes through its steps (-1: none). Each dot and step follows what it depends on by a
// few others, since the machine's schedulers do not hold enough to find the order by themselves.
LM_UK_INLINE void wide_turn(wide_flow* f, const wide_constants* k, const uint8_t* block,
                            uint8_t* out, const int g, const uint8_t* next, const uint8_t* in,
                            const int kw, const int quads, const int stride, const int parts,
                            const bool at_zero) {
  enum { STEPS = 4 * UNIT };
  const int taps = parts * quads * kw, dots = UNIT * taps;
  vi t[UNIT], acc[UNIT], w = _mm512_setzero_si512();
  for (int p = 0; p < UNIT; ++p) t[p] = f->sums[p];
  if (next != NULL) {
    for (int p = 0; p < UNIT; ++p) acc[p] = vi_load(HEAD(next, 0));
    next += HEAD_BYTES + (size_t)(k->row * taps) * 64;
  }
#pragma GCC unroll 80
  for (int i = 0; i < dots; ++i) {
    const int tap = i / UNIT, p = i % UNIT, q = tap / kw % quads, x = tap % kw;
    if (next != NULL) {
      if (p == 0) w = _mm512_loadu_si512(next + (size_t)tap * 64);
      const vi a = _mm512_load_si512(in + (size_t)q * k->quad_stride +
                                     (size_t)((p * stride + x) * WIDE_COLUMN));
      acc[p] = q8_dot(acc[p], a, w);
    }
    if (g < 0) continue;
#pragma GCC unroll 2
    for (int e = i * STEPS / dots; e < (i + 1) * STEPS / dots; ++e) {
      wide_step(f, k, t, block, out, g, e % UNIT, e / UNIT, at_zero);
    }
  }
  if (next == NULL) return;
  for (int p = 0; p < UNIT; ++p) f->sums[p] = acc[p];
}

// The last unit overlaps the one before it where there is one.
LM_UK_INLINE void wide_row(const wide_sweep* s, const int kw, const int quads, const int stride,
                           const int parts, const bool at_zero,
                           void (*again)(const wide_sweep*, const int32_t*, int32_t)) {
  const wide_constants k = wide_constants_of(s);
  const size_t block_bytes = s->args->block_bytes;
  const uint8_t *b0 = s->blocks, *b1 = b0 + block_bytes, *b2 = b1 + block_bytes;
  const uint8_t *b3 = b2 + block_bytes, *staged_in = s->in, *in = staged_in;
  uint8_t *const row = s->out, *out = row;
  const int32_t last = s->columns - UNIT;
  int32_t ambiguous[MOST_UNITS], count = 0, x = 0;
  wide_flow f;
  for (int p = 0; p < UNIT; ++p) f.sums[p] = f.even[p] = f.low[p] = _mm512_setzero_si512();
  f.guard = q8_guard_start();
#define TURN(block, g, next, in) \
  wide_turn(&f, &k, block, out, g, next, in, kw, quads, stride, parts, at_zero)
  TURN(b0, -1, b0, in);
  for (;;) {
    // Weights are read anew for each unit: the registers would not hold those of four groups.
    __asm__("" : "+r"(b0), "+r"(b1), "+r"(b2), "+r"(b3));
    TURN(b0, 0, b1, in + 64);
    TURN(b1, 1, b2, in + 128);
    TURN(b2, 2, b3, in + 192);
    if (x == last) break;
    const int32_t next = x + UNIT < last ? x + UNIT : last;
    in = staged_in + (size_t)(next * stride) * WIDE_COLUMN;
    TURN(b3, 3, b0, in);
    ambiguous[count] = x;
    count += q8_guard_is_ambiguous(f.guard);
    f.guard = q8_guard_start();
    out = row + (size_t)next * k.stride;
    x = next;
  }
  TURN(b3, 3, NULL, in);
#undef TURN
  ambiguous[count] = x;
  count += q8_guard_is_ambiguous(f.guard);
  if (__builtin_expect(count != 0, 0)) again(s, ambiguous, count);
}

LM_UK_INLINE void wide_again(const wide_sweep* s, const int kw, const int quads, const int stride,
                             const int parts, const bool at_zero, const int32_t* columns,
                             int32_t count) {
  const wide_constants k = wide_constants_of(s);
  wide_flow f;
  for (int32_t i = 0; i < count; ++i) {
    const uint8_t* in = s->in + (size_t)(columns[i] * stride) * WIDE_COLUMN;
#pragma GCC unroll 4
    for (int g = 0; g < 4; ++g) {
      const uint8_t* block = s->blocks + (size_t)g * s->args->block_bytes;
      sweep_state state = {.scale = _mm512_loadu_ps(HEAD(block, 4)),
                           .offset = _mm512_loadu_ps(HEAD(block, 5)),
                           .base = k.base};
      load_weights(block, s->row, kw, quads, parts, state.w);
      vi y[UNIT];
      sum_unit(in + g * 64, s->quad_stride, WIDE_COLUMN, state.w, vi_load(HEAD(block, 0)), kw,
               quads, stride, parts, f.sums);
      fix_exactly(s->args, block, &state, at_zero, f.sums, y);
      uint8_t* out = s->out + (size_t)columns[i] * s->stride;
#pragma GCC unroll 4
      for (int p = 0; p < UNIT; ++p) wide_join(&f, &k, y[p], out, g, p);
    }
  }
}

typedef void (*sweep_function)(const sweep* s);
typedef void (*wide_function)(const wide_sweep* s);
typedef struct sweep_functions {
  sweep_function relu[2], any[2];           // [parts - 1]
  wide_function wide_relu[2], wide_any[2];  // where the window has wide blocks
} sweep_functions;

// Output columns [x, x + columns) of all rows, a wide block of `count` channels.
LM_UK_INLINE void run_wide(const lm__q8_dw_window_args* args, int32_t channel, int32_t count,
                           int32_t x, int32_t columns, const int kw, const int quads,
                           const int stride, const sweep_functions* functions) {
  const int32_t least = columns < UNIT ? UNIT : columns;
  const size_t quad_stride = (size_t)((least - 1) * stride + kw) * WIDE_COLUMN;
  for (int q = 0; q < quads; ++q) {
    stage_wide(args, args->in + 4 * q, channel, x * stride - args->pad, (columns - 1) * stride + kw,
               (uint8_t*)args->scratch + (size_t)q * quad_stride);
  }
  uint8_t aside[UNIT * LM_DW_WINDOW_WIDE] __attribute__((aligned(64)));
  const bool whole = columns >= UNIT;
  wide_sweep s = {
      .args = args,
      .blocks = (const uint8_t*)args->packed + (size_t)(channel / GROUP) * args->block_bytes,
      .in = args->scratch,
      .quad_stride = quad_stride,
      .columns = least,
      .out = aside,
      .stride = whole ? args->in_stride : LM_DW_WINDOW_WIDE,
      .lanes = UINT64_MAX >> (LM_DW_WINDOW_WIDE - count),
  };
  const int32_t parts = HEAD(s.blocks, 6)[0];
  const wide_function f =
      args->at_zero ? functions->wide_relu[parts - 1] : functions->wide_any[parts - 1];
  uint8_t* out = args->out + (size_t)x * args->in_stride + channel;
  for (int32_t r = 0; r < args->rows; ++r, out += args->out_row_stride) {
    s.row = r;
    if (whole) s.out = out;
    f(&s);
    for (int32_t p = 0; !whole && p < columns; ++p) {
      memcpy(out + (size_t)p * args->in_stride, aside + p * LM_DW_WINDOW_WIDE, (size_t)count);
    }
  }
}

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
      s.row = r;
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
  for (int32_t c = 0; c < args->channels; c += LM_DW_WINDOW_WIDE) {
    const int32_t left = args->channels - c;
    const int32_t count = left < LM_DW_WINDOW_WIDE ? left : LM_DW_WINDOW_WIDE;
    for (int32_t x = 0; x < args->columns; x += piece) {
      const int32_t columns = args->columns - x < piece ? args->columns - x : piece;
      if (lm_dw_window_is_wide(kw, left)) {
        run_wide(args, c, count, x, columns, kw, quads, stride, functions);
      } else {
        run_block(args, c, count, x, columns, kw, quads, stride, functions);
      }
    }
  }
}

// The sweeps of a window, for weights of one or two parts.
#define SWEEP(name, suffix, kw, quads, stride, parts, at_zero)                    \
  static __attribute__((noinline, cold)) void name##suffix##parts##_again(        \
      const sweep* s, const int32_t* columns, int32_t count) {                    \
    sweep_again(s, kw, quads, stride, parts, at_zero, columns, count);            \
  }                                                                               \
  static void name##suffix##parts(const sweep* s) {                               \
    sweep_row(s, kw, quads, stride, parts, at_zero, name##suffix##parts##_again); \
  }
#define WIDE_SWEEP(name, suffix, kw, quads, stride, parts, at_zero)              \
  static __attribute__((noinline, cold)) void name##suffix##parts##_again(       \
      const wide_sweep* s, const int32_t* columns, int32_t count) {              \
    wide_again(s, kw, quads, stride, parts, at_zero, columns, count);            \
  }                                                                              \
  static void name##suffix##parts(const wide_sweep* s) {                         \
    wide_row(s, kw, quads, stride, parts, at_zero, name##suffix##parts##_again); \
  }
#define SWEEPS(kind, name, kw, quads, stride)                                                 \
  kind(name, _relu, kw, quads, stride, 1, true) kind(name, _relu, kw, quads, stride, 2, true) \
      kind(name, _any, kw, quads, stride, 1, false) kind(name, _any, kw, quads, stride, 2, false)
#define FUNCTIONS(name) \
  {name##_relu1, name##_relu2}, { name##_any1, name##_any2 }
#define KERNEL(name, kw, quads, stride, ...)                               \
  void lm__uk_q8_##name##__avx512vnni(const lm__q8_dw_window_args* args);  \
  void lm__uk_q8_##name##__avx512vnni(const lm__q8_dw_window_args* args) { \
    static const sweep_functions kFunctions = {__VA_ARGS__};               \
    run(args, kw, quads, stride, &kFunctions);                             \
  }
// The kernel of a window without wide blocks, and of one with them.
#define WINDOW(name, kw, quads, stride)  \
  SWEEPS(SWEEP, name, kw, quads, stride) \
  KERNEL(name, kw, quads, stride, FUNCTIONS(name), {NULL, NULL}, {NULL, NULL})
#define WIDE_WINDOW(name, kw, quads, stride)         \
  SWEEPS(SWEEP, name, kw, quads, stride)             \
  SWEEPS(WIDE_SWEEP, name##_wide, kw, quads, stride) \
  KERNEL(name, kw, quads, stride, FUNCTIONS(name), FUNCTIONS(name##_wide))
WINDOW(dw_3x3s1, 3, 1, 1)
WINDOW(dw_3x3s2, 3, 1, 2)
WIDE_WINDOW(dw_5x5s1, 5, 2, 1)
WIDE_WINDOW(dw_5x5s2, 5, 2, 2)
