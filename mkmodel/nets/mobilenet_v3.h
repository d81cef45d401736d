// SPDX-License-Identifier: MIT
#ifndef LM_MKMODEL_NETS_MOBILENET_V3_H_
#define LM_MKMODEL_NETS_MOBILENET_V3_H_

#include "net_builder.h"

/// One row of tables 1 and 2 of the paper, channels at width 1.
typedef struct lm_mobilenet_v3_row {
  int32_t kernel, expanded, channels;
  bool squeeze_excite, hard_swish;
  int32_t stride;
} lm_mobilenet_v3_row;

/// Builds the network of `rows`; `last_conv` channels before and `last_dense` after the pooling.
void lm__mobilenet_v3(lm_net* net, const lm_mobilenet_v3_row* rows, size_t row_count,
                      int32_t last_conv, int32_t last_dense);

#endif  // LM_MKMODEL_NETS_MOBILENET_V3_H_
