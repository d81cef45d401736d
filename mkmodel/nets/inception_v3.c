// SPDX-License-Identifier: MIT
#include "net_builder.h"

// Names follow the figures of the paper: A (35x35), B (to 17x17), C (17x17), D (to 8x8), E (8x8).

static int32_t conv(lm_net* net, int32_t x, int32_t channels, int32_t kernel_h, int32_t kernel_w) {
  return lm_net_conv(net, x,
                     (lm_net_conv_spec){.channels = lm_net_channels(net, channels),
                                        .kernel = kernel_h,
                                        .kernel_w = kernel_w,
                                        .activation = LM_ACTIVATION_RELU});
}

static int32_t conv_valid(lm_net* net, int32_t x, int32_t channels, int32_t kernel,
                          int32_t stride) {
  return lm_net_conv(net, x,
                     (lm_net_conv_spec){.channels = lm_net_channels(net, channels),
                                        .kernel = kernel,
                                        .stride = stride,
                                        .padding = LM_PADDING_VALID,
                                        .activation = LM_ACTIVATION_RELU});
}

static int32_t pool_branch(lm_net* net, int32_t x, int32_t channels) {
  return conv(net, lm_net_average_pool(net, x, 3, 1, LM_PADDING_SAME), channels, 1, 1);
}

static int32_t module_a(lm_net* net, int32_t x, int32_t pool_channels) {
  const int32_t one = conv(net, x, 64, 1, 1);
  const int32_t five = conv(net, conv(net, x, 48, 1, 1), 64, 5, 5);
  int32_t three = conv(net, x, 64, 1, 1);
  three = conv(net, three, 96, 3, 3);
  three = conv(net, three, 96, 3, 3);
  return lm_net_concat(net, (const int32_t[]){one, five, three, pool_branch(net, x, pool_channels)},
                       4);
}

static int32_t module_b(lm_net* net, int32_t x) {
  const int32_t three = conv_valid(net, x, 384, 3, 2);
  int32_t twice = conv(net, x, 64, 1, 1);
  twice = conv(net, twice, 96, 3, 3);
  twice = conv_valid(net, twice, 96, 3, 2);
  const int32_t pool = lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
  return lm_net_concat(net, (const int32_t[]){three, twice, pool}, 3);
}

static int32_t module_c(lm_net* net, int32_t x, int32_t inner) {
  const int32_t one = conv(net, x, 192, 1, 1);
  int32_t seven = conv(net, x, inner, 1, 1);
  seven = conv(net, seven, inner, 1, 7);
  seven = conv(net, seven, 192, 7, 1);
  int32_t twice = conv(net, x, inner, 1, 1);
  twice = conv(net, twice, inner, 7, 1);
  twice = conv(net, twice, inner, 1, 7);
  twice = conv(net, twice, inner, 7, 1);
  twice = conv(net, twice, 192, 1, 7);
  return lm_net_concat(net, (const int32_t[]){one, seven, twice, pool_branch(net, x, 192)}, 4);
}

static int32_t module_d(lm_net* net, int32_t x) {
  const int32_t three = conv_valid(net, conv(net, x, 192, 1, 1), 320, 3, 2);
  int32_t seven = conv(net, x, 192, 1, 1);
  seven = conv(net, seven, 192, 1, 7);
  seven = conv(net, seven, 192, 7, 1);
  seven = conv_valid(net, seven, 192, 3, 2);
  const int32_t pool = lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
  return lm_net_concat(net, (const int32_t[]){three, seven, pool}, 3);
}

static int32_t split_three(lm_net* net, int32_t x) {
  const int32_t wide = conv(net, x, 384, 1, 3);
  const int32_t tall = conv(net, x, 384, 3, 1);
  return lm_net_concat(net, (const int32_t[]){wide, tall}, 2);
}

static int32_t module_e(lm_net* net, int32_t x) {
  const int32_t one = conv(net, x, 320, 1, 1);
  const int32_t three = split_three(net, conv(net, x, 384, 1, 1));
  const int32_t twice = split_three(net, conv(net, conv(net, x, 448, 1, 1), 384, 3, 3));
  return lm_net_concat(net, (const int32_t[]){one, three, twice, pool_branch(net, x, 192)}, 4);
}

static int32_t stem(lm_net* net) {
  int32_t x = conv_valid(net, 0, 32, 3, 2);
  x = conv_valid(net, x, 32, 3, 1);
  x = conv(net, x, 64, 3, 3);
  x = lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
  x = conv_valid(net, x, 80, 1, 1);
  x = conv_valid(net, x, 192, 3, 1);
  return lm_net_max_pool(net, x, 3, 2, LM_PADDING_VALID);
}

static void build(lm_net* net) {
  static const int32_t kPoolChannels[] = {32, 64, 64};
  static const int32_t kInner[] = {128, 160, 160, 192};
  lm_net_scope(net, "stem/");
  int32_t x = stem(net);
  for (size_t i = 0; i < sizeof kPoolChannels / sizeof kPoolChannels[0]; ++i) {
    lm_net_scope(net, "a_%zu/", i);
    x = module_a(net, x, kPoolChannels[i]);
  }
  lm_net_scope(net, "b/");
  x = module_b(net, x);
  for (size_t i = 0; i < sizeof kInner / sizeof kInner[0]; ++i) {
    lm_net_scope(net, "c_%zu/", i);
    x = module_c(net, x, kInner[i]);
  }
  lm_net_scope(net, "d/");
  x = module_d(net, x);
  for (int32_t i = 0; i < 2; ++i) {
    lm_net_scope(net, "e_%d/", i);
    x = module_e(net, x);
  }
  lm_net_scope(net, "head/");
  lm_net_dense_classifier(net, lm_net_flatten(net, lm_net_global_average_pool(net, x)));
}

const lm_net_def lm_net_inception_v3 = {
    .name = "inception_v3",
    .paper = "Szegedy et al. 2015, arXiv:1512.00567",
    .default_size = 299,
    .min_size = 75,
    .build = build,
};
