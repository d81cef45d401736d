// SPDX-License-Identifier: MIT
#include "inverted_residual.h"

// Gates every channel with a number in [0, 1] that depends on all of them (MobileNet v3, section
// 5.3): mean, two 1x1 convolutions, hard sigmoid relu6(x + 3) / 6.
static int32_t squeeze_excite(lm_net* net, int32_t input) {
  if (net->status != LM_OK) return -1;
  const int32_t channels = net->layers[input].shape.dims[3];
  int32_t x = lm_net_mean(net, input, true);
  x = lm_net_conv(net, x,
                  (lm_net_conv_spec){.channels = lm_net_round_channels(channels / 4.0),
                                     .kernel = 1,
                                     .activation = LM_ACTIVATION_RELU,
                                     .scaling = LM_NET_SCALE_LAYER});
  x = lm_net_conv(
      net, x,
      (lm_net_conv_spec){
          .channels = channels, .kernel = 1, .scaling = LM_NET_SCALE_LAYER, .gain = 1.5f});
  x = lm_net_add_constant(net, x, 3.0f, LM_ACTIVATION_RELU6);
  x = lm_net_mul_constant(net, x, 1.0f / 6.0f);
  return lm_net_mul(net, input, x);
}

int32_t lm__inverted_residual(lm_net* net, int32_t input, const lm_inverted_residual* block) {
  if (net->status != LM_OK) return -1;
  const int32_t in_channels = net->layers[input].shape.dims[3];
  const lm_activation activation = block->hard_swish ? LM_ACTIVATION_NONE : block->activation;
  const float offset = block->hard_swish ? 1.0f : 0.0f;
  int32_t x = input;
  if (block->expanded != in_channels) {
    x = lm_net_conv(
        net, x,
        (lm_net_conv_spec){
            .channels = block->expanded, .kernel = 1, .activation = activation, .offset = offset});
    if (block->hard_swish) x = lm_net_hard_swish(net, x);
  }
  x = lm_net_depthwise(net, x,
                       (lm_net_conv_spec){.kernel = block->kernel,
                                          .stride = block->stride,
                                          .activation = activation,
                                          .offset = offset});
  if (block->hard_swish) x = lm_net_hard_swish(net, x);
  if (block->squeeze_excite) x = squeeze_excite(net, x);
  const bool shortcut = block->stride == 1 && block->channels == in_channels;
  // A shortcut adds variance at every block; a smaller branch keeps the sum in bounds.
  x = lm_net_conv(
      net, x,
      (lm_net_conv_spec){.channels = block->channels, .kernel = 1, .gain = shortcut ? 0.5f : 1.0f});
  return shortcut ? lm_net_add(net, input, x, LM_ACTIVATION_NONE) : x;
}
