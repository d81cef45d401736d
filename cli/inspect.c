// SPDX-License-Identifier: MIT
#include "inspect.h"

const lm_shape* inspect_shape(const inspection* in, int32_t tensor_index) {
  return in->graph != NULL ? &in->graph->tensors[tensor_index].shape
                           : &in->subgraph->tensors[tensor_index].shape;
}

uint64_t inspect_macs(const inspection* in, int32_t node_index) {
  if (in->graph == NULL) return 0;
  const lm_node* node = &in->graph->nodes[node_index];
  return node->folded || node->op->macs == NULL ? 0 : node->op->macs(in->graph, node);
}

lm_type inspect_type(const inspection* in, int32_t tensor_index) {
  return in->graph != NULL ? in->graph->tensors[tensor_index].type
                           : in->subgraph->tensors[tensor_index].type;
}
