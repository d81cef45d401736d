// SPDX-License-Identifier: MIT
//
// Convolutions and conversions: random shapes, and the corners of every rounding.
#include "q8_cases.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { CHANNELS = 2048 };

static const lm_activation kActivations[] = {LM_ACTIVATION_NONE, LM_ACTIVATION_RELU,
                                             LM_ACTIVATION_RELU6};
// Words and vectors, their neighbours, and primes.
static const int32_t kChannels[] = {1, 3, 4, 8, 16, 17, 20, 32, 33, 52};
// Weights of a type: with one scale, or for int8 with one a channel along `axis`; 0 at most of
// their zero points.
static int32_t random_weights(q8_net* q, lm_type type, const int32_t* shape, int32_t axis) {
  const int32_t zero_point = type == LM_UINT8 ? q8_random(q, 0, 255) : 0;
  const int32_t weights = q8_weights(q, type, shape, 0.01f, zero_point);
  if (type == LM_INT8 && q8_random(q, 0, 1) == 0) q8_per_channel(q, weights, axis, 0.01f);
  return weights;
}

// An output scale with which sums of so many products fill the range, more or less.
static float output_scale(q8_net* q, float input, int32_t products) {
  return input * 0.01f * 40.0f * sqrtf((float)products) * q8_random_scale(q, -2.0f, 1.0f);
}

static lm_conv_options random_window(q8_net* q) {
  return (lm_conv_options){
      .padding = q8_random(q, 0, 1) == 0 ? LM_PADDING_SAME : LM_PADDING_VALID,
      .stride_h = q8_random(q, 1, 2),
      .stride_w = q8_random(q, 1, 2),
      .dilation_h = q8_random(q, 1, 2),
      .dilation_w = q8_random(q, 1, 2),
      .activation = Q8_PICK(q, kActivations),
  };
}

void q8_conv_2d(q8_net* q, lm_delegate* delegate) {
  const lm_type type = q8_random_type(q);
  const int32_t fh = q8_random(q, 1, 3), fw = q8_random(q, 1, 3);
  const int32_t groups = q8_random(q, 0, 3) == 0 ? q8_random(q, 2, 3) : 1;
  const int32_t c = Q8_PICK(q, kChannels), o = groups * Q8_PICK(q, kChannels);
  q->options.conv = random_window(q);
  const int32_t input = q8_tensor(
      q, type, NET_SHAPE(q8_random(q, 1, 2), q8_random(q, 5, 12), q8_random(q, 5, 12), c * groups),
      0.02f);
  const int32_t weights = random_weights(q, type, NET_SHAPE(o, fh, fw, c), 0);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), output_scale(q, 0.02f, fh * fw * c));
  const int32_t bias = q8_random(q, 0, 3) == 0 ? -1 : q8_biases(q, o, 5000);
  net_node(&q->net, LM_BUILTIN_CONV_2D, LM_OPTIONS_CONV, &q->options.conv,
           NET_INPUTS(input, weights, bias), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "CONV_2D", NULL);
}

void q8_depthwise(q8_net* q, lm_delegate* delegate) {
  const lm_type type = q8_random_type(q);
  const int32_t fh = q8_random(q, 1, 3), fw = q8_random(q, 1, 3);
  const int32_t c = Q8_PICK(q, kChannels), o = c * (q8_random(q, 0, 2) == 0 ? 2 : 1);
  q->options.conv = random_window(q);
  const int32_t input = q8_tensor(
      q, type, NET_SHAPE(q8_random(q, 1, 2), q8_random(q, 5, 12), q8_random(q, 5, 12), c), 0.02f);
  const int32_t weights = random_weights(q, type, NET_SHAPE(1, fh, fw, o), 3);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), output_scale(q, 0.02f, fh * fw));
  const int32_t bias = q8_random(q, 0, 3) == 0 ? -1 : q8_biases(q, o, 5000);
  net_node(&q->net, LM_BUILTIN_DEPTHWISE_CONV_2D, LM_OPTIONS_CONV, &q->options.conv,
           NET_INPUTS(input, weights, bias), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "DEPTHWISE_CONV_2D", NULL);
}

void q8_transpose_conv(q8_net* q, lm_delegate* delegate) {
  const lm_type type = q8_random_type(q);
  const int32_t f = q8_random(q, 1, 4), stride = q8_random(q, 1, 3);
  const int32_t c = Q8_PICK(q, kChannels), o = Q8_PICK(q, kChannels);
  const int32_t h = q8_random(q, 2, 6), w = q8_random(q, 2, 6);
  q->options.conv = (lm_conv_options){.padding = LM_PADDING_SAME,
                                      .stride_h = stride,
                                      .stride_w = stride,
                                      .dilation_h = 1,
                                      .dilation_w = 1};
  int32_t* shape = q8_memory(q, 4 * sizeof *shape);
  memcpy(shape, (const int32_t[]){1, h * stride, w * stride, o}, 4 * sizeof *shape);
  const int32_t shapes = net_constant(&q->net, LM_INT32, NET_SHAPE(4), shape);
  const int32_t input = q8_tensor(q, type, NET_SHAPE(1, h, w, c), 0.02f);
  const int32_t weights = random_weights(q, type, NET_SHAPE(o, f, f, c), 0);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), output_scale(q, 0.02f, f * f * c));
  const int32_t bias = q8_biases(q, o, 5000);
  net_node(&q->net, LM_BUILTIN_TRANSPOSE_CONV, LM_OPTIONS_CONV, &q->options.conv,
           NET_INPUTS(shapes, weights, input, bias), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "TRANSPOSE_CONV", NULL);
}

void q8_fully_connected(q8_net* q, lm_delegate* delegate) {
  const lm_type type = q8_random_type(q);
  const int32_t depth = q8_random(q, 1, 90), units = Q8_PICK(q, kChannels);
  q->options.fully_connected = (lm_fully_connected_options){.activation = Q8_PICK(q, kActivations)};
  const int32_t input = q8_tensor(q, type, NET_SHAPE(q8_random(q, 1, 9), depth), 0.02f);
  const int32_t weights = random_weights(q, type, NET_SHAPE(units, depth), 0);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), output_scale(q, 0.02f, depth));
  const int32_t bias = q8_random(q, 0, 3) == 0 ? -1 : q8_biases(q, units, 5000);
  net_node(&q->net, LM_BUILTIN_FULLY_CONNECTED, LM_OPTIONS_FULLY_CONNECTED,
           &q->options.fully_connected, NET_INPUTS(input, weights, bias), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "FULLY_CONNECTED", NULL);
}

// ---- rescaling of chosen sums

// Weights of zero leave the biases as sums: those around the half between two outputs, the ends of
// 32 bits and anything else, with a factor of its own for each channel.
static void fill_sums(q8_net* q, const lm_tensor_def* weights, double unit, int32_t* biases) {
  static const int32_t kEnds[] = {INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX};
  for (int32_t i = 0; i < CHANNELS; ++i) {
    const double factor = (double)weights->quantization.scales[i] * unit;
    const double half = ((double)q8_random(q, -140, 140) + 0.5) / factor;
    const int32_t kind = q8_random(q, 0, 7);
    biases[i] = q8_random(q, INT32_MIN, INT32_MAX);
    if (kind == 0) biases[i] = Q8_PICK(q, kEnds);
    if (kind > 1 && fabs(half) < 2e9) biases[i] = (int32_t)rint(half) + q8_random(q, -1, 1);
  }
}

static void rescales(q8_net* q, lm_delegate* delegate, bool fully_connected_node) {
  const float in_scale = exp2f((float)q8_random(q, -8, 0));
  // With powers of two there are true ties, and where they are divided by a small odd number, sums
  // whose product is a tie only once it has been rounded to a double.
  const float out_scale = (float)(2 * q8_random(q, 0, 7) + 1) * exp2f((float)q8_random(q, -12, 0));
  const int32_t input = fully_connected_node
                            ? q8_tensor(q, LM_INT8, NET_SHAPE(1, 4), in_scale)
                            : q8_tensor(q, LM_INT8, NET_SHAPE(1, 1, 1, 4), in_scale);
  const int32_t weights = fully_connected_node
                              ? q8_weights(q, LM_INT8, NET_SHAPE(CHANNELS, 4), 1.0f, 0)
                              : q8_weights(q, LM_INT8, NET_SHAPE(CHANNELS, 1, 1, 4), 1.0f, 0);
  memset(q->constants[0], 0, CHANNELS * 4);
  q8_per_channel(q, weights, 0, 0.01f);
  float* scales = q->constants[1];
  for (int32_t i = 0; i < CHANNELS; ++i) {
    scales[i] = i % 4 == 0 ? exp2f((float)q8_random(q, -24, 6)) : q8_random_scale(q, -24.0f, 6.0f);
  }
  int32_t* biases = q8_memory(q, CHANNELS * sizeof *biases);
  fill_sums(q, &q->net.tensors[weights], (double)in_scale / (double)out_scale, biases);
  const int32_t bias = net_constant(&q->net, LM_INT32, NET_SHAPE(CHANNELS), biases);
  const int32_t output = q8_tensor(q, LM_INT8, NET_SHAPE(1), out_scale);
  q->net.tensors[output].quantization.zero_points =
      q8_memory(q, sizeof(int32_t));  // the whole range on both sides
  if (fully_connected_node) {
    q->options.fully_connected = (lm_fully_connected_options){0};
    net_node(&q->net, LM_BUILTIN_FULLY_CONNECTED, LM_OPTIONS_FULLY_CONNECTED,
             &q->options.fully_connected, NET_INPUTS(input, weights, bias), output);
  } else {
    q->options.conv = (lm_conv_options){LM_PADDING_SAME, 1, 1, 1, 1, 0, LM_ACTIVATION_NONE};
    net_node(&q->net, LM_BUILTIN_CONV_2D, LM_OPTIONS_CONV, &q->options.conv,
             NET_INPUTS(input, weights, bias), output);
  }
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, fully_connected_node ? "factors of 53 bits" : "factors of 31 bits", NULL);
}

void q8_narrow_factors(q8_net* q, lm_delegate* delegate) { rescales(q, delegate, false); }
void q8_wide_factors(q8_net* q, lm_delegate* delegate) { rescales(q, delegate, true); }

static void fill_integers(q8_net* q, int32_t index, lm_tensor* input) {
  (void)index;
  int32_t* x = input->data;
  const int32_t low = q8_random(q, 0, 1) == 0 ? INT32_MIN : -20000;
  for (size_t i = 0; i < input->bytes / sizeof *x; ++i) x[i] = q8_random(q, low, -(low + 1));
  x[0] = INT32_MIN;
  x[1] = INT32_MAX;
}

void q8_quantize_integers(q8_net* q, lm_delegate* delegate) {
  const float scale = q8_random_scale(q, -8.0f, 0.0f);
  const int32_t input = q8_tensor(q, LM_INT32, NET_SHAPE(CHANNELS), scale);
  const int32_t output =
      q8_tensor(q, LM_INT8, NET_SHAPE(1), scale * q8_random_scale(q, -2.0f, 24.0f));
  net_node(&q->net, LM_BUILTIN_QUANTIZE, LM_OPTIONS_NONE, NULL, NET_INPUTS(input), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "QUANTIZE of int32", fill_integers);
}

// Floats around every threshold, and what is no number or no finite one.
static void fill_floats(q8_net* q, int32_t index, lm_tensor* input) {
  (void)index;
  float* x = input->data;
  const float scale = q->scales[0];
  for (size_t i = 0; i < input->bytes / sizeof *x; ++i) {
    x[i] = ((float)q8_random(q, -300, 300) + 0.5f) * scale;
    const int32_t steps = q8_random(q, -3, 3);
    for (int32_t k = steps; k != 0; k += k < 0 ? 1 : -1) {
      x[i] = nextafterf(x[i], k < 0 ? -INFINITY : INFINITY);
    }
  }
  const float special[] = {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 3e38f, -3e38f};
  memcpy(x, special, sizeof special);
}

void q8_quantize_floats(q8_net* q, lm_delegate* delegate) {
  const int32_t output =
      q8_tensor(q, q8_random_type(q), NET_SHAPE(1), q8_random_scale(q, -20.0f, 8.0f));
  const int32_t input = net_tensor(&q->net, LM_FLOAT32, NET_SHAPE(CHANNELS));
  net_node(&q->net, LM_BUILTIN_QUANTIZE, LM_OPTIONS_NONE, NULL, NET_INPUTS(input), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "QUANTIZE of floats", fill_floats);
}

void q8_dequantize(q8_net* q, lm_delegate* delegate) {
  const int32_t input =
      q8_tensor(q, q8_random_type(q), NET_SHAPE(777), q8_random_scale(q, -20.0f, 8.0f));
  const int32_t output = net_tensor(&q->net, LM_FLOAT32, NET_SHAPE(1));
  net_node(&q->net, LM_BUILTIN_DEQUANTIZE, LM_OPTIONS_NONE, NULL, NET_INPUTS(input), output);
  net_input(&q->net, input);
  net_output(&q->net, output);
  q8_compare(q, delegate, "DEQUANTIZE", NULL);
}
