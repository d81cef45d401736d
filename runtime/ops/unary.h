// SPDX-License-Identifier: MIT
//
// Functions of one element: an op supplies one loop for each type. Quantized functions become
// tables while planning: of every value for 8 bits, of every 128th with interpolation for 16.
#ifndef LITMARK_OPS_UNARY_H_
#define LITMARK_OPS_UNARY_H_

#include "ops/unary_table.h"

/// Computes `count` elements. `params` are those of the node. `out` may be `in`.
typedef void (*lm__unary_row)(void* out, const void* in, int64_t count, const void* params);

typedef struct lm__unary_kernel {
  lm_type type;
  lm__unary_row row;
} lm__unary_kernel;

/// Params of every unary op.
typedef struct lm__unary {
  lm__unary_row row;
  union {
    uint8_t u8[256];  ///< by the bits of the element
    int16_t i16[LM_TABLE16_SIZE];
  } table;
  int32_t zero_in, zero_out;
  bool rescale;
  lm_multiplier scale;
} lm__unary;

/// Checks counts and types, sets the output's shape and allocates the params. 8-bit tensors must be
/// quantized, INT16 tensors may.
lm_status lm__unary_prepare(lm_op_context* context, const lm__unary_kernel* kernels,
                            int32_t kernel_count, lm__unary** out_params, lm_error* err);

/// The same for ops that need nothing else.
lm_status lm__unary_prepare_plain(lm_op_context* context, const lm__unary_kernel* kernels,
                                  int32_t kernel_count, lm_error* err);

lm_status lm__unary_eval(lm_op_context* context, lm_error* err);

/// True when the tensors of this node are quantized.
bool lm__unary_is_quantized(const lm_op_context* context);

/// A real function; `context` is what the op passed along.
typedef float (*lm__real_function)(float x, const void* context);

/// Fills the table of a quantized INT16 node in single precision, as the format's reference kernels
/// of EXP, LOG and RSQRT do. (Those of the activations work in double: lm__unary_table16_fill.)
void lm__unary_fill_table_16(const lm_op_context* node, lm__real_function function,
                             const void* function_context, lm__unary* params);

/// Rows that look up.
void lm__table_row_8(void* out, const void* in, int64_t count, const void* params);
void lm__table_row_16(void* out, const void* in, int64_t count, const void* params);

/// Defines a row function; `expression` computes from the element `x`.
#define LM__UNARY_ROW(name, T, expression)                                         \
  static void name(void* out, const void* in, int64_t count, const void* params) { \
    const T* values = in;                                                          \
    T* results = out;                                                              \
    (void)params;                                                                  \
    for (int64_t i = 0; i < count; ++i) {                                          \
      const T x = values[i];                                                       \
      results[i] = (T)(expression);                                                \
    }                                                                              \
  }

#define LM__KERNELS(array) (array), (int32_t)(sizeof(array) / sizeof((array)[0]))

#endif  // LITMARK_OPS_UNARY_H_
