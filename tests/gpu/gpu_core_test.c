// SPDX-License-Identifier: MIT
//
// What lies between ops and drivers: options, memory, constants, conversions, on a fake device.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/interpreter.h"
#include "litmark/kernel_math.h"

#include "counting_allocator.h"
#include "fake_device.h"
#include "small_graph.h"
#include "small_net.h"

// ---- a model on the fake device

typedef struct bed {
  fake_device device;
  lm_delegate* delegate;
  lm_interpreter* interpreter;
} bed;

static void bed_open(bed* b, const char* options) {
  lm_error err = LM_ERROR_INIT;
  if (fake_delegate_open(&b->device, options, &b->delegate, &err) != LM_OK)
    fail_msg("%s", err.message);
}

static lm_status bed_plan(bed* b, const lm_model* model, lm_allocator allocator, lm_error* err) {
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = &b->delegate, .delegate_count = 1};
  lm_status status = lm_interpreter_create(model, &options, allocator, &b->interpreter, err);
  if (status == LM_OK) status = lm_interpreter_plan(b->interpreter, err);
  return status;
}

static void bed_must_plan(bed* b, const lm_model* model) {
  lm_error err = LM_ERROR_INIT;
  if (bed_plan(b, model, lm_allocator_default(), &err) != LM_OK) fail_msg("%s", err.message);
}

static void bed_must_run(bed* b) {
  lm_error err = LM_ERROR_INIT;
  if (lm_interpreter_invoke(b->interpreter, &err) != LM_OK) fail_msg("%s", err.message);
}

// Everything that was made on the device is gone afterwards.
static void bed_close(bed* b) {
  lm_interpreter_destroy(b->interpreter);
  b->delegate->vtable->close(b->delegate);
  assert_int_equal(b->device.live, 0);
}

// ---- options

static void options_are_read(void** state) {
  (void)state;
  lm__gpu_options o;
  lm_error err = LM_ERROR_INIT;
  const lm_allocator heap = lm_allocator_default();
  assert_int_equal(lm__gpu_options_parse("gpu", NULL, heap, &o, &err), LM_OK);
  assert_false(o.half);
  assert_true(o.trial);
  assert_false(o.dequantize);
  assert_int_equal(o.gemm, LM_GPU_GEMM_AUTO);
  assert_true(o.tune);
  assert_true(o.timeout_seconds == 0);
  assert_true(lm__gpu_timeout_seconds(0, LM_DEVICE_DISCRETE) == 30);
  assert_true(lm__gpu_timeout_seconds(0, LM_DEVICE_CPU) == 600);
  assert_true(lm__gpu_timeout_seconds(7, LM_DEVICE_CPU) == 7);
  assert_null(o.cache_folder);
  assert_int_equal(
      lm__gpu_options_parse("gpu",
                            "precision=fp16,trial=off,quantized=float,gemm=clblast,tune=off,"
                            "tune-seconds=2.5,timeout=7,cache=/a b,cache=/c",
                            heap, &o, &err),
      LM_OK);
  assert_true(o.half);
  assert_false(o.trial);
  assert_true(o.dequantize);
  assert_int_equal(o.gemm, LM_GPU_GEMM_CLBLAST);
  assert_false(o.tune);
  assert_true(o.tune_seconds == 2.5);
  assert_true(o.timeout_seconds == 7);
  assert_string_equal(o.cache_folder, "/c");
  lm__gpu_options_deinit(&o, heap);
}

static void wrong_options_are_named(void** state) {
  (void)state;
  static const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {"speed=11", "option 'speed=11' is unknown; known: precision=fp32|fp16"},
      {"precision", "precision= is unknown; known: fp32, fp16"},
      {"precision=fp8", "precision=fp8 is unknown; known: fp32, fp16"},
      {"trial=maybe", "trial=maybe is unknown; known: off, on"},
      {"quantized=maybe", "quantized=maybe is unknown; known: int, float"},
      {"gemm=blas", "gemm=blas is unknown; known: auto, own, clblast"},
      {"cache=/x,tune=1", "tune=1 is unknown; known: off, on"},
      {"timeout=0", "timeout=0 is no number of seconds"},
      {"timeout=1s", "timeout=1s is no number of seconds"},
      {"timeout=nan", "timeout=nan is no number of seconds"},
      {"tune-seconds=", "tune-seconds= is no number of seconds"},
      {"tune-seconds=1111111111111111111111111111111111111111111", "is no number of seconds"},
      {"cache=", "option 'cache=' is unknown"},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    lm__gpu_options o;
    lm_error err = LM_ERROR_INIT;
    const lm_status status =
        lm__gpu_options_parse("vulkan", kCases[i].text, lm_allocator_default(), &o, &err);
    if (status != LM_INVALID_ARGUMENT || strstr(err.message, kCases[i].message) == NULL ||
        strstr(err.message, "delegate vulkan: ") != err.message) {
      fail_msg("%s: status %d, '%s'", kCases[i].text, (int)status, err.message);
    }
  }
}

static void half_needs_a_device_that_stores_it(void** state) {
  (void)state;
  bed b = {0};
  lm_error err = LM_ERROR_INIT;
  fake_device_init(&b.device, lm_allocator_default());
  b.device.base.caps.half_storage = false;
  assert_int_equal(fake_delegate_open(&b.device, "precision=fp16", &b.delegate, &err),
                   LM_UNAVAILABLE);
  assert_non_null(strstr(err.message, "no float16"));
  assert_null(b.delegate);
}

// ---- memory

enum { CHAIN = 12 };

// For every dispatch of a chain of ADDs (one a node): what it reads was made by the nodes that the
// graph says, and has not been overwritten since.
static void check_reads(const fake_device* device, const small_graph* graph) {
  assert_int_equal(device->dispatch_count, CHAIN);
  for (int d = 0; d < CHAIN; ++d) {
    const lm__gpu_dispatch* reader = &device->dispatches[d].as_given;
    for (int32_t i = 0; i < 2; ++i) {
      const int32_t tensor = graph->node_inputs[d][i];
      const lm__gpu_range* range = &reader->args[i];
      if (tensor == 0 || tensor == CHAIN + 1) continue;  // uploaded, constant
      const int maker = tensor - 1;
      const lm__gpu_range* made = &device->dispatches[maker].as_given.args[2];
      assert_ptr_equal(made->buffer, range->buffer);
      assert_int_equal(made->offset, range->offset);
      for (int between = maker + 1; between < d; ++between) {
        const lm__gpu_range* other = &device->dispatches[between].as_given.args[2];
        if (other->buffer != range->buffer) continue;
        assert_true(other->offset + other->bytes <= range->offset ||
                    range->offset + range->bytes <= other->offset);
      }
    }
  }
}

static void intermediates_share_memory(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  bed b = {0};
  fake_device_init(&b.device, lm_allocator_default());
  bed_open(&b, NULL);
  bed_must_plan(&b, &graph.model);
  check_reads(&b.device, &graph);
  assert_int_equal(b.device.uploads, 1);
  assert_int_equal(b.device.downloads, 1);
  // t1 lives to the end, beside it the rest of the chain, each written over the one before: two
  // pieces; one for the constant.
  assert_int_equal(b.device.largest_buffer, 2 * 256);
  assert_int_equal(b.device.bytes, 3 * 256);
  const lm_plan_report* report = lm_interpreter_report(b.interpreter);
  assert_int_equal(report->device_bytes, 3 * 256);
  assert_int_equal(report->partition_count, 1);
  assert_true(report->float_tolerance == 1e-4);
  assert_string_equal(report->note,
                      "kernels: 3 compiled, 2 from the cache (off), 5 ms; weights 0.00 MiB, "
                      "tensors 0.00 MiB (1.00 of the least)");
  const lm_graph* planned = lm_interpreter_graph(b.interpreter);
  for (int32_t t = 1; t < CHAIN; ++t)
    assert_int_equal(planned->tensors[t].storage, LM_STORAGE_NONE);
  bed_close(&b);
}

// x + x: no work-item may write where another argument is still to be read.
static void an_operand_read_twice_is_kept(void** state) {
  (void)state;
  small_net net;
  net_init(&net);
  static const lm_arithmetic_options options = {0};
  int32_t t = net_tensor(&net, LM_FLOAT32, NET_SHAPE(1, 40));
  net_input(&net, t);
  for (int i = 0; i < 2; ++i) {
    const int32_t sum = net_tensor(&net, LM_FLOAT32, NET_SHAPE(1, 40));
    net_node(&net, LM_BUILTIN_ADD, LM_OPTIONS_ARITHMETIC, &options, NET_INPUTS(t, t), sum);
    t = sum;
  }
  net_output(&net, t);
  bed b = {0};
  fake_device_init(&b.device, lm_allocator_default());
  bed_open(&b, NULL);
  bed_must_plan(&b, &net.model);
  for (int i = 0; i < 2; ++i) {
    const lm__gpu_range* args = b.device.dispatches[i].as_given.args;
    assert_int_equal(args[0].offset, args[1].offset);
    assert_true(args[0].offset != args[2].offset);
  }
  assert_int_equal(b.device.bytes, 2 * 256);
  bed_close(&b);
}

static void small_buffers_make_many(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  for (size_t most = 256; most <= 1024; most += 256) {
    bed b = {0};
    fake_device_init(&b.device, lm_allocator_default());
    b.device.base.caps.max_buffer_bytes = most;
    bed_open(&b, NULL);
    bed_must_plan(&b, &graph.model);
    check_reads(&b.device, &graph);
    assert_true(b.device.largest_buffer <= most);
    assert_int_equal(b.device.buffers, most >= 512 ? 2 : 3);
    bed_close(&b);
  }
}

static void too_large_for_the_device(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  bed b = {0};
  fake_device_init(&b.device, lm_allocator_default());
  b.device.base.caps.max_buffer_bytes = 128;
  bed_open(&b, NULL);
  bed_must_plan(&b, &graph.model);
  const lm_placement* p = lm_interpreter_report(b.interpreter)->placements;
  assert_string_equal(p[0].delegate, "reference");
  assert_string_equal(p[0].why_not, "a tensor is larger than the device's largest buffer");
  bed_close(&b);
}

// ---- constants

enum { BIG = 2500000 };  // floats: more than waits for an upload

static void equal_constants_are_kept_once(void** state) {
  (void)state;
  float* weights[3];
  small_net net;
  net_init(&net);
  const int32_t* shape = NET_SHAPE(1, BIG);
  static const lm_arithmetic_options options = {0};
  int32_t t = net_tensor(&net, LM_FLOAT32, shape);
  net_input(&net, t);
  for (int i = 0; i < 3; ++i) {
    weights[i] = malloc(BIG * sizeof(float));
    assert_non_null(weights[i]);
    for (int k = 0; k < BIG; ++k) weights[i][k] = (float)k;
    if (i == 2) weights[i][BIG - 1] = 0;
    const int32_t constant = net_constant(&net, LM_FLOAT32, shape, weights[i]);
    const int32_t sum = net_tensor(&net, LM_FLOAT32, shape);
    net_node(&net, LM_BUILTIN_ADD, LM_OPTIONS_ARITHMETIC, &options, NET_INPUTS(t, constant), sum);
    t = sum;
  }
  net_output(&net, t);
  bed b = {0};
  fake_device_init(&b.device, lm_allocator_default());
  bed_open(&b, NULL);
  bed_must_plan(&b, &net.model);
  const lm__gpu_range* used[3];
  for (int i = 0; i < 3; ++i) used[i] = &b.device.dispatches[i].as_given.args[1];
  assert_ptr_equal(used[0]->buffer, used[1]->buffer);  // after the first was uploaded
  assert_int_equal(used[0]->offset, used[1]->offset);
  assert_true(used[0]->buffer != used[2]->buffer || used[0]->offset != used[2]->offset);
  const size_t one = (BIG * sizeof(float) + 255) / 256 * 256;
  assert_int_equal(b.device.bytes, 3 * one);  // two constants, one tensor after the other
  bed_close(&b);
  for (int i = 0; i < 3; ++i) free(weights[i]);
}

// ---- conversions at the border

// input -> RESHAPE -> output, of `count` elements.
typedef struct reshape_net {
  small_net net;
  lm_dims_options options;
  float scale;
  int32_t zero_point;
} reshape_net;

static void reshape_net_init(reshape_net* r, lm_type type, int32_t count) {
  net_init(&r->net);
  r->options = (lm_dims_options){.count = 1, .values = {count}};
  const int32_t input = net_tensor(&r->net, type, NET_SHAPE(1, count));
  const int32_t output = net_tensor(&r->net, type, NET_SHAPE(count));
  r->scale = 0.25f;
  r->zero_point = type == LM_UINT8 ? 120 : -3;
  if (type != LM_FLOAT32) {
    net_quantize(&r->net, input, &r->scale, &r->zero_point);
    net_quantize(&r->net, output, &r->scale, &r->zero_point);
  }
  net_node(&r->net, LM_BUILTIN_RESHAPE, LM_OPTIONS_DIMS, &r->options, NET_INPUTS(input), output);
  net_input(&r->net, input);
  net_output(&r->net, output);
}

static void values_cross_the_border(void** state) {
  (void)state;
  static const struct {
    lm_type type;
    const char* options;
    int dispatches;
  } kCases[] = {
      {LM_FLOAT32, NULL, 0},
      {LM_FLOAT32, "precision=fp16", 2},
      {LM_INT8, NULL, 0},
      {LM_INT8, "quantized=float", 2},
      {LM_UINT8, "quantized=float", 2},
      {LM_UINT8, "quantized=float,precision=fp16", 2},
  };
  enum { COUNT = 257 };
  for (size_t c = 0; c < sizeof kCases / sizeof kCases[0]; ++c) {
    reshape_net r;
    reshape_net_init(&r, kCases[c].type, COUNT);
    bed b = {0};
    fake_device_init(&b.device, lm_allocator_default());
    bed_open(&b, kCases[c].options);
    bed_must_plan(&b, &r.net.model);
    assert_int_equal(b.device.dispatch_count, kCases[c].dispatches);
    lm_tensor* input = lm_interpreter_input(b.interpreter, 0);
    for (int i = 0; i < COUNT; ++i) {
      if (input->type == LM_FLOAT32) {
        ((float*)input->data)[i] = (float)i / 16;  // exact in float16
      } else {
        ((uint8_t*)input->data)[i] = (uint8_t)i;
      }
    }
    bed_must_run(&b);
    const lm_tensor* output = lm_interpreter_output(b.interpreter, 0);
    if (memcmp(input->data, output->data, output->bytes) != 0) fail_msg("case %zu differs", c);
    const int32_t steps = lm_interpreter_report(b.interpreter)->integer_steps;
    assert_int_equal(steps,
                     strstr(kCases[c].options != NULL ? kCases[c].options : "", "float") ? -1 : 0);
    bed_close(&b);
  }
}

static void types_without_a_device_type(void** state) {
  (void)state;
  static const struct {
    lm_type type;
    bool bytes;
    const char* why;
  } kCases[] = {
      {LM_INT64, true, "int64 tensors have no type on the device"},
      {LM_INT16, true, "int16 tensors have no type on the device"},
      {LM_INT8, false, "the device has no bytes in buffers"},
  };
  for (size_t c = 0; c < sizeof kCases / sizeof kCases[0]; ++c) {
    reshape_net r;
    reshape_net_init(&r, kCases[c].type, 5);
    bed b = {0};
    fake_device_init(&b.device, lm_allocator_default());
    b.device.base.caps.byte_storage = kCases[c].bytes;
    bed_open(&b, NULL);
    bed_must_plan(&b, &r.net.model);
    const lm_placement* p = lm_interpreter_report(b.interpreter)->placements;
    assert_string_equal(p[0].delegate, "reference");
    assert_string_equal(p[0].why_not, kCases[c].why);
    bed_close(&b);
  }
}

// ---- launches

static void many_groups_are_folded(void** state) {
  (void)state;
  reshape_net r;
  enum { COUNT = 100000 };
  reshape_net_init(&r, LM_FLOAT32, COUNT);
  bed b = {0};
  fake_device_init(&b.device, lm_allocator_default());
  b.device.base.caps.max_groups = 100;
  bed_open(&b, "precision=fp16");
  bed_must_plan(&b, &r.net.model);
  const fake_dispatch* d = &b.device.dispatches[0];
  assert_int_equal(d->group[0], 256);
  assert_true(d->as_given.groups[0] <= 100);
  const uint32_t items = d->group[0] * d->as_given.groups[0] * d->as_given.groups[1];
  assert_true(items >= COUNT && items < COUNT + 256 * 5);
  bed_close(&b);
}

// ---- failures

static void every_failed_allocation_is_survived(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  for (int fail_at = 1;; ++fail_at) {
    counting_allocator counter = {.fail_at = fail_at};
    bed b = {0};
    lm_error err = LM_ERROR_INIT;
    fake_device_init(&b.device, counting_allocator_make(&counter));
    lm_status status = fake_delegate_open(&b.device, "cache=/somewhere", &b.delegate, &err);
    if (status == LM_OK) {
      status = bed_plan(&b, &graph.model, b.device.base.allocator, &err);
      lm_interpreter_destroy(b.interpreter);
      b.delegate->vtable->close(b.delegate);
    }
    assert_int_equal(b.device.live, 0);
    assert_int_equal(counter.live, 0);
    if (status == LM_OK) {
      assert_true(fail_at > 40);
      return;
    }
    assert_int_equal(status, LM_OUT_OF_MEMORY);
    assert_int_equal(err.status, LM_OUT_OF_MEMORY);
  }
}

static void running_allocates_nothing(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  counting_allocator counter = {0};
  bed b = {0};
  lm_error err = LM_ERROR_INIT;
  fake_device_init(&b.device, counting_allocator_make(&counter));
  bed_open(&b, "precision=fp16");
  assert_int_equal(bed_plan(&b, &graph.model, b.device.base.allocator, &err), LM_OK);
  const int before = counter.allocations;
  for (int i = 0; i < 3; ++i) bed_must_run(&b);
  assert_int_equal(counter.allocations, before);
  bed_close(&b);
  assert_int_equal(counter.live, 0);
}

static void a_lost_device_is_told(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  bed b = {0};
  lm_error err = LM_ERROR_INIT;
  fake_device_init(&b.device, lm_allocator_default());
  bed_open(&b, NULL);
  bed_must_plan(&b, &graph.model);
  b.device.run_status = LM_UNAVAILABLE;
  assert_int_equal(lm_interpreter_invoke(b.interpreter, &err), LM_UNAVAILABLE);
  assert_string_equal(err.message, "fake device: the device was lost");
  bed_close(&b);
}

// Halves are what was asked for; that nobody knows what they do is said.
static void a_trial_that_fails_is_told(void** state) {
  (void)state;
  reshape_net r;
  reshape_net_init(&r, LM_FLOAT32, 100);
  bed b = {0};
  fake_device_init(&b.device, lm_allocator_default());
  bed_open(&b, "precision=fp16");
  b.device.run_status = LM_UNAVAILABLE;
  bed_must_plan(&b, &r.net.model);
  const lm_plan_report* report = lm_interpreter_report(b.interpreter);
  assert_string_equal(report->precision, "fp16");
  assert_non_null(strstr(report->note, "; not tried before: fake device: the device was lost"));
  b.device.run_status = LM_OK;
  bed_must_run(&b);
  bed_close(&b);
}

// A trial that finds no memory is one that fails; without memory for the program itself planning
// does.
static void a_trial_survives_every_failed_allocation(void** state) {
  (void)state;
  reshape_net r;
  reshape_net_init(&r, LM_FLOAT32, 100);
  bool untried = false;
  for (int fail_at = 1;; ++fail_at) {
    counting_allocator counter = {.fail_at = fail_at};
    bed b = {0};
    lm_error err = LM_ERROR_INIT;
    fake_device_init(&b.device, counting_allocator_make(&counter));
    lm_status status = fake_delegate_open(&b.device, "precision=fp16,tune=on", &b.delegate, &err);
    if (status == LM_OK) {
      status = bed_plan(&b, &r.net.model, b.device.base.allocator, &err);
      const char* note = status == LM_OK ? lm_interpreter_report(b.interpreter)->note : "";
      untried = untried || strstr(note, "; not tried before: ") != NULL;
      lm_interpreter_destroy(b.interpreter);
      b.delegate->vtable->close(b.delegate);
    }
    assert_int_equal(b.device.live, 0);
    assert_int_equal(counter.live, 0);
    if (counter.allocations < fail_at) break;  // nothing failed any more
    if (status != LM_OK) assert_int_equal(status, LM_OUT_OF_MEMORY);
  }
  assert_true(untried);
}

static void times_and_kernels_are_passed_on(void** state) {
  (void)state;
  small_graph graph;
  small_graph_init(&graph, CHAIN);
  bed b = {0};
  lm_error err = LM_ERROR_INIT;
  lm_profiler profiler;
  fake_device_init(&b.device, lm_allocator_default());
  bed_open(&b, NULL);
  bed_must_plan(&b, &graph.model);
  assert_int_equal(lm_profiler_init(&profiler, 64, lm_allocator_default(), &err), LM_OK);
  lm_interpreter_set_profiler(b.interpreter, &profiler);
  bed_must_run(&b);
  lm_program_times times;
  assert_true(lm_interpreter_program_times(b.interpreter, &times));
  assert_int_equal(times.dispatches, CHAIN);
  assert_int_equal(profiler.count, CHAIN + 1);  // and the program
  for (int i = 0; i < CHAIN; ++i) {
    assert_int_equal(profiler.events[i].kind, LM_EVENT_KERNEL);
    assert_int_equal(profiler.events[i].node_index, i);
    const lm_placement* p = &lm_interpreter_report(b.interpreter)->placements[i];
    assert_string_equal(profiler.events[i].name, p->kernel);
  }
  lm_profiler_deinit(&profiler);
  bed_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_are_read),
      cmocka_unit_test(wrong_options_are_named),
      cmocka_unit_test(half_needs_a_device_that_stores_it),
      cmocka_unit_test(intermediates_share_memory),
      cmocka_unit_test(an_operand_read_twice_is_kept),
      cmocka_unit_test(small_buffers_make_many),
      cmocka_unit_test(too_large_for_the_device),
      cmocka_unit_test(equal_constants_are_kept_once),
      cmocka_unit_test(values_cross_the_border),
      cmocka_unit_test(types_without_a_device_type),
      cmocka_unit_test(many_groups_are_folded),
      cmocka_unit_test(every_failed_allocation_is_survived),
      cmocka_unit_test(running_allocates_nothing),
      cmocka_unit_test(a_lost_device_is_told),
      cmocka_unit_test(a_trial_that_fails_is_told),
      cmocka_unit_test(a_trial_survives_every_failed_allocation),
      cmocka_unit_test(times_and_kernels_are_passed_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
