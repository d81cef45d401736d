// SPDX-License-Identifier: MIT
//
// Arithmetic that reference kernels and delegates must share to agree byte for byte.
#ifndef LITMARK_KERNEL_MATH_H_
#define LITMARK_KERNEL_MATH_H_

#include "litmark/options.h"
#include "litmark/status.h"
#include "litmark/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A real multiplier as fixed point: real = multiplier / 2^31 * 2^shift, multiplier in [2^30, 2^31)
/// or 0.
typedef struct lm_multiplier {
  int32_t multiplier;
  int32_t shift;
} lm_multiplier;

/// Nearest representation of `real` >= 0 (Jacob et al. 2018, arXiv:1712.05877, section 2.2; the
/// rounding is the format's: q = round(mantissa * 2^31), shifts below -31 flush to zero).
lm_multiplier lm_multiplier_make(double real);

/// Scale of channel `channel` of weights with one scale or one for each channel.
static inline float lm_channel_scale(const lm_quantization* weights, int32_t channel) {
  return weights->scales[weights->count > 1 ? channel : 0];
}

/// What a product of one step of `input` and one of channel `channel` of `weights` is in steps of
/// `output`. `single`: the product of their scales is rounded to float first, as the format's
/// convolutions of uint8 do.
static inline double lm_product_factor(const lm_quantization* input, const lm_quantization* weights,
                                       const lm_quantization* output, int32_t channel,
                                       bool single) {
  const float in = input->scales[0], by = lm_channel_scale(weights, channel);
  return (single ? (double)(in * by) : (double)in * (double)by) / (double)output->scales[0];
}

/// (a * b * 2 + rounding) / 2^32 with saturation of the single overflow (gemmlowp's
/// SaturatingRoundingDoublingHighMul: ties go up, so -0.5 gives 0).
static inline int32_t lm_srdhm(int32_t a, int32_t b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  const int64_t product = (int64_t)a * b;
  const int64_t nudge = product >= 0 ? (1LL << 30) : 1 - (1LL << 30);
  return (int32_t)((product + nudge) / (1LL << 31));
}

/// x / 2^exponent, rounded half away from zero; exponent in [0, 31].
static inline int32_t lm_rounding_divide_by_pot(int32_t x, int32_t exponent) {
  const int32_t mask = (int32_t)((1LL << exponent) - 1);
  const int32_t remainder = x & mask;
  const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/// x * real with the double rounding of LiteRT's reference kernels: one rounding in the high
/// multiply, one in the shift. A left shift that overflows wraps, as there.
static inline int32_t lm_multiply(int32_t x, lm_multiplier m) {
  const int32_t left = m.shift > 0 ? m.shift : 0;
  const int32_t right = m.shift > 0 ? 0 : -m.shift;
  const int32_t shifted = (int32_t)((uint32_t)x << left);
  return lm_rounding_divide_by_pot(lm_srdhm(shifted, m.multiplier), right);
}

/// exp(x) for x <= 0 in fixed point: 5 integer bits in, none out, as in gemmlowp (the real 1.0 is
/// 2^26 and 2^31, the latter saturated).
int32_t lm_fixed_exp_q5(int32_t x);

/// 1 / (1 + x) for x in [0, 1), both without integer bits, as in gemmlowp.
int32_t lm_fixed_one_over_one_plus(int32_t x);

/// Range of an integer element type (LM_INT8, LM_UINT8, LM_INT16, LM_INT32).
void lm_type_range(lm_type type, int32_t* out_min, int32_t* out_max);

/// Clamping range of a fused activation for float outputs.
/// @retval LM_UNSUPPORTED  the activation is no clamp (TANH, SIGN_BIT).
lm_status lm_activation_range_float(lm_activation activation, float* out_min, float* out_max,
                                    lm_error* err);

/// The same for quantized outputs, in units of the output.
lm_status lm_activation_range_quantized(lm_activation activation, lm_type type, float scale,
                                        int32_t zero_point, int32_t* out_min, int32_t* out_max,
                                        lm_error* err);

/// One spatial dimension of a convolution or pooling window.
typedef struct lm_window {
  int32_t output;         ///< output length
  int32_t padding;        ///< elements before the input
  int32_t padding_after;  ///< elements after it; `padding` or one more
} lm_window;

/// SAME: output = ceil(input / stride), padding split with the odd element after. VALID: no
/// padding.
/// @retval LM_BAD_MODEL  stride or filter below 1, or the window is larger than a VALID input.
lm_status lm_window_make(lm_padding padding, int32_t input, int32_t filter, int32_t stride,
                         int32_t dilation, lm_window* out_window, lm_error* err);

/// IEEE 754 binary16 to binary32, exact.
float lm_half_to_float(uint16_t half);
/// Binary32 to binary16, round to nearest even.
uint16_t lm_float_to_half(float value);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_KERNEL_MATH_H_
