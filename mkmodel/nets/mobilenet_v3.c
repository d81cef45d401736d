// SPDX-License-Identifier: MIT
#include "mobilenet_v3.h"

#include "inverted_residual.h"

static int32_t conv_hard_swish(lm_net* net, int32_t x, int32_t channels, int32_t kernel,
                               int32_t stride) {
  x = lm_net_conv(
      net, x,
      (lm_net_conv_spec){.channels = channels, .kernel = kernel, .stride = stride, .offset = 1.0f});
  return lm_net_hard_swish(net, x);
}

void lm__mobilenet_v3(lm_net* net, const lm_mobilenet_v3_row* rows, size_t row_count,
                      int32_t last_conv, int32_t last_dense) {
  int32_t x = conv_hard_swish(net, 0, lm_net_channels(net, 16), 3, 2);
  for (size_t i = 0; i < row_count; ++i) {
    lm_net_scope(net, "block_%zu/", i);
    x = lm__inverted_residual(net, x,
                              &(lm_inverted_residual){
                                  .expanded = lm_net_channels(net, rows[i].expanded),
                                  .channels = lm_net_channels(net, rows[i].channels),
                                  .kernel = rows[i].kernel,
                                  .stride = rows[i].stride,
                                  .squeeze_excite = rows[i].squeeze_excite,
                                  .hard_swish = rows[i].hard_swish,
                                  .activation = LM_ACTIVATION_RELU,
                              });
  }
  lm_net_scope(net, "head/");
  x = conv_hard_swish(net, x, lm_net_channels(net, last_conv), 1, 1);
  x = lm_net_global_average_pool(net, x);
  // As in MobileNet v2, the widest layer is never narrowed.
  const int32_t dense = net->config.width > 1.0 ? lm_net_channels(net, last_dense) : last_dense;
  x = lm_net_conv(
      net, x, (lm_net_conv_spec){.channels = dense, .kernel = 1, .scaling = LM_NET_SCALE_LAYER});
  x = lm_net_hard_swish(net, x);
  lm_net_conv_classifier(net, x);
}
