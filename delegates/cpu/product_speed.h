// SPDX-License-Identifier: MIT
//
// How fast one GEMM kernel is against another on this machine: a small product is timed on both in
// turns. What is chosen by it: tile_speed.h, half_speed.h.
#ifndef LITMARK_CPU_PRODUCT_SPEED_H_
#define LITMARK_CPU_PRODUCT_SPEED_H_

#include "kernels.h"
#include "litmark/allocator.h"
#include "litmark/status.h"

/// The product that is timed, and how often on each kernel: the least time counts.
typedef struct lm__product_size {
  int32_t rows, columns, depth;
  int32_t repeats;
} lm__product_size;

/// How often `a` does the product in the time of one on `b`.
lm_status lm__f32_gemm_compare(const lm__f32_gemm_uk* a, const lm__f32_gemm_uk* b,
                               const lm__product_size* size, lm_allocator allocator,
                               double* out_ratio, lm_error* err);
lm_status lm__q8_gemm_compare(const lm__q8_gemm_uk* a, const lm__q8_gemm_uk* b,
                              const lm__product_size* size, lm_allocator allocator,
                              double* out_ratio, lm_error* err);

#endif  // LITMARK_CPU_PRODUCT_SPEED_H_
