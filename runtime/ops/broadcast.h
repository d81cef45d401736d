// SPDX-License-Identifier: MIT
//
// Element-wise ops over inputs that broadcast against each other: an op supplies one loop over a
// row of elements for each type, this file walks the rows.
#ifndef LITMARK_OPS_BROADCAST_H_
#define LITMARK_OPS_BROADCAST_H_

#include "ops/op_util.h"

#define LM__WALK_MAX_INPUTS 3

/// Computes `count` consecutive elements of `out` from elements i * strides[k] of in[k]. A stride
/// is in elements; 0 repeats one element.
typedef void (*lm__row)(void* out, const void* const* in, const int64_t* strides, int64_t count,
                        const void* params);

/// How to walk an output of up to three inputs: dimensions that all of them step through alike are
/// merged, so that operands of equal shape are one row.
typedef struct lm__walk {
  int32_t rank;  ///< at least 1
  int32_t input_count;
  int64_t dims[LM_MAX_RANK];
  int64_t strides[LM_MAX_RANK][LM__WALK_MAX_INPUTS];  ///< in elements
} lm__walk;

/// Prepares the walk over `output`; every shape broadcasts to it.
void lm__walk_init(lm__walk* walk, const lm_shape* output, const lm_shape* const* shapes,
                   int32_t input_count);

/// Runs `row` over everything. `in_bytes` are the element sizes of the inputs.
void lm__walk_run(const lm__walk* walk, lm__row row, void* out, size_t out_bytes,
                  const void* const* in, const size_t* in_bytes, const void* params);

/// One row function of a binary op and the types it is for.
typedef struct lm__binary_kernel {
  lm_type input, output;
  lm__row row;
} lm__binary_kernel;

/// First member of the params of every binary op. Rows get the whole params.
typedef struct lm__binary {
  lm__walk walk;
  lm__row row;
} lm__binary;

/// Checks counts and types, sets the output's shape by broadcasting and allocates `params_bytes`
/// (at least an lm__binary) of params.
lm_status lm__binary_prepare(lm_op_context* context, const lm__binary_kernel* kernels,
                             int32_t kernel_count, size_t params_bytes, void** out_params,
                             lm_error* err);

/// The same for ops that need no params of their own.
lm_status lm__binary_prepare_plain(lm_op_context* context, const lm__binary_kernel* kernels,
                                   int32_t kernel_count, lm_error* err);

lm_status lm__binary_eval(lm_op_context* context, lm_error* err);

/// Inputs and output are quantized per tensor.
lm_status lm__binary_check_quantized(lm_op_context* context, lm_error* err);

/// LM_BAD_INPUT when the integer tensor `t` holds `zero`: what integer divisions check first.
lm_status lm__op_check_no_zero(const lm_op_context* context, const lm_tensor* t, int32_t zero,
                               lm_error* err);

/// Defines a row function over two inputs of type T; `expression` computes from `u` and `v` (and
/// `p`, the params) what is stored as R.
#define LM__BINARY_ROW(name, T, R, params_type, expression)                                 \
  static void name(void* out, const void* const* in, const int64_t* strides, int64_t count, \
                   const void* params) {                                                    \
    const T* a = in[0];                                                                     \
    const T* b = in[1];                                                                     \
    R* y = out;                                                                             \
    const params_type* p = params;                                                          \
    (void)p;                                                                                \
    for (int64_t i = 0; i < count; ++i) {                                                   \
      const T u = a[i * strides[0]];                                                        \
      const T v = b[i * strides[1]];                                                        \
      y[i] = (R)(expression);                                                               \
    }                                                                                       \
  }

#define LM__COUNT(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

#endif  // LITMARK_OPS_BROADCAST_H_
