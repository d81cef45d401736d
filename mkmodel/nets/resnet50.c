// SPDX-License-Identifier: MIT
#include "net_builder.h"

// Strided convolutions pad on both sides alike, whatever the size, as the original network does:
// an explicit PAD, then VALID.
static int32_t conv_fixed_padding(lm_net* net, int32_t x, int32_t channels, int32_t kernel,
                                  int32_t stride) {
  if (stride > 1) x = lm_net_pad(net, x, kernel / 2, kernel / 2);
  return lm_net_conv(net, x,
                     (lm_net_conv_spec){.channels = channels,
                                        .kernel = kernel,
                                        .stride = stride,
                                        .padding = stride > 1 ? LM_PADDING_VALID : LM_PADDING_SAME,
                                        .activation = LM_ACTIVATION_RELU});
}

// v1.5: the 3x3 convolution strides, not the 1x1 before it.
static int32_t bottleneck(lm_net* net, int32_t input, int32_t channels, int32_t stride,
                          bool project) {
  int32_t shortcut = input;
  if (project) {
    shortcut = lm_net_conv(
        net, input,
        (lm_net_conv_spec){
            .channels = 4 * channels, .kernel = 1, .stride = stride, .padding = LM_PADDING_VALID});
  }
  int32_t x = lm_net_conv(
      net, input,
      (lm_net_conv_spec){.channels = channels, .kernel = 1, .activation = LM_ACTIVATION_RELU});
  x = conv_fixed_padding(net, x, channels, 3, stride);
  // A shortcut adds variance at every block; a smaller branch keeps the sum in bounds.
  x = lm_net_conv(net, x, (lm_net_conv_spec){.channels = 4 * channels, .kernel = 1, .gain = 0.5f});
  return lm_net_add(net, shortcut, x, LM_ACTIVATION_RELU);
}

static void build(lm_net* net) {
  static const struct {
    int32_t channels, repeats, stride;
  } kStages[] = {{64, 3, 1}, {128, 4, 2}, {256, 6, 2}, {512, 3, 2}};
  int32_t x = conv_fixed_padding(net, 0, lm_net_channels(net, 64), 7, 2);
  x = lm_net_max_pool(net, x, 3, 2, LM_PADDING_SAME);
  for (size_t s = 0; s < sizeof kStages / sizeof kStages[0]; ++s) {
    for (int32_t r = 0; r < kStages[s].repeats; ++r) {
      lm_net_scope(net, "stage_%zu/block_%d/", s + 1, r);
      x = bottleneck(net, x, lm_net_channels(net, kStages[s].channels),
                     r == 0 ? kStages[s].stride : 1, r == 0);
    }
  }
  lm_net_scope(net, "head/");
  lm_net_dense_classifier(net, lm_net_mean(net, x, false));
}

const lm_net_def lm_net_resnet50 = {
    .name = "resnet50",
    .paper = "He et al. 2015, arXiv:1512.03385, with the stride of v1.5",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
