// SPDX-License-Identifier: MIT
//
// Conversions between the host's types and the device's on every GPU driver that is there: the same
// numbers as on the host, to the last bit where the type is narrower.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/interpreter.h"
#include "litmark/kernel_math.h"

#include "each_driver.h"
#include "small_net.h"

enum { COUNT = 1031 };  // no multiple of a word or a group

// input -> output by RESHAPE: nothing but the border. Or by an ADD of the input to itself, with an
// output whose steps and range are others, so that rounding and both ends are reached.
typedef struct border_net {
  small_net net;
  lm_dims_options shape;
  lm_arithmetic_options add;
  float scales[2];
  int32_t zero_points[2];
} border_net;

static void border_net_init(border_net* b, lm_type type, bool adds) {
  net_init(&b->net);
  b->shape = (lm_dims_options){.count = 1, .values = {COUNT}};
  b->add = (lm_arithmetic_options){0};
  const int32_t input = net_tensor(&b->net, type, NET_SHAPE(COUNT));
  const int32_t output = net_tensor(&b->net, type, NET_SHAPE(COUNT));
  b->scales[0] = 0.037f;
  b->zero_points[0] = type == LM_UINT8 ? 131 : -7;
  b->scales[1] = adds ? 0.0531f : b->scales[0];
  b->zero_points[1] = adds ? 11 : b->zero_points[0];
  if (type != LM_FLOAT32) {
    net_quantize(&b->net, input, &b->scales[0], &b->zero_points[0]);
    net_quantize(&b->net, output, &b->scales[1], &b->zero_points[1]);
  }
  if (adds) {
    net_node(&b->net, LM_BUILTIN_ADD, LM_OPTIONS_ARITHMETIC, &b->add, NET_INPUTS(input, input),
             output);
  } else {
    net_node(&b->net, LM_BUILTIN_RESHAPE, LM_OPTIONS_DIMS, &b->shape, NET_INPUTS(input), output);
  }
  net_input(&b->net, input);
  net_output(&b->net, output);
}

// Runs it with `fill`ed input and gives both tensors to `check`.
static void run(const lm_delegate_vtable* vtable, const char* extra, lm_type type, bool adds,
                void (*fill)(lm_tensor* input),
                void (*check)(const char* name, const lm_tensor* input, const lm_tensor* output)) {
  lm_error err = LM_ERROR_INIT;
  lm_delegate* delegate = open_driver(vtable, extra);
  border_net b;
  border_net_init(&b, type, adds);
  const lm_interpreter_options with = {
      .struct_size = sizeof with, .delegates = &delegate, .delegate_count = 1};
  lm_interpreter* it = NULL;
  lm_status status = lm_interpreter_create(&b.net.model, &with, lm_allocator_default(), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  if (status == LM_OK) {
    assert_string_equal(lm_interpreter_report(it)->placements[0].delegate, vtable->name);
    fill(lm_interpreter_input(it, 0));
    for (int i = 0; i < 2 && status == LM_OK; ++i) status = lm_interpreter_invoke(it, &err);
  }
  if (status != LM_OK) fail_msg("%s: %s", vtable->name, err.message);
  check(vtable->name, lm_interpreter_input(it, 0), lm_interpreter_output(it, 0));
  lm_interpreter_destroy(it);
  delegate->vtable->close(delegate);
}

// ---- floats

// Every kind of float16: normal, subnormal, ties between two neighbours, beyond the largest.
static void fill_floats(lm_tensor* input) {
  float* x = input->data;
  for (int i = 0; i < COUNT; ++i) x[i] = ldexpf(1.0f + (float)(i % 37) / 4096, i % 41 - 26);
  for (int i = 0; i < COUNT; i += 3) x[i] = -x[i];
  const float special[] = {0.0f, -0.0f, 65504.0f, 65519.99f, 1.0f / 3, 2049.0f, 2051.0f, 6e-8f};
  memcpy(x, special, sizeof special);
}

static void check_same(const char* name, const lm_tensor* input, const lm_tensor* output) {
  if (memcmp(input->data, output->data, output->bytes) != 0) fail_msg("%s differs", name);
}

static void check_halves(const char* name, const lm_tensor* input, const lm_tensor* output) {
  const float* x = input->data;
  const float* y = output->data;
  for (int i = 0; i < COUNT; ++i) {
    const float want = lm_half_to_float(lm_float_to_half(x[i]));
    if (memcmp(&want, &y[i], sizeof want) != 0) {
      fail_msg("%s: element %d of %.9g is %.9g, expected %.9g", name, i, (double)x[i], (double)y[i],
               (double)want);
    }
  }
}

// ---- bytes

static void fill_bytes(lm_tensor* input) {
  for (int i = 0; i < COUNT; ++i) ((uint8_t*)input->data)[i] = (uint8_t)i;
}

static int at(const lm_tensor* t, int i) {
  return t->type == LM_INT8 ? ((const int8_t*)t->data)[i] : ((const uint8_t*)t->data)[i];
}

// One step is allowed where the quotient lies at a tie: division on a device may miss by two ulp.
static void check_bytes(const char* name, const lm_tensor* input, const lm_tensor* output) {
  int32_t low, high;
  lm_type_range(output->type, &low, &high);
  for (int i = 0; i < COUNT; ++i) {
    const float real = 2 * input->quantization.scales[0] *
                       (float)(at(input, i) - input->quantization.zero_points[0]);
    const float steps = real / output->quantization.scales[0];
    const float want = fminf(
        fmaxf(roundf(steps) + (float)output->quantization.zero_points[0], (float)low), (float)high);
    const bool tie = fabsf(fabsf(steps - truncf(steps)) - 0.5f) < 1e-4f;
    if (fabsf((float)at(output, i) - want) > (tie ? 1.0f : 0.0f)) {
      fail_msg("%s: element %d of %d is %d, expected %.0f", name, i, at(input, i), at(output, i),
               (double)want);
    }
  }
}

static void floats_cross(void** state) {
  run(*state, NULL, LM_FLOAT32, false, fill_floats, check_same);
  run(*state, "precision=fp16,trial=off", LM_FLOAT32, false, fill_floats, check_halves);
}

static void bytes_cross(void** state) {
  run(*state, NULL, LM_UINT8, false, fill_bytes, check_same);
  run(*state, "quantized=int", LM_INT8, false, fill_bytes, check_same);
}

static void bytes_are_dequantized(void** state) {
  run(*state, "quantized=float", LM_INT8, true, fill_bytes, check_bytes);
  run(*state, "quantized=float", LM_INT8, false, fill_bytes, check_same);
  run(*state, "quantized=float", LM_UINT8, true, fill_bytes, check_bytes);
  run(*state, "quantized=float", LM_UINT8, false, fill_bytes, check_same);
}

static int run_group(const lm_delegate_vtable* vtable) {
  void* state;
  memcpy(&state, &vtable, sizeof state);  // cmocka takes no pointer to const
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(floats_cross, state),
      cmocka_unit_test_prestate(bytes_cross, state),
      cmocka_unit_test_prestate(bytes_are_dequantized, state),
  };
  return cmocka_run_group_tests_name(vtable->name, tests, NULL, NULL);
}

int main(void) { return each_driver(run_group); }
