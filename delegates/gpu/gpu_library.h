// SPDX-License-Identifier: MIT
//
// Matrix products by a library of the driver, where it has one: a kernel by name, for the types
// that has_kernel() says, with three arguments, a, b and c (written), and the parameters below.
// Groups are {1, 1, 1}. OpenCL's is CLBlast.
#ifndef LITMARK_GPU_LIBRARY_H_
#define LITMARK_GPU_LIBRARY_H_

#include <stdint.h>

#define LM_GPU_LIBRARY_GEMM "clblast_gemm"

/// c = alpha * a * b + beta * c for `batch` products, row-major. Lengths, offsets and strides are
/// in elements; offsets are from the begin of the argument's range.
typedef struct lm__gpu_library_gemm {
  int32_t m, n, k;
  int32_t a_transposed, b_transposed;  ///< 0 or 1: a is [k][m], b is [n][k]
  int32_t lda, ldb, ldc;               ///< elements from one row in memory to the next
  int32_t a_offset, b_offset, c_offset;
  int32_t batch;  ///< 1 at least
  /// From one product to the next; not read for a batch of 1.
  int32_t a_stride, b_stride, c_stride;
  float alpha, beta;
} lm__gpu_library_gemm;

#endif  // LITMARK_GPU_LIBRARY_H_
