// SPDX-License-Identifier: MIT
//
// Three bfloat16 products for one of floats: which nodes take them, and how weights are rounded.
#include <math.h>
#include <string.h>

#include "cpu_product.h"
#include "kernel_test.h"
#include "split_weights.h"

// ---- which nodes

enum { NODES = 6 };

typedef struct chain {
  lm_tensor tensors[2 * NODES + 1];  // activations, then filters
  lm_node_def defs[NODES];
  int32_t inputs[NODES][2], outputs[NODES];
  lm_node nodes[NODES];
  lm_graph graph;
} chain;

// One after the other, 1x1 convolutions of `depth` to `depth` channels on 32 x 32 pixels.
static void make_chain(chain* c, const int32_t* depths, int32_t count) {
  *c = (chain){.graph = {.tensors = c->tensors, .nodes = c->nodes, .node_count = count}};
  c->graph.tensor_count = 2 * NODES + 1;
  for (int32_t i = 0; i <= count; ++i) {
    const int32_t channels = depths[i < count ? i : count - 1];
    c->tensors[i] = (lm_tensor){.type = LM_FLOAT32, .shape = {4, {1, 32, 32, channels}}};
  }
  for (int32_t i = 0; i < count; ++i) {
    const int32_t to = depths[i + 1 < count ? i + 1 : i];
    c->tensors[NODES + 1 + i] =
        (lm_tensor){.type = LM_FLOAT32, .shape = {4, {to, 1, 1, depths[i]}}};
    c->inputs[i][0] = i;
    c->inputs[i][1] = NODES + 1 + i;
    c->outputs[i] = i + 1;
    c->defs[i] = (lm_node_def){.builtin = LM_BUILTIN_CONV_2D,
                               .inputs = c->inputs[i],
                               .input_count = 2,
                               .outputs = &c->outputs[i],
                               .output_count = 1};
    c->nodes[i] = (lm_node){.def = &c->defs[i], .index = i};
  }
}

static void check_three_from(void) {
  static const struct {
    const char* name;
    int32_t depths[NODES];
    int32_t count;
    bool is_pool;  // the first node multiplies nothing
    int32_t first;
  } kCases[] = {
      {"four alike", {64, 64, 64, 64}, 4, false, 1},
      {"six alike", {64, 64, 64, 64, 64, 64}, 6, false, 2},
      {"a large one first", {256, 256, 16, 16}, 4, false, 0},
      {"a large one last", {16, 16, 16, 256}, 4, false, 3},
      {"one", {64}, 1, false, 0},
      {"no products", {64}, 1, true, 0},
      {"four behind another op", {64, 64, 64, 64, 64}, 5, true, 2},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    chain c;
    make_chain(&c, kCases[i].depths, kCases[i].count);
    if (kCases[i].is_pool) c.defs[0].builtin = LM_BUILTIN_MAX_POOL_2D;
    const int32_t first = lm__cpu_three_from(&c.graph);
    if (first != kCases[i].first) {
      test_fail("%s: from node %d, want %d", kCases[i].name, first, kCases[i].first);
    }
  }
  chain bytes;
  make_chain(&bytes, kCases[0].depths, 4);
  for (int32_t i = 0; i < bytes.graph.tensor_count; ++i) bytes.tensors[i].type = LM_INT8;
  if (lm__cpu_three_from(&bytes.graph) != 0) test_fail("8 bits count");
}

static void check_choice(void) {
  lm__cpu_delegate delegate = {.isa = UINT32_MAX,
                               .tile_speed = lm__tile_speed_fixed(UINT32_MAX, true)};
  static const struct {
    const char* name;
    int32_t asked;  // for
    int32_t node, out_h, depth;
    bool exact;
    int32_t products;
  } kCases[] = {
      {"three", 3, 5, 32, 512, false, 3},
      {"three, the last that is too narrow", 3, 5, 32, 256, false, 6},
      {"three, the first that is not", 3, 5, 32, 257, false, 3},
      {"three, too early", 3, 4, 32, 512, false, 6},
      {"three, too narrow, and six do not pay", 3, 5, 32, 96, false, 0},
      {"three, fewer rows than a tile", 3, 5, 3, 512, false, 0},
      {"three, in a network that needs exact floats", 3, 5, 32, 512, true, 0},
      {"six", 6, 0, 32, 64, false, 6},
      {"six, in a network that needs exact floats", 6, 0, 32, 256, true, 0},
      {"none asked for, and tiles pay", 0, 0, 32, 256, false, 6},
      {"none asked for, and they do not", 0, 0, 32, 64, false, 0},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    delegate.products = kCases[i].asked;
    const lm__cpu_build build = {.delegate = &delegate, .exact = kCases[i].exact, .three_from = 5};
    const lm_node node = {.index = kCases[i].node};
    const lm__geometry g = {.batches = 1,
                            .in_h = kCases[i].out_h,
                            .in_w = kCases[i].out_h,
                            .in_c = kCases[i].depth,
                            .out_h = kCases[i].out_h,
                            .out_w = kCases[i].out_h,
                            .out_c = 128,
                            .filter_h = 1,
                            .filter_w = 1,
                            .stride_h = 1,
                            .stride_w = 1,
                            .dilation_h = 1,
                            .dilation_w = 1};
    const lm__product_desc d = {.node = &node, .geometry = g};
    const lm__f32_gemm_uk* uk = lm__cpu_product_f32(&build, &d, (int64_t)g.out_h * g.out_w, g.in_c);
    if (uk->products != kCases[i].products) {
      test_fail("%s: %s, want %d products", kCases[i].name, uk->name, kCases[i].products);
    }
    if (lm__cpu_takes_three(&build, &node, &g) != (uk->products == 3)) {
      test_fail("%s: takes three", kCases[i].name);
    }
  }
}

// ---- rounding

static float value_of(uint16_t bf16) {
  const uint32_t bits = (uint32_t)bf16 << 16;
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// Errors of a column cancel: their sum stays near that of one weight, where that of low parts
// rounded to nearest grows; none is much larger, and the returned sum is the true one.
static void check_low_parts(void) {
  enum { STEPS = 40, STEP = 32 };
  double error = 0, nearest = 0, squares = 0, squares_nearest = 0, largest = 0, sum = 0;
  for (int s = 0; s < STEPS; ++s) {
    const size_t count = s == STEPS - 1 ? 5 : STEP;
    float w[STEP];
    uint16_t low[STEP];
    for (size_t i = 0; i < count; ++i) w[i] = 0.5f + 0.25f * test_unit();
    error = lm__split_low_parts(w, count, error, low);
    for (size_t i = 0; i < count; ++i) {
      const float rest = w[i] - value_of(lm__split_round(w[i]));
      const double e = (double)rest - value_of(low[i]);
      const double e_nearest = (double)rest - value_of(lm__split_round(rest));
      sum += e;
      nearest += e_nearest;
      squares += e * e;
      squares_nearest += e_nearest * e_nearest;
      largest = fmax(largest, fabs(e) / fabs((double)w[i]));
    }
  }
  const double one = sqrt(squares_nearest / (STEPS * STEP));
  if (fabs(sum - error) > 1e-12) test_fail("errors are %g, not %g", sum, error);
  if (fabs(sum) > 4 * one) test_fail("errors add up to %g, one is %g", sum, one);
  if (squares > 2 * squares_nearest) test_fail("squares %g, nearest %g", squares, squares_nearest);
  if (largest > 0x1p-16) test_fail("a weight is %g off", largest);
  // The numbers are such that plain rounding would fail.
  if (fabs(nearest) < 4 * one) test_fail("rounding to nearest adds up to %g only", nearest);
}

static void check_special_weights(void) {
  const float w[] = {1.0f, 0.0f, -0.0f, INFINITY, -INFINITY, NAN, 3.4028235e38f, 0x1p-140f};
  enum { COUNT = sizeof w / sizeof w[0] };
  uint16_t low[COUNT];
  const double error = lm__split_low_parts(w, COUNT, 0, low);
  if (!isfinite(error)) test_fail("special weights: error %g", error);
  for (size_t i = 0; i < 6; ++i) {
    if (value_of(low[i]) != 0) test_fail("%g: low part %g", (double)w[i], (double)value_of(low[i]));
  }
  if (!isfinite(value_of(low[6]))) test_fail("the largest float: low part is not finite");
}

void test_split3(void) {
  if (!test_begin("split3", 0)) return;
  check_three_from();
  if (lm__f32_split_uk_count > 0) check_choice();
  check_low_parts();
  check_special_weights();
}
