// SPDX-License-Identifier: MIT
#include "net_quantize.h"

#include <math.h>
#include <stdlib.h>

#include "litmark/kernel_math.h"

lm_affine lm__affine_from_range(lm_type type, float minimum, float maximum) {
  int32_t low, high;
  lm_type_range(type, &low, &high);
  const double min = minimum < 0.0f ? minimum : 0.0;
  double max = maximum > 0.0f ? maximum : 0.0;
  if (max - min < 1e-6) max = min + 1.0;  // a tensor of zeros: any scale is right
  const float scale = (float)((max - min) / (double)(high - low));
  const double zero_point = round((double)low - min / (double)scale);
  const int32_t clamped = zero_point < low ? low : zero_point > high ? high : (int32_t)zero_point;
  return (lm_affine){.scale = scale, .zero_point = clamped};
}

int32_t lm__affine_quantize(lm_type type, lm_affine affine, float value) {
  int32_t low, high;
  lm_type_range(type, &low, &high);
  const double q = round((double)value / (double)affine.scale) + affine.zero_point;
  return q < low ? low : q > high ? high : (int32_t)q;
}

static bool keeps_scale(lm_net_kind kind) {
  return kind == LM_NET_MAX_POOL || kind == LM_NET_AVERAGE_POOL || kind == LM_NET_CONCAT ||
         kind == LM_NET_PAD || kind == LM_NET_RESHAPE;
}

// Union-find: the root of a layer's group.
static int32_t find_root(int32_t* parents, int32_t i) {
  while (parents[i] != i) i = parents[i] = parents[parents[i]];
  return i;
}

// Groups of layers that must share a scale; a group's root is its first layer.
static void group_layers(const lm_net* net, int32_t* parents) {
  for (int32_t i = 0; i < net->count; ++i) parents[i] = i;
  for (int32_t i = 0; i < net->count; ++i) {
    const lm_net_layer* layer = &net->layers[i];
    if (!keeps_scale(layer->kind)) continue;
    for (int32_t k = 0; k < layer->input_count; ++k) {
      const int32_t a = find_root(parents, i);
      const int32_t b = find_root(parents, layer->inputs[k]);
      if (a < b) parents[b] = a;
      if (b < a) parents[a] = b;
    }
  }
}

lm_status lm__net_choose_affine(const lm_net* net, lm_type type, lm_affine* out_affine,
                                lm_error* err) {
  const size_t count = (size_t)net->count;
  int32_t* parents = calloc(count, sizeof *parents);
  float* minima = calloc(count, sizeof *minima);
  float* maxima = calloc(count, sizeof *maxima);
  lm_status status = LM_OK;
  if (parents == NULL || minima == NULL || maxima == NULL) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "scales of %d layers", net->count);
    goto done;
  }
  group_layers(net, parents);
  for (int32_t i = 0; i < net->count; ++i) {
    const lm_net_layer* layer = &net->layers[i];
    const int32_t root = find_root(parents, i);
    if (root == 0 && i != 0) continue;  // the input's range is given, whatever follows it
    if (layer->minimum < minima[root]) minima[root] = layer->minimum;
    if (layer->maximum > maxima[root]) maxima[root] = layer->maximum;
  }
  for (int32_t i = 0; i < net->count; ++i) {
    const int32_t root = find_root(parents, i);
    out_affine[i] = lm__affine_from_range(type, minima[root], maxima[root]);
    if (net->layers[i].kind == LM_NET_SOFTMAX) {  // the scale that LiteRT's kernel insists on
      out_affine[i] = (lm_affine){.scale = 1.0f / 256.0f, .zero_point = type == LM_INT8 ? -128 : 0};
    }
  }
done:
  free(parents);
  free(minima);
  free(maxima);
  return status;
}

static int32_t channel_of(const lm_net_layer* layer, size_t index) {
  const size_t channels = (size_t)layer->channels;
  return (int32_t)(layer->kind == LM_NET_DEPTHWISE ? index % channels
                                                   : index / (layer->weight_count / channels));
}

static void choose_symmetric_scales(const lm_net_layer* layer, lm_net_quantized* out) {
  for (size_t i = 0; i < layer->weight_count; ++i) {
    const int32_t c = out->scale_count == 1 ? 0 : channel_of(layer, i);
    const float magnitude = fabsf(layer->weights[i]);
    if (magnitude > out->scales[c]) out->scales[c] = magnitude;
  }
  for (int32_t c = 0; c < out->scale_count; ++c) {
    out->scales[c] = out->scales[c] > 0.0f ? out->scales[c] / 127.0f : 1.0f;
  }
}

// 0 stays unused, so that a product of two extreme values fits in 16 bits: what training for uint8
// does.
static void choose_asymmetric_scale(const lm_net_layer* layer, lm_net_quantized* out) {
  float min = 0.0f, max = 0.0f;
  for (size_t i = 0; i < layer->weight_count; ++i) {
    if (layer->weights[i] < min) min = layer->weights[i];
    if (layer->weights[i] > max) max = layer->weights[i];
  }
  out->scales[0] = max > min ? (max - min) / 254.0f : 1.0f;
  out->zero_points[0] = 1 + (int32_t)lroundf(-min / out->scales[0]);
}

static void fill_weights(const lm_net_layer* layer, lm_type type, lm_net_quantized* out) {
  const int32_t low = type == LM_INT8 ? -127 : 1;
  const int32_t high = type == LM_INT8 ? 127 : 255;
  for (size_t i = 0; i < layer->weight_count; ++i) {
    const int32_t c = out->scale_count == 1 ? 0 : channel_of(layer, i);
    const float scaled = roundf(layer->weights[i] / out->scales[c]) + (float)out->zero_points[c];
    const int32_t q = scaled < (float)low ? low : scaled > (float)high ? high : (int32_t)scaled;
    if (type == LM_INT8) {
      ((int8_t*)out->weights)[i] = (int8_t)q;
    } else {
      ((uint8_t*)out->weights)[i] = (uint8_t)q;
    }
  }
}

static void fill_bias(const lm_net_layer* layer, lm_affine input, lm_net_quantized* out) {
  for (int32_t c = 0; c < out->scale_count; ++c) {
    out->bias_scales[c] = input.scale * out->scales[c];
  }
  for (int32_t c = 0; c < layer->channels; ++c) {
    const double scale = (double)out->bias_scales[out->scale_count == 1 ? 0 : c];
    const double q = round((double)layer->bias[c] / scale);
    out->bias[c] = q < INT32_MIN ? INT32_MIN : q > INT32_MAX ? INT32_MAX : (int32_t)q;
  }
}

lm_status lm__net_quantize_weights(const lm_net_layer* layer, lm_type type, lm_affine input,
                                   lm_net_quantized* out, lm_error* err) {
  const bool per_channel = type == LM_INT8 && layer->kind != LM_NET_FULLY_CONNECTED;
  *out = (lm_net_quantized){.scale_count = per_channel ? layer->channels : 1};
  const size_t count = (size_t)out->scale_count;
  out->weights = calloc(layer->weight_count, 1);
  out->bias = calloc((size_t)layer->channels, sizeof *out->bias);
  out->scales = calloc(count, sizeof *out->scales);
  out->bias_scales = calloc(count, sizeof *out->bias_scales);
  out->zero_points = calloc(count, sizeof *out->zero_points);
  out->zeros = calloc(count, sizeof *out->zeros);
  if (out->weights == NULL || out->bias == NULL || out->scales == NULL ||
      out->bias_scales == NULL || out->zero_points == NULL || out->zeros == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu weights", layer->name, layer->weight_count);
  }
  if (type == LM_INT8) {
    choose_symmetric_scales(layer, out);
  } else {
    choose_asymmetric_scale(layer, out);
  }
  fill_weights(layer, type, out);
  fill_bias(layer, input, out);
  return LM_OK;
}

void lm__net_quantized_deinit(lm_net_quantized* quantized) {
  free(quantized->weights);
  free(quantized->bias);
  free(quantized->scales);
  free(quantized->bias_scales);
  free(quantized->zero_points);
  free(quantized->zeros);
  *quantized = (lm_net_quantized){0};
}
