// SPDX-License-Identifier: MIT
//
// Ops that only move elements: transpositions, slices, padding, tiling and the like are all copies
// between two strided views.
#ifndef LITMARK_OPS_COPY_UTIL_H_
#define LITMARK_OPS_COPY_UTIL_H_

#include "ops/op_util.h"

/// TILE needs two dimensions for each of the tensor's.
#define LM__COPY_MAX_RANK (2 * LM_MAX_RANK)

/// A copy of dims[0] x dims[1] x ... elements. Strides and offsets are in elements of their tensor
/// and may be 0 or negative on the input's side.
typedef struct lm__copy {
  int32_t rank;
  int64_t dims[LM__COPY_MAX_RANK];
  int64_t in_strides[LM__COPY_MAX_RANK];
  int64_t out_strides[LM__COPY_MAX_RANK];
  int64_t in_offset, out_offset;
} lm__copy;

/// Adds a dimension, innermost last.
void lm__copy_add(lm__copy* copy, int64_t dim, int64_t in_stride, int64_t out_stride);

/// Drops dimensions of 1 and merges neighbours; to be called once, after the last lm__copy_add().
void lm__copy_finish(lm__copy* copy);

/// Row-major strides in elements.
void lm__dense_strides(const lm_shape* shape, int64_t* strides);

/// Product of dimensions [first, last).
int64_t lm__dims_product(const lm_shape* shape, int32_t first, int32_t last);

/// Input 0 and output 0 have one type, of whole bytes and fixed size.
lm_status lm__op_check_copyable(lm_op_context* context, lm_error* err);

/// Input and output are quantized alike: kernels that move elements do not rescale.
lm_status lm__op_check_same_quantization(const lm_op_context* context, const char* what_a,
                                         const lm_tensor* a, const char* what_b, const lm_tensor* b,
                                         lm_error* err);

/// Tensor `t` is a constant INT32 or INT64 vector of `count` elements (any number for -1) or, for a
/// count of 1, a scalar.
lm_status lm__op_check_int_vector(const lm_op_context* context, const char* what,
                                  const lm_tensor* t, int64_t count, lm_error* err);

/// Element `i` of such a vector as a dimension.
/// @retval LM_BAD_MODEL  it does not fit 32 bits.
lm_status lm__op_read_int(const lm_op_context* context, const char* what, const lm_tensor* t,
                          int64_t i, int32_t* out_value, lm_error* err);

/// Eval of ops whose params are one lm__copy from input 0 to output 0.
lm_status lm__copy_eval(lm_op_context* context, lm_error* err);

/// Eval of ops that give input 0 another shape.
lm_status lm__alias_eval(lm_op_context* context, lm_error* err);

#endif  // LITMARK_OPS_COPY_UTIL_H_
