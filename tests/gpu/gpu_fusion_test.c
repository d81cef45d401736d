// SPDX-License-Identifier: MIT
//
// Which op does whose work: gpu_fusion.h asked about graphs of a few nodes.
#include "gpu_fusion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gpu_program.h"
#include "litmark/interpreter.h"

#include "fake_device.h"
#include "small_net.h"

// ---- a delegate that takes every node and asks

typedef struct asking_delegate {
  lm_delegate base;
  fake_device device;
  lm__gpu_delegate* real;
  void (*ask)(lm__gpu_build* build);
  int asked;
} asking_delegate;

static bool takes_all(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                      const char** out_why) {
  (void)delegate, (void)graph, (void)node, (void)out_why;
  return true;
}

static lm_status ask(lm_delegate* delegate, const lm_graph* graph, const lm_partition* partition,
                     lm_compiler* compiler, lm_program** out_program, lm_error* err) {
  asking_delegate* self = (asking_delegate*)delegate;
  const lm_allocator heap = lm_allocator_default();
  lm__gpu_program* program = lm_alloc(heap, sizeof *program);
  assert_non_null(program);
  program->delegate = self->real;
  lm__gpu_value tensors[NET_TENSORS];
  for (int i = 0; i < NET_TENSORS; ++i) tensors[i] = -1;
  lm__gpu_build build = {.delegate = self->real,
                         .options = self->real->options,
                         .context = self->real->context,
                         .program = program,
                         .graph = graph,
                         .partition = partition,
                         .compiler = compiler,
                         .tensors = tensors};
  assert_int_equal(lm__readers_make(heap, graph, partition, &build.readers, err), LM_OK);
  self->ask(&build);
  ++self->asked;
  lm__gpu_blocks_release(&build);
  lm__readers_release(heap, &build.readers);
  lm__gpu_destroy_program(&program->base);
  *out_program = NULL;
  return LM_FAIL(err, LM_UNSUPPORTED, "asked");  // nothing to run
}

static const lm_delegate_vtable kAsking = {
    .abi = LM_DELEGATE_ABI, .name = "asking", .supports = takes_all, .compile = ask};

static void ask_about(const small_net* net, const char* options, void (*fn)(lm__gpu_build* build)) {
  asking_delegate self = {.base = {&kAsking}, .ask = fn};
  lm_error err = LM_ERROR_INIT;
  lm_delegate* real;
  fake_device_init(&self.device, lm_allocator_default());
  assert_int_equal(fake_delegate_open(&self.device, options, &real, &err), LM_OK);
  self.real = (lm__gpu_delegate*)real;
  lm_delegate* list[1] = {&self.base};
  const lm_interpreter_options with = {
      .struct_size = sizeof with, .delegates = list, .delegate_count = 1};
  lm_interpreter* it = NULL;
  const lm_status status =
      lm_interpreter_create(&net->model, &with, lm_allocator_default(), &it, &err);
  if (status == LM_OK) (void)lm_interpreter_plan(it, &err);
  if (self.asked != 1) fail_msg("%s", err.message);
  lm_interpreter_destroy(it);
  real->vtable->close(real);
  assert_int_equal(self.device.live, 0);
}

// ---- pieces of graphs: images of 4x4 with 8 channels

static const float kWeights[8 * 8];
static const int8_t kByteWeights[8 * 8];
static const int32_t kByteBias[8];
static const float kBias[8];
static const float kScale = 0.5f, kOtherScale = 0.25f, kBiasScale = 0.25f;
static const int32_t kZero = 0;
static const lm_conv_options kConv = {.padding = LM_PADDING_VALID,
                                      .stride_h = 1,
                                      .stride_w = 1,
                                      .dilation_h = 1,
                                      .dilation_w = 1,
                                      .depth_multiplier = 1};
static const lm_pool_options kPool = {
    .padding = LM_PADDING_SAME, .stride_h = 1, .stride_w = 1, .filter_h = 3, .filter_w = 3};
static const lm_arithmetic_options kAdd = {0};

typedef struct pieces {
  small_net net;
  lm_type type;
  lm_concatenation_options concatenation;
} pieces;

static void quantize(pieces* p, int32_t t, const float* scale) {
  if (p->type == LM_INT8) net_quantize(&p->net, t, scale, &kZero);
}

static int32_t image(pieces* p, int32_t size, int32_t channels) {
  const int32_t t = net_tensor(&p->net, p->type, NET_SHAPE(1, size, size, channels));
  quantize(p, t, &kScale);
  return t;
}

static int32_t input(pieces* p, int32_t size) {
  const int32_t t = image(p, size, 8);
  net_input(&p->net, t);
  return t;
}

static int32_t convolution(pieces* p, int32_t from, int32_t size) {
  const bool bytes = p->type == LM_INT8;
  const int32_t weights = net_constant(&p->net, p->type, NET_SHAPE(8, 1, 1, 8),
                                       bytes ? (const void*)kByteWeights : (const void*)kWeights);
  quantize(p, weights, &kScale);
  const int32_t bias = net_constant(&p->net, bytes ? LM_INT32 : LM_FLOAT32, NET_SHAPE(8),
                                    bytes ? (const void*)kByteBias : (const void*)kBias);
  quantize(p, bias, &kBiasScale);
  const int32_t to = image(p, size, 8);
  net_node(&p->net, LM_BUILTIN_CONV_2D, LM_OPTIONS_CONV, &kConv, NET_INPUTS(from, weights, bias),
           to);
  return to;
}

static int32_t pool(pieces* p, int32_t from) {
  const int32_t to = image(p, 4, 8);
  net_node(&p->net, LM_BUILTIN_MAX_POOL_2D, LM_OPTIONS_POOL, &kPool, NET_INPUTS(from), to);
  return to;
}

static int32_t add(pieces* p, int32_t a, int32_t b) {
  const int32_t to = image(p, 4, 8);
  net_node(&p->net, LM_BUILTIN_ADD, LM_OPTIONS_ARITHMETIC, &kAdd, NET_INPUTS(a, b), to);
  return to;
}

static int32_t relu6(pieces* p, int32_t from) {
  const int32_t to = image(p, 4, 8);
  net_node(&p->net, LM_BUILTIN_RELU6, LM_OPTIONS_NONE, NULL, NET_INPUTS(from), to);
  return to;
}

static int32_t join(pieces* p, int32_t a, int32_t b, int32_t c, int32_t axis) {
  p->concatenation = (lm_concatenation_options){.axis = axis};
  const int32_t to = axis == 3 || axis == -1 ? image(p, 4, 24)
                                             : net_tensor(&p->net, p->type, NET_SHAPE(1, 12, 4, 8));
  if (axis == 1) quantize(p, to, &kScale);
  net_node(&p->net, LM_BUILTIN_CONCATENATION, LM_OPTIONS_CONCATENATION, &p->concatenation,
           NET_INPUTS(a, b, c), to);
  return to;
}

static void begin(pieces* p, lm_type type) {
  net_init(&p->net);
  p->type = type;
}

static const lm_node* node_at(const lm__gpu_build* build, int32_t i) {
  return &lm__gpu_graph(build)->nodes[i];
}

static void check_target(lm__gpu_build* build, int32_t node, int32_t tensor, size_t offset,
                         size_t stride) {
  lm_error err = LM_ERROR_INIT;
  lm__gpu_target target;
  lm__gpu_value holder;
  if (lm__gpu_target_of(build, node_at(build, node), &target, &err) != LM_OK) {
    fail_msg("%s", err.message);
  }
  assert_int_equal(lm__gpu_tensor(build, &lm__gpu_graph(build)->tensors[tensor], &holder, &err),
                   LM_OK);
  assert_int_equal(target.value, holder);
  assert_int_equal(target.offset, offset);
  assert_int_equal(target.pixel_stride, stride);
}

// ---- concatenation: nodes 0 convolution, 1 pool, 2 convolution that is read twice, 3 it

static int32_t joined;

static int32_t make_join(pieces* p, lm_type type, int32_t axis) {
  begin(p, type);
  const int32_t x = input(p, 4);
  const int32_t a = convolution(p, x, 4), b = pool(p, x), c = convolution(p, x, 4);
  joined = join(p, a, b, c, axis);
  net_output(&p->net, joined);
  net_output(&p->net, c);
  return a;
}

static void ask_join(lm__gpu_build* build) {
  const lm_graph* g = lm__gpu_graph(build);
  const lm_node* concatenation = node_at(build, 3);
  assert_true(lm__gpu_is_in_place(build, concatenation, lm_graph_input(g, concatenation, 0)));
  assert_true(lm__gpu_is_in_place(build, concatenation, lm_graph_input(g, concatenation, 1)));
  assert_false(lm__gpu_is_in_place(build, concatenation, lm_graph_input(g, concatenation, 2)));
  check_target(build, 0, joined, 0, 24);
  check_target(build, 1, joined, 8, 24);
  check_target(build, 2, g->nodes[2].def->outputs[0], 0, 8);
}

static void ask_no_join(lm__gpu_build* build) {
  const lm_node* concatenation = node_at(build, 3);
  for (int32_t i = 0; i < 3; ++i) {
    const lm_tensor* t = lm_graph_input(lm__gpu_graph(build), concatenation, i);
    if (i != 1) assert_false(lm__gpu_is_in_place(build, concatenation, t));
  }
  check_target(build, 0, lm__gpu_graph(build)->nodes[0].def->outputs[0], 0, 8);
}

static void channels_are_joined_in_place(void** state) {
  (void)state;
  pieces p;
  make_join(&p, LM_FLOAT32, 3);
  ask_about(&p.net, NULL, ask_join);
  make_join(&p, LM_FLOAT32, -1);
  ask_about(&p.net, "precision=fp16", ask_join);
  make_join(&p, LM_INT8, 3);
  ask_about(&p.net, NULL, ask_join);
  make_join(&p, LM_FLOAT32, 1);  // rows, not channels
  ask_about(&p.net, NULL, ask_no_join);
}

// ---- tails

// 0 convolution a, 1 convolution b, 2 a + b: the later convolution does it.
static void ask_residual(lm__gpu_build* build) {
  const lm_graph* g = lm__gpu_graph(build);
  assert_null(lm__gpu_tail_of(build, node_at(build, 0)));
  assert_ptr_equal(lm__gpu_tail_of(build, node_at(build, 1)), node_at(build, 2));
  assert_true(lm__gpu_is_tail(build, node_at(build, 2)));
  assert_ptr_equal(lm__gpu_tail_operand(build, node_at(build, 1), node_at(build, 2)),
                   lm_graph_output(g, node_at(build, 0), 0));
}

static void ask_no_tail(lm__gpu_build* build) {
  for (int32_t i = 0; i < lm__gpu_graph(build)->node_count; ++i) {
    assert_null(lm__gpu_tail_of(build, node_at(build, i)));
    assert_false(lm__gpu_is_tail(build, node_at(build, i)));
  }
}

static void make_residual(pieces* p, lm_type type, bool read_twice) {
  begin(p, type);
  const int32_t x = input(p, 4);
  const int32_t a = convolution(p, x, 4), b = convolution(p, x, 4);
  net_output(&p->net, add(p, a, b));
  if (read_twice) net_output(&p->net, b);
}

static void ask_activation(lm__gpu_build* build) {
  assert_ptr_equal(lm__gpu_tail_of(build, node_at(build, 0)), node_at(build, 1));
  assert_null(lm__gpu_tail_operand(build, node_at(build, 0), node_at(build, 1)));
  assert_true(lm__gpu_is_tail(build, node_at(build, 1)));
}

// 0 convolution, 1 RELU6 behind it, 2 and 3 convolutions, 4 all three joined.
static void ask_tail_in_place(lm__gpu_build* build) {
  assert_true(lm__gpu_is_tail(build, node_at(build, 1)));
  check_target(build, 1, joined, 0, 24);
  check_target(build, 2, joined, 8, 24);
}

static void convolutions_have_tails(void** state) {
  (void)state;
  pieces p;
  make_residual(&p, LM_FLOAT32, false);
  ask_about(&p.net, NULL, ask_residual);
  make_residual(&p, LM_INT8, false);
  ask_about(&p.net, "quantized=float", ask_residual);
  ask_about(&p.net, NULL, ask_no_tail);  // integers round in between
  make_residual(&p, LM_FLOAT32, true);
  ask_about(&p.net, NULL, ask_no_tail);

  begin(&p, LM_FLOAT32);
  int32_t x = input(&p, 4);
  net_output(&p.net, relu6(&p, convolution(&p, x, 4)));
  ask_about(&p.net, NULL, ask_activation);

  begin(&p, LM_FLOAT32);
  x = input(&p, 4);
  const int32_t a = relu6(&p, convolution(&p, x, 4));
  const int32_t b = convolution(&p, x, 4), c = convolution(&p, x, 4);
  joined = join(&p, a, b, c, 3);
  net_output(&p.net, joined);
  ask_about(&p.net, NULL, ask_tail_in_place);
}

// ---- padding: 0 PAD, 1 convolution

static const int32_t kRows[8] = {0, 0, 1, 2, 3, 0, 0, 0};
static const int32_t kColumns[8] = {0, 0, 0, 3, 3, 0, 0, 0};
static const int32_t kBatches[8] = {1, 0, 1, 2, 3, 0, 0, 0};

static void make_padded(pieces* p, lm_type type, const int32_t* paddings, const float* scale) {
  begin(p, type);
  const int32_t x = input(p, 4);
  const int32_t amounts = net_constant(&p->net, LM_INT32, NET_SHAPE(4, 2), paddings);
  const int32_t padded = image(p, 7, 8);
  quantize(p, x, scale);
  quantize(p, padded, scale);
  net_node(&p->net, LM_BUILTIN_PAD, LM_OPTIONS_NONE, NULL, NET_INPUTS(x, amounts), padded);
  net_output(&p->net, convolution(p, padded, 7));
}

static void ask_padded(lm__gpu_build* build) {
  const lm_graph* g = lm__gpu_graph(build);
  lm__gpu_padding padding;
  assert_true(lm__gpu_padding_of(build, lm_graph_input(g, node_at(build, 1), 0), &padding));
  assert_ptr_equal(padding.input, lm_graph_input(g, node_at(build, 0), 0));
  assert_int_equal(padding.top, ((const int32_t*)lm_graph_input(g, node_at(build, 0), 1)->data)[2]);
  assert_int_equal(padding.left, 3);
  assert_true(lm__gpu_is_fused_padding(build, node_at(build, 0)));
  assert_false(lm__gpu_is_fused_padding(build, node_at(build, 1)));
}

static void ask_unfused_padding(lm__gpu_build* build) {
  lm__gpu_padding padding;
  const lm_tensor* input = lm_graph_input(lm__gpu_graph(build), node_at(build, 1), 0);
  assert_false(lm__gpu_padding_of(build, input, &padding));
  assert_false(lm__gpu_is_fused_padding(build, node_at(build, 0)));
}

static void padding_goes_with_the_convolution(void** state) {
  (void)state;
  pieces p;
  make_padded(&p, LM_FLOAT32, kRows, &kScale);
  ask_about(&p.net, NULL, ask_padded);
  make_padded(&p, LM_INT8, kColumns, &kOtherScale);
  ask_about(&p.net, NULL, ask_padded);
  make_padded(&p, LM_FLOAT32, kBatches, &kScale);
  ask_about(&p.net, NULL, ask_unfused_padding);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(channels_are_joined_in_place),
      cmocka_unit_test(convolutions_have_tails),
      cmocka_unit_test(padding_goes_with_the_convolution),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
