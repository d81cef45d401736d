// SPDX-License-Identifier: MIT
#include "cpu_fusion.h"

#include "cpu_pad.h"

const lm_node* lm__cpu_sole_reader(const lm__cpu_build* build, const lm_tensor* t) {
  return t->storage != LM_STORAGE_ARENA ? NULL : lm__readers_sole(&build->readers, build->graph, t);
}

static bool is_made_here(const lm__cpu_build* build, const lm_tensor* t) {
  return lm__readers_made_inside(&build->readers, t);
}

// A CONV_2D of cpu_conv_2d.c: dynamic-range ones are another op.
static bool is_convolution(const lm_graph* graph, const lm_node* node) {
  return node->def->builtin == LM_BUILTIN_CONV_2D &&
         lm_graph_input(graph, node, 1)->type == lm_graph_input(graph, node, 0)->type;
}

// ---- concatenation

static bool writes_pixels(const lm_graph* graph, const lm_node* node) {
  return is_convolution(graph, node) || node->def->builtin == LM_BUILTIN_MAX_POOL_2D ||
         node->def->builtin == LM_BUILTIN_AVERAGE_POOL_2D;
}

bool lm__cpu_is_in_place(const lm__cpu_build* build, const lm_node* node, const lm_tensor* input) {
  return lm__joins_channels(build->graph, node) && is_made_here(build, input) &&
         writes_pixels(build->graph, &build->graph->nodes[input->producer]) &&
         lm__readers_sole(&build->readers, build->graph, input) == node;
}

lm__cpu_target lm__cpu_target_of(const lm__cpu_build* build, const lm_node* node) {
  const lm_graph* graph = build->graph;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const size_t channels = (size_t)output->shape.dims[output->shape.rank - 1];
  const lm__cpu_target own = {lm__cpu_index(graph, output), 0, channels};
  const lm_node* reader = lm__cpu_sole_reader(build, output);
  if (reader == NULL || !lm__cpu_is_in_place(build, reader, output)) return own;
  const lm_tensor* joined = lm_graph_output(graph, reader, 0);
  const size_t offset = lm__joined_channels_before(graph, reader, output);
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
  const lm_node* node = lm__readers_sole(&build->readers, graph, t);
  if (node == NULL || t->bytes < TAIL_BYTES) return NULL;
  const lm_tensor* other;
  const bool elementwise =
      is_activation(node->def->builtin) || lm__adds_earlier(graph, node, t, convolution, &other);
  return elementwise && lm_graph_output(graph, node, 0)->type == t->type ? node : NULL;
}

// An element-wise op that is the tail of a convolution (lm__cpu_tail_of).
static bool is_tail(const lm__cpu_build* build, const lm_node* node) {
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(build->graph, node, i);
    if (input == NULL || !is_made_here(build, input)) continue;
    if (lm__cpu_tail_of(build, &build->graph->nodes[input->producer]) == node) return true;
  }
  return false;
}

void lm__cpu_make_elementwise(const lm__cpu_build* build, const lm_node* node, lm__cpu_step* step,
                              void (*piece)(const lm__cpu_step* step, size_t begin, size_t end)) {
  if (is_tail(build, node)) {
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
  const lm_node* convolution = lm__readers_sole(&build->readers, graph, input);
  if (pad->def->builtin != LM_BUILTIN_PAD || convolution == NULL) return false;
  if (!is_convolution(graph, convolution) || lm_graph_input(graph, convolution, 0) != input) {
    return false;
  }
  const lm_conv_options* options = convolution->def->options;
  const lm_tensor* from = lm_graph_input(graph, pad, 0);
  if (options->padding != LM_PADDING_VALID || !lm__cpu_same_quantization(from, input)) return false;
  out_padding->input = from;
  return lm__cpu_pad_amounts(graph, pad, &out_padding->top, &out_padding->left);
}
