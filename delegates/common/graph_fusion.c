// SPDX-License-Identifier: MIT
#include "graph_fusion.h"

#define NOBODY (-1)

static size_t index_of(const lm_graph* graph, const lm_tensor* t) {
  return (size_t)(t - graph->tensors);
}

// ---- readers

static void add_reader(int32_t* sole, int32_t* reads, size_t tensor, int32_t node) {
  sole[tensor] = reads[tensor]++ == 0 ? node : NOBODY;
}

static void fill_readers(const lm_graph* graph, const lm_partition* partition, int32_t* reads,
                         lm__readers* out) {
  const size_t tensors = (size_t)graph->tensor_count;
  for (size_t t = 0; t < tensors; ++t) out->sole[t] = NOBODY;
  for (int32_t i = 0; i < partition->node_count; ++i) out->inside[partition->nodes[i]] = 1;
  for (int32_t i = 0; i < graph->node_count; ++i) {
    const lm_node* node = &graph->nodes[i];
    for (int32_t k = 0; !node->folded && k < node->def->input_count; ++k) {
      const lm_tensor* input = lm_graph_input(graph, node, k);
      if (input == NULL) continue;
      add_reader(out->sole, reads, index_of(graph, input), out->inside[i] != 0 ? i : NOBODY);
    }
  }
  for (size_t t = 0; t < tensors; ++t) {
    if (graph->tensors[t].last_use >= graph->node_count) out->sole[t] = NOBODY;  // graph outputs
  }
}

lm_status lm__readers_make(lm_allocator allocator, const lm_graph* graph,
                           const lm_partition* partition, lm__readers* out_readers, lm_error* err) {
  const size_t tensors = (size_t)graph->tensor_count;
  out_readers->sole = lm_alloc_array(allocator, tensors, sizeof(int32_t));
  out_readers->inside = lm_alloc_array(allocator, (size_t)graph->node_count, 1);
  int32_t* reads = lm_alloc_array(allocator, tensors, sizeof(int32_t));
  lm_status status = LM_OK;
  if (out_readers->sole == NULL || reads == NULL || out_readers->inside == NULL) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "readers of %zu tensors", tensors);
    lm__readers_release(allocator, out_readers);
  } else {
    fill_readers(graph, partition, reads, out_readers);
  }
  lm_free(allocator, reads);
  return status;
}

void lm__readers_release(lm_allocator allocator, lm__readers* readers) {
  lm_free(allocator, readers->sole);
  lm_free(allocator, readers->inside);
  *readers = (lm__readers){0};
}

const lm_node* lm__readers_sole(const lm__readers* readers, const lm_graph* graph,
                                const lm_tensor* t) {
  const int32_t node = readers->sole[index_of(graph, t)];
  return node == NOBODY ? NULL : &graph->nodes[node];
}

bool lm__readers_made_inside(const lm__readers* readers, const lm_tensor* t) {
  return t->producer >= 0 && readers->inside[t->producer] != 0;
}

// ---- single ops

bool lm__joins_channels(const lm_graph* graph, const lm_node* node) {
  if (node->def->builtin != LM_BUILTIN_CONCATENATION) return false;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_concatenation_options* options = node->def->options;
  const int32_t rank = output->shape.rank;
  return rank == 4 && (options->axis == rank - 1 || options->axis == -1) &&
         options->activation == LM_ACTIVATION_NONE;
}

size_t lm__joined_channels_before(const lm_graph* graph, const lm_node* concatenation,
                                  const lm_tensor* input) {
  size_t channels = 0;
  for (int32_t i = 0; lm_graph_input(graph, concatenation, i) != input; ++i) {
    channels += (size_t)lm_graph_input(graph, concatenation, i)->shape.dims[3];
  }
  return channels;
}

bool lm__adds_earlier(const lm_graph* graph, const lm_node* add, const lm_tensor* t,
                      const lm_node* node, const lm_tensor** out_other) {
  if (add->def->builtin != LM_BUILTIN_ADD) return false;
  const lm_tensor* a = lm_graph_input(graph, add, 0);
  const lm_tensor* b = lm_graph_input(graph, add, 1);
  *out_other = a == t ? b : a;
  return a != b && (*out_other)->storage != LM_STORAGE_CONSTANT &&
         (*out_other)->producer < node->index && lm_shape_equal(&a->shape, &b->shape);
}
