// SPDX-License-Identifier: MIT
#include "mobilenet_v3.h"

static void build(lm_net* net) {
  static const lm_mobilenet_v3_row kRows[] = {
      {3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1},
      {5, 72, 40, true, false, 2},  {5, 120, 40, true, false, 1}, {5, 120, 40, true, false, 1},
      {3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1},
      {3, 184, 80, false, true, 1}, {3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1},
      {5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1},
  };
  lm__mobilenet_v3(net, kRows, sizeof kRows / sizeof kRows[0], 960, 1280);
}

const lm_net_def lm_net_mobilenet_v3_large = {
    .name = "mobilenet_v3_large",
    .paper = "Howard et al. 2019, arXiv:1905.02244, table 1",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
