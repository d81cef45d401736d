// SPDX-License-Identifier: MIT
//
// The end of an 8-bit product: a tile of sums to bytes, in fixed point where that is exact, else in
// integers. Over the vocabulary of requant_<set>.h, which is included first and explains why this
// is exact; ukernel.h names the order of the columns.
#ifndef LITMARK_Q8_FINISH_H_
#define LITMARK_Q8_FINISH_H_

#define Q8_FIXED 1

// What a tile's vectors are rescaled with.
typedef struct q8_columns {
  const int32_t* head;  // the panel's
  int nr;
} q8_columns;

// What all outputs of a call are made with: in memory, where instructions find it, because a large
// tile leaves no registers.
typedef struct q8_end {
  vi base;
  vi guard_bits;
  q8_range range;
} q8_end;

LM_UK_INLINE q8_end q8_end_make(const lm__q8_gemm_args* args) {
  const int32_t zero_point = args->zero_point + (args->output_signed ? 128 : 0);
  return (q8_end){vi_set1(zero_point * 65536 + 32768 + args->guard), q8_guard_bits(args->guard),
                  q8_range_make(args->min, args->max, args->output_signed)};
}

LM_UK_INLINE vi q8_rescale_fixed(q8_columns columns, int v, vi sum, vi base, const bool at_zero) {
  const float* scale = (const float*)(const void*)(columns.head + 4 * columns.nr) + v * VI_LANES;
  return q8_fixed(sum, vf_load(scale), vf_load(scale + columns.nr), base, at_zero);
}

LM_UK_INLINE bool q8_finish_as(const lm__q8_gemm_args* args, const q8_end* end, const int32_t* head,
                               const int nv, const int rows, const vi* sums, uint8_t* c, int32_t n,
                               const bool at_zero) {
  const q8_columns columns = {head, nv * VI_LANES};
  q8_guard guard = q8_guard_start();
#pragma GCC unroll 8
  for (int r = 0; r < rows; r += 2) {
    const bool two = r + 1 < rows;
    vi a[4] = {vi_zero()}, b[4] = {vi_zero()};
#pragma GCC unroll 4
    for (int v = 0; v < nv; ++v) {
      b[v] = a[v] = q8_rescale_fixed(columns, v, sums[r * nv + v], end->base, at_zero);
      if (two) b[v] = q8_rescale_fixed(columns, v, sums[(r + 1) * nv + v], end->base, at_zero);
    }
    // Joined first: the chain through all rows is what the end of the tile waits for.
    q8_guard both = two ? q8_guard_add(a[0], b[0]) : a[0];
#pragma GCC unroll 4
    for (int v = 1; v < nv; ++v) {
      both = q8_guard_add(both, two ? q8_guard_add(a[v], b[v]) : a[v]);
    }
    guard = q8_guard_add(guard, both);
    q8_store_rows(args, nv, two, a, b, c + (size_t)r * args->c_stride, n, &end->range);
  }
  return !q8_guard_is_ambiguous(guard, end->guard_bits);
}

// Stores `rows` rows of `n` columns (at most a panel's) at `c`. False: some are not certain.
LM_UK_INLINE bool q8_finish(const lm__q8_gemm_args* args, const q8_end* end, const int32_t* head,
                            const int nv, const int rows, const vi* sums, uint8_t* c, int32_t n) {
  return args->requant == LM_Q8_FIXED_AT_ZERO
             ? q8_finish_as(args, end, head, nv, rows, sums, c, n, true)
             : q8_finish_as(args, end, head, nv, rows, sums, c, n, false);
}

// One row in integers, as the reference kernels rescale.
static void q8_finish_row(const lm__q8_gemm_args* args, const int32_t* head, int nv, const vi* sums,
                          size_t offset, int32_t first) {
  const int nr = nv * VI_LANES;
  const int32_t n = args->columns - first;
  if (args->factors != NULL) {
    int32_t values[4 * VI_LANES] = {0};
    q8_store_sums(values, sums, nv);
    for (int32_t i = 0; i < nr && i < n; ++i) {
      args->c[offset + (size_t)i] = lm__q8_rescale(args, values[i], args->factors[first + i]);
    }
    return;
  }
  const vi low = vi_set1(args->min - args->zero_point);
  const vi high = vi_set1(args->max - args->zero_point);
  const vi to_u8 = vi_set1(args->zero_point + (args->output_signed ? 128 : 0));
  vi fixed[4];
  for (int v = 0; v < nv; ++v) {
    const int32_t* column = head + v * VI_LANES;
    const vi y = vi_requantize(sums[v], vi_load(column + nr), vi_load(column + 2 * nr),
                               vi_load(column + 3 * nr));
    fixed[v] = q8_to_fixed(vi_add(vi_clamp(y, low, high), to_u8));
  }
  const q8_range range = q8_range_make(args->min, args->max, args->output_signed);
  q8_store_rows(args, nv, false, fixed, fixed, args->c + offset, n, &range);
}

// The rows of a tile that fixed point leaves in doubt, or all of them where it was not tried; or
// the sums themselves. `offset` is where the tile begins in the output.
static __attribute__((noinline)) void q8_finish_slowly(const lm__q8_gemm_args* args,
                                                       const int32_t* head, int nv, int rows,
                                                       const vi* sums, size_t offset,
                                                       int32_t first) {
  const q8_columns columns = {head, nv * VI_LANES};
  const int32_t zero_point = args->zero_point + (args->output_signed ? 128 : 0);
  const vi base = vi_set1(zero_point * 65536 + 32768 + args->guard);
  const vi guard_bits = q8_guard_bits(args->guard);
  for (int r = 0; r < rows; ++r, sums += nv, offset += args->c_stride) {
    if (args->sums != NULL) {
      q8_store_sums(args->sums + offset, sums, nv);
      continue;
    }
    q8_guard guard = q8_guard_start();
    for (int v = 0; v < nv && args->requant != LM_Q8_INTEGER; ++v) {
      const bool at_zero = args->requant == LM_Q8_FIXED_AT_ZERO;
      guard = q8_guard_add(guard, q8_rescale_fixed(columns, v, sums[v], base, at_zero));
    }
    if (args->requant == LM_Q8_INTEGER || q8_guard_is_ambiguous(guard, guard_bits)) {
      q8_finish_row(args, head, nv, sums, offset, first);
    }
  }
}

#endif  // LITMARK_Q8_FINISH_H_
