// SPDX-License-Identifier: MIT
//
// 8-bit products of short rows, where making bytes of sums takes longer than the products. One
// panel goes over all rows, so that its scales, and all that outputs have in common, stay in
// registers; tiles are as small as they can be without waiting for the products, because the
// machine does not look far enough ahead to multiply one large tile while another is rescaled.
// Packed and rounded as by the kernels of longer rows (q8_gemm_avx512vnni.c), which also take what
// is too long for these.
#include "requant_avx512.h"

#include "q8_finish.h"

#define MOST_STEPS 64  // of four products
#define MOST_SUMS 12   // vectors
#define MOST_ROWS 6

LM_UK_INLINE vi q8_dot(vi acc, vi a, vi b) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(acc) : "v"(a), "v"(b));
  return acc;
}

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
  __m512 scale[3], offset[3];
  q8_end all;
} short_end;

LM_UK_INLINE void step(const uint8_t* const* row, size_t at, const uint8_t* w, const int rows,
                       const int nv, const bool flip, vi* sums) {
  vi b[3];
#pragma GCC unroll 3
  for (int v = 0; v < nv; ++v) b[v] = _mm512_loadu_si512(w + v * 64);
#pragma GCC unroll 6
  for (int r = 0; r < rows; ++r) {
    int32_t bytes;
    __builtin_memcpy(&bytes, row[r] + at, sizeof bytes);
    vi x = vi_set1(bytes);
    if (flip) x = _mm512_xor_si512(x, _mm512_set1_epi8(-128));
#pragma GCC unroll 3
    for (int v = 0; v < nv; ++v) sums[r * nv + v] = q8_dot(sums[r * nv + v], x, b[v]);
  }
}

// A tile of the rows from `first` on. `steps` is known while compiling, or 0.
LM_UK_INLINE void multiply(const short_rows* s, int32_t first, const uint8_t* panel, const int rows,
                           const int nv, const bool flip, const int steps, vi* sums) {
  const uint8_t* row[MOST_ROWS];
#pragma GCC unroll 6
  for (int r = 0; r < rows; ++r) {
    const size_t at = (size_t)first + (size_t)r;
    row[r] = s->base + (s->row_offsets != NULL ? s->row_offsets[at] : at * s->row_stride);
  }
#pragma GCC unroll 12
  for (int i = 0; i < rows * nv; ++i) {
    sums[i] = vi_load((const int32_t*)(const void*)panel + i % nv * VI_LANES);
  }
  const size_t step_bytes = (size_t)nv * 64;
  const uint8_t* w = panel + 6 * step_bytes;
  const size_t* offset = s->offsets;
#pragma GCC unroll 9
  for (int k = 0; k < steps; ++k, w += step_bytes) {
    step(row, *offset++, w, rows, nv, flip, sums);
  }
  if (steps == 0) {
    for (const uint8_t* end = w + (size_t)s->steps * step_bytes; w < end; w += step_bytes) {
      step(row, *offset++, w, rows, nv, flip, sums);
    }
  }
  const int32_t* terms = s->args->row_terms;
  if (terms == NULL) return;
#pragma GCC unroll 6
  for (int r = 0; r < rows; ++r) {
    const vi term = vi_set1(terms[first + r]);
#pragma GCC unroll 3
    for (int v = 0; v < nv; ++v) sums[r * nv + v] = vi_add(sums[r * nv + v], term);
  }
}

// Two rows of `n` columns.
LM_UK_INLINE q8_guard finish_two(const short_end* e, const vi* sums, const int nv, uint8_t* out,
                                 size_t stride, int32_t n, const bool at_zero) {
  vi a[3] = {vi_zero()}, b[3] = {vi_zero()};
#pragma GCC unroll 3
  for (int v = 0; v < nv; ++v) {
    a[v] = q8_fixed(sums[v], e->scale[v], e->offset[v], e->all.base, at_zero);
    b[v] = q8_fixed(sums[nv + v], e->scale[v], e->offset[v], e->all.base, at_zero);
  }
  q8_guard guard = q8_guard_add(a[0], b[0]);
#pragma GCC unroll 3
  for (int v = 1; v < nv; ++v) guard = q8_guard_add(guard, q8_guard_add(a[v], b[v]));
  if (nv > 1) q8_store_pairs(out, stride, true, a, b, &e->all.range, n);
  if (nv % 2 != 0) {
    const int v = nv - 1;
    q8_store_singles(out + v * VI_LANES, stride, true, a[v], b[v], &e->all.range, n - v * VI_LANES);
  }
  return guard;
}

static __attribute__((noinline, cold)) void finish_again(const lm__q8_gemm_args* args,
                                                         const int32_t* head, int nv, int rows,
                                                         const vi* sums, int32_t first,
                                                         int32_t column) {
  q8_finish_slowly(args, head, nv, rows, sums, (size_t)first * args->c_stride + (size_t)column,
                   column);
}

// A panel over all rows; the last tile overlaps the one before it where there is one.
LM_UK_INLINE void sweep(short_rows* s, const uint8_t* panel, int32_t column, const int rows,
                        const int nv, const bool flip, const bool at_zero, const int steps) {
  const lm__q8_gemm_args* args = s->args;
  const int32_t* head = (const int32_t*)(const void*)panel;
  const float* scale = (const float*)(const void*)(head + 4 * nv * VI_LANES);
  short_end e = {.all = q8_end_make(args)};
  for (int v = 0; v < nv; ++v) {
    e.scale[v] = vf_load(scale + v * VI_LANES);
    e.offset[v] = vf_load(scale + (nv + v) * VI_LANES);
  }
  const size_t stride = args->c_stride;
  const int32_t n = args->columns - column, last = args->in.rows - rows;
  uint8_t* const c = args->c + column;
  const char* next = s->next;
  for (int32_t first = 0;; first += rows) {
    if (first > last) first = last;
    for (const char* end = next + s->next_bytes; next < end; next += LM_UK_LINE_BYTES) {
      __builtin_prefetch(next, 0, 2);
    }
    vi sums[MOST_SUMS];
    multiply(s, first, panel, rows, nv, flip, steps, sums);
    uint8_t* out = c + (size_t)first * stride;
    q8_guard guard = q8_guard_start();
#pragma GCC unroll 3
    for (int r = 0; r < rows; r += 2, out += 2 * stride) {
      guard = q8_guard_add(guard, finish_two(&e, sums + r * nv, nv, out, stride, n, at_zero));
    }
    if (__builtin_expect(q8_guard_is_ambiguous(guard, e.all.guard_bits), 0)) {
      vi copy[MOST_SUMS];  // so that the tile itself stays in registers
      for (int i = 0; i < rows * nv; ++i) copy[i] = sums[i];
      finish_again(args, head, nv, rows, copy, first, column);
    }
    if (first == last) break;
  }
  s->next = next;
}

typedef void (*sweep_function)(short_rows* s, const uint8_t* panel, int32_t column);
typedef struct sweep_functions {
  int32_t steps;                   // that these are for; 0: any number, the last entry
  sweep_function any[2], relu[2];  // [flip]
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
  while (f->steps != 0 && f->steps != s.steps) ++f;
  const bool flip = args->flip != 0;
  const sweep_function sweep_panel =
      args->requant == LM_Q8_FIXED_AT_ZERO ? f->relu[flip] : f->any[flip];
  const uint8_t* panel = args->packed;
  const size_t panel_bytes = (size_t)nv * 64 * (6 + (size_t)s.steps);
  for (int32_t column = 0; column < args->columns; column += nv * VI_LANES, panel += panel_bytes) {
    sweep_panel(&s, panel, column);
  }
}

#define SWEEP(name, ...)                                                  \
  static void name(short_rows* s, const uint8_t* panel, int32_t column) { \
    sweep(s, panel, column, __VA_ARGS__);                                 \
  }
#define SWEEPS(name, mr, nv, steps)                            \
  SWEEP(name##_##steps##_any, mr, nv, false, false, steps)     \
  SWEEP(name##_##steps##_any_flip, mr, nv, true, false, steps) \
  SWEEP(name##_##steps##_relu, mr, nv, false, true, steps)     \
  SWEEP(name##_##steps##_relu_flip, mr, nv, true, true, steps)
#define ENTRY(name, steps)                                      \
  {                                                             \
    steps, {name##_##steps##_any, name##_##steps##_any_flip}, { \
      name##_##steps##_relu, name##_##steps##_relu_flip         \
    }                                                           \
  }
// `other` has the same panels, and does what this kernel cannot.
#define KERNEL(name, mr, nv, other, ...)                                           \
  void lm__uk_q8_gemm_##other##__avx512vnni(const lm__q8_gemm_args* args);         \
  void lm__uk_q8_gemm_##name##__avx512vnni(const lm__q8_gemm_args* args);          \
  void lm__uk_q8_gemm_##name##__avx512vnni(const lm__q8_gemm_args* args) {         \
    static const sweep_functions functions[] = {__VA_ARGS__};                      \
    const lm__gemm_input* in = &args->in;                                          \
    if ((int64_t)in->taps * ((in->depth + 3) / 4) > MOST_STEPS || in->rows < mr || \
        args->requant == LM_Q8_INTEGER || args->sums != NULL) {                    \
      lm__uk_q8_gemm_##other##__avx512vnni(args);                                  \
    } else {                                                                       \
      run(args, nv, functions);                                                    \
    }                                                                              \
  }

// 3x3 over three channels takes nine steps.
SWEEPS(short_6x32, 6, 2, 4)
SWEEPS(short_6x32, 6, 2, 6)
SWEEPS(short_6x32, 6, 2, 8)
SWEEPS(short_6x32, 6, 2, 9)
SWEEPS(short_6x32, 6, 2, 0)
KERNEL(6x32c4, 6, 2, 12x32c4, ENTRY(short_6x32, 4), ENTRY(short_6x32, 6), ENTRY(short_6x32, 8),
       ENTRY(short_6x32, 9), ENTRY(short_6x32, 0))

SWEEPS(short_4x48, 4, 3, 6)
SWEEPS(short_4x48, 4, 3, 0)
KERNEL(4x48c4, 4, 3, 7x48c4, ENTRY(short_4x48, 6), ENTRY(short_4x48, 0))

SWEEPS(short_6x16, 6, 1, 8)
SWEEPS(short_6x16, 6, 1, 0)
KERNEL(6x16c4, 6, 1, 8x16c4, ENTRY(short_6x16, 8), ENTRY(short_6x16, 0))
