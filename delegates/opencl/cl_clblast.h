// SPDX-License-Identifier: MIT
//
// Matrix products by CLBlast, where its library is installed: to the rest of the delegate a kernel
// named "clblast_gemm" for F32 (and F16 where the device has cl_khr_fp16) with three arguments, a,
// b and c (written), and the parameters below. Groups are {1, 1, 1}.
#ifndef LITMARK_OPENCL_CLBLAST_H_
#define LITMARK_OPENCL_CLBLAST_H_

#include <stdint.h>

#define LM_CL_CLBLAST_GEMM "clblast_gemm"

/// c = alpha * a * b + beta * c for `batch` products, row-major. Lengths, offsets and strides are
/// in elements; offsets are from the begin of the argument's range.
typedef struct lm__cl_clblast_gemm {
  int32_t m, n, k;
  int32_t a_transposed, b_transposed;  ///< 0 or 1: a is [k][m], b is [n][k]
  int32_t lda, ldb, ldc;               ///< elements from one row in memory to the next
  int32_t a_offset, b_offset, c_offset;
  int32_t batch;  ///< 1 at least
  int32_t a_stride, b_stride,
      c_stride;  ///< from one product to the next; not read for a batch of 1
  float alpha, beta;
} lm__cl_clblast_gemm;

#endif  // LITMARK_OPENCL_CLBLAST_H_
