// SPDX-License-Identifier: MIT
//
// EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL: comparisons with broadcasting.
#ifndef LITMARK_OPS_COMPARE_H_
#define LITMARK_OPS_COMPARE_H_

#include "ops/broadcast.h"

/// Params: quantized operands are compared in real units, in fixed point with 8 extra bits.
typedef struct lm__compare {
  lm__binary base;
  int32_t zero_a, zero_b;
  lm_multiplier scale_a, scale_b;
} lm__compare;

lm_status lm__compare_prepare(lm_op_context* context, const lm__binary_kernel* kernels,
                              int32_t kernel_count, lm_error* err);

static inline int32_t lm__compare_a(const lm__compare* p, int32_t value) {
  return lm_multiply((value - p->zero_a) * 256, p->scale_a);
}
static inline int32_t lm__compare_b(const lm__compare* p, int32_t value) {
  return lm_multiply((value - p->zero_b) * 256, p->scale_b);
}

/// Row functions of all types for the C operator `sign`, and the table of them.
#define LM__COMPARE_KERNELS(sign)                                                           \
  LM__BINARY_ROW(compare_bool, bool, bool, void, u sign v)                                  \
  LM__BINARY_ROW(compare_f32, float, bool, void, u sign v)                                  \
  LM__BINARY_ROW(compare_i32, int32_t, bool, void, u sign v)                                \
  LM__BINARY_ROW(compare_i64, int64_t, bool, void, u sign v)                                \
  LM__BINARY_ROW(                                                                           \
      compare_i16, int16_t, bool, lm__compare,                                              \
      p->scale_a.multiplier == 0 ? u sign v : lm__compare_a(p, u) sign lm__compare_b(p, v)) \
  LM__BINARY_ROW(compare_i8, int8_t, bool, lm__compare,                                     \
                 lm__compare_a(p, u) sign lm__compare_b(p, v))                              \
  LM__BINARY_ROW(compare_u8, uint8_t, bool, lm__compare,                                    \
                 lm__compare_a(p, u) sign lm__compare_b(p, v))                              \
  static const lm__binary_kernel kKernels[] = {                                             \
      {LM_FLOAT32, LM_BOOL, compare_f32}, {LM_INT32, LM_BOOL, compare_i32},                 \
      {LM_INT64, LM_BOOL, compare_i64},   {LM_INT16, LM_BOOL, compare_i16},                 \
      {LM_INT8, LM_BOOL, compare_i8},     {LM_UINT8, LM_BOOL, compare_u8},                  \
      {LM_BOOL, LM_BOOL, compare_bool}};

#endif  // LITMARK_OPS_COMPARE_H_
