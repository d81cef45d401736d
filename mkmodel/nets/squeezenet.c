// SPDX-License-Identifier: MIT
#include "net_builder.h"

static int32_t conv_relu(lm_net* net, int32_t x, int32_t channels, int32_t kernel) {
  return lm_net_conv(net, x,
                     (lm_net_conv_spec){.channels = lm_net_channels(net, channels),
                                        .kernel = kernel,
                                        .activation = LM_ACTIVATION_RELU});
}

static int32_t fire(lm_net* net, int32_t x, int32_t number, int32_t squeeze, int32_t expand) {
  lm_net_scope(net, "fire_%d/", number);
  x = conv_relu(net, x, squeeze, 1);
  const int32_t one = conv_relu(net, x, expand, 1);
  const int32_t three = conv_relu(net, x, expand, 3);
  return lm_net_concat(net, (const int32_t[]){one, three}, 2);
}

static void build(lm_net* net) {
  int32_t x = lm_net_conv(net, 0,
                          (lm_net_conv_spec){.channels = lm_net_channels(net, 64),
                                             .kernel = 3,
                                             .stride = 2,
                                             .padding = LM_PADDING_VALID,
                                             .activation = LM_ACTIVATION_RELU});
  x = lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
  x = fire(net, x, 2, 16, 64);
  x = fire(net, x, 3, 16, 64);
  x = lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
  x = fire(net, x, 4, 32, 128);
  x = fire(net, x, 5, 32, 128);
  x = lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
  x = fire(net, x, 6, 48, 192);
  x = fire(net, x, 7, 48, 192);
  x = fire(net, x, 8, 64, 256);
  x = fire(net, x, 9, 64, 256);
  lm_net_scope(net, "head/");
  x = lm_net_conv(net, x,
                  (lm_net_conv_spec){.channels = net->config.classes,
                                     .kernel = 1,
                                     .activation = LM_ACTIVATION_RELU,
                                     .scaling = LM_NET_SCALE_LOGITS});
  lm_net_softmax(net, lm_net_mean(net, x, false));
}

const lm_net_def lm_net_squeezenet = {
    .name = "squeezenet",
    .paper = "Iandola et al. 2016, arXiv:1602.07360, version 1.1",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
