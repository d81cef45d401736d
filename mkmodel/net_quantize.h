// SPDX-License-Identifier: MIT
//
// Float networks to LiteRT's two 8-bit schemes.
//  int8:  activations asymmetric per tensor; weights symmetric, in [-127,127], per output channel
//         (fully connected: per tensor), zero point 0.
//  uint8: activations as above; weights asymmetric per tensor, in [1,255].
// Biases are int32 with scale input * weights.
#ifndef LM_MKMODEL_NET_QUANTIZE_H_
#define LM_MKMODEL_NET_QUANTIZE_H_

#include "net_builder.h"

/// real = scale * (q - zero_point)
typedef struct lm_affine {
  float scale;
  int32_t zero_point;
} lm_affine;

/// Scales of all layers' outputs out of their calibrated ranges. Layers whose ops require equal
/// scales in and out (pools, concatenation, pad, reshape) share one.
///
/// @param type        LM_INT8 or LM_UINT8.
/// @param out_affine  [net->count]
/// @retval LM_OUT_OF_MEMORY
lm_status lm__net_choose_affine(const lm_net* net, lm_type type, lm_affine* out_affine,
                                lm_error* err);

/// Affine quantization of [minimum, maximum], widened to contain 0, onto the range of `type`.
lm_affine lm__affine_from_range(lm_type type, float minimum, float maximum);

/// Nearest value of `type`, saturated.
int32_t lm__affine_quantize(lm_type type, lm_affine affine, float value);

/// Quantized weights of one layer.
typedef struct lm_net_quantized {
  void* weights;         ///< [weight_count] int8 or uint8
  int32_t* bias;         ///< [channels]
  float* scales;         ///< [scale_count] of the weights
  float* bias_scales;    ///< [scale_count]
  int32_t* zero_points;  ///< [scale_count] of the weights
  int32_t* zeros;        ///< [scale_count] zero points of the bias
  int32_t scale_count;   ///< 1 or the layer's channels
} lm_net_quantized;

/// @param input  Scale of the layer's input.
/// @param out    Free with lm__net_quantized_deinit(), also after a failure.
/// @retval LM_OUT_OF_MEMORY
lm_status lm__net_quantize_weights(const lm_net_layer* layer, lm_type type, lm_affine input,
                                   lm_net_quantized* out, lm_error* err);
void lm__net_quantized_deinit(lm_net_quantized* quantized);

#endif  // LM_MKMODEL_NET_QUANTIZE_H_
