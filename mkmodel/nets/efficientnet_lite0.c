// SPDX-License-Identifier: MIT
#include "inverted_residual.h"

// EfficientNet-B0 without squeeze and excitation, RELU6 for swish; the first and the last
// convolution keep their width at every width multiplier.
static int32_t add_blocks(lm_net* net, int32_t x) {
  static const struct {
    int32_t kernel, repeats, stride, expansion, channels;
  } kStages[] = {
      {3, 1, 1, 1, 16},  {3, 2, 2, 6, 24},  {5, 2, 2, 6, 40},  {3, 3, 2, 6, 80},
      {5, 3, 1, 6, 112}, {5, 4, 2, 6, 192}, {3, 1, 1, 6, 320},
  };
  int32_t number = 0;
  for (size_t s = 0; s < sizeof kStages / sizeof kStages[0]; ++s) {
    for (int32_t r = 0; r < kStages[s].repeats && net->status == LM_OK; ++r) {
      lm_net_scope(net, "block_%d/", number++);
      x = lm__inverted_residual(net, x,
                                &(lm_inverted_residual){
                                    .expanded = net->layers[x].shape.dims[3] * kStages[s].expansion,
                                    .channels = lm_net_channels(net, kStages[s].channels),
                                    .kernel = kStages[s].kernel,
                                    .stride = r == 0 ? kStages[s].stride : 1,
                                    .activation = LM_ACTIVATION_RELU6,
                                });
    }
  }
  return x;
}

static void build(lm_net* net) {
  int32_t x =
      lm_net_conv(net, 0,
                  (lm_net_conv_spec){
                      .channels = 32, .kernel = 3, .stride = 2, .activation = LM_ACTIVATION_RELU6});
  x = add_blocks(net, x);
  lm_net_scope(net, "head/");
  x = lm_net_conv(
      net, x, (lm_net_conv_spec){.channels = 1280, .kernel = 1, .activation = LM_ACTIVATION_RELU6});
  lm_net_dense_classifier(net, lm_net_flatten(net, lm_net_global_average_pool(net, x)));
}

const lm_net_def lm_net_efficientnet_lite0 = {
    .name = "efficientnet_lite0",
    .paper = "Tan and Le 2019, arXiv:1905.11946, Lite variant of 2020",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
