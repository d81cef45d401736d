// SPDX-License-Identifier: MIT
#include "net_emit.h"

#include <stdio.h>
#include <stdlib.h>

#include "litmark/kernel_math.h"
#include "net_quantize.h"
#include "tflite_writer.h"

typedef struct emitter {
  const lm_net* net;
  lm_writer* writer;
  lm_type type;  // of activations
  bool half;     // weights are float16
  int32_t batch;
  lm_affine* affine;  // [net->count]; NULL in float
  int32_t* tensors;   // [net->count] output tensor of each layer
  lm_error* err;
} emitter;

static lm_status emitter_init(emitter* e, const lm_net* net, lm_type type, int32_t batch,
                              lm_error* err) {
  *e = (emitter){.net = net, .type = type, .batch = batch, .err = err};
  e->half = type == LM_FLOAT16;
  if (e->half) e->type = LM_FLOAT32;
  char description[200];
  snprintf(description, sizeof description,
           "litmark mkmodel %s --type %s --size %d --width %g --classes %d --seed %llu",
           net->def->name, lm_type_name(type), net->config.size, net->config.width,
           net->config.classes, (unsigned long long)net->config.seed);
  e->writer = lm_writer_create(description);
  e->tensors = calloc((size_t)net->count, sizeof *e->tensors);
  const bool is_float = e->type == LM_FLOAT32;
  if (!is_float) e->affine = calloc((size_t)net->count, sizeof *e->affine);
  if (e->writer == NULL || e->tensors == NULL || (!is_float && e->affine == NULL)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: no memory for the model", net->def->name);
  }
  return is_float ? LM_OK : lm__net_choose_affine(net, type, e->affine, err);
}

static void emitter_deinit(emitter* e) {
  lm_writer_destroy(e->writer);
  free(e->tensors);
  free(e->affine);
}

static void add_activation(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  lm_writer_tensor tensor = {.name = layer->name, .type = e->type, .shape = layer->shape};
  tensor.shape.dims[0] = e->batch;
  if (e->affine != NULL) {
    tensor.quantization = (lm_quantization){
        .count = 1, .scales = &e->affine[index].scale, .zero_points = &e->affine[index].zero_point};
  }
  e->tensors[index] = lm_writer_add_tensor(e->writer, &tensor);
}

static int32_t add_constant(emitter* e, const lm_net_layer* layer, const char* suffix, lm_type type,
                            lm_shape shape, const void* data, lm_quantization quantization) {
  char name[sizeof layer->name + 16];
  snprintf(name, sizeof name, "%s/%s", layer->name, suffix);
  return lm_writer_add_tensor(
      e->writer, &(lm_writer_tensor){
                     .name = name,
                     .type = type,
                     .shape = shape,
                     .quantization = quantization,
                     .data = data,
                     .data_bytes = (size_t)lm_shape_count(&shape) * lm_type_bytes(type),
                 });
}

static int32_t add_int32s(emitter* e, const lm_net_layer* layer, const char* suffix, lm_shape shape,
                          const int32_t* values) {
  return add_constant(e, layer, suffix, LM_INT32, shape, values, (lm_quantization){0});
}

static void add_node(emitter* e, int32_t index, lm_builtin builtin, const int32_t* inputs,
                     int32_t input_count, lm_options_kind kind, const void* options) {
  lm_writer_add_node(e->writer, &(lm_writer_node){
                                    .builtin = builtin,
                                    .inputs = inputs,
                                    .input_count = input_count,
                                    .outputs = &e->tensors[index],
                                    .output_count = 1,
                                    .options_kind = kind,
                                    .options = options,
                                });
}

static lm_shape weight_shape(const emitter* e, const lm_net_layer* layer) {
  const lm_shape* in = &e->net->layers[layer->inputs[0]].shape;
  if (layer->kind == LM_NET_FULLY_CONNECTED) {
    return lm_shape_make(2, (const int32_t[]){layer->channels, in->dims[1]});
  }
  if (layer->kind == LM_NET_DEPTHWISE) {
    return lm_shape_make(4,
                         (const int32_t[]){1, layer->kernel_h, layer->kernel_w, layer->channels});
  }
  return lm_shape_make(
      4, (const int32_t[]){layer->channels, layer->kernel_h, layer->kernel_w, in->dims[3]});
}

// Adds floats as float16 and a node that widens them, which is how LiteRT's converter keeps them.
static lm_status add_half(emitter* e, const lm_net_layer* layer, const char* suffix, lm_shape shape,
                          const float* values, int32_t* out_index) {
  const size_t count = (size_t)lm_shape_count(&shape);
  uint16_t* halves = calloc(count, sizeof *halves);
  if (halves == NULL) return LM_FAIL(e->err, LM_OUT_OF_MEMORY, "%s: float16", layer->name);
  for (size_t i = 0; i < count; ++i) halves[i] = lm_float_to_half(values[i]);
  const int32_t from =
      add_constant(e, layer, suffix, LM_FLOAT16, shape, halves, (lm_quantization){0});
  free(halves);
  char name[sizeof layer->name + 32];
  snprintf(name, sizeof name, "%s/%s_dequantize", layer->name, suffix);
  *out_index = lm_writer_add_tensor(
      e->writer, &(lm_writer_tensor){.name = name, .type = LM_FLOAT32, .shape = shape});
  lm_writer_add_node(e->writer, &(lm_writer_node){.builtin = LM_BUILTIN_DEQUANTIZE,
                                                  .inputs = &from,
                                                  .input_count = 1,
                                                  .outputs = out_index,
                                                  .output_count = 1});
  return LM_OK;
}

// Adds weights and bias; their tensor indices go to out_inputs[0] and [1].
static lm_status add_weights(emitter* e, const lm_net_layer* layer, int32_t* out_inputs) {
  const lm_shape shape = weight_shape(e, layer);
  const lm_shape bias_shape = lm_shape_make(1, &layer->channels);
  if (e->half) {
    const lm_status status = add_half(e, layer, "weights", shape, layer->weights, &out_inputs[0]);
    return status != LM_OK ? status
                           : add_half(e, layer, "bias", bias_shape, layer->bias, &out_inputs[1]);
  }
  if (e->affine == NULL) {
    const lm_quantization none = {0};
    out_inputs[0] = add_constant(e, layer, "weights", LM_FLOAT32, shape, layer->weights, none);
    out_inputs[1] = add_constant(e, layer, "bias", LM_FLOAT32, bias_shape, layer->bias, none);
    return LM_OK;
  }
  lm_net_quantized q;
  const lm_status status =
      lm__net_quantize_weights(layer, e->type, e->affine[layer->inputs[0]], &q, e->err);
  if (status == LM_OK) {
    const lm_quantization weights = {.count = q.scale_count,
                                     .axis = layer->kind == LM_NET_DEPTHWISE ? 3 : 0,
                                     .scales = q.scales,
                                     .zero_points = q.zero_points};
    const lm_quantization bias = {
        .count = q.scale_count, .scales = q.bias_scales, .zero_points = q.zeros};
    out_inputs[0] = add_constant(e, layer, "weights", e->type, shape, q.weights, weights);
    out_inputs[1] = add_constant(e, layer, "bias", LM_INT32, bias_shape, q.bias, bias);
  }
  lm__net_quantized_deinit(&q);
  return status;
}

static lm_status emit_weighted(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  int32_t inputs[3] = {e->tensors[layer->inputs[0]]};
  const lm_status status = add_weights(e, layer, &inputs[1]);
  if (status != LM_OK) return status;
  if (layer->kind == LM_NET_FULLY_CONNECTED) {
    const lm_fully_connected_options options = {.activation = layer->activation};
    add_node(e, index, LM_BUILTIN_FULLY_CONNECTED, inputs, 3, LM_OPTIONS_FULLY_CONNECTED, &options);
    return LM_OK;
  }
  const lm_conv_options options = {.padding = layer->padding,
                                   .stride_h = layer->stride,
                                   .stride_w = layer->stride,
                                   .dilation_h = 1,
                                   .dilation_w = 1,
                                   .depth_multiplier = 1,
                                   .activation = layer->activation};
  const bool depthwise = layer->kind == LM_NET_DEPTHWISE;
  add_node(e, index, depthwise ? LM_BUILTIN_DEPTHWISE_CONV_2D : LM_BUILTIN_CONV_2D, inputs, 3,
           LM_OPTIONS_CONV, &options);
  return LM_OK;
}

// A number as a tensor of rank 0, quantized so that it is exact.
static int32_t add_scalar(emitter* e, const lm_net_layer* layer) {
  const lm_shape scalar = {.rank = 0};
  if (e->affine == NULL) {
    return add_constant(e, layer, "constant", LM_FLOAT32, scalar, &layer->constant,
                        (lm_quantization){0});
  }
  const lm_affine affine = lm__affine_from_range(e->type, layer->constant, layer->constant);
  const uint8_t value = (uint8_t)lm__affine_quantize(e->type, affine, layer->constant);
  return add_constant(
      e, layer, "constant", e->type, scalar, &value,
      (lm_quantization){.count = 1, .scales = &affine.scale, .zero_points = &affine.zero_point});
}

static void emit_arithmetic(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  int32_t inputs[2] = {e->tensors[layer->inputs[0]]};
  inputs[1] = layer->has_constant ? add_scalar(e, layer) : e->tensors[layer->inputs[1]];
  const lm_arithmetic_options options = {.activation = layer->activation, .pot_scale_int16 = true};
  add_node(e, index, layer->kind == LM_NET_ADD ? LM_BUILTIN_ADD : LM_BUILTIN_MUL, inputs, 2,
           LM_OPTIONS_ARITHMETIC, &options);
}

static void emit_pool(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  const lm_pool_options options = {.padding = layer->padding,
                                   .stride_h = layer->stride,
                                   .stride_w = layer->stride,
                                   .filter_h = layer->kernel_h,
                                   .filter_w = layer->kernel_w};
  const bool max = layer->kind == LM_NET_MAX_POOL;
  add_node(e, index, max ? LM_BUILTIN_MAX_POOL_2D : LM_BUILTIN_AVERAGE_POOL_2D,
           &e->tensors[layer->inputs[0]], 1, LM_OPTIONS_POOL, &options);
}

static void emit_concat(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  int32_t inputs[LM_NET_MAX_INPUTS];
  for (int32_t i = 0; i < layer->input_count; ++i) inputs[i] = e->tensors[layer->inputs[i]];
  add_node(e, index, LM_BUILTIN_CONCATENATION, inputs, layer->input_count, LM_OPTIONS_CONCATENATION,
           &(lm_concatenation_options){.axis = 3});
}

static void emit_mean(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  static const int32_t kAxes[] = {1, 2};
  const int32_t axes = add_int32s(e, layer, "axes", lm_shape_make(1, (const int32_t[]){2}), kAxes);
  add_node(e, index, LM_BUILTIN_MEAN, (const int32_t[]){e->tensors[layer->inputs[0]], axes}, 2,
           LM_OPTIONS_REDUCER, &(lm_reducer_options){.keep_dims = layer->keep_dims});
}

static void emit_pad(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  const int32_t before = layer->pad_before, after = layer->pad_after;
  const int32_t values[] = {0, 0, before, after, before, after, 0, 0};
  const int32_t paddings =
      add_int32s(e, layer, "paddings", lm_shape_make(2, (const int32_t[]){4, 2}), values);
  add_node(e, index, LM_BUILTIN_PAD, (const int32_t[]){e->tensors[layer->inputs[0]], paddings}, 2,
           LM_OPTIONS_NONE, NULL);
}

static void emit_reshape(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  // -1: the batch may be resized.
  const lm_dims_options options = {.count = 2, .values = {-1, layer->shape.dims[1]}};
  const int32_t shape =
      add_int32s(e, layer, "shape", lm_shape_make(1, &options.count), options.values);
  add_node(e, index, LM_BUILTIN_RESHAPE, (const int32_t[]){e->tensors[layer->inputs[0]], shape}, 2,
           LM_OPTIONS_DIMS, &options);
}

// Adds the output tensor of a layer, its constants and its node. Its inputs are there.
static lm_status emit_layer(emitter* e, int32_t index) {
  const lm_net_layer* layer = &e->net->layers[index];
  add_activation(e, index);
  switch (layer->kind) {
    case LM_NET_INPUT:
      break;
    case LM_NET_CONV:
    case LM_NET_DEPTHWISE:
    case LM_NET_FULLY_CONNECTED:
      return emit_weighted(e, index);
    case LM_NET_ADD:
    case LM_NET_MUL:
      emit_arithmetic(e, index);
      break;
    case LM_NET_CONCAT:
      emit_concat(e, index);
      break;
    case LM_NET_MAX_POOL:
    case LM_NET_AVERAGE_POOL:
      emit_pool(e, index);
      break;
    case LM_NET_MEAN:
      emit_mean(e, index);
      break;
    case LM_NET_PAD:
      emit_pad(e, index);
      break;
    case LM_NET_RESHAPE:
      emit_reshape(e, index);
      break;
    case LM_NET_SOFTMAX:
      add_node(e, index, LM_BUILTIN_SOFTMAX, &e->tensors[layer->inputs[0]], 1, LM_OPTIONS_SOFTMAX,
               &(lm_softmax_options){.beta = 1.0f});
      break;
    case LM_NET_HARD_SWISH:
      add_node(e, index, LM_BUILTIN_HARD_SWISH, &e->tensors[layer->inputs[0]], 1, LM_OPTIONS_NONE,
               NULL);
      break;
  }
  return LM_OK;
}

lm_status lm_net_emit(const lm_net* net, lm_type type, lm_allocator allocator, void** out_data,
                      size_t* out_bytes, lm_error* err) {
  *out_data = NULL;
  *out_bytes = 0;
  if (type != LM_FLOAT32 && type != LM_FLOAT16 && type != LM_INT8 && type != LM_UINT8) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "%s: type %s, must be float32, float16, int8 or uint8",
                   net->def->name, lm_type_name(type));
  }
  emitter e;
  lm_status status = emitter_init(&e, net, type, 1, err);
  for (int32_t i = 0; i < net->count && status == LM_OK; ++i) status = emit_layer(&e, i);
  if (status == LM_OK) {
    lm_writer_set_io(e.writer, &e.tensors[0], 1, &e.tensors[net->count - 1], 1);
    status = lm_writer_finish(e.writer, allocator, out_data, out_bytes, err);
  }
  emitter_deinit(&e);
  return status;
}

lm_status lm__net_emit_layer(const lm_net* net, int32_t index, int32_t batch,
                             lm_allocator allocator, void** out_data, size_t* out_bytes,
                             lm_error* err) {
  *out_data = NULL;
  *out_bytes = 0;
  const lm_net_layer* layer = &net->layers[index];
  int32_t inputs[LM_NET_MAX_INPUTS];
  emitter e;
  lm_status status = emitter_init(&e, net, LM_FLOAT32, batch, err);
  if (status == LM_OK) {
    for (int32_t i = 0; i < layer->input_count; ++i) {
      add_activation(&e, layer->inputs[i]);
      inputs[i] = e.tensors[layer->inputs[i]];
    }
    status = emit_layer(&e, index);
  }
  if (status == LM_OK) {
    lm_writer_set_io(e.writer, inputs, layer->input_count, &e.tensors[index], 1);
    status = lm_writer_finish(e.writer, allocator, out_data, out_bytes, err);
  }
  emitter_deinit(&e);
  return status;
}
