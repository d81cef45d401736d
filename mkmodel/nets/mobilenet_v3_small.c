// SPDX-License-Identifier: MIT
#include "mobilenet_v3.h"

static void build(lm_net* net) {
  static const lm_mobilenet_v3_row kRows[] = {
      {3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1},
      {5, 96, 40, true, true, 2},  {5, 240, 40, true, true, 1},  {5, 240, 40, true, true, 1},
      {5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1},  {5, 288, 96, true, true, 2},
      {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1},
  };
  lm__mobilenet_v3(net, kRows, sizeof kRows / sizeof kRows[0], 576, 1024);
}

const lm_net_def lm_net_mobilenet_v3_small = {
    .name = "mobilenet_v3_small",
    .paper = "Howard et al. 2019, arXiv:1905.02244, table 2",
    .default_size = 224,
    .min_size = 32,
    .build = build,
};
