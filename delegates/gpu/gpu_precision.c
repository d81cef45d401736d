// SPDX-License-Identifier: MIT
#include "gpu_precision.h"

#include "gpu_fusion.h"
#include "gpu_program.h"

// The node that alone reads `t`, or, of a PAD that is done by the convolution behind it, that
// convolution.
static const lm_node* reader_of(const lm__gpu_build* build, const lm_tensor* t) {
  const lm_node* reader = lm__gpu_sole_reader(build, t);
  if (reader == NULL || !lm__gpu_is_fused_padding(build, reader)) return reader;
  return lm__gpu_sole_reader(build, lm_graph_output(build->graph, reader, 0));
}

// What the dispatch of a convolution writes: its output, or that of an activation behind it. NULL:
// it reads another tensor on the way.
static const lm_tensor* written_by(const lm__gpu_build* build, const lm_node* convolution) {
  const lm_node* tail = lm__gpu_tail_of(build, convolution);
  if (tail == NULL) return lm_graph_output(build->graph, convolution, 0);
  if (lm__gpu_tail_operand(build, convolution, tail) != NULL) return NULL;
  return lm_graph_output(build->graph, tail, 0);
}

// True for a CONV_2D on an image of the host, with a depthwise convolution behind it.
static bool is_stem(const lm__gpu_build* build, const lm_node* node, const lm_tensor* image) {
  if (node->def->builtin != LM_BUILTIN_CONV_2D) return false;
  if (image->type != LM_FLOAT32 || lm__gpu_is_constant(image) ||
      lm__readers_made_inside(&build->readers, image) || reader_of(build, image) != node) {
    return false;
  }
  const lm_tensor* made = written_by(build, node);
  const lm_node* reader = made != NULL ? reader_of(build, made) : NULL;
  return reader != NULL && reader->def->builtin == LM_BUILTIN_DEPTHWISE_CONV_2D;
}

// The image that `convolution` reads in the end.
static const lm_tensor* image_of(const lm__gpu_build* build, const lm_node* convolution) {
  const lm_tensor* input = lm_graph_input(build->graph, convolution, 0);
  lm__gpu_padding padding;
  return lm__gpu_padding_of(build, input, &padding) ? padding.input : input;
}

// The convolution whose dispatch makes `t`; NULL: another one does.
static const lm_node* maker_of(const lm__gpu_build* build, const lm_tensor* t) {
  if (!lm__readers_made_inside(&build->readers, t)) return NULL;
  const lm_node* node = &build->graph->nodes[t->producer];
  if (lm__gpu_is_tail(build, node)) {
    const lm_tensor* sum = lm_graph_input(build->graph, node, 0);
    if (!lm__readers_made_inside(&build->readers, sum)) return NULL;
    node = &build->graph->nodes[sum->producer];
  }
  return node->def->builtin == LM_BUILTIN_CONV_2D && written_by(build, node) == t ? node : NULL;
}

static bool is_read_inside(const lm__gpu_build* build, const lm_tensor* t) {
  for (int32_t i = 0; i < build->partition->node_count; ++i) {
    const lm_node_def* def = build->graph->nodes[build->partition->nodes[i]].def;
    for (int32_t k = 0; k < def->input_count; ++k) {
      if (def->inputs[k] == lm__gpu_index(build->graph, t)) return true;
    }
  }
  return false;
}

bool lm__gpu_stays_wide(const lm__gpu_build* build, const lm_tensor* tensor) {
  if (!build->options.half || tensor->type != LM_FLOAT32) return false;
  if (!lm__readers_made_inside(&build->readers, tensor)) {
    const lm_node* reader = reader_of(build, tensor);
    return reader != NULL &&
           (reader->def->builtin == LM_BUILTIN_QUANTIZE || is_stem(build, reader, tensor));
  }
  if (build->graph->nodes[tensor->producer].def->builtin == LM_BUILTIN_DEQUANTIZE) {
    return !is_read_inside(build, tensor);
  }
  const lm_node* maker = maker_of(build, tensor);
  return maker != NULL && is_stem(build, maker, image_of(build, maker));
}

void lm__gpu_count_tensor(lm__gpu_build* build, lm__gpu_type type) {
  if (!lm__gpu_is_float(type)) return;
  ++build->program->tensors;
  if (type == LM_GPU_F32) ++build->program->wide_tensors;
}

void lm__gpu_count_filter(lm__gpu_build* build, lm__gpu_type type) {
  ++build->program->filters;
  if (type == LM_GPU_F32) ++build->program->wide_filters;
}
