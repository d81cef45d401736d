// SPDX-License-Identifier: MIT
//
// What precision=fp16 keeps in float32 (gpu_precision.h), on every GPU driver that is there: graphs
// whose largest output would be another one if the numbers in question were rounded to halves. All
// outputs are halves exactly, so that they are compared with those of the reference kernels as they
// are.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "each_driver.h"
#include "small_net.h"

enum { PIXELS = 8, DEPTH = 64, MOST = 1024 };

typedef struct precise_net {
  small_net net;
  lm_conv_options conv;
  lm_fully_connected_options full;
  float stem[4], depthwise[4], filter[(DEPTH + 1) * DEPTH];
  int32_t paddings[8];
  float scale;
  int32_t zero_point;
  float input[MOST];
  int count;
} precise_net;

static void begin(precise_net* n) {
  memset(n, 0, sizeof *n);
  net_init(&n->net);
  n->conv = (lm_conv_options){.padding = LM_PADDING_VALID,
                              .stride_h = 1,
                              .stride_w = 1,
                              .dilation_h = 1,
                              .dilation_w = 1,
                              .depth_multiplier = 1};
}

// Differences of neighbours, 64 times: what they tell apart is below a half's last bit.
static int32_t add_differences(precise_net* n, int32_t image, int32_t pixels) {
  const float taps[] = {64.0f, 64.0f, -64.0f, -64.0f};
  memcpy(n->depthwise, taps, sizeof taps);
  const int32_t filter = net_constant(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, 2, 2), n->depthwise);
  const int32_t output = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, pixels - 1, 2));
  net_node(&n->net, LM_BUILTIN_DEPTHWISE_CONV_2D, LM_OPTIONS_CONV, &n->conv,
           NET_INPUTS(image, filter, -1), output);
  return output;
}

static int32_t add_stem(precise_net* n) {
  const float same[] = {1.0f, 0.0f, 0.0f, 1.0f};
  memcpy(n->stem, same, sizeof same);
  const int32_t image = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, PIXELS, 2));
  const int32_t filter = net_constant(&n->net, LM_FLOAT32, NET_SHAPE(2, 1, 1, 2), n->stem);
  const int32_t made = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, PIXELS, 2));
  net_input(&n->net, image);
  net_node(&n->net, LM_BUILTIN_CONV_2D, LM_OPTIONS_CONV, &n->conv, NET_INPUTS(image, filter, -1),
           made);
  n->count = PIXELS * 2;
  for (int i = 0; i < n->count; ++i) n->input[i] = 1.0f;
  n->input[9] += 3.0f / 8192;  // pixel 4, channel 1
  n->input[4] += 1.0f / 8192;
  return made;
}

static void stem(precise_net* n) {
  begin(n);
  net_output(&n->net, add_differences(n, add_stem(n), PIXELS));
}

// The same with what a convolution does along: an activation behind it, padding before the next.
static void stem_with_neighbours(precise_net* n) {
  begin(n);
  const int32_t made = add_stem(n);
  const int32_t active = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, PIXELS, 2));
  net_node(&n->net, LM_BUILTIN_RELU, LM_OPTIONS_NONE, NULL, NET_INPUTS(made), active);
  n->paddings[5] = 1;  // a column behind the last
  const int32_t paddings = net_constant(&n->net, LM_INT32, NET_SHAPE(4, 2), n->paddings);
  const int32_t padded = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, PIXELS + 1, 2));
  net_node(&n->net, LM_BUILTIN_PAD, LM_OPTIONS_NONE, NULL, NET_INPUTS(active, paddings), padded);
  net_output(&n->net, add_differences(n, padded, PIXELS + 1));
  n->input[14] = n->input[15] = 0.0f;  // or the difference to the padding were the largest
}

// Ones, whose products with a row of filters are a small difference of its elements.
static void depthwise(precise_net* n) {
  begin(n);
  const int32_t image = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, PIXELS, 2));
  const int32_t active = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 1, PIXELS, 2));
  net_input(&n->net, image);
  net_node(&n->net, LM_BUILTIN_RELU, LM_OPTIONS_NONE, NULL, NET_INPUTS(image), active);
  net_output(&n->net, add_differences(n, active, PIXELS));
  const float taps[] = {1.0f + 1.0f / 8192, 1.0f + 2.0f / 8192, -1.0f, -1.0f};
  memcpy(n->depthwise, taps, sizeof taps);
  n->count = PIXELS * 2;
  for (int i = 0; i < n->count; ++i) n->input[i] = 1.0f;
}

static void full(precise_net* n, int32_t rows) {
  begin(n);
  const int32_t input = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, DEPTH));
  const int32_t filter = net_constant(&n->net, LM_FLOAT32, NET_SHAPE(rows, DEPTH), n->filter);
  const int32_t output = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, rows));
  net_input(&n->net, input);
  net_node(&n->net, LM_BUILTIN_FULLY_CONNECTED, LM_OPTIONS_FULLY_CONNECTED, &n->full,
           NET_INPUTS(input, filter, -1), output);
  net_output(&n->net, output);
  for (int32_t r = 0; r < rows; ++r) {
    n->filter[r * DEPTH] = 1.0f + (r == 37 ? 2.0f : 1.0f) / 8192;
    n->filter[r * DEPTH + 63] = -1.0f;
  }
  n->count = DEPTH;
  for (int i = 0; i < DEPTH; ++i) n->input[i] = 1.0f;
}

static void small_filter(precise_net* n) { full(n, DEPTH); }
static void large_filter(precise_net* n) { full(n, DEPTH + 1); }

// Floats that lie just below the middle between two bytes.
static void bytes(precise_net* n) {
  begin(n);
  n->scale = 0.0531f;
  n->zero_point = -100;
  n->count = 128;
  const int32_t input = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(128));
  const int32_t byte = net_tensor(&n->net, LM_INT8, NET_SHAPE(128));
  const int32_t output = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(128));
  net_quantize(&n->net, byte, &n->scale, &n->zero_point);
  net_input(&n->net, input);
  net_node(&n->net, LM_BUILTIN_QUANTIZE, LM_OPTIONS_NONE, NULL, NET_INPUTS(input), byte);
  net_node(&n->net, LM_BUILTIN_DEQUANTIZE, LM_OPTIONS_NONE, NULL, NET_INPUTS(byte), output);
  net_output(&n->net, output);
  for (int i = 0; i < n->count; ++i) n->input[i] = ((float)i + 0.499f) * n->scale;
}

// ---- runs

// Runs it on `vtable`'s default device, or by the reference kernels for NULL; how many outputs
// there are. `note` gets the delegate's remark.
static size_t run(const lm_delegate_vtable* vtable, const precise_net* n, float* out, char* note,
                  size_t note_bytes) {
  lm_error err = LM_ERROR_INIT;
  lm_delegate* delegate =
      vtable != NULL ? open_driver(vtable, "precision=fp16,trial=off,tune=off") : NULL;
  const lm_interpreter_options with = {
      .struct_size = sizeof with, .delegates = &delegate, .delegate_count = vtable != NULL};
  lm_interpreter* it = NULL;
  lm_status status = lm_interpreter_create(&n->net.model, &with, lm_allocator_default(), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  if (status == LM_OK) {
    memcpy(lm_interpreter_input(it, 0)->data, n->input, (size_t)n->count * sizeof *n->input);
    status = lm_interpreter_invoke(it, &err);
  }
  if (status != LM_OK) fail_msg("%s", err.message);
  const lm_tensor* output = lm_interpreter_output(it, 0);
  const size_t count = output->bytes / sizeof *out;
  assert_true(count <= MOST);
  memcpy(out, output->data, output->bytes);
  const lm_plan_report* report = lm_interpreter_report(it);
  if (vtable != NULL) {
    assert_int_equal(report->partition_count, 1);
    assert_string_equal(report->placements[0].delegate, vtable->name);
    snprintf(note, note_bytes, "%s", report->note);
  }
  lm_interpreter_destroy(it);
  if (delegate != NULL) delegate->vtable->close(delegate);
  return count;
}

static size_t largest(const float* v, size_t count) {
  size_t at = 0;
  for (size_t i = 1; i < count; ++i) at = v[i] > v[at] ? i : at;
  return at;
}

static void check(const lm_delegate_vtable* vtable, const char* name, void (*make)(precise_net*),
                  size_t top, const char* said) {
  precise_net* n = malloc(sizeof *n);
  assert_non_null(n);
  make(n);
  float want[MOST], got[MOST];
  char note[256] = "";
  const size_t count = run(NULL, n, want, NULL, 0);
  assert_int_equal(largest(want, count), top);
  assert_int_equal(run(vtable, n, got, note, sizeof note), count);
  for (size_t i = 0; i < count; ++i) {
    if (got[i] != want[i]) {
      fail_msg("%s, %s: output %zu is %.9g, expected %.9g", vtable->name, name, i, (double)got[i],
               (double)want[i]);
    }
  }
  if (strstr(note, said) == NULL) fail_msg("%s, %s: %s", vtable->name, name, note);
  free(n);
}

static void first_layers_keep_the_top(void** state) {
  check(*state, "stem", stem, 9, "; in float32: 2 of 2 filters, 2 of 3 tensors");
  check(*state, "stem with neighbours", stem_with_neighbours, 12,
        "; in float32: 2 of 2 filters, 2 of 3 tensors");
}

static void filters_keep_the_top(void** state) {
  check(*state, "depthwise", depthwise, 1, "; in float32: 1 of 1 filters, 0 of 3 tensors");
  check(*state, "small filter", small_filter, 37, "; in float32: 1 of 1 filters, 0 of 2 tensors");
}

static void bytes_are_the_same(void** state) {
  check(*state, "bytes", bytes, 127, "; in float32: 0 of 0 filters, 2 of 2 tensors");
}

// The rule ends there: this is what the others would do without it.
static void large_filters_are_halves(void** state) {
  precise_net* n = malloc(sizeof *n);
  assert_non_null(n);
  large_filter(n);
  float want[MOST], got[MOST];
  char note[256] = "";
  const size_t count = run(NULL, n, want, NULL, 0);
  assert_int_equal(largest(want, count), 37);
  assert_int_equal(run(*state, n, got, note, sizeof note), count);
  for (size_t i = 0; i < count; ++i) assert_true(got[i] == 0.0f);
  assert_non_null(strstr(note, "; in float32: 0 of 1 filters, 0 of 2 tensors"));
  free(n);
}

static int run_group(const lm_delegate_vtable* vtable) {
  void* state;
  memcpy(&state, &vtable, sizeof state);  // cmocka takes no pointer to const
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(first_layers_keep_the_top, state),
      cmocka_unit_test_prestate(filters_keep_the_top, state),
      cmocka_unit_test_prestate(bytes_are_the_same, state),
      cmocka_unit_test_prestate(large_filters_are_halves, state),
  };
  return cmocka_run_group_tests_name(vtable->name, tests, NULL, NULL);
}

int main(void) { return each_driver(run_group); }
