// SPDX-License-Identifier: MIT
#include "litmark/delegate.h"
#include "litmark/graph.h"

static const lm_tensor* tensor_at(const lm_graph* graph, const int32_t* indices, int32_t count,
                                  int32_t i) {
  if (i < 0 || i >= count || indices[i] < 0) return NULL;
  return &graph->tensors[indices[i]];
}

const lm_tensor* lm_graph_input(const lm_graph* graph, const lm_node* node, int32_t i) {
  return tensor_at(graph, node->def->inputs, node->def->input_count, i);
}

const lm_tensor* lm_graph_output(const lm_graph* graph, const lm_node* node, int32_t i) {
  return tensor_at(graph, node->def->outputs, node->def->output_count, i);
}

const char* lm_builtin_name(int32_t code) {
  switch (code) {
#define LM_BUILTIN(name, value) \
  case value:                   \
    return #name;
#include "litmark/builtin_list.inc"
#undef LM_BUILTIN
    default:
      return "UNKNOWN";
  }
}

const char* lm_node_name(const lm_node_def* def) {
  return def->builtin == LM_BUILTIN_CUSTOM ? def->custom_name : lm_builtin_name(def->builtin);
}

const char* lm_device_type_name(lm_device_type type) {
  static const char* const kNames[] = {"cpu",          "virtual gpu", "integrated gpu",
                                       "discrete gpu", "accelerator", "other"};
  return type >= 0 && type <= LM_DEVICE_OTHER ? kNames[type] : "unknown";
}
