// SPDX-License-Identifier: MIT
//
// Element-wise functions of one input. 8-bit integers go through a table of 256 results that
// prepare fills in float; 16-bit ones through 513 with linear interpolation; float tensors call the
// function.
#ifndef LITMARK_OPS_UNARY_TABLE_H_
#define LITMARK_OPS_UNARY_TABLE_H_

#include "ops/kernel_util.h"

typedef float (*lm__unary_function)(float x);

/// Fills `table`, indexed by the input's bits as uint8_t, for INT8 or UINT8 tensors.
void lm__unary_table_fill(const lm_tensor* input, const lm_tensor* output,
                          lm__unary_function function, uint8_t* table);

#define LM_TABLE16_SIZE 513

/// Fills `table` for 16-bit inputs from the scales and zero points of both sides, in double.
void lm__unary_table16_fill(double input_scale, int32_t input_zero_point, double output_scale,
                            int32_t output_zero_point, double (*function)(double x),
                            int16_t* table);

/// The value at `x` between two entries.
static inline int16_t lm__unary_table16_at(const int16_t* table, int16_t x) {
  const int32_t index = 256 + (x >> 7);
  const int16_t slope = (int16_t)(table[index + 1] - table[index]);
  return (int16_t)(table[index] + ((slope * (x & 0x7f) + 64) >> 7));
}

/// Prepare of an op whose types are float32, int8 and uint8: checks, and a table as params.
lm_status lm__unary_table_prepare(lm_op_context* context, lm__unary_function function,
                                  lm_error* err);

/// Its eval. Only float tensors call `function`; it may be another one than the table was made of.
void lm__unary_table_eval(lm_op_context* context, lm__unary_function function);

#endif  // LITMARK_OPS_UNARY_TABLE_H_
