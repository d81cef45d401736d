// SPDX-License-Identifier: MIT
#include "sweep_graphs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/kernel_math.h"

static uint32_t random_state = 20261121;

void sweep_seed(uint32_t state) { random_state = state; }

uint32_t sweep_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}
int32_t sweep_pick(int32_t low, int32_t high) {
  return low + (int32_t)(sweep_random() % (uint32_t)(high - low + 1));
}
#define PICK_OF(...)  \
  ((const int32_t[]){ \
      __VA_ARGS__}[sweep_pick(0, (int32_t)(sizeof((int32_t[]){__VA_ARGS__}) / 4) - 1)])

static void* make(size_t count, size_t size) {
  void* p = calloc(count, size);
  if (p == NULL) {
    fprintf(stderr, "no memory\n");
    exit(1);
  }
  return p;
}

// Enters tensor number `subgraph.tensor_count`; `channels` scales along `axis`, 0: not quantized.
static int32_t add_tensor(sweep_graph* g, lm_type type, lm_shape shape, int32_t channels,
                          int32_t axis, float scale, int32_t zero_point) {
  const int32_t at = g->subgraph.tensor_count++;
  for (int32_t c = 0; c < channels; ++c) {
    g->scales[at][c] = scale * (1.0f + 0.01f * (float)(c % 17));
    g->zero_points[at][c] = zero_point;
  }
  g->tensors[at] = (lm_tensor_def){
      .name = "t",
      .type = type,
      .shape = shape,
      .shape_signature = shape,
      .quantization = {channels, axis, g->scales[at], g->zero_points[at]},
      .buffer_index = at,
  };
  return at;
}

static void fill(void* data, lm_type type, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    if (type == LM_FLOAT32) ((float*)data)[i] = (float)sweep_pick(-1000, 1000) / 1000.0f;
    if (type == LM_INT32) ((int32_t*)data)[i] = sweep_pick(-2000, 2000);
    if (type == LM_INT8 || type == LM_UINT8) ((uint8_t*)data)[i] = (uint8_t)sweep_random();
  }
}

static void make_constant(sweep_graph* g, int32_t at, const void* data) {
  lm_tensor_def* t = &g->tensors[at];
  const int64_t count = lm_shape_count(&t->shape);
  t->data_bytes = (size_t)count * lm_type_bytes(t->type);
  g->contents[at] = make(1, t->data_bytes);
  if (data != NULL) {
    memcpy(g->contents[at], data, t->data_bytes);
  } else {
    fill(g->contents[at], t->type, count);
  }
  t->data = g->contents[at];
}

static void finish(sweep_graph* g, int32_t builtin, lm_options_kind kind, int32_t inputs,
                   int32_t runtime_inputs) {
  for (int32_t i = 0; i < inputs; ++i) g->node_inputs[i] = i;
  for (int32_t i = 0; i < runtime_inputs; ++i) g->graph_inputs[i] = i;
  g->node = (lm_node_def){.builtin = builtin,
                          .custom_name = "",
                          .version = 1,
                          .inputs = g->node_inputs,
                          .input_count = inputs,
                          .outputs = &g->output,
                          .output_count = 1,
                          .options_kind = kind,
                          .options = kind == LM_OPTIONS_NONE ? NULL : &g->options};
  g->subgraph.name = "";
  g->subgraph.tensors = g->tensors;
  g->subgraph.nodes = &g->node;
  g->subgraph.node_count = 1;
  g->subgraph.inputs = g->graph_inputs;
  g->subgraph.input_count = runtime_inputs;
  g->subgraph.outputs = &g->output;
  g->subgraph.output_count = 1;
  g->model = (lm_model){.description = "", .subgraphs = &g->subgraph, .subgraph_count = 1};
}

static lm_shape shape4(int32_t a, int32_t b, int32_t c, int32_t d) {
  return (lm_shape){4, {a, b, c, d}};
}

static int32_t zero_of(lm_type type) {
  if (type == LM_FLOAT32) return 0;
  return sweep_pick(0, 255) - (type == LM_INT8 ? 128 : 0);
}

static lm_type pick_type(void) { return (lm_type)PICK_OF(LM_FLOAT32, LM_INT8, LM_UINT8); }

static lm_activation pick_activation(void) {
  return (lm_activation)PICK_OF(LM_ACTIVATION_NONE, LM_ACTIVATION_RELU, LM_ACTIVATION_RELU6,
                                LM_ACTIVATION_RELU_N1_TO_1);
}

// Input, filter, bias and output of a product over `k` elements; `columns` outputs.
static void add_product_tensors(sweep_graph* g, lm_type type, lm_shape input, lm_shape filter,
                                int32_t axis, int32_t columns, int32_t k, lm_shape output) {
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const bool per_channel = type == LM_INT8 && columns > 1 && sweep_pick(0, 1) == 1;
  const int32_t scales = per_channel ? columns : quantized;
  const float w_scale = 0.01f, in_scale = 0.05f;
  add_tensor(g, type, input, quantized, 0, in_scale, zero_of(type));
  add_tensor(g, type, filter, scales, axis, w_scale, type == LM_UINT8 ? sweep_pick(0, 255) : 0);
  add_tensor(g, quantized ? LM_INT32 : LM_FLOAT32, (lm_shape){1, {columns}}, 0, 0, 0.0f, 0);
  make_constant(g, 1, NULL);
  make_constant(g, 2, NULL);
  if (type == LM_FLOAT32 && sweep_pick(0, 1) == 1) {  // as if they had been float16
    float* weights = g->contents[1];
    const int64_t count = lm_shape_count(&filter);
    for (int64_t i = 0; i < count; ++i) {
      weights[i] = lm_half_to_float(lm_float_to_half(weights[i]));
    }
  }
  // About an eighth of the outputs saturate, more for few elements.
  const float out_scale = in_scale * w_scale * sqrtf((float)k) * (float)sweep_pick(20, 100);
  g->output = add_tensor(g, type, output, quantized, 0, out_scale, zero_of(type));
}

static void make_conv(sweep_graph* g, bool depthwise) {
  const lm_type type = pick_type();
  const int32_t batch = sweep_pick(1, 2), h = sweep_pick(1, 12), w = sweep_pick(1, 14);
  const int32_t in_c = PICK_OF(1, 2, 3, 4, 5, 8, 16, 17, 32, 33, 64);
  int32_t out_c = PICK_OF(1, 3, 8, 15, 16, 17, 32, 33, 48, 50, 64);
  if (depthwise && in_c > 1) out_c = in_c;
  const int32_t kh = PICK_OF(1, 1, 2, 3, 3, 5, 7), kw = PICK_OF(1, 1, 2, 3, 3, 5, 7);
  lm_conv_options* o = &g->options.conv;
  *o = (lm_conv_options){.padding = (lm_padding)sweep_pick(0, 1),
                         .stride_h = sweep_pick(1, 3),
                         .stride_w = sweep_pick(1, 3),
                         .dilation_h = PICK_OF(1, 1, 1, 2),
                         .dilation_w = PICK_OF(1, 1, 1, 2),
                         .depth_multiplier = depthwise ? out_c / in_c : 0,
                         .activation = pick_activation()};
  if ((kh - 1) * o->dilation_h + 1 > h || (kw - 1) * o->dilation_w + 1 > w) {
    o->padding = LM_PADDING_SAME;
  }
  const int32_t k = kh * kw * (depthwise ? 1 : in_c);
  const lm_shape filter = depthwise ? shape4(1, kh, kw, out_c) : shape4(out_c, kh, kw, in_c);
  add_product_tensors(g, type, shape4(batch, h, w, in_c), filter, depthwise ? 3 : 0, out_c, k,
                      shape4(1, 1, 1, out_c));
  finish(g, depthwise ? LM_BUILTIN_DEPTHWISE_CONV_2D : LM_BUILTIN_CONV_2D, LM_OPTIONS_CONV,
         sweep_pick(0, 4) > 0 ? 3 : 2, 1);
  snprintf(g->text, sizeof g->text,
           "%s %s [%d,%d,%d,%d] filter %dx%d to %d, stride %d,%d dilation %d,%d padding %d act %d",
           depthwise ? "depthwise" : "conv", lm_type_name(type), batch, h, w, in_c, kh, kw, out_c,
           o->stride_h, o->stride_w, o->dilation_h, o->dilation_w, (int)o->padding,
           (int)o->activation);
}

// Turns the weights of a float product of `columns` into int8 ones of one or several scales.
static void make_dynamic_range(sweep_graph* g, int32_t columns, int32_t axis) {
  const bool per_channel = columns > 1 && sweep_pick(0, 2) > 0;
  for (int32_t c = 0; c < columns; ++c) {
    g->scales[1][c] = 0.01f * (1.0f + 0.01f * (float)(c % 17));
    g->zero_points[1][c] = 0;
  }
  g->tensors[1].type = LM_INT8;
  g->tensors[1].quantization =
      (lm_quantization){per_channel ? columns : 1, axis, g->scales[1], g->zero_points[1]};
  free(g->contents[1]);
  make_constant(g, 1, NULL);
  g->same_bits = true;
}

void sweep_conv_2d(sweep_graph* g) { make_conv(g, false); }
void sweep_depthwise(sweep_graph* g) { make_conv(g, true); }

// Sizes that Winograd's algorithm takes.
void sweep_conv_3x3(sweep_graph* g) {
  const int32_t batch = sweep_pick(1, 2), h = sweep_pick(3, 40), w = sweep_pick(3, 40);
  const int32_t in_c = PICK_OF(16, 17, 32, 40, 64), out_c = PICK_OF(16, 19, 32, 48, 50, 64);
  g->options.conv = (lm_conv_options){.padding = (lm_padding)sweep_pick(0, 1),
                                      .stride_h = 1,
                                      .stride_w = 1,
                                      .dilation_h = 1,
                                      .dilation_w = 1,
                                      .activation = pick_activation()};
  add_product_tensors(g, LM_FLOAT32, shape4(batch, h, w, in_c), shape4(out_c, 3, 3, in_c), 0, out_c,
                      9 * in_c, shape4(1, 1, 1, out_c));
  finish(g, LM_BUILTIN_CONV_2D, LM_OPTIONS_CONV, sweep_pick(0, 4) > 0 ? 3 : 2, 1);
  g->tolerance = 1e-4;
  snprintf(g->text, sizeof g->text, "conv 3x3 [%d,%d,%d,%d] to %d, padding %d act %d", batch, h, w,
           in_c, out_c, (int)g->options.conv.padding, (int)g->options.conv.activation);
}

void sweep_fully_connected(sweep_graph* g) {
  const lm_type type = pick_type();
  const int32_t rows = sweep_pick(1, 20), depth = sweep_pick(1, 200),
                units = sweep_pick(1, SWEEP_CHANNELS);
  g->options.fully_connected = (lm_fully_connected_options){.activation = pick_activation()};
  add_product_tensors(g, type, (lm_shape){2, {rows, depth}}, (lm_shape){2, {units, depth}}, 0,
                      units, depth, (lm_shape){2, {rows, units}});
  finish(g, LM_BUILTIN_FULLY_CONNECTED, LM_OPTIONS_FULLY_CONNECTED, sweep_pick(0, 4) > 0 ? 3 : 2,
         1);
  snprintf(g->text, sizeof g->text, "fully connected %s %dx%d to %d", lm_type_name(type), rows,
           depth, units);
}

void sweep_hybrid(sweep_graph* g) {
  const int32_t kind = sweep_pick(0, 2);
  do {
    for (int32_t i = 0; i < SWEEP_TENSORS; ++i) free(g->contents[i]);
    memset(g, 0, sizeof *g);
    if (kind == 2) {
      sweep_fully_connected(g);
      g->options.fully_connected.asymmetric_quantize_inputs = sweep_pick(0, 1) == 1;
    } else {
      make_conv(g, kind == 1);
    }
    // Depthwise convolutions with several outputs a channel are left to the reference.
  } while (g->tensors[0].type != LM_FLOAT32 ||
           (kind == 1 && g->tensors[0].shape.dims[3] != g->tensors[1].shape.dims[3]));
  make_dynamic_range(g, g->tensors[1].shape.dims[kind == 1 ? 3 : 0], kind == 1 ? 3 : 0);
  const size_t length = strlen(g->text);
  snprintf(g->text + length, sizeof g->text - length, ", dynamic range");
}

// A shape that broadcasts to `shape`: some dimensions are 1, leading ones may be missing.
static lm_shape broadcast_of(const lm_shape* shape) {
  lm_shape out = {0};
  const int32_t dropped = PICK_OF(0, 0, 0, 1, 2, 4);
  for (int32_t d = dropped; d < shape->rank; ++d) {
    out.dims[out.rank++] = sweep_pick(0, 2) == 0 ? 1 : shape->dims[d];
  }
  return out;
}

// Either operand or both may be broadcast, either may be constant.
void sweep_binary(sweep_graph* g) {
  static const int32_t ops[] = {LM_BUILTIN_ADD,     LM_BUILTIN_SUB,
                                LM_BUILTIN_MUL,     LM_BUILTIN_ADD,
                                LM_BUILTIN_SUB,     LM_BUILTIN_MUL,
                                LM_BUILTIN_MAXIMUM, LM_BUILTIN_MINIMUM,
                                LM_BUILTIN_DIV,     LM_BUILTIN_SQUARED_DIFFERENCE,
                                LM_BUILTIN_PRELU};
  const int32_t op = ops[sweep_pick(0, sizeof ops / sizeof ops[0] - 1)];
  const bool is_float_only =
      op == LM_BUILTIN_DIV || op == LM_BUILTIN_SQUARED_DIFFERENCE || op == LM_BUILTIN_PRELU;
  const lm_type type = is_float_only ? LM_FLOAT32 : pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const bool large = sweep_pick(0, 9) == 0;
  const lm_shape shape =
      large ? shape4(1, 40, 40, PICK_OF(3, 16, 24, 40))
            : shape4(sweep_pick(1, 3), sweep_pick(1, 9), sweep_pick(1, 9), sweep_pick(1, 70));
  lm_shape shapes[2] = {shape, shape};
  if (sweep_pick(0, 3) > 0) {
    const int32_t which = op == LM_BUILTIN_PRELU ? 1 : sweep_pick(0, 1);
    shapes[which] = broadcast_of(&shape);
  }
  const int32_t constant = sweep_pick(0, 3);  // 2 and 3: neither
  const int32_t zero = zero_of(type);
  const float scale = 0.02f * (float)sweep_pick(1, 9);
  const bool rescaled = op != LM_BUILTIN_MAXIMUM && op != LM_BUILTIN_MINIMUM;
  for (int32_t i = 0; i < 2; ++i) {
    add_tensor(g, type, shapes[i], quantized, 0, rescaled ? 0.02f * (float)sweep_pick(1, 9) : scale,
               rescaled ? zero_of(type) : zero);
    if (i == constant) make_constant(g, i, NULL);
  }
  g->output =
      add_tensor(g, type, shape, quantized, 0, rescaled ? 0.03f * (float)sweep_pick(1, 9) : scale,
                 rescaled ? zero_of(type) : zero);
  g->same_bits = true;
  const bool has_activation =
      rescaled && op != LM_BUILTIN_PRELU && op != LM_BUILTIN_SQUARED_DIFFERENCE;
  if (has_activation) g->options.arithmetic.activation = pick_activation();
  finish(g, op, has_activation ? LM_OPTIONS_ARITHMETIC : LM_OPTIONS_NONE, 2, 2);
  if (constant < 2) {
    g->subgraph.input_count = 1;
    g->graph_inputs[0] = 1 - constant;
  }
  char a[LM_SHAPE_TEXT_SIZE], b[LM_SHAPE_TEXT_SIZE];
  snprintf(g->text, sizeof g->text, "%s %s %.50s and %.50s, constant %d", lm_builtin_name(op),
           lm_type_name(type), lm_shape_format(&shapes[0], a, sizeof a),
           lm_shape_format(&shapes[1], b, sizeof b), constant);
}

void sweep_unary(sweep_graph* g) {
  static const struct {
    int32_t op;
    bool is_float_only;
  } ops[] = {
      {LM_BUILTIN_HARD_SWISH, false},  {LM_BUILTIN_LOGISTIC, false},
      {LM_BUILTIN_TANH, false},        {LM_BUILTIN_LEAKY_RELU, false},
      {LM_BUILTIN_ELU, false},         {LM_BUILTIN_RELU, false},
      {LM_BUILTIN_RELU6, false},       {LM_BUILTIN_RELU_N1_TO_1, false},
      {LM_BUILTIN_RELU_0_TO_1, false}, {LM_BUILTIN_ABS, true},
      {LM_BUILTIN_NEG, true},          {LM_BUILTIN_SQUARE, true},
      {LM_BUILTIN_SQRT, true},         {LM_BUILTIN_RSQRT, true},
      {LM_BUILTIN_EXP, true},          {LM_BUILTIN_LOG, true},
  };
  const int32_t at = sweep_pick(0, sizeof ops / sizeof ops[0] - 1), op = ops[at].op;
  const lm_type type = ops[at].is_float_only ? LM_FLOAT32 : pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const lm_shape shape = {2, {sweep_pick(1, 40), sweep_pick(1, 900)}};
  float scale = 0.02f * (float)sweep_pick(1, 5);
  int32_t zero = zero_of(type);
  add_tensor(g, type, shape, quantized, 0, 0.02f * (float)sweep_pick(1, 5), zero_of(type));
  if (op == LM_BUILTIN_LOGISTIC) {
    scale = 1.0f / 256;
    zero = type == LM_INT8 ? -128 : 0;
  }
  g->output = add_tensor(g, type, shape, quantized, 0, scale, zero);
  // The others are approximated unless floats are to be exact.
  g->same_bits = op != LM_BUILTIN_LOGISTIC && op != LM_BUILTIN_TANH && op != LM_BUILTIN_EXP;
  g->options.leaky_relu.alpha = 0.01f * (float)sweep_pick(-20, 90);
  finish(g, op, op == LM_BUILTIN_LEAKY_RELU ? LM_OPTIONS_LEAKY_RELU : LM_OPTIONS_NONE, 1, 1);
  snprintf(g->text, sizeof g->text, "%s %s %dx%d", lm_builtin_name(op), lm_type_name(type),
           shape.dims[0], shape.dims[1]);
}

void sweep_softmax(sweep_graph* g) {
  const lm_type type = pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const lm_shape shape = {2, {sweep_pick(1, 12), PICK_OF(1, 2, 10, 21, 100, 383, 384, 1001)}};
  g->options.softmax.beta = sweep_pick(0, 3) > 0 ? 1.0f : 0.5f;
  add_tensor(g, type, shape, quantized, 0, 0.02f * (float)sweep_pick(1, 9), zero_of(type));
  g->output = add_tensor(g, type, shape, quantized, 0, 1.0f / 256, type == LM_INT8 ? -128 : 0);
  finish(g, LM_BUILTIN_SOFTMAX, LM_OPTIONS_SOFTMAX, 1, 1);
  snprintf(g->text, sizeof g->text, "softmax %s %dx%d", lm_type_name(type), shape.dims[0],
           shape.dims[1]);
}

// Between floats and bytes, and from bytes to bytes.
void sweep_conversion(sweep_graph* g) {
  const int32_t op = PICK_OF(LM_BUILTIN_QUANTIZE, LM_BUILTIN_QUANTIZE, LM_BUILTIN_DEQUANTIZE);
  const bool to_float = op == LM_BUILTIN_DEQUANTIZE;
  const lm_type from = to_float ? (lm_type)PICK_OF(LM_INT8, LM_UINT8) : pick_type();
  const lm_type to = to_float ? LM_FLOAT32 : (lm_type)PICK_OF(LM_INT8, LM_UINT8);
  const lm_shape shape = {2, {sweep_pick(1, 40), sweep_pick(1, 900)}};
  add_tensor(g, from, shape, from == LM_FLOAT32 ? 0 : 1, 0, 0.001f * (float)sweep_pick(1, 90),
             zero_of(from));
  // Powers of two make ties.
  const float scale = sweep_pick(0, 1) == 0 ? 0.001f * (float)sweep_pick(1, 90)
                                            : 1.0f / (float)(1 << sweep_pick(3, 9));
  g->output = add_tensor(g, to, shape, to_float ? 0 : 1, 0, scale, zero_of(to));
  g->same_bits = true;
  finish(g, op, LM_OPTIONS_NONE, 1, 1);
  snprintf(g->text, sizeof g->text, "%s to %s", lm_type_name(from), lm_type_name(to));
}

void sweep_resize(sweep_graph* g) {
  const bool bilinear = sweep_pick(0, 2) > 0;
  const lm_type type = pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const lm_shape in =
      shape4(sweep_pick(1, 2), sweep_pick(1, 20), sweep_pick(1, 20), PICK_OF(1, 3, 16, 21, 64));
  const int32_t size[2] = {sweep_pick(1, 40), sweep_pick(1, 40)};
  const int32_t kind = sweep_pick(0, 2);
  g->options.resize =
      (lm_resize_options){.align_corners = kind == 1, .half_pixel_centers = kind == 2};
  const int32_t zero = zero_of(type);
  add_tensor(g, type, in, quantized, 0, 0.05f, zero);
  add_tensor(g, LM_INT32, (lm_shape){1, {2}}, 0, 0, 0.0f, 0);
  make_constant(g, 1, size);
  g->output = add_tensor(g, type, shape4(in.dims[0], size[0], size[1], in.dims[3]), quantized, 0,
                         0.05f, zero);
  g->same_bits = true;
  g->only_moves = !bilinear;
  finish(g, bilinear ? LM_BUILTIN_RESIZE_BILINEAR : LM_BUILTIN_RESIZE_NEAREST_NEIGHBOR,
         LM_OPTIONS_RESIZE, 2, 1);
  snprintf(g->text, sizeof g->text, "%s %s %dx%dx%d to %dx%d, corners %d",
           bilinear ? "bilinear" : "nearest", lm_type_name(type), in.dims[1], in.dims[2],
           in.dims[3], size[0], size[1], kind);
}

void sweep_pool(sweep_graph* g) {
  const lm_type type = pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const bool average = sweep_pick(0, 1) == 1;
  const lm_shape shape = shape4(sweep_pick(1, 2), sweep_pick(3, 20), sweep_pick(3, 20),
                                PICK_OF(1, 3, 16, 31, 64, 130));
  g->options.pool = (lm_pool_options){.padding = (lm_padding)sweep_pick(0, 1),
                                      .stride_h = sweep_pick(1, 3),
                                      .stride_w = sweep_pick(1, 3),
                                      .filter_h = sweep_pick(1, shape.dims[1]),
                                      .filter_w = sweep_pick(1, shape.dims[2]),
                                      .activation = pick_activation()};
  const int32_t zero = zero_of(type);
  add_tensor(g, type, shape, quantized, 0, 0.05f, zero);
  g->output = add_tensor(g, type, shape, quantized, 0, 0.05f, zero);
  finish(g, average ? LM_BUILTIN_AVERAGE_POOL_2D : LM_BUILTIN_MAX_POOL_2D, LM_OPTIONS_POOL, 1, 1);
  snprintf(g->text, sizeof g->text, "%s pool %s %dx%dx%d window %dx%d", average ? "average" : "max",
           lm_type_name(type), shape.dims[1], shape.dims[2], shape.dims[3],
           g->options.pool.filter_h, g->options.pool.filter_w);
}

void sweep_mean(sweep_graph* g) {
  const lm_type type = pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  const lm_shape shape =
      shape4(sweep_pick(1, 3), sweep_pick(1, 12), sweep_pick(1, 12), sweep_pick(1, 100));
  static const int32_t axes[][3] = {{1, 2}, {2, 1}, {-3, -2}, {3, 3}, {2, -1},
                                    {0, 1}, {1, 1}, {-2, -1}, {0, 0}, {3, 2}};
  add_tensor(g, type, shape, quantized, 0, 0.05f, zero_of(type));
  add_tensor(g, LM_INT32, (lm_shape){1, {2}}, 0, 0, 0.0f, 0);
  make_constant(g, 1, axes[sweep_pick(0, 9)]);
  g->output = add_tensor(g, type, shape, quantized, 0, 0.04f, zero_of(type));
  g->same_bits = true;
  g->options.reducer.keep_dims = sweep_pick(0, 1) == 1;
  finish(g, LM_BUILTIN_MEAN, LM_OPTIONS_REDUCER, 2, 1);
  snprintf(g->text, sizeof g->text, "mean %s %dx%dx%d", lm_type_name(type), shape.dims[1],
           shape.dims[2], shape.dims[3]);
}

void sweep_arg(sweep_graph* g) {
  const lm_type type = pick_type(), index = (lm_type)PICK_OF(LM_INT32, LM_INT64);
  const lm_shape shape =
      shape4(sweep_pick(1, 3), sweep_pick(1, 12), sweep_pick(1, 12), sweep_pick(1, 30));
  const int32_t axis = sweep_pick(-4, 3), op = PICK_OF(LM_BUILTIN_ARG_MAX, LM_BUILTIN_ARG_MIN);
  add_tensor(g, type, shape, type == LM_FLOAT32 ? 0 : 1, 0, 0.05f, 0);
  add_tensor(g, LM_INT32, (lm_shape){1, {1}}, 0, 0, 0.0f, 0);
  make_constant(g, 1, &axis);
  g->output = add_tensor(g, index, shape, 0, 0, 0.0f, 0);
  g->options.type.output_type = index;
  finish(g, op, LM_OPTIONS_TYPE, 2, 1);
  snprintf(g->text, sizeof g->text, "%s %s axis %d", lm_builtin_name(op), lm_type_name(type), axis);
}

// Either side may serve several batches.
void sweep_matmul(sweep_graph* g) {
  const int32_t rows = sweep_pick(1, 20), depth = sweep_pick(1, 50), columns = sweep_pick(1, 70);
  const bool adjoint = sweep_pick(0, 1) == 1;
  const int32_t outer = sweep_pick(1, 2), inner = sweep_pick(1, 3), shared = sweep_pick(0, 2);
  const lm_shape a = shape4(shared == 1 ? 1 : outer, inner, rows, depth);
  lm_shape b =
      shape4(outer, shared == 2 ? 1 : inner, adjoint ? columns : depth, adjoint ? depth : columns);
  if (shared == 2 && outer == 1) b = (lm_shape){2, {b.dims[2], b.dims[3]}};
  g->options.batch_matmul.adj_y = adjoint;
  add_tensor(g, LM_FLOAT32, a, 0, 0, 0.0f, 0);
  add_tensor(g, LM_FLOAT32, b, 0, 0, 0.0f, 0);
  g->output = add_tensor(g, LM_FLOAT32, shape4(outer, inner, rows, columns), 0, 0, 0.0f, 0);
  g->same_bits = true;
  finish(g, LM_BUILTIN_BATCH_MATMUL, LM_OPTIONS_BATCH_MATMUL, 2, 2);
  snprintf(g->text, sizeof g->text, "matmul %dx%dx%d adjoint %d, batches %d,%d shared %d", rows,
           depth, columns, adjoint, outer, inner, shared);
}

void sweep_pad(sweep_graph* g) {
  const lm_type type = (lm_type)PICK_OF(LM_FLOAT32, LM_INT8, LM_UINT8, LM_INT32);
  const int32_t quantized = type == LM_FLOAT32 || type == LM_INT32 ? 0 : 1;
  const lm_shape shape =
      shape4(sweep_pick(1, 2), sweep_pick(1, 9), sweep_pick(1, 9), sweep_pick(1, 40));
  const bool everywhere = sweep_pick(0, 1) == 0, has_value = sweep_pick(0, 2) == 0;
  const int32_t p = everywhere ? 2 : 0;
  const int32_t paddings[8] = {sweep_pick(0, p), sweep_pick(0, p), sweep_pick(0, 3),
                               sweep_pick(0, 3), sweep_pick(0, 3), sweep_pick(0, 3),
                               sweep_pick(0, p), sweep_pick(0, p)};
  const int32_t zero = quantized ? zero_of(type) : 0;
  add_tensor(g, type, shape, quantized, 0, 0.05f, zero);
  add_tensor(g, LM_INT32, (lm_shape){2, {4, 2}}, 0, 0, 0.0f, 0);
  make_constant(g, 1, paddings);
  if (has_value) {
    add_tensor(g, type, (lm_shape){1, {1}}, quantized, 0, 0.05f, zero);
    make_constant(g, 2, NULL);
  }
  g->output = add_tensor(g, type, shape, quantized, 0, 0.05f, zero);
  g->same_bits = true;
  g->only_moves = true;
  finish(g, has_value ? LM_BUILTIN_PADV2 : LM_BUILTIN_PAD, LM_OPTIONS_NONE, has_value ? 3 : 2, 1);
  snprintf(g->text, sizeof g->text, "pad %s, everywhere %d, value %d", lm_type_name(type),
           everywhere, has_value);
}

static lm_shape random_shape(int32_t least_rank) {
  lm_shape shape = {.rank = sweep_pick(least_rank, 5)};
  for (int32_t d = 0; d < shape.rank; ++d) shape.dims[d] = PICK_OF(1, 2, 3, 5, 8, 17, 20);
  return shape;
}

// A tensor of `count` integers, constant.
static void add_integers(sweep_graph* g, const int32_t* values, int32_t count) {
  const int32_t at = add_tensor(g, LM_INT32, (lm_shape){1, {count}}, 0, 0, 0.0f, 0);
  make_constant(g, at, values);
}

void sweep_transpose(sweep_graph* g) {
  const lm_type type = (lm_type)PICK_OF(LM_FLOAT32, LM_INT8, LM_INT16, LM_INT64);
  const lm_shape shape = random_shape(1);
  int32_t permutation[LM_MAX_RANK];
  for (int32_t d = 0; d < shape.rank; ++d) permutation[d] = d;
  for (int32_t d = shape.rank - 1; d > 0; --d) {
    const int32_t other = sweep_pick(0, d), kept = permutation[d];
    permutation[d] = permutation[other];
    permutation[other] = kept;
  }
  if (sweep_pick(0, 3) == 0) permutation[0] -= shape.rank;
  add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  add_integers(g, permutation, shape.rank);
  g->output = add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  g->same_bits = true;
  g->only_moves = true;
  finish(g, LM_BUILTIN_TRANSPOSE, LM_OPTIONS_NONE, 2, 1);
  snprintf(g->text, sizeof g->text, "transpose %s, rank %d", lm_type_name(type), shape.rank);
}

void sweep_slice(sweep_graph* g) {
  const lm_type type = (lm_type)PICK_OF(LM_FLOAT32, LM_INT8, LM_INT32);
  const bool strided = sweep_pick(0, 2) > 0;
  const lm_shape shape = random_shape(1);
  int32_t begin[LM_MAX_RANK], end[LM_MAX_RANK], stride[LM_MAX_RANK];
  lm_strided_slice_options* o = &g->options.strided_slice;
  for (int32_t d = 0; d < shape.rank; ++d) {
    const int32_t n = shape.dims[d];
    begin[d] = sweep_pick(0, n - 1);
    end[d] = sweep_pick(begin[d] + 1, n);
    stride[d] = strided ? sweep_pick(1, 3) : 1;
    if (!strided) end[d] = sweep_pick(0, 3) == 0 ? -1 : end[d] - begin[d];
    if (strided && sweep_pick(0, 4) == 0) {  // backwards
      stride[d] = -sweep_pick(1, 2);
      const int32_t kept = begin[d];
      begin[d] = end[d] - 1;
      end[d] = kept - 1;
      if (end[d] < 0) o->end_mask |= 1 << d;
    } else if (strided) {
      if (sweep_pick(0, 3) == 0) begin[d] -= n;
      if (sweep_pick(0, 5) == 0) o->begin_mask |= 1 << d;
      if (sweep_pick(0, 5) == 0) o->end_mask |= 1 << d;
      if (shape.rank > 1 && sweep_pick(0, 5) == 0) o->shrink_axis_mask |= 1 << d;
    }
  }
  add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  add_integers(g, begin, shape.rank);
  add_integers(g, end, shape.rank);
  if (strided) add_integers(g, stride, shape.rank);
  if (type == LM_INT8) {
    g->scales[0][0] = 0.1f;
    g->tensors[0].quantization.count = 1;
  }
  g->output = add_tensor(g, type, shape, type == LM_INT8, 0, 0.1f, 0);
  g->same_bits = true;
  g->only_moves = true;
  finish(g, strided ? LM_BUILTIN_STRIDED_SLICE : LM_BUILTIN_SLICE,
         strided ? LM_OPTIONS_STRIDED_SLICE : LM_OPTIONS_NONE, strided ? 4 : 3, 1);
  snprintf(g->text, sizeof g->text, "slice %s, strided %d, rank %d", lm_type_name(type), strided,
           shape.rank);
}

void sweep_pack(sweep_graph* g) {
  const lm_type type = (lm_type)PICK_OF(LM_FLOAT32, LM_INT32);
  const lm_shape shape = random_shape(1);
  const int32_t count = sweep_pick(1, 4), axis = sweep_pick(0, shape.rank);
  g->options.axis =
      (lm_axis_options){.axis = sweep_pick(0, 1) ? axis : axis - shape.rank - 1, .count = count};
  for (int32_t i = 0; i < count; ++i) add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  g->output = add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  g->same_bits = true;
  g->only_moves = true;
  finish(g, LM_BUILTIN_PACK, LM_OPTIONS_AXIS, count, count);
  snprintf(g->text, sizeof g->text, "pack %s, %d along %d", lm_type_name(type), count, axis);
}

// Cut in two; the first output is compared on even axes, else the second.
void sweep_split(sweep_graph* g) {
  const lm_type type = (lm_type)PICK_OF(LM_FLOAT32, LM_INT32);
  lm_shape shape = random_shape(1);
  const int32_t axis = sweep_pick(0, shape.rank - 1);
  const int32_t op = PICK_OF(LM_BUILTIN_SPLIT, LM_BUILTIN_SPLIT_V, LM_BUILTIN_UNPACK);
  const int32_t first = sweep_pick(1, 9),
                second = op == LM_BUILTIN_SPLIT ? first : sweep_pick(1, 9);
  shape.dims[axis] = op == LM_BUILTIN_UNPACK ? 2 : first + second;
  if (op == LM_BUILTIN_SPLIT) add_integers(g, &axis, 1);
  add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  if (op == LM_BUILTIN_SPLIT_V) {
    add_integers(g, (const int32_t[]){first, second}, 2);
    add_integers(g, &axis, 1);
  }
  if (op == LM_BUILTIN_SPLIT) g->options.integer.value = 2;
  if (op == LM_BUILTIN_UNPACK) g->options.axis = (lm_axis_options){.axis = axis, .count = 2};
  const int32_t inputs = g->subgraph.tensor_count;
  g->both_outputs[0] = add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  g->both_outputs[1] = add_tensor(g, type, shape, 0, 0, 0.0f, 0);
  g->output = g->both_outputs[axis % 2];
  g->same_bits = true;
  g->only_moves = true;
  finish(g, op,
         op == LM_BUILTIN_SPLIT_V  ? LM_OPTIONS_NONE
         : op == LM_BUILTIN_UNPACK ? LM_OPTIONS_AXIS
                                   : LM_OPTIONS_INT,
         inputs, 1);
  g->graph_inputs[0] = op == LM_BUILTIN_SPLIT ? 1 : 0;
  g->node.outputs = g->both_outputs;
  g->node.output_count = 2;
  snprintf(g->text, sizeof g->text, "%s %s at %d+%d along %d", lm_builtin_name(op),
           lm_type_name(type), first, second, axis);
}

void sweep_concatenation(sweep_graph* g) {
  const lm_type type = pick_type();
  const int32_t quantized = type == LM_FLOAT32 ? 0 : 1;
  lm_shape shape = shape4(sweep_pick(1, 3), sweep_pick(1, 5), sweep_pick(1, 5), sweep_pick(1, 40));
  const int32_t axis = sweep_pick(0, 3), zero = zero_of(type);
  g->options.concatenation = (lm_concatenation_options){.axis = sweep_pick(0, 1) ? axis : axis - 4};
  for (int32_t i = 0; i < 3; ++i) {
    shape.dims[axis] = sweep_pick(1, 40);
    add_tensor(g, type, shape, quantized, 0, 0.05f, zero);
  }
  g->output = add_tensor(g, type, shape, quantized, 0, 0.05f, zero);
  g->only_moves = true;
  finish(g, LM_BUILTIN_CONCATENATION, LM_OPTIONS_CONCATENATION, 3, 3);
  snprintf(g->text, sizeof g->text, "concatenation %s along %d", lm_type_name(type), axis);
}

sweep_graph* sweep_new(void) { return make(1, sizeof(sweep_graph)); }

void sweep_free(sweep_graph* g) {
  for (int32_t i = 0; i < SWEEP_TENSORS; ++i) free(g->contents[i]);
  free(g);
}

static void run_planned(lm_interpreter* it, uint32_t seed, sweep_result* out) {
  lm_error err = LM_ERROR_INIT;
  random_state = seed;
  for (int32_t i = 0; i < lm_interpreter_input_count(it); ++i) {
    lm_tensor* t = lm_interpreter_input(it, i);
    fill(t->data, t->type, lm_shape_count(&t->shape));
  }
  if (lm_interpreter_invoke(it, &err) != LM_OK) {
    fprintf(stderr, "%s\n", err.message);
    return;
  }
  const lm_tensor* output = lm_interpreter_output(it, 0);
  out->bytes = output->bytes;
  out->data = make(1, out->bytes);
  memcpy(out->data, output->data, out->bytes);
}

sweep_result sweep_run(const sweep_graph* g, lm_delegate* delegate, uint32_t seed) {
  sweep_result result = {0};
  lm_error err = LM_ERROR_INIT;
  lm_interpreter* it = NULL;
  const lm_interpreter_options options = {.struct_size = sizeof options,
                                          .delegates = &delegate,
                                          .delegate_count = delegate != NULL ? 1 : 0};
  if (lm_interpreter_create(&g->model, &options, lm_allocator_default(), &it, &err) != LM_OK ||
      lm_interpreter_plan(it, &err) != LM_OK) {
    fprintf(stderr, "%s: %s\n", g->text, err.message);
  } else if (delegate != NULL && lm_interpreter_report(it)->placements[0].delegate_index != 0) {
    result.refused = true;
    result.why_not = lm_interpreter_report(it)->placements[0].why_not;
  } else {
    run_planned(it, seed, &result);
  }
  lm_interpreter_destroy(it);
  return result;
}

bool sweep_close(const float* want, const float* got, size_t count, double tolerance) {
  double largest = 0.1;  // where products of numbers of up to 1 cancel out
  for (size_t i = 0; i < count; ++i) {
    if (isfinite(want[i]) && fabs((double)want[i]) > largest) largest = fabs((double)want[i]);
  }
  for (size_t i = 0; i < count; ++i) {
    if (want[i] == got[i] || (isnan(want[i]) && isnan(got[i]))) continue;
    if (!(fabs((double)want[i] - (double)got[i]) <= tolerance * largest)) return false;
  }
  return true;
}
