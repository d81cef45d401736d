// SPDX-License-Identifier: MIT
#include "float_rounding.h"

static bool rounds_floats(const lm_graph* graph, const lm_node* node) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  if (node->folded || input == NULL || input->type != LM_FLOAT32 ||
      input->storage == LM_STORAGE_CONSTANT) {
    return false;
  }
  if (node->def->builtin == LM_BUILTIN_QUANTIZE) return input->producer >= 0;
  for (int32_t i = 1; i < node->def->input_count; ++i) {
    const lm_tensor* weights = lm_graph_input(graph, node, i);
    if (weights != NULL && weights->type == LM_INT8) return true;
  }
  return false;
}

bool lm__rounds_floats_from(const lm_graph* graph, int32_t first) {
  for (int32_t i = graph->node_count - 1; i >= first; --i) {
    if (rounds_floats(graph, &graph->nodes[i])) return true;
  }
  return false;
}
