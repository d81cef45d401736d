// SPDX-License-Identifier: MIT
#include "inverted_residual.h"

static int32_t add_blocks(lm_net* net, int32_t x) {
  static const struct {
    int32_t expansion, channels, repeats, stride;
  } kStages[] = {
      {1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2},  {6, 64, 4, 2},
      {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
  };
  int32_t number = 0;
  for (size_t s = 0; s < sizeof kStages / sizeof kStages[0]; ++s) {
    for (int32_t r = 0; r < kStages[s].repeats && net->status == LM_OK; ++r) {
      lm_net_scope(net, "block_%d/", number++);
      x = lm__inverted_residual(net, x,
                                &(lm_inverted_residual){
                                    .expanded = net->layers[x].shape.dims[3] * kStages[s].expansion,
                                    .channels = lm_net_channels(net, kStages[s].channels),
                                    .kernel = 3,
                                    .stride = r == 0 ? kStages[s].stride : 1,
                                    .activation = LM_ACTIVATION_RELU6,
                                });
    }
  }
  return x;
}

static void build(lm_net* net) {
  int32_t x = lm_net_conv(net, 0,
                          (lm_net_conv_spec){.channels = lm_net_channels(net, 32),
                                             .kernel = 3,
                                             .stride = 2,
                                             .activation = LM_ACTIVATION_RELU6});
  x = add_blocks(net, x);
  lm_net_scope(net, "head/");
  // The paper widens the last convolution but never narrows it.
  const int32_t last = net->config.width > 1.0 ? lm_net_channels(net, 1280) : 1280;
  x = lm_net_conv(
      net, x, (lm_net_conv_spec){.channels = last, .kernel = 1, .activation = LM_ACTIVATION_RELU6});
  lm_net_conv_classifier(net, lm_net_global_average_pool(net, x));
}

const lm_net_def lm_net_mobilenet_v2 = {
    .name = "mobilenet_v2",
    .paper = "Sandler et al. 2018, arXiv:1801.04381",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
