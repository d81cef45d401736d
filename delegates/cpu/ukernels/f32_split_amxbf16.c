// SPDX-License-Identifier: MIT
//
// float32 products on bfloat16 tiles. A float is the sum of two or three bfloat16 parts, each
// the rounded rest of those before it; weights are split when they are packed, activations here.
// Three products (high * high, high * low, low * high) leave errors of some 2^-17 of what is added
// up, six those of sums in float32. Infinities become NaN, as do activations beyond 3.39e38, whose
// high part is infinite; tiles and conversions take denormal numbers for zero.
#include "simd_avx512.h"

#include "amx_tile.h"

#define DEPTH 32  // of a step
#define COLUMNS 64
#ifdef LM_AMX_EMULATED
#define NAMED(name) LM_UK_PASTE(name, _emulated)
#else
#define NAMED(name) name
#endif

// A step's activations: a tile for each part.
typedef struct split_tiles {
  _Alignas(64) uint8_t part[3][AMX_TILE_BYTES];
} split_tiles;

LM_UK_INLINE __m512 low_half(__m512i bf16) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(bf16)), 16));
}
LM_UK_INLINE __m512 high_half(__m512i bf16) {
  return _mm512_castsi512_ps(
      _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(bf16, 1)), 16));
}

// 32 floats of each row. `n` of them belong to the run; the rest count as 0, which matters although
// their weights are 0 too: what lies behind a run may be NaN.
LM_UK_INLINE void split(const float* const* row, size_t k, int32_t n, const int parts,
                        split_tiles* out) {
  const __mmask16 first = vf_mask(n), second = vf_mask(n - VF_LANES);
  for (int r = 0; r < AMX_ROWS; ++r) {
    __m512 x = _mm512_maskz_loadu_ps(first, row[r] + k);
    __m512 y = _mm512_maskz_loadu_ps(second, row[r] + k + VF_LANES);
#pragma GCC unroll 3
    for (int p = 0; p < parts; ++p) {
      const __m512i part = (__m512i)_mm512_cvtne2ps_pbh(y, x);
      _mm512_store_si512(out->part[p] + r * AMX_ROW_BYTES, part);
      if (p + 1 == parts) break;
      x = _mm512_sub_ps(x, low_half(part));
      y = _mm512_sub_ps(y, high_half(part));
    }
  }
}

// What a block of sums leaves to the next one, see q8_gemm_amxint8.c.
typedef struct rest {
  float* c;
  int rows;   // 0: nothing
  int done;   // rows that are clamped and stored
  int32_t n;  // columns
} rest;

LM_UK_INLINE void finish_row(const lm__f32_gemm_args* args, const float* sums, rest* before) {
  const vf low = vf_set1(args->min), high = vf_set1(args->max);
  const float* from = sums + before->done * COLUMNS;
  float* to = before->c + (size_t)before->done * args->c_stride;
  for (int v = 0; v < COLUMNS / VF_LANES && v * VF_LANES < before->n; ++v) {
    vf_store_part(to + v * VF_LANES, vf_clamp(vf_load(from + v * VF_LANES), low, high),
                  before->n - v * VF_LANES);
  }
  ++before->done;
}

// Takes a tile of sums for the next block, which begin at the bias, the same in every row.
#define TAKE(c)                                                                      \
  do {                                                                               \
    if (before->rows > 0) AMX_STORE(c, sums + (c)*VF_LANES, COLUMNS * sizeof *sums); \
    AMX_LOAD(c, panel + (c)*AMX_ROW_BYTES, 0);                                       \
  } while (0)

// Sixteen columns: the smallest products first. Tiles 4 to 6 are the activations' parts.
#define MULTIPLY_COLUMNS(c)                                \
  do {                                                     \
    const uint8_t* at = w + (c)*AMX_TILE_BYTES;            \
    if (begins) TAKE(c);                                   \
    if (parts == 3) {                                      \
      AMX_LOAD(7, at + 8 * AMX_TILE_BYTES, AMX_ROW_BYTES); \
      AMX_DPBF16PS(c, 4, 7);                               \
    }                                                      \
    AMX_LOAD(7, at + 4 * AMX_TILE_BYTES, AMX_ROW_BYTES);   \
    if (parts == 3) AMX_DPBF16PS(c, 5, 7);                 \
    AMX_DPBF16PS(c, 4, 7);                                 \
    AMX_LOAD(7, at, AMX_ROW_BYTES);                        \
    if (parts == 3) AMX_DPBF16PS(c, 6, 7);                 \
    AMX_DPBF16PS(c, 5, 7);                                 \
    AMX_DPBF16PS(c, 4, 7);                                 \
  } while (0)

// The products of one step of depth; with the first one, tiles change hands.
LM_UK_INLINE void step(const split_tiles* a, const uint8_t* w, const uint8_t* panel,
                       const int parts, const bool begins, const rest* before, float* sums) {
  AMX_LOAD(4, a->part[0], AMX_ROW_BYTES);
  AMX_LOAD(5, a->part[1], AMX_ROW_BYTES);
  if (parts == 3) AMX_LOAD(6, a->part[2], AMX_ROW_BYTES);
  MULTIPLY_COLUMNS(0);
  MULTIPLY_COLUMNS(1);
  MULTIPLY_COLUMNS(2);
  MULTIPLY_COLUMNS(3);
}

LM_UK_INLINE const char* fetch(const char* next, int32_t lines) {
  for (; lines > 0; --lines, next += LM_UK_LINE_BYTES) __builtin_prefetch(next, 0, 2);
  return next;
}

// 16 rows by a panel, while the block before is finished. Sums stay in their tiles.
LM_UK_INLINE void multiply(const lm__f32_gemm_args* args, const float* const* row, const int parts,
                           const uint8_t* panel, const char** ahead, rest* before, float* sums) {
  const lm__gemm_input* in = &args->in;
  const int64_t steps = (int64_t)in->taps * (((int64_t)in->depth + DEPTH - 1) / DEPTH);
  const uint8_t* w = panel + COLUMNS * sizeof(float);
  int64_t due = 0;
  bool begins = true;
  split_tiles a;
  for (int32_t t = 0; t < in->taps; ++t) {
    for (int32_t k = 0; k < in->depth; k += DEPTH, w += parts * 4 * AMX_TILE_BYTES) {
      const int32_t left = in->depth - k;
      *ahead = fetch(*ahead, (left > LM_UK_NEXT_STEPS ? 2 : 1) * args->ahead.lines);
      split(row, in->tap_offsets[t] + (size_t)k, left, parts, &a);
      if (begins) {
        step(&a, w, panel, parts, true, before, sums);
        begins = false;
      } else {
        step(&a, w, panel, parts, false, before, sums);
      }
      for (due += before->rows; due >= steps; due -= steps) finish_row(args, sums, before);
    }
  }
  if (begins) {  // no products at all
    TAKE(0);
    TAKE(1);
    TAKE(2);
    TAKE(3);
    while (before->done < before->rows) finish_row(args, sums, before);
  }
}

LM_UK_INLINE void run(const lm__f32_gemm_args* args, const int parts) {
  const lm__gemm_input* in = &args->in;
  const size_t steps = (size_t)in->taps * (((size_t)in->depth + DEPTH - 1) / DEPTH);
  const size_t panel_bytes = COLUMNS * sizeof(float) + steps * (size_t)parts * 4 * AMX_TILE_BYTES;
  _Alignas(64) float sums[AMX_ROWS * COLUMNS];
  const char* ahead = args->ahead.next;
  rest before = {.rows = 0};
  AMX_START();
  for (int32_t first = 0; first < in->rows; first += AMX_ROWS) {
    const int rows = in->rows - first < AMX_ROWS ? (int)(in->rows - first) : AMX_ROWS;
    const float* row[AMX_ROWS];
    for (int r = 0; r < AMX_ROWS; ++r) {
      const size_t at = (size_t)(first + (r < rows ? r : 0));
      row[r] = (const float*)in->base +
               (in->row_offsets != NULL ? in->row_offsets[at] : at * in->row_stride);
    }
    const uint8_t* panel = (const uint8_t*)args->packed;
    for (int32_t column = 0; column < args->columns; column += COLUMNS, panel += panel_bytes) {
      multiply(args, row, parts, panel, &ahead, &before, sums);
      before = (rest){.c = args->c + (size_t)first * args->c_stride + column,
                      .rows = rows,
                      .n = args->columns - column};
    }
  }
  AMX_STORE(0, sums, COLUMNS * sizeof *sums);
  AMX_STORE(1, sums + VF_LANES, COLUMNS * sizeof *sums);
  AMX_STORE(2, sums + 2 * VF_LANES, COLUMNS * sizeof *sums);
  AMX_STORE(3, sums + 3 * VF_LANES, COLUMNS * sizeof *sums);
  while (before.done < before.rows) finish_row(args, sums, &before);
  AMX_STOP();
}

void NAMED(lm__uk_f32_split3_16x64c32__amxbf16)(const lm__f32_gemm_args* args);
void NAMED(lm__uk_f32_split3_16x64c32__amxbf16)(const lm__f32_gemm_args* args) { run(args, 2); }

void NAMED(lm__uk_f32_split6_16x64c32__amxbf16)(const lm__f32_gemm_args* args);
void NAMED(lm__uk_f32_split6_16x64c32__amxbf16)(const lm__f32_gemm_args* args) { run(args, 3); }
