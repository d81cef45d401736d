// SPDX-License-Identifier: MIT
//
// Weights into the layouts that ukernels/ukernel.h describes, zero points folded into the bias.
#ifndef LITMARK_CPU_PACKING_H_
#define LITMARK_CPU_PACKING_H_

#include "litmark/kernel_math.h"

#include "kernels.h"

/// Packed blocks on disk are of this version. Raise it when what a block holds changes; a change of
/// these sources alone counts as one already (LM_CPU_PACKING_LAYOUT is their hash).
#define LM_CPU_PACKING_VERSION 1

/// Weights of a product: element (column, k) lies at column * column_stride + k * k_stride, and k
/// runs over taps x depth.
typedef struct lm__gemm_shape {
  int32_t columns;
  int32_t taps;
  int32_t depth;
  size_t column_stride;
  size_t k_stride;
} lm__gemm_shape;

/// Bytes of one panel and of all of them. False when the size does not fit.
bool lm__f32_gemm_packed_bytes(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape,
                               size_t* out_panel_bytes, size_t* out_bytes);
/// True where `count` floats are what float16 holds without rounding (no NaN among them).
bool lm__f32_fits_half(const float* data, size_t count);
/// `bias` may be NULL; `out` is zeroed. For kernels with weights in float16 they must fit it.
void lm__f32_gemm_pack(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape, const float* weights,
                       const float* bias, float* out);

/// What 8-bit weights come with. All zero points are in the terms of the tensors' own types.
typedef struct lm__q8_weights {
  const uint8_t* data;
  bool is_signed;  ///< int8, else uint8
  int32_t zero_point;
  const int32_t* bias;  ///< may be NULL
  bool input_signed;
  int32_t input_zero_point;
  const lm_multiplier* multipliers;  ///< [columns or channels]; or
  const double* factors;             ///< [columns] rescales by numbers, as FULLY_CONNECTED does
  bool output_signed;
  int32_t output_zero_point;
  int32_t output_min, output_max;  ///< that the activation lets through
} lm__q8_weights;

/// The guard of a product's fixed point (requant_avx512.h): smaller where floats hold every sum.
int32_t lm__q8_gemm_guard(const lm__gemm_shape* shape, const lm__q8_weights* weights);

bool lm__q8_gemm_packed_bytes(const lm__q8_gemm_uk* uk, const lm__gemm_shape* shape,
                              size_t* out_panel_bytes, size_t* out_bytes);
/// Returns how the kernel may rescale these.
lm__q8_requant lm__q8_gemm_pack(const lm__q8_gemm_uk* uk, const lm__gemm_shape* shape,
                                const lm__q8_weights* weights, uint8_t* out);

/// Depthwise weights [taps][channels].
bool lm__f32_dw_packed_bytes(const lm__f32_dw_uk* uk, int32_t taps, int32_t channels,
                             size_t* out_block_bytes, size_t* out_bytes);
void lm__f32_dw_pack(const lm__f32_dw_uk* uk, int32_t taps, int32_t channels, const float* weights,
                     const float* bias, float* out);
bool lm__q8_dw_packed_bytes(const lm__q8_dw_uk* uk, int32_t taps, int32_t channels,
                            size_t* out_block_bytes, size_t* out_bytes);
void lm__q8_dw_pack(const lm__q8_dw_uk* uk, int32_t taps, int32_t channels,
                    const lm__q8_weights* weights, uint8_t* out);

#endif  // LITMARK_CPU_PACKING_H_
