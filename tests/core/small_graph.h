// SPDX-License-Identifier: MIT
//
// A small float graph in plain C structs: a chain of ADDs of a constant 1, the last of which adds
// an earlier tensor, so that one tensor lives long.
//
//   t0 -ADD 1-> t1 -ADD 1-> t2 ... t(n-1) -ADD t1-> tn          result: t0 + (n - 1) + (t0 + 1)
#ifndef LITMARK_TESTS_SMALL_GRAPH_H_
#define LITMARK_TESTS_SMALL_GRAPH_H_

#include "litmark/model.h"

enum { SMALL_GRAPH_MAX_NODES = 16, SMALL_GRAPH_ELEMENTS = 40 };

typedef struct small_graph {
  lm_model model;
  lm_subgraph_def subgraph;
  lm_tensor_def tensors[SMALL_GRAPH_MAX_NODES + 2];  ///< t0 .. tn, then the constant
  lm_node_def nodes[SMALL_GRAPH_MAX_NODES];
  int32_t node_inputs[SMALL_GRAPH_MAX_NODES][2];
  int32_t node_outputs[SMALL_GRAPH_MAX_NODES][1];
  int32_t inputs[1], outputs[1];
  lm_arithmetic_options options;
  float one;
} small_graph;

/// Fills `graph`, which must not move afterwards. 2 <= node_count <= SMALL_GRAPH_MAX_NODES.
void small_graph_init(small_graph* graph, int32_t node_count);

#endif  // LITMARK_TESTS_SMALL_GRAPH_H_
