// SPDX-License-Identifier: MIT
//
// Element-wise ops, pools, reductions, softmax and what else works on rows.
#include "q8_cases.h"

static const int32_t kChannels[] = {1, 3, 16, 17, 20, 32, 33, 61};

// One input after another, then the output; runs it.
static void finish(q8_net* q, lm_delegate* delegate, const char* what, const int32_t* inputs,
                   int32_t output) {
  for (const int32_t* i = inputs; *i != -2; ++i) {
    if (q->net.tensors[*i].data == NULL) net_input(&q->net, *i);
  }
  net_output(&q->net, output);
  q8_compare(q, delegate, what, NULL);
}

// Two shapes that broadcast: each dimension of either may be 1.
static void random_pair(q8_net* q, lm_type type, int32_t* a, int32_t* b) {
  int32_t shapes[2][5] = {{0}};
  const int32_t kind = q8_random(q, 0, 3);
  for (int32_t d = 0; d < 4; ++d) {
    const int32_t length = d == 3 ? Q8_PICK(q, kChannels) : q8_random(q, 1, 6);
    shapes[0][d] = shapes[1][d] = length;
    if (kind > 0 && q8_random(q, 0, 2) == 0) shapes[q8_random(q, 0, 1)][d] = 1;
  }
  *a = q8_tensor(q, type, shapes[0], q8_random_scale(q, -8.0f, 0.0f));
  *b = q8_tensor(q, type, shapes[1], q8_random_scale(q, -8.0f, 0.0f));
}

void q8_binary(q8_net* q, lm_delegate* delegate) {
  static const int32_t kOps[] = {LM_BUILTIN_ADD, LM_BUILTIN_SUB, LM_BUILTIN_MUL,
                                 LM_BUILTIN_SQUARED_DIFFERENCE};
  static const lm_activation kActivations[] = {LM_ACTIVATION_NONE, LM_ACTIVATION_RELU,
                                               LM_ACTIVATION_RELU_N1_TO_1, LM_ACTIVATION_RELU6};
  const int32_t op = Q8_PICK(q, kOps);
  const bool plain = op == LM_BUILTIN_SQUARED_DIFFERENCE;
  int32_t a, b;
  random_pair(q, plain ? LM_INT8 : q8_random_type(q), &a, &b);
  const float widest = q->scales[0] > q->scales[1] ? q->scales[0] : q->scales[1];
  const float product = q->scales[0] * q->scales[1];
  const float unit = op == LM_BUILTIN_MUL ? product * 64 : plain ? widest * widest * 64 : widest;
  const int32_t output =
      q8_tensor(q, q->net.tensors[a].type, NET_SHAPE(1), unit * q8_random_scale(q, -1.0f, 3.0f));
  q->options.arithmetic = (lm_arithmetic_options){.activation = Q8_PICK(q, kActivations)};
  net_node(&q->net, op, plain ? LM_OPTIONS_NONE : LM_OPTIONS_ARITHMETIC,
           plain ? NULL : &q->options.arithmetic, NET_INPUTS(a, b), output);
  finish(q, delegate, "ADD, SUB, MUL or SQUARED_DIFFERENCE", NET_INPUTS(a, b), output);
}

void q8_prelu(q8_net* q, lm_delegate* delegate) {
  const lm_type type = q8_random_type(q);
  const int32_t c = Q8_PICK(q, kChannels);
  const int32_t input = q8_tensor(q, type, NET_SHAPE(1, q8_random(q, 1, 6), 5, c), 0.05f);
  const int32_t alpha =
      q8_weights(q, type, NET_SHAPE(1, 1, c), 0.01f, type == LM_UINT8 ? 100 : -20);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), 0.05f * q8_random_scale(q, -1.0f, 1.0f));
  net_node(&q->net, LM_BUILTIN_PRELU, LM_OPTIONS_NONE, NULL, NET_INPUTS(input, alpha), output);
  finish(q, delegate, "PRELU", NET_INPUTS(input, alpha), output);
}

void q8_comparison(q8_net* q, lm_delegate* delegate) {
  static const int32_t kOps[] = {LM_BUILTIN_EQUAL,   LM_BUILTIN_NOT_EQUAL,
                                 LM_BUILTIN_LESS,    LM_BUILTIN_LESS_EQUAL,
                                 LM_BUILTIN_GREATER, LM_BUILTIN_GREATER_EQUAL};
  int32_t a, b;
  random_pair(q, q8_random_type(q), &a, &b);
  if (q8_random(q, 0, 1) == 0) q->scales[1] = q->scales[0];
  const int32_t output = net_tensor(&q->net, LM_BOOL, NET_SHAPE(1));
  net_node(&q->net, Q8_PICK(q, kOps), LM_OPTIONS_NONE, NULL, NET_INPUTS(a, b), output);
  finish(q, delegate, "a comparison", NET_INPUTS(a, b), output);
}

void q8_table(q8_net* q, lm_delegate* delegate) {
  static const int32_t kOps[] = {LM_BUILTIN_RELU, LM_BUILTIN_RELU6, LM_BUILTIN_HARD_SWISH,
                                 LM_BUILTIN_QUANTIZE};
  const lm_type type = q8_random_type(q);
  const int32_t input = q8_tensor(q, type, NET_SHAPE(3, 7, Q8_PICK(q, kChannels)), 0.05f);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), 0.05f * q8_random_scale(q, -1.0f, 1.0f));
  net_node(&q->net, Q8_PICK(q, kOps), LM_OPTIONS_NONE, NULL, NET_INPUTS(input), output);
  finish(q, delegate, "a function of one byte", NET_INPUTS(input), output);
}

void q8_pool(q8_net* q, lm_delegate* delegate) {
  static const int32_t kOps[] = {LM_BUILTIN_AVERAGE_POOL_2D, LM_BUILTIN_MAX_POOL_2D};
  static const lm_activation kActivations[] = {LM_ACTIVATION_NONE, LM_ACTIVATION_RELU6};
  q->options.pool = (lm_pool_options){
      .padding = q8_random(q, 0, 1) == 0 ? LM_PADDING_SAME : LM_PADDING_VALID,
      .stride_h = q8_random(q, 1, 3),
      .stride_w = q8_random(q, 1, 3),
      .filter_h = q8_random(q, 1, 9),
      .filter_w = q8_random(q, 1, 9),
      .activation = Q8_PICK(q, kActivations),
  };
  const int32_t shape[] = {q8_random(q, 1, 2), q8_random(q, 9, 20), q8_random(q, 9, 20),
                           Q8_PICK(q, kChannels), 0};
  const int32_t input = q8_tensor(q, q8_random_type(q), shape, 0.05f);
  const int32_t output = q8_tensor(q, q->net.tensors[input].type, NET_SHAPE(1), 0.05f);
  net_node(&q->net, Q8_PICK(q, kOps), LM_OPTIONS_POOL, &q->options.pool, NET_INPUTS(input), output);
  finish(q, delegate, "a pool", NET_INPUTS(input), output);
}

void q8_reduce(q8_net* q, lm_delegate* delegate) {
  static const int32_t kOps[] = {LM_BUILTIN_MEAN, LM_BUILTIN_SUM};
  const int32_t op = Q8_PICK(q, kOps);
  const int32_t shape[] = {q8_random(q, 1, 3), q8_random(q, 1, 12), q8_random(q, 1, 12),
                           Q8_PICK(q, kChannels), 0};
  int32_t* axes = q8_memory(q, 4 * sizeof *axes);
  int32_t count = 0;
  for (int32_t d = 0; d < 4; ++d) {
    if (q8_random(q, 0, 1) == 0) axes[count++] = q8_random(q, 0, 1) == 0 ? d : d - 4;
  }
  if (count == 0) axes[count++] = 2;
  const int32_t axis = net_constant(&q->net, LM_INT32, NET_SHAPE(count), axes);
  q->options.reducer = (lm_reducer_options){.keep_dims = q8_random(q, 0, 1) == 0};
  const int32_t input = q8_tensor(q, q8_random_type(q), shape, 0.05f);
  const float grows = op == LM_BUILTIN_SUM ? 4.0f : 1.0f;
  const int32_t output = q8_tensor(q, q->net.tensors[input].type, NET_SHAPE(1),
                                   0.05f * grows * q8_random_scale(q, -2.0f, 1.0f));
  net_node(&q->net, op, LM_OPTIONS_REDUCER, &q->options.reducer, NET_INPUTS(input, axis), output);
  finish(q, delegate, "MEAN or SUM", NET_INPUTS(input, axis), output);
}

void q8_softmax(q8_net* q, lm_delegate* delegate) {
  static const float kBetas[] = {0.1f, 0.5f, 1.0f, 2.0f};
  const lm_type type = q8_random_type(q);
  const int32_t depth = q8_random(q, 0, 3) == 0 ? 4099 : q8_random(q, 1, 70);
  q->options.softmax = (lm_softmax_options){.beta = Q8_PICK(q, kBetas)};
  const int32_t input =
      q8_tensor(q, type, NET_SHAPE(q8_random(q, 1, 9), depth), q8_random_scale(q, -9.0f, 0.0f));
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), 1.0f / 256);
  q->zero_points[1] = type == LM_INT8 ? INT8_MIN : 0;
  net_node(&q->net, LM_BUILTIN_SOFTMAX, LM_OPTIONS_SOFTMAX, &q->options.softmax, NET_INPUTS(input),
           output);
  finish(q, delegate, "SOFTMAX", NET_INPUTS(input), output);
}

void q8_l2_normalization(q8_net* q, lm_delegate* delegate) {
  const lm_type type = q8_random_type(q);
  const int32_t depth = q8_random(q, 0, 3) == 0 ? 9001 : q8_random(q, 1, 70);
  const int32_t input = q8_tensor(q, type, NET_SHAPE(q8_random(q, 1, 9), depth), 0.05f);
  const int32_t output = q8_tensor(q, type, NET_SHAPE(1), 1.0f / 128);
  q->zero_points[1] = type == LM_UINT8 ? 128 : 0;
  net_node(&q->net, LM_BUILTIN_L2_NORMALIZATION, LM_OPTIONS_NONE, NULL, NET_INPUTS(input), output);
  finish(q, delegate, "L2_NORMALIZATION", NET_INPUTS(input), output);
}

void q8_resize(q8_net* q, lm_delegate* delegate) {
  const int32_t shape[] = {q8_random(q, 1, 2), q8_random(q, 1, 9), q8_random(q, 1, 9),
                           Q8_PICK(q, kChannels), 0};
  int32_t* size = q8_memory(q, 2 * sizeof *size);
  size[0] = q8_random(q, 1, 20);
  size[1] = q8_random(q, 1, 20);
  const int32_t sizes = net_constant(&q->net, LM_INT32, NET_SHAPE(2), size);
  const int32_t kind = q8_random(q, 0, 2);
  q->options.resize =
      (lm_resize_options){.align_corners = kind == 1, .half_pixel_centers = kind == 2};
  const int32_t input = q8_tensor(q, q8_random_type(q), shape, 0.05f);
  const int32_t output = q8_tensor(q, q->net.tensors[input].type, NET_SHAPE(1), 0.05f);
  net_node(&q->net, LM_BUILTIN_RESIZE_BILINEAR, LM_OPTIONS_RESIZE, &q->options.resize,
           NET_INPUTS(input, sizes), output);
  finish(q, delegate, "RESIZE_BILINEAR", NET_INPUTS(input, sizes), output);
}

void q8_concatenation(q8_net* q, lm_delegate* delegate) {
  const int32_t axis = q8_random(q, 0, 2);
  q->options.concatenation =
      (lm_concatenation_options){.axis = q8_random(q, 0, 1) == 0 ? axis : axis - 3};
  const int32_t first[] = {q8_random(q, 1, 4), q8_random(q, 1, 9), Q8_PICK(q, kChannels), 0};
  int32_t inputs[4] = {0, 0, 0, -2};
  for (int32_t i = 0; i < 3; ++i) {
    int32_t shape[] = {first[0], first[1], first[2], 0};
    shape[axis] = q8_random(q, 1, 12);
    inputs[i] = q8_tensor(q, LM_UINT8, shape, 0.05f * q8_random_scale(q, -2.0f, 2.0f));
  }
  const int32_t output = q8_tensor(q, LM_UINT8, NET_SHAPE(1), 0.05f);
  // One of them needs no rescaling.
  q->scales[1] = q->scales[3];
  q->zero_points[1] = q->zero_points[3];
  net_node(&q->net, LM_BUILTIN_CONCATENATION, LM_OPTIONS_CONCATENATION, &q->options.concatenation,
           inputs, output);
  finish(q, delegate, "CONCATENATION", inputs, output);
}
