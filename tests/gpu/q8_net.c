// SPDX-License-Identifier: MIT
#include "q8_net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

void q8_init(q8_net* q, uint64_t seed) {
  memset(q, 0, sizeof *q);
  net_init(&q->net);
  q->seed = seed * 2 + 1;
}

void q8_deinit(q8_net* q) {
  for (int32_t i = 0; i < q->constant_count; ++i) free(q->constants[i]);
}

static uint32_t next(q8_net* q) {
  q->seed = q->seed * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)(q->seed >> 32);
}

int32_t q8_random(q8_net* q, int32_t low, int32_t high) {
  const uint64_t span = (uint64_t)((int64_t)high - low) + 1;
  return (int32_t)(low + (int64_t)(((uint64_t)next(q) * span) >> 32));
}

float q8_random_scale(q8_net* q, float low, float high) {
  return exp2f(low + (high - low) * (float)(next(q) >> 8) / (float)(1 << 24));
}

static void quantize(q8_net* q, int32_t tensor, float scale, int32_t zero_point) {
  assert_true(q->quantizations < Q8_QUANTIZATIONS);
  const int32_t at = q->quantizations++;
  q->scales[at] = scale;
  q->zero_points[at] = zero_point;
  net_quantize(&q->net, tensor, &q->scales[at], &q->zero_points[at]);
}

int32_t q8_tensor(q8_net* q, lm_type type, const int32_t* shape, float scale) {
  const int32_t tensor = net_tensor(&q->net, type, shape);
  const int32_t zero_point = type == LM_UINT8 ? q8_random(q, 0, 255) : q8_random(q, -128, 127);
  quantize(q, tensor, scale, zero_point);
  return tensor;
}

void* q8_memory(q8_net* q, size_t bytes) {
  assert_true(q->constant_count < Q8_CONSTANTS);
  void* data = calloc(1, bytes);
  assert_non_null(data);
  q->constants[q->constant_count++] = data;
  return data;
}

int32_t q8_weights(q8_net* q, lm_type type, const int32_t* shape, float scale, int32_t zero_point) {
  size_t count = 1;
  for (const int32_t* d = shape; *d != 0; ++d) count *= (size_t)*d;
  uint8_t* bytes = q8_memory(q, count);
  for (size_t i = 0; i < count; ++i) bytes[i] = (uint8_t)next(q);
  const int32_t tensor = net_constant(&q->net, type, shape, bytes);
  quantize(q, tensor, scale, zero_point);
  return tensor;
}

void q8_per_channel(q8_net* q, int32_t tensor, int32_t axis, float scale) {
  lm_tensor_def* t = &q->net.tensors[tensor];
  const int32_t count = t->shape.dims[axis];
  float* scales = q8_memory(q, (size_t)count * sizeof *scales);
  int32_t* zeros = q8_memory(q, (size_t)count * sizeof *zeros);
  for (int32_t i = 0; i < count; ++i) scales[i] = scale * q8_random_scale(q, -2.0f, 0.0f);
  t->quantization =
      (lm_quantization){.count = count, .axis = axis, .scales = scales, .zero_points = zeros};
}

int32_t q8_biases(q8_net* q, int32_t count, int32_t most) {
  int32_t* data = q8_memory(q, (size_t)count * sizeof *data);
  for (int32_t i = 0; i < count; ++i) data[i] = q8_random(q, -most, most);
  return net_constant(&q->net, LM_INT32, NET_SHAPE(count), data);
}

// ---- comparison

static lm_interpreter* planned(const q8_net* q, lm_delegate* delegate, const char* what) {
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = &delegate, .delegate_count = delegate != NULL};
  lm_error err = LM_ERROR_INIT;
  lm_interpreter* it = NULL;
  lm_status status =
      lm_interpreter_create(&q->net.model, &options, lm_allocator_default(), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  if (status != LM_OK) fail_msg("%s: %s", what, err.message);
  return it;
}

static void check_placement(const lm_interpreter* it, const lm_delegate* delegate,
                            const char* what) {
  const lm_plan_report* report = lm_interpreter_report(it);
  for (int32_t i = 0; i < report->node_count; ++i) {
    const lm_placement* p = &report->placements[i];
    if (p->delegate == NULL || strcmp(p->delegate, delegate->vtable->name) != 0) {
      fail_msg("%s: %s does not take it: %s", what, delegate->vtable->name, p->why_not);
    }
  }
}

static void invoke(lm_interpreter* it, const char* what) {
  lm_error err = LM_ERROR_INIT;
  if (lm_interpreter_invoke(it, &err) != LM_OK) fail_msg("%s: %s", what, err.message);
}

void q8_compare(q8_net* q, lm_delegate* delegate, const char* what,
                void (*fill)(q8_net* q, int32_t index, lm_tensor* input)) {
  lm_interpreter* reference = planned(q, NULL, what);
  lm_interpreter* tested = planned(q, delegate, what);
  check_placement(tested, delegate, what);
  for (int32_t i = 0; i < q->net.subgraph.input_count; ++i) {
    lm_tensor* input = lm_interpreter_input(reference, i);
    if (fill != NULL) {
      fill(q, i, input);
    } else {
      for (size_t k = 0; k < input->bytes; ++k) ((uint8_t*)input->data)[k] = (uint8_t)next(q);
    }
    memcpy(lm_interpreter_input(tested, i)->data, input->data, input->bytes);
  }
  invoke(reference, what);
  for (int run = 0; run < 2; ++run) {
    invoke(tested, what);
    const lm_tensor* want = lm_interpreter_output(reference, 0);
    const lm_tensor* got = lm_interpreter_output(tested, 0);
    for (size_t k = 0; k < want->bytes; ++k) {
      const int w = ((const uint8_t*)want->data)[k], g = ((const uint8_t*)got->data)[k];
      if (w != g) {
        fail_msg("%s, %s, run %d: byte %zu of %zu is %d, expected %d", what, delegate->vtable->name,
                 run, k, want->bytes, g, w);
      }
    }
  }
  lm_interpreter_destroy(reference);
  lm_interpreter_destroy(tested);
}
