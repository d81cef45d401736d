// SPDX-License-Identifier: MIT
#include "net_builder.h"

static void build(lm_net* net) {
  static const struct {
    int32_t stride, channels;
  } kBlocks[] = {
      {1, 64},  {2, 128}, {1, 128}, {2, 256}, {1, 256},  {2, 512},  {1, 512},
      {1, 512}, {1, 512}, {1, 512}, {1, 512}, {2, 1024}, {1, 1024},
  };
  int32_t x = lm_net_conv(net, 0,
                          (lm_net_conv_spec){.channels = lm_net_channels(net, 32),
                                             .kernel = 3,
                                             .stride = 2,
                                             .activation = LM_ACTIVATION_RELU6});
  for (size_t i = 0; i < sizeof kBlocks / sizeof kBlocks[0]; ++i) {
    lm_net_scope(net, "block_%zu/", i + 1);
    x = lm_net_depthwise(
        net, x,
        (lm_net_conv_spec){
            .kernel = 3, .stride = kBlocks[i].stride, .activation = LM_ACTIVATION_RELU6});
    x = lm_net_conv(net, x,
                    (lm_net_conv_spec){.channels = lm_net_channels(net, kBlocks[i].channels),
                                       .kernel = 1,
                                       .activation = LM_ACTIVATION_RELU6});
  }
  lm_net_scope(net, "head/");
  lm_net_conv_classifier(net, lm_net_global_average_pool(net, x));
}

const lm_net_def lm_net_mobilenet_v1 = {
    .name = "mobilenet_v1",
    .paper = "Howard et al. 2017, arXiv:1704.04861",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
