// SPDX-License-Identifier: MIT
//
// 8-bit products of short rows, where making bytes of sums takes longer than the products. One
// panel goes over all rows, so that its scales, and all that outputs have in common, stay in
// registers. While a tile is multiplied, the one before it becomes bytes, in small steps between
// the products: the machine does not look far enough ahead to find these by itself.
// Packed and rounded as by the kernels of longer rows (q8_gemm_avx512vnni.c), which also take what
// is too long for these.
#include "requant_avx512.h"

#include "q8_finish.h"

#define MOST_STEPS 64   // of four products
#define CELLS 8         // vectors of sums in a tile
#define MOST_TILES 128  // of a sweep

LM_UK_INLINE vi q8_dot(vi acc, vi a, vi b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
  return acc;
}
// Keeps what makes `x` in its place among the products.
#define PIN(x) __asm__("" : "+v"(x))

// What all tiles have in common.
typedef struct short_rows {
  const lm__q8_gemm_args* args;
  const uint8_t* base;
  const size_t* row_offsets;
  size_t row_stride;
  const char* next;   // see lm__gemm_ahead
  size_t next_bytes;  // a tile
  int32_t steps;
  size_t offsets[MOST_STEPS];  // of the steps, from where a row begins
} short_rows;

// What a panel's outputs are made with.
typedef struct short_end {
  __m512 scale[2], offset[2];
  q8_end all;
  vi from_s8;  // takes bytes of s8 into the output's domain
  size_t stride;
  int32_t n;  // columns
} short_end;

// A tile on its way to bytes, in the order of rows, then vectors.
typedef struct short_flow {
  vi cells[CELLS];
  q8_guard guard;
  uint8_t* out;
} short_flow;

LM_UK_INLINE void store_piece(const short_end* e, uint8_t* out, vi bytes, const int nv) {
  if (nv == 2) {
    q8_store_32(out, _mm512_castsi512_si256(bytes), e->n);
    q8_store_32(out + e->stride, _mm512_extracti64x4_epi64(bytes, 1), e->n);
    return;
  }
  q8_store_16(out, _mm512_castsi512_si128(bytes), e->n);
  q8_store_16(out + e->stride, _mm512_extracti32x4_epi32(bytes, 1), e->n);
  q8_store_16(out + 2 * e->stride, _mm512_extracti32x4_epi32(bytes, 2), e->n);
  q8_store_16(out + 3 * e->stride, _mm512_extracti32x4_epi32(bytes, 3), e->n);
}

// Four vectors of words become a vector of bytes: two rows of two vectors, or four rows of one.
LM_UK_INLINE vi pack_piece(vi a, vi b, const int nv, const bool certain) {
  const vi bytes = certain ? _mm512_packs_epi16(a, b) : _mm512_packus_epi16(a, b);
  const vi order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
  return nv == 2 ? bytes : _mm512_permutexvar_epi64(order, bytes);
}

// Number `i` of the END_STEPS that make bytes of a tile.
#define END_STEPS (4 * CELLS + CELLS / 2 + 3 * CELLS / 4)
LM_UK_INLINE void end_step(const short_end* e, short_flow* f, int i, const int nv,
                           const lm__q8_requant how) {
  const bool certain = how == LM_Q8_CERTAIN, at_zero = how != LM_Q8_FIXED;
  vi* t = f->cells;
  if (i < CELLS) {
    t[i] = _mm512_castps_si512(_mm512_cvtepi32_ps(t[i]));
    PIN(t[i]);
  } else if ((i -= CELLS) < CELLS) {
    const __m512 y =
        q8_scaled(_mm512_castsi512_ps(t[i]), e->scale[i % nv], e->offset[i % nv], at_zero);
    t[i] = _mm512_castps_si512(y);
    PIN(t[i]);
  } else if ((i -= CELLS) < CELLS) {
    t[i] = _mm512_cvtps_epi32(_mm512_castsi512_ps(t[i]));
    if (!at_zero) t[i] = _mm512_add_epi32(t[i], e->all.base);
    PIN(t[i]);
  } else if ((i -= CELLS) < CELLS) {
    if (certain) return;
    f->guard = q8_guard_add(f->guard, t[i]);
    PIN(f->guard);
  } else if ((i -= CELLS) < CELLS / 2) {
    const int a = nv == 2 ? i / 2 * 4 + i % 2 : i * 2;
    t[a] = q8_words(t[a], t[a + nv]);
    PIN(t[a]);
  } else if ((i -= CELLS / 2) < CELLS / 4) {
    t[i * 4] = pack_piece(t[i * 4], t[i * 4 + (nv == 2 ? 1 : 2)], nv, certain);
    PIN(t[i * 4]);
  } else if ((i -= CELLS / 4) < CELLS / 4) {
    vi* piece = &t[i * 4];
    *piece = certain ? _mm512_xor_si512(*piece, e->from_s8) : q8_clamp(*piece, &e->all.range);
    PIN(*piece);
  } else {
    i -= CELLS / 4;
    store_piece(e, f->out + (size_t)(i * 4 / nv) * e->stride, t[i * 4], nv);
  }
}

// Products of a tile, one step of four of them after the other.
typedef struct short_tile {
  const uint8_t* row[CELLS];
  const size_t* offset;  // of the next step
  const uint8_t* w;      // its weights
} short_tile;

LM_UK_INLINE void start_tile(const short_rows* s, int32_t first, const uint8_t* panel, const int nv,
                             short_tile* t, vi* acc) {
#pragma GCC unroll 8
  for (int r = 0; r < CELLS / nv; ++r) {
    const size_t at = (size_t)first + (size_t)r;
    t->row[r] = s->base + (s->row_offsets != NULL ? s->row_offsets[at] : at * s->row_stride);
  }
#pragma GCC unroll 8
  for (int i = 0; i < CELLS; ++i) {
    acc[i] = vi_load((const int32_t*)(const void*)panel + i % nv * VI_LANES);
  }
  t->offset = s->offsets;
  t->w = panel + 6 * (size_t)nv * 64;
}

// `steps` steps, between which the tile `f` ends (NULL: none).
LM_UK_INLINE void multiply(const short_end* e, short_tile* t, vi* acc, short_flow* f, const int nv,
                           const bool flip, const int steps, const lm__q8_requant how) {
  const int count = steps * CELLS;
  vi w[2] = {vi_zero(), vi_zero()}, x = vi_zero();
#pragma GCC unroll 80
  for (int i = 0; i < count; ++i) {
    const int cell = i % CELLS, v = cell % nv;
    if (cell == 0) {
#pragma GCC unroll 2
      for (int j = 0; j < nv; ++j) w[j] = _mm512_loadu_si512(t->w + (i / CELLS * nv + j) * 64);
    }
    if (v == 0) {
      int32_t bytes;
      __builtin_memcpy(&bytes, t->row[cell / nv] + t->offset[i / CELLS], sizeof bytes);
      x = vi_set1(bytes);
      if (flip) x = _mm512_xor_si512(x, _mm512_set1_epi8(-128));
      PIN(x);
    }
    acc[cell] = q8_dot(acc[cell], x, w[v]);
    if (f == NULL) continue;
#pragma GCC unroll 48
    for (int j = i * END_STEPS / count; j < (i + 1) * END_STEPS / count; ++j) {
      end_step(e, f, j, nv, how);
    }
  }
  t->w += (size_t)(steps * nv) * 64;
  t->offset += steps;
}

// Multiplies the tile of the rows from `first` on while `f` ends; then `f` is that tile. The
// last `steps` steps are done side by side with that end; where there are `more`, they come first.
LM_UK_INLINE void turn(const short_rows* s, const short_end* e, int32_t first, const uint8_t* panel,
                       short_flow* f, const bool has_end, const int nv, const bool flip,
                       const int steps, const bool more, const lm__q8_requant how) {
  short_tile t;
  vi acc[CELLS];
  start_tile(s, first, panel, nv, &t, acc);
  for (int32_t k = s->steps - steps; more && k > 0; --k) {
    multiply(e, &t, acc, NULL, nv, flip, 1, how);
  }
  multiply(e, &t, acc, has_end ? f : NULL, nv, flip, steps, how);
  const int32_t* terms = s->args->row_terms;
  if (terms != NULL) {
#pragma GCC unroll 8
    for (int i = 0; i < CELLS; ++i) acc[i] = vi_add(acc[i], vi_set1(terms[first + i / nv]));
  }
#pragma GCC unroll 8
  for (int i = 0; i < CELLS; ++i) f->cells[i] = acc[i];
}

// The sums of a row.
LM_UK_INLINE void sum_again(const short_rows* s, const uint8_t* panel, size_t row, const int nv,
                            vi* sums) {
  const lm__q8_gemm_args* args = s->args;
  const uint8_t* in =
      s->base + (s->row_offsets != NULL ? s->row_offsets[row] : row * s->row_stride);
  const vi flip = _mm512_set1_epi8((char)args->flip);
  const vi term = vi_set1(args->row_terms != NULL ? args->row_terms[row] : 0);
  for (int v = 0; v < nv; ++v) {
    sums[v] = vi_add(vi_load((const int32_t*)(const void*)panel + v * VI_LANES), term);
  }
  panel += 6 * (size_t)nv * 64;
  for (int32_t k = 0; k < s->steps; ++k) {
    int32_t bytes;
    __builtin_memcpy(&bytes, in + s->offsets[k], sizeof bytes);
    const vi x = _mm512_xor_si512(vi_set1(bytes), flip);
    for (int v = 0; v < nv; ++v, panel += 64) {
      sums[v] = q8_dot(sums[v], x, _mm512_loadu_si512(panel));
    }
  }
}

// Tiles of which fixed point left some rows in doubt.
LM_UK_INLINE void end_again(const short_rows* s, const uint8_t* panel, int32_t column, const int nv,
                            const int32_t* tiles, int32_t count) {
  const lm__q8_gemm_args* args = s->args;
  for (int32_t i = 0; i < count; ++i) {
    const size_t first = (size_t)tiles[i];
    vi sums[CELLS];
    for (int r = 0; r < CELLS / nv; ++r) {
      sum_again(s, panel, first + (size_t)r, nv, sums + r * nv);
    }
    q8_finish_slowly(args, (const int32_t*)(const void*)panel, nv, CELLS / nv, sums,
                     first * args->c_stride + (size_t)column, column);
  }
}
static __attribute__((noinline, cold)) void end_again_1(const short_rows* s, const uint8_t* panel,
                                                        int32_t column, const int32_t* tiles,
                                                        int32_t count) {
  end_again(s, panel, column, 1, tiles, count);
}
static __attribute__((noinline, cold)) void end_again_2(const short_rows* s, const uint8_t* panel,
                                                        int32_t column, const int32_t* tiles,
                                                        int32_t count) {
  end_again(s, panel, column, 2, tiles, count);
}

LM_UK_INLINE short_end end_of(const lm__q8_gemm_args* args, const uint8_t* panel, int32_t column,
                              const int nv) {
  const float* scale = (const float*)(const void*)(panel + 4 * (size_t)nv * 64);
  short_end e = {.all = q8_end_make(args),
                 .from_s8 = _mm512_set1_epi8((char)(args->output_signed ? 0 : 0x80)),
                 .stride = args->c_stride,
                 .n = args->columns - column};
  for (int v = 0; v < nv; ++v) {
    e.scale[v] = vf_load(scale + v * VI_LANES);
    e.offset[v] = vf_load(scale + (nv + v) * VI_LANES);
  }
  return e;
}

// A panel over the rows [first, first + rows), up to MOST_TILES tiles; the last one overlaps the
// one before it where there is one.
LM_UK_INLINE void sweep(short_rows* s, const uint8_t* panel, int32_t column, int32_t first,
                        int32_t rows, const int nv, const bool flip, const int steps,
                        const bool more, const lm__q8_requant how) {
  const int32_t tile = CELLS / nv, last = first + rows - tile;
  const short_end e = end_of(s->args, panel, column, nv);
  uint8_t* const c = s->args->c + column;
  int32_t doubtful[MOST_TILES], count = 0;
  short_flow f = {.guard = q8_guard_start(), .out = c};
  turn(s, &e, first, panel, &f, false, nv, flip, steps, more, how);
  const char* next = s->next;
  for (;;) {
    for (const char* end = next + s->next_bytes; next < end; next += LM_UK_LINE_BYTES) {
      __builtin_prefetch(next, 0, 2);
    }
    f.out = c + (size_t)first * e.stride;
    f.guard = q8_guard_start();
    doubtful[count] = first;
    if (first == last) break;
    first = first + tile < last ? first + tile : last;
    turn(s, &e, first, panel, &f, true, nv, flip, steps, more, how);
    if (how != LM_Q8_CERTAIN) count += q8_guard_is_ambiguous(f.guard, e.all.guard_bits);
  }
#pragma GCC unroll 48
  for (int i = 0; i < END_STEPS; ++i) end_step(&e, &f, i, nv, how);
  if (how != LM_Q8_CERTAIN) count += q8_guard_is_ambiguous(f.guard, e.all.guard_bits);
  if (__builtin_expect(count != 0, 0)) {
    (nv == 1 ? end_again_1 : end_again_2)(s, panel, column, doubtful, count);
  }
  s->next = next;
}

typedef void (*sweep_function)(short_rows* s, const uint8_t* panel, int32_t column, int32_t first,
                               int32_t rows);
typedef struct sweep_functions {
  int32_t steps;  // that these are for, or more
  bool more;
  sweep_function any[2], relu[2], certain[2];  // [flip]
} sweep_functions;

LM_UK_INLINE void run(const lm__q8_gemm_args* args, const int nv, const sweep_functions* f) {
  const lm__gemm_input* in = &args->in;
  short_rows s = {.args = args,
                  .base = in->base,
                  .row_offsets = in->row_offsets,
                  .row_stride = in->row_stride,
                  .next = args->ahead.next,
                  .next_bytes = lm_uk_ahead_bytes(in, 4, args->ahead.lines)};
  for (int32_t t = 0; t < in->taps; ++t) {
    for (int32_t k = 0; k < in->depth; k += 4) {
      s.offsets[s.steps++] = in->tap_offsets[t] + (size_t)k;
    }
  }
  while (f->steps != s.steps && (!f->more || f->steps > s.steps)) ++f;
  const sweep_function sweep_panel =
      (args->requant == LM_Q8_CERTAIN         ? f->certain
       : args->requant == LM_Q8_FIXED_AT_ZERO ? f->relu
                                              : f->any)[args->flip != 0];
  const uint8_t* panel = args->packed;
  const size_t panel_bytes = (size_t)nv * 64 * (6 + (size_t)s.steps);
  const int32_t tile = CELLS / nv, most = tile * (MOST_TILES - 1);
  for (int32_t column = 0; column < args->columns; column += nv * VI_LANES, panel += panel_bytes) {
    for (int32_t first = 0, rows; first < in->rows; first += rows) {
      rows = in->rows - first < most + tile ? in->rows - first : most;
      sweep_panel(&s, panel, column, first, rows);
    }
  }
}

#define SWEEP(name, ...)                                                               \
  static void name(short_rows* s, const uint8_t* panel, int32_t column, int32_t first, \
                   int32_t rows) {                                                     \
    sweep(s, panel, column, first, rows, __VA_ARGS__);                                 \
  }
#define SWEEPS(name, nv, steps, more)                                 \
  SWEEP(name##_any, nv, false, steps, more, LM_Q8_FIXED)              \
  SWEEP(name##_any_flip, nv, true, steps, more, LM_Q8_FIXED)          \
  SWEEP(name##_relu, nv, false, steps, more, LM_Q8_FIXED_AT_ZERO)     \
  SWEEP(name##_relu_flip, nv, true, steps, more, LM_Q8_FIXED_AT_ZERO) \
  SWEEP(name##_certain, nv, false, steps, more, LM_Q8_CERTAIN)        \
  SWEEP(name##_certain_flip, nv, true, steps, more, LM_Q8_CERTAIN)
#define ENTRY(name, steps, more)                                                   \
  {                                                                                \
    steps, more, {name##_any, name##_any_flip}, {name##_relu, name##_relu_flip}, { \
      name##_certain, name##_certain_flip                                          \
    }                                                                              \
  }
// `other` has the same panels, and does what this kernel cannot; all that is certain, in integers.
#define KERNEL(name, nv, other, ...)                                                         \
  void lm__uk_q8_gemm_##other##__avx512vnni(const lm__q8_gemm_args* args);                   \
  void lm__uk_q8_gemm_##name##__avx512vnni(const lm__q8_gemm_args* args);                    \
  void lm__uk_q8_gemm_##name##__avx512vnni(const lm__q8_gemm_args* args) {                   \
    static const sweep_functions functions[] = {__VA_ARGS__};                                \
    const lm__gemm_input* in = &args->in;                                                    \
    if ((int64_t)in->taps * ((in->depth + 3) / 4) <= MOST_STEPS && in->rows >= CELLS / nv && \
        args->requant != LM_Q8_INTEGER && args->sums == NULL) {                              \
      run(args, nv, functions);                                                              \
      return;                                                                                \
    }                                                                                        \
    lm__q8_gemm_args same = *args;                                                           \
    if (same.requant == LM_Q8_CERTAIN) same.requant = LM_Q8_INTEGER;                         \
    lm__uk_q8_gemm_##other##__avx512vnni(&same);                                             \
  }

// 3x3 over three channels takes nine steps.
SWEEPS(short_4x32_9, 2, 9, false)
SWEEPS(short_4x32_8, 2, 8, false)
SWEEPS(short_4x32_6, 2, 6, false)
SWEEPS(short_4x32_4, 2, 4, false)
SWEEPS(short_4x32_4more, 2, 4, true)
SWEEPS(short_4x32_1more, 2, 1, true)
KERNEL(short_4x32c4, 2, 12x32c4, ENTRY(short_4x32_9, 9, false), ENTRY(short_4x32_8, 8, false),
       ENTRY(short_4x32_6, 6, false), ENTRY(short_4x32_4, 4, false),
       ENTRY(short_4x32_4more, 4, true), ENTRY(short_4x32_1more, 1, true))

SWEEPS(short_8x16_8, 1, 8, false)
SWEEPS(short_8x16_4more, 1, 4, true)
SWEEPS(short_8x16_1more, 1, 1, true)
KERNEL(short_8x16c4, 1, 8x16c4, ENTRY(short_8x16_8, 8, false), ENTRY(short_8x16_4more, 4, true),
       ENTRY(short_8x16_1more, 1, true))
