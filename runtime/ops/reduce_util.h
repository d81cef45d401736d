// SPDX-License-Identifier: MIT
//
// Reductions over axes: MEAN, SUM, REDUCE_*. An op supplies a loop over a row of the input, this
// file walks the input in order and keeps track of where each row accumulates.
#ifndef LITMARK_OPS_REDUCE_UTIL_H_
#define LITMARK_OPS_REDUCE_UTIL_H_

#include "ops/kernel_util.h"

/// Folds `count` consecutive elements of `in` into accumulators `step` elements apart: 0 (all into
/// one) or 1.
typedef void (*lm__reduce_row)(void* acc, int64_t step, const void* in, int64_t count,
                               const void* params);

/// First member of the params of every reduction.
typedef struct lm__reduce {
  int32_t rank;                  ///< at least 1
  int64_t dims[LM_MAX_RANK];     ///< of the input, neighbours merged
  int64_t strides[LM_MAX_RANK];  ///< of the output, in elements; 0 where reduced
  int64_t output_count;
  int64_t reduced;  ///< input elements that make one output element
  lm__reduce_row row;
  int32_t scratch;  ///< accumulators, where the op asked for some
} lm__reduce;

/// One row function of a reduction and the type it is for.
typedef struct lm__reduce_kernel {
  lm_type type;
  lm__reduce_row row;
} lm__reduce_kernel;

/// Checks counts, types and axes, sets the output's shape and allocates `params_bytes` (at least an
/// lm__reduce) of params.
lm_status lm__reduce_prepare(lm_op_context* context, const lm__reduce_kernel* kernels,
                             int32_t kernel_count, size_t params_bytes, void** out_params,
                             lm_error* err);

/// Runs the rows over input 0.
void lm__reduce_run(const lm__reduce* reduce, const lm_tensor* input, void* acc, size_t acc_bytes,
                    const void* params);

/// Asks for one accumulator of `bytes` bytes for each output element.
lm_status lm__reduce_request(lm_op_context* context, lm__reduce* reduce, size_t bytes,
                             lm_error* err);

// ---- MEAN and SUM of quantized tensors

typedef struct lm__quantized_sum {
  lm__reduce reduce;
  lm_multiplier scale;
  int32_t zero_in, zero_out;
} lm__quantized_sum;

/// Fills scale and zero points and asks for the accumulators. `mean` folds the division by the
/// number of elements into the scale.
lm_status lm__quantized_sum_prepare(lm_op_context* context, lm__quantized_sum* sum, bool mean,
                                    lm_error* err);
lm_status lm__quantized_sum_eval(lm_op_context* context, lm_error* err);

/// Rows that add 8 and 16-bit elements to INT32 accumulators.
void lm__sum_row_u8(void* acc, int64_t step, const void* in, int64_t count, const void* params);
void lm__sum_row_i8(void* acc, int64_t step, const void* in, int64_t count, const void* params);
void lm__sum_row_i16(void* acc, int64_t step, const void* in, int64_t count, const void* params);

/// Stores integers into an INT8, UINT8 or INT16 tensor, saturated.
void lm__store_quantized(const lm_tensor* t, int64_t i, int32_t value);

/// Defines a row function: `expression` computes the new accumulator from `a` and the element `x`.
#define LM__REDUCE_ROW(name, T, A, expression)                                                   \
  static void name(void* acc, int64_t step, const void* in, int64_t count, const void* params) { \
    const T* values = in;                                                                        \
    A* sums = acc;                                                                               \
    (void)params;                                                                                \
    for (int64_t i = 0; i < count; ++i) {                                                        \
      const A a = sums[i * step];                                                                \
      const T x = values[i];                                                                     \
      sums[i * step] = (A)(expression);                                                          \
    }                                                                                            \
  }

/// Eval of reductions whose accumulators are the output itself, set to the element at `initial`
/// first.
void lm__reduce_into_output(lm_op_context* context, const void* initial);

/// REDUCE_MAX and REDUCE_MIN: prepare with the common checks.
lm_status lm__reduce_extremum_prepare(lm_op_context* context, const lm__reduce_kernel* kernels,
                                      int32_t kernel_count, lm_error* err);

#define LM__COUNT_OF(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

#endif  // LITMARK_OPS_REDUCE_UTIL_H_
