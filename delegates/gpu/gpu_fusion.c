// SPDX-License-Identifier: MIT
#include "gpu_fusion.h"

#include "gpu_program.h"

// ---- who takes part

// Ops that write to lm__gpu_target_of().
static bool writes_pixels(int32_t builtin) {
  return builtin == LM_BUILTIN_CONV_2D || builtin == LM_BUILTIN_DEPTHWISE_CONV_2D ||
         builtin == LM_BUILTIN_AVERAGE_POOL_2D || builtin == LM_BUILTIN_MAX_POOL_2D;
}

// Activations that a convolution does as its tail.
static bool is_tail_activation(int32_t builtin) {
  return builtin == LM_BUILTIN_RELU || builtin == LM_BUILTIN_RELU6 ||
         builtin == LM_BUILTIN_RELU_N1_TO_1 || builtin == LM_BUILTIN_HARD_SWISH ||
         builtin == LM_BUILTIN_LOGISTIC;
}

// A convolution of floats or bytes by constant weights of its own type: dynamic-range ones are
// other ops.
static bool is_convolution(const lm_graph* graph, const lm_node* node) {
  if (node->def->builtin != LM_BUILTIN_CONV_2D &&
      node->def->builtin != LM_BUILTIN_DEPTHWISE_CONV_2D) {
    return false;
  }
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* weights = lm_graph_input(graph, node, 1);
  const bool bytes = input->type == LM_INT8 || input->type == LM_UINT8;
  return lm__gpu_is_constant(weights) && (input->type == LM_FLOAT32 || bytes) &&
         (weights->type == LM_FLOAT32 || weights->type == LM_FLOAT16) == !bytes;
}

static bool is_float_on_device(const lm__gpu_build* build, const lm_tensor* t) {
  lm__gpu_type type;
  return lm__gpu_tensor_type(&build->context, t, &type) && lm__gpu_is_float(type);
}

// ---- readers

const lm_node* lm__gpu_sole_reader(const lm__gpu_build* build, const lm_tensor* t) {
  return lm__readers_sole(&build->readers, build->graph, t);
}

// The convolution of this partition that makes `t`; NULL: none does.
static const lm_node* convolution_of(const lm__gpu_build* build, const lm_tensor* t) {
  if (!lm__readers_made_inside(&build->readers, t)) return NULL;
  const lm_node* node = &build->graph->nodes[t->producer];
  return is_convolution(build->graph, node) ? node : NULL;
}

// ---- tails

// `*out_operand`: of an ADD, the other input; else NULL.
static bool is_elementwise(const lm_graph* graph, const lm_node* node, const lm_tensor* t,
                           const lm_node* convolution, const lm_tensor** out_operand) {
  *out_operand = NULL;
  if (is_tail_activation(node->def->builtin)) return true;
  if (!lm__adds_earlier(graph, node, t, convolution, out_operand)) return false;
  const lm_arithmetic_options* options = node->def->options;  // may be absent
  const lm_activation activation = options != NULL ? options->activation : LM_ACTIVATION_NONE;
  return (*out_operand)->type == t->type && activation != LM_ACTIVATION_TANH &&
         activation != LM_ACTIVATION_SIGN_BIT;
}

static const lm_node* find_tail(const lm__gpu_build* build, const lm_node* convolution,
                                const lm_tensor** out_operand) {
  *out_operand = NULL;
  if (!is_convolution(build->graph, convolution)) return NULL;
  const lm_tensor* t = lm_graph_output(build->graph, convolution, 0);
  const lm_node* reader = lm__gpu_sole_reader(build, t);
  if (reader == NULL || !is_float_on_device(build, t)) return NULL;
  if (!is_elementwise(build->graph, reader, t, convolution, out_operand)) return NULL;
  const lm_tensor* output = lm_graph_output(build->graph, reader, 0);
  return output->type == t->type && lm_shape_equal(&output->shape, &t->shape) ? reader : NULL;
}

const lm_node* lm__gpu_tail_of(const lm__gpu_build* build, const lm_node* convolution) {
  const lm_tensor* operand;
  return find_tail(build, convolution, &operand);
}

const lm_tensor* lm__gpu_tail_operand(const lm__gpu_build* build, const lm_node* convolution,
                                      const lm_node* tail) {
  const lm_tensor* operand;
  return find_tail(build, convolution, &operand) == tail ? operand : NULL;
}

bool lm__gpu_is_tail(const lm__gpu_build* build, const lm_node* node) {
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(build->graph, node, i);
    const lm_node* convolution = input != NULL ? convolution_of(build, input) : NULL;
    if (convolution != NULL && lm__gpu_tail_of(build, convolution) == node) return true;
  }
  return false;
}

// ---- concatenation

// Integers are copied as they are.
static bool same_quantization(const lm__gpu_build* build, const lm_tensor* a, const lm_tensor* b) {
  if (a->type != b->type) return false;
  if (is_float_on_device(build, a)) return true;
  const lm_quantization* p = &a->quantization;
  const lm_quantization* q = &b->quantization;
  return p->count == 1 && q->count == 1 && p->scales[0] == q->scales[0] &&
         p->zero_points[0] == q->zero_points[0];
}

// True when the concatenation `node` could have `input`, which nobody else reads, where it wants
// it.
static bool may_be_in_place(const lm__gpu_build* build, const lm_node* node,
                            const lm_tensor* input) {
  const lm_graph* graph = build->graph;
  return lm__joins_channels(graph, node) && lm__readers_made_inside(&build->readers, input) &&
         lm__gpu_sole_reader(build, input) == node &&
         same_quantization(build, input, lm_graph_output(graph, node, 0));
}

// The same, and the producer writes pixels there.
static bool is_written_there(const lm__gpu_build* build, const lm_node* node,
                             const lm_tensor* input) {
  if (!may_be_in_place(build, node, input)) return false;
  const lm_node* producer = &build->graph->nodes[input->producer];
  return writes_pixels(producer->def->builtin) || lm__gpu_is_tail(build, producer);
}

bool lm__gpu_is_in_place(const lm__gpu_build* build, const lm_node* node, const lm_tensor* input) {
  if (is_written_there(build, node, input)) return true;
  if (!may_be_in_place(build, node, input)) return false;
  // Another concatenation, none of whose inputs is copied.
  const lm_node* inner = &build->graph->nodes[input->producer];
  if (!lm__joins_channels(build->graph, inner)) return false;
  for (int32_t i = 0; i < inner->def->input_count; ++i) {
    if (!is_written_there(build, inner, lm_graph_input(build->graph, inner, i))) return false;
  }
  return true;
}

lm_status lm__gpu_target_of(lm__gpu_build* build, const lm_node* node, lm__gpu_target* out_target,
                            lm_error* err) {
  const lm_graph* graph = build->graph;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_tensor* holder = output;
  const lm_node* reader = lm__gpu_sole_reader(build, output);
  *out_target = (lm__gpu_target){.value = -1};
  for (int depth = 0; depth < 2 && reader != NULL; ++depth) {  // one inside another at most
    if (!lm__gpu_is_in_place(build, reader, holder)) break;
    out_target->offset += lm__joined_channels_before(graph, reader, holder);
    holder = lm_graph_output(graph, reader, 0);
    reader = lm__gpu_sole_reader(build, holder);
  }
  out_target->pixel_stride = (size_t)holder->shape.dims[holder->shape.rank - 1];
  LM_GPU_TRY(lm__gpu_tensor(build, holder, &out_target->value, err));
  out_target->type = lm__gpu_value_type(build, out_target->value);
  return LM_OK;
}

// ---- padding

// PAD of rows and columns of images: constant paddings, none of batches and channels.
static bool pads_images(const lm_graph* graph, const lm_node* pad, int32_t* out_top,
                        int32_t* out_left) {
  const lm_tensor* paddings = lm_graph_input(graph, pad, 1);
  if (lm_graph_input(graph, pad, 0)->shape.rank != 4 || !lm__gpu_is_constant(paddings)) {
    return false;
  }
  int64_t amounts[8];
  for (int32_t i = 0; i < 8; ++i) {
    amounts[i] = paddings->type == LM_INT64 ? ((const int64_t*)paddings->data)[i]
                                            : ((const int32_t*)paddings->data)[i];
  }
  *out_top = (int32_t)amounts[2];
  *out_left = (int32_t)amounts[4];
  return amounts[0] == 0 && amounts[1] == 0 && amounts[6] == 0 && amounts[7] == 0;
}

bool lm__gpu_padding_of(const lm__gpu_build* build, const lm_tensor* input,
                        lm__gpu_padding* out_padding) {
  const lm_graph* graph = build->graph;
  if (!lm__readers_made_inside(&build->readers, input)) return false;
  const lm_node* pad = &graph->nodes[input->producer];
  const lm_node* reader = lm__gpu_sole_reader(build, input);
  if (pad->def->builtin != LM_BUILTIN_PAD || reader == NULL || !is_convolution(graph, reader) ||
      lm_graph_input(graph, reader, 0) != input ||
      ((const lm_conv_options*)reader->def->options)->padding != LM_PADDING_VALID) {
    return false;
  }
  out_padding->input = lm_graph_input(graph, pad, 0);
  return same_quantization(build, out_padding->input, input) &&
         pads_images(graph, pad, &out_padding->top, &out_padding->left);
}

bool lm__gpu_is_fused_padding(const lm__gpu_build* build, const lm_node* node) {
  lm__gpu_padding padding;
  return node->def->builtin == LM_BUILTIN_PAD &&
         lm__gpu_padding_of(build, lm_graph_output(build->graph, node, 0), &padding);
}
