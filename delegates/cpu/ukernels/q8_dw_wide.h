// SPDX-License-Identifier: MIT
//
// The same as q8_dw_sweep.h for wide blocks of 64 channels.
#ifndef LITMARK_Q8_DW_WIDE_H_
#define LITMARK_Q8_DW_WIDE_H_

#include "q8_dw_sweep.h"

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
      .base = vi_set1(zero_point * 65536 + 32768 + LM_DW_WINDOW_GUARD),
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
    count += is_ambiguous(f.guard);
    f.guard = q8_guard_start();
    out = row + (size_t)next * k.stride;
    x = next;
  }
  TURN(b3, 3, NULL, in);
#undef TURN
  ambiguous[count] = x;
  count += is_ambiguous(f.guard);
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

#endif  // LITMARK_Q8_DW_WIDE_H_
