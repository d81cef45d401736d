// SPDX-License-Identifier: MIT
#include "cpu_fusion.h"

#include "cpu_pad.h"

#define NOBODY (-1)

static void add_reader(int32_t* sole, int32_t* reads, int32_t tensor, int32_t node) {
  sole[tensor] = reads[tensor]++ == 0 ? node : NOBODY;
}

lm_status lm__cpu_readers_make(lm_allocator allocator, const lm_graph* graph,
                               const lm_partition* partition, lm__cpu_readers* out_readers,
                               lm_error* err) {
  const size_t tensors = (size_t)graph->tensor_count;
  out_readers->sole = lm_alloc_array(allocator, tensors, sizeof(int32_t));
  int32_t* reads = lm_alloc_array(allocator, tensors, sizeof(int32_t));
  uint8_t* inside = lm_alloc_array(allocator, (size_t)graph->node_count, 1);
  out_readers->inside = inside;
  lm_status status = LM_OK;
  if (out_readers->sole == NULL || reads == NULL || inside == NULL) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: readers of %zu tensors", tensors);
    lm__cpu_readers_release(allocator, out_readers);
  } else {
    int32_t* sole = out_readers->sole;
    for (size_t t = 0; t < tensors; ++t) sole[t] = NOBODY;
    for (int32_t i = 0; i < partition->node_count; ++i) inside[partition->nodes[i]] = 1;
    for (int32_t i = 0; i < graph->node_count; ++i) {
      const lm_node* node = &graph->nodes[i];
      for (int32_t k = 0; !node->folded && k < node->def->input_count; ++k) {
        const lm_tensor* input = lm_graph_input(graph, node, k);
        if (input == NULL) continue;
        add_reader(sole, reads, lm__cpu_index(graph, input), inside[i] != 0 ? i : NOBODY);
      }
    }
    for (size_t t = 0; t < tensors; ++t) {
      if (graph->tensors[t].last_use >= graph->node_count) sole[t] = NOBODY;  // graph outputs
    }
  }
  lm_free(allocator, reads);
  return status;
}

void lm__cpu_readers_release(lm_allocator allocator, lm__cpu_readers* readers) {
  lm_free(allocator, readers->sole);
  lm_free(allocator, readers->inside);
  *readers = (lm__cpu_readers){0};
}

const lm_node* lm__cpu_sole_reader(const lm__cpu_build* build, const lm_tensor* t) {
  const int32_t node = build->readers.sole[lm__cpu_index(build->graph, t)];
  return node == NOBODY || t->storage != LM_STORAGE_ARENA ? NULL : &build->graph->nodes[node];
}

static bool is_made_here(const lm__cpu_build* build, const lm_tensor* t) {
  return t->producer >= 0 && build->readers.inside[t->producer] != 0;
}

// A CONV_2D of cpu_conv_2d.c: dynamic-range ones are another op.
static bool is_convolution(const lm_graph* graph, const lm_node* node) {
  return node->def->builtin == LM_BUILTIN_CONV_2D &&
         lm_graph_input(graph, node, 1)->type == lm_graph_input(graph, node, 0)->type;
}

// ---- concatenation

static bool joins_channels(const lm_graph* graph, const lm_node* node) {
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_concatenation_options* options = node->def->options;
  const int32_t rank = output->shape.rank;
  return rank == 4 && (options->axis == rank - 1 || options->axis == -1) &&
         options->activation == LM_ACTIVATION_NONE;
}

static bool writes_pixels(const lm_graph* graph, const lm_node* node) {
  return is_convolution(graph, node) || node->def->builtin == LM_BUILTIN_MAX_POOL_2D ||
         node->def->builtin == LM_BUILTIN_AVERAGE_POOL_2D;
}

bool lm__cpu_is_in_place(const lm__cpu_build* build, const lm_node* node, const lm_tensor* input) {
  return joins_channels(build->graph, node) && is_made_here(build, input) &&
         writes_pixels(build->graph, &build->graph->nodes[input->producer]) &&
         build->readers.sole[lm__cpu_index(build->graph, input)] == node->index;
}

lm__cpu_target lm__cpu_target_of(const lm__cpu_build* build, const lm_node* node) {
  const lm_graph* graph = build->graph;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const size_t channels = (size_t)output->shape.dims[output->shape.rank - 1];
  const lm__cpu_target own = {lm__cpu_index(graph, output), 0, channels};
  const lm_node* reader = lm__cpu_sole_reader(build, output);
  if (reader == NULL || reader->def->builtin != LM_BUILTIN_CONCATENATION ||
      !lm__cpu_is_in_place(build, reader, output)) {
    return own;
  }
  const lm_tensor* joined = lm_graph_output(graph, reader, 0);
  size_t offset = 0;
  for (int32_t i = 0; lm_graph_input(graph, reader, i) != output; ++i) {
    offset += (size_t)lm_graph_input(graph, reader, i)->shape.dims[3];
  }
  const int32_t index = lm__cpu_index(graph, joined);
  lm_compiler_elide(build->compiler, own.tensor_index);
  lm_compiler_extend(build->compiler, index, node->index);
  return (lm__cpu_target){index, offset, (size_t)joined->shape.dims[3]};
}

// ---- tails

// Below this a tensor stays in the first-level cache anyway.
#define TAIL_BYTES ((size_t)32 << 10)

static bool is_activation(int32_t builtin) {
  return builtin == LM_BUILTIN_HARD_SWISH || builtin == LM_BUILTIN_RELU ||
         builtin == LM_BUILTIN_RELU6 || builtin == LM_BUILTIN_LOGISTIC ||
         builtin == LM_BUILTIN_LEAKY_RELU;
}

// ADD of `t` and another tensor that is there before `node` runs.
static bool adds_earlier(const lm_graph* graph, const lm_node* add, const lm_tensor* t,
                         const lm_node* node) {
  const lm_tensor* a = lm_graph_input(graph, add, 0);
  const lm_tensor* b = lm_graph_input(graph, add, 1);
  const lm_tensor* other = a == t ? b : a;
  return add->def->builtin == LM_BUILTIN_ADD && a != b && !lm__cpu_is_constant(other) &&
         other->producer < node->index && lm_shape_equal(&a->shape, &b->shape);
}

// Winograd's convolutions write tiles, not rows; one behind a depthwise op may be part of a strip.
static bool may_have_tail(const lm_graph* graph, const lm_node* node) {
  if (!is_convolution(graph, node)) return false;
  const lm_conv_options* options = node->def->options;
  const int32_t* filter = lm_graph_input(graph, node, 1)->shape.dims;
  const bool unit = filter[1] == 1 && filter[2] == 1;
  if (!unit && options->stride_h == 1 && options->stride_w == 1) return false;
  const int32_t producer = lm_graph_input(graph, node, 0)->producer;
  return producer < 0 || graph->nodes[producer].def->builtin != LM_BUILTIN_DEPTHWISE_CONV_2D;
}

const lm_node* lm__cpu_tail_of(const lm__cpu_build* build, const lm_node* convolution) {
  const lm_graph* graph = build->graph;
  if (!may_have_tail(graph, convolution)) return NULL;
  const lm_tensor* t = lm_graph_output(graph, convolution, 0);
  const int32_t reader = build->readers.sole[lm__cpu_index(graph, t)];
  if (reader == NOBODY || t->bytes < TAIL_BYTES) return NULL;
  const lm_node* node = &graph->nodes[reader];
  const bool elementwise =
      is_activation(node->def->builtin) || adds_earlier(graph, node, t, convolution);
  return elementwise && lm_graph_output(graph, node, 0)->type == t->type ? node : NULL;
}

bool lm__cpu_is_tail(const lm__cpu_build* build, const lm_node* node) {
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(build->graph, node, i);
    if (input == NULL || !is_made_here(build, input)) continue;
    if (lm__cpu_tail_of(build, &build->graph->nodes[input->producer]) == node) return true;
  }
  return false;
}

void lm__cpu_make_elementwise(const lm__cpu_build* build, const lm_node* node, lm__cpu_step* step,
                              void (*piece)(const lm__cpu_step* step, size_t begin, size_t end)) {
  if (lm__cpu_is_tail(build, node)) {
    step->is_part = true;
    step->piece = piece;
    return;
  }
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(build->graph, node, i);
    if (input == NULL || lm__cpu_is_constant(input) || input->bytes != output->bytes) continue;
    lm_compiler_alias(build->compiler, lm__cpu_index(build->graph, output),
                      lm__cpu_index(build->graph, input));
  }
}

// ---- padding

bool lm__cpu_padding_of(const lm__cpu_build* build, const lm_tensor* input,
                        lm__cpu_padding* out_padding) {
  const lm_graph* graph = build->graph;
  if (!is_made_here(build, input)) return false;
  const lm_node* pad = &graph->nodes[input->producer];
  const int32_t reader = build->readers.sole[lm__cpu_index(graph, input)];
  if (pad->def->builtin != LM_BUILTIN_PAD || reader == NOBODY) return false;
  const lm_node* convolution = &graph->nodes[reader];
  if (!is_convolution(graph, convolution) || lm_graph_input(graph, convolution, 0) != input) {
    return false;
  }
  const lm_conv_options* options = convolution->def->options;
  const lm_tensor* from = lm_graph_input(graph, pad, 0);
  if (options->padding != LM_PADDING_VALID || !lm__cpu_same_quantization(from, input)) return false;
  out_padding->input = from;
  return lm__cpu_pad_amounts(graph, pad, &out_padding->top, &out_padding->left);
}
