// SPDX-License-Identifier: MIT
//
// Graphs of a few nodes in plain C structs.
#ifndef LITMARK_TESTS_SMALL_NET_H_
#define LITMARK_TESTS_SMALL_NET_H_

#include "litmark/model.h"

enum { NET_TENSORS = 48, NET_NODES = 24, NET_EDGES = 6 };

typedef struct small_net {
  lm_model model;
  lm_subgraph_def subgraph;
  lm_tensor_def tensors[NET_TENSORS];
  lm_node_def nodes[NET_NODES];
  int32_t edges[NET_NODES][NET_EDGES];
  int32_t outputs_of[NET_NODES];
  int32_t inputs[NET_EDGES], outputs[NET_EDGES];
} small_net;

/// `net` must not move afterwards.
void net_init(small_net* net);

/// A tensor; `shape` ends with 0. Returns its index.
int32_t net_tensor(small_net* net, lm_type type, const int32_t* shape);
#define NET_SHAPE(...) ((const int32_t[]){__VA_ARGS__, 0})

/// A constant over `data` (BORROWED).
int32_t net_constant(small_net* net, lm_type type, const int32_t* shape, const void* data);

/// Gives a tensor one scale and zero point (BORROWED).
void net_quantize(small_net* net, int32_t tensor, const float* scale, const int32_t* zero_point);

/// A node of one output. `options` is BORROWED; `inputs` ends with -2.
void net_node(small_net* net, int32_t builtin, lm_options_kind kind, const void* options,
              const int32_t* inputs, int32_t output);
#define NET_INPUTS(...) ((const int32_t[]){__VA_ARGS__, -2})

void net_input(small_net* net, int32_t tensor);
void net_output(small_net* net, int32_t tensor);

#endif  // LITMARK_TESTS_SMALL_NET_H_
