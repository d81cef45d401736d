// SPDX-License-Identifier: MIT
//
// The block that MobileNet v2, v3 and EfficientNet-Lite share: 1x1 expansion, depthwise
// convolution, optional squeeze and excitation, linear 1x1 projection, shortcut where shapes allow.
#ifndef LM_MKMODEL_NETS_INVERTED_RESIDUAL_H_
#define LM_MKMODEL_NETS_INVERTED_RESIDUAL_H_

#include "net_builder.h"

typedef struct lm_inverted_residual {
  int32_t expanded;  ///< channels after the expansion; the input's: no expansion
  int32_t channels;  ///< outputs
  int32_t kernel;
  int32_t stride;
  bool squeeze_excite;
  bool hard_swish;           ///< instead of `activation`
  lm_activation activation;  ///< after the expansion and the depthwise convolution
} lm_inverted_residual;

/// @return index of the block's last layer.
int32_t lm__inverted_residual(lm_net* net, int32_t input, const lm_inverted_residual* block);

#endif  // LM_MKMODEL_NETS_INVERTED_RESIDUAL_H_
