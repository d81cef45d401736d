// SPDX-License-Identifier: MIT
#include "small_graph.h"

#include <string.h>

void small_graph_init(small_graph* g, int32_t node_count) {
  memset(g, 0, sizeof *g);
  g->one = 1.0f;
  const lm_shape wide = {.rank = 2, .dims = {1, SMALL_GRAPH_ELEMENTS}};
  for (int32_t i = 0; i <= node_count; ++i) {
    g->tensors[i] = (lm_tensor_def){
        .name = "activation", .type = LM_FLOAT32, .shape = wide, .shape_signature = wide};
  }
  g->tensors[node_count + 1] = (lm_tensor_def){
      .name = "one", .type = LM_FLOAT32, .data = &g->one, .data_bytes = sizeof g->one};
  for (int32_t n = 0; n < node_count; ++n) {
    g->node_inputs[n][0] = n;
    g->node_inputs[n][1] = n == node_count - 1 ? 1 : node_count + 1;
    g->node_outputs[n][0] = n + 1;
    g->nodes[n] = (lm_node_def){.builtin = LM_BUILTIN_ADD,
                                .custom_name = "",
                                .version = 1,
                                .inputs = g->node_inputs[n],
                                .input_count = 2,
                                .outputs = g->node_outputs[n],
                                .output_count = 1,
                                .options_kind = LM_OPTIONS_ARITHMETIC,
                                .options = &g->options};
  }
  g->inputs[0] = 0;
  g->outputs[0] = node_count;
  g->subgraph = (lm_subgraph_def){.name = "main",
                                  .tensors = g->tensors,
                                  .tensor_count = node_count + 2,
                                  .nodes = g->nodes,
                                  .node_count = node_count,
                                  .inputs = g->inputs,
                                  .input_count = 1,
                                  .outputs = g->outputs,
                                  .output_count = 1};
  g->model = (lm_model){.description = "", .subgraphs = &g->subgraph, .subgraph_count = 1};
}
