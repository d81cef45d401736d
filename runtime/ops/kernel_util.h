// SPDX-License-Identifier: MIT
//
// What the kernels with arithmetic share: labelled checks of windows, activations and rescale
// factors in prepare, and the scalar steps of the inner loops.
#ifndef LITMARK_OPS_KERNEL_UTIL_H_
#define LITMARK_OPS_KERNEL_UTIL_H_

#include <math.h>

#include "ops/op_util.h"

/// lm_window_make() with the op's label in the message.
lm_status lm__op_window(const lm_op_context* context, lm_padding padding, int32_t input,
                        int32_t filter, int32_t stride, int32_t dilation, lm_window* out_window,
                        lm_error* err);

/// lm_activation_range_float() with the op's label in the message.
lm_status lm__op_activation_float(const lm_op_context* context, lm_activation activation,
                                  float* out_min, float* out_max, lm_error* err);

/// lm_activation_range_quantized() for a per-tensor quantized `output`, with the op's label.
lm_status lm__op_activation_quantized(const lm_op_context* context, lm_activation activation,
                                      const lm_tensor* output, int32_t* out_min, int32_t* out_max,
                                      lm_error* err);

/// lm_multiplier_make() for a factor out of a file: refuses what is not finite, negative or needs a
/// left shift of more than `max_shift` bits.
lm_status lm__op_multiplier(const lm_op_context* context, double real, int32_t max_shift,
                            lm_multiplier* out, lm_error* err);

/// Left shifts that 32-bit accumulators allow, and 64-bit ones.
#define LM_MAX_SHIFT_32 30
#define LM_MAX_SHIFT_64 7

/// The common case of one input and one output of the same type and shape; `types` as in
/// lm__op_check_type(). Integer tensors must be quantized per tensor.
lm_status lm__op_prepare_unary(lm_op_context* context, const lm_type* types, int32_t type_count,
                               lm_error* err);

/// Elements of a tensor of `shape` that follow one another with one scale of `q`: index i belongs
/// to channel i / *out_stride % q->count. Checks that there is quantization and that it fits the
/// shape.
lm_status lm__op_channel_stride(const lm_op_context* context, const char* what,
                                const lm_quantization* q, const lm_shape* shape,
                                int32_t* out_stride, lm_error* err);

/// min(max(x, low), high) that lets NaN through.
static inline float lm__clampf(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

static inline int32_t lm__clamp(int64_t x, int32_t low, int32_t high) {
  if (x < low) return low;
  return x > high ? high : (int32_t)x;
}

/// An accumulator to the output's scale: rescale, add the zero point, clamp.
static inline int32_t lm__requantize(int32_t sum, lm_multiplier m, int32_t zero_point, int32_t low,
                                     int32_t high) {
  return lm__clamp((int64_t)lm_multiply(sum, m) + zero_point, low, high);
}

/// lm_multiply() for 64-bit accumulators: the multiplier is rounded to 16 bits first, then there is
/// one rounding. m.shift is at most LM_MAX_SHIFT_64.
static inline int32_t lm__multiply64(int64_t x, lm_multiplier m) {
  const int32_t reduced = m.multiplier < 0x7fff0000 ? (m.multiplier + (1 << 15)) >> 16 : 0x7fff;
  const int32_t shift = 15 - m.shift;
  const int64_t product =
      (int64_t)((uint64_t)x * (uint64_t)(int64_t)reduced + (1ull << (shift - 1)));
  return (int32_t)(uint32_t)((uint64_t)(product >> shift));
}

/// roundf() to an integer; what does not fit saturates, NaN gives 0.
static inline int32_t lm__round_to_int(float x) {
  const float r = roundf(x);
  if (r >= 2147483648.0f) return INT32_MAX;
  if (r < -2147483648.0f) return INT32_MIN;
  return r == r ? (int32_t)r : 0;
}

#endif  // LITMARK_OPS_KERNEL_UTIL_H_
