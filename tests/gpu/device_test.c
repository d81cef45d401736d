// SPDX-License-Identifier: MIT
//
// What gpu_device.h promises, asked of a driver (device_factory.h).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "counting_allocator.h"
#include "device_check.h"

// copy_scaled's LM_PARAMS.
typedef struct scaled_params {
  int32_t count;
  float scale, bias;
} scaled_params;

static counting_allocator counter;
static lm__gpu_device* device;
static const lm__gpu_device_vtable* driver;

#define FAILS(wanted, expression)             \
  do {                                        \
    lm_error err = LM_ERROR_INIT;             \
    assert_int_equal((expression), (wanted)); \
    assert_int_equal(err.status, (wanted));   \
    assert_true(err.message[0] != '\0');      \
  } while (0)

static const lm__gpu_options kOptions = {.timeout_seconds = 60};

static int open_device(void** state) {
  (void)state;
  counter = (counting_allocator){0};
  lm_error err = LM_ERROR_INIT;
  if (device_factory_open(&kOptions, counting_allocator_make(&counter), &device, &err) != LM_OK) {
    fprintf(stderr, "%s\n", err.message);
    return -1;
  }
  driver = device->vtable;
  return 0;
}

static int close_device(void** state) {
  (void)state;
  const size_t bytes = driver->device_bytes(device);
  driver->close(device);
  if (bytes != 0) fprintf(stderr, "%zu bytes of device memory are left\n", bytes);
  if (counter.live != 0) fprintf(stderr, "%d blocks are left\n", counter.live);
  return bytes == 0 && counter.live == 0 ? 0 : -1;
}

// ---- helpers

static lm__gpu_buffer* make_buffer(size_t bytes) {
  lm__gpu_buffer* buffer = NULL;
  OK(driver->buffer_create(device, bytes, LM_GPU_MEMORY_DEVICE, &buffer, &err));
  assert_non_null(buffer);
  return buffer;
}

static const lm__gpu_kernel* scaled_kernel(lm__gpu_type type, uint32_t group) {
  const lm__gpu_kernel_key key = {.name = "copy_scaled", .type = type, .group = {group, 1, 1}};
  const lm__gpu_kernel* kernel = NULL;
  OK(driver->kernel(device, &key, &kernel, &err));
  assert_non_null(kernel);
  return kernel;
}

static lm__gpu_recording* make_recording(void) {
  lm__gpu_recording* recording = NULL;
  OK(driver->recording_create(device, &recording, &err));
  assert_non_null(recording);
  return recording;
}

// y = x * scale + bias.
static void record_scaled(lm__gpu_recording* recording, const lm__gpu_kernel* kernel,
                          uint32_t group, lm__gpu_range x, lm__gpu_range y, int32_t count,
                          float scale, float bias, int32_t node) {
  const scaled_params params = {count, scale, bias};
  const lm__gpu_dispatch dispatch = {
      .kernel = kernel,
      .arg_count = 2,
      .args = {x, y},
      .writes = 2,
      .params = &params,
      .params_bytes = sizeof params,
      .groups = {((uint32_t)count + group - 1) / group, 1, 1},
      .node_index = node,
      .label = "scaled",
  };
  OK(driver->record_dispatch(recording, &dispatch, &err));
}

static void run(lm__gpu_recording* recording) {
  lm__gpu_times times;
  OK(driver->run(recording, &times, NULL, &err));
}

static lm__gpu_range all_of(lm__gpu_buffer* buffer, size_t bytes) {
  return (lm__gpu_range){buffer, 0, bytes};
}

static size_t aligned(size_t bytes) {
  const size_t by = device->caps.range_alignment;
  return (bytes + by - 1) / by * by;
}

// Integers up to 2048 as float16: exact.
static uint16_t half_of(int value) {
  if (value == 0) return 0;
  int exponent = 0;
  while (value >> (exponent + 1) != 0) ++exponent;
  return (uint16_t)((exponent + 15) << 10 | ((value << 10 >> exponent) & 0x3ff));
}

// ---- tests

static void test_caps(void** state) {
  (void)state;
  const lm__gpu_caps* caps = &device->caps;
  assert_true(caps->info.name[0] != '\0');
  assert_true(caps->info.api[0] != '\0');
  assert_null(caps->info.why_not);
  assert_true(caps->max_buffer_bytes >= (size_t)1 << 20);
  assert_true(caps->max_group_items >= 64);
  assert_true(caps->max_groups >= 65535);
  assert_true(caps->subgroup_items >= 1);
  assert_true(caps->compute_units >= 1);
  assert_true(caps->range_alignment > 0);
  assert_int_equal(caps->range_alignment & (caps->range_alignment - 1), 0);
}

static void test_buffers(void** state) {
  (void)state;
  static const size_t kSizes[] = {1, 3, 64, 4096, 1000003};
  for (size_t s = 0; s < sizeof kSizes / sizeof kSizes[0]; ++s) {
    const size_t bytes = kSizes[s];
    for (int memory = LM_GPU_MEMORY_DEVICE; memory <= LM_GPU_MEMORY_WEIGHTS; ++memory) {
      const size_t before = driver->device_bytes(device);
      lm__gpu_buffer* buffer = NULL;
      OK(driver->buffer_create(device, bytes, (lm__gpu_memory)memory, &buffer, &err));
      assert_true(driver->device_bytes(device) >= before + bytes);
      uint8_t* data = malloc(bytes);
      assert_non_null(data);
      memset(data, 0x5a, bytes);
      OK(driver->read(device, buffer, 0, data, bytes, &err));
      for (size_t i = 0; i < bytes; ++i) assert_int_equal(data[i], 0);
      for (size_t i = 0; i < bytes; ++i) data[i] = (uint8_t)(i * 7 + 1);
      const size_t half = bytes / 2;
      OK(driver->write(device, buffer, 0, data, half, &err));
      OK(driver->write(device, buffer, half, data + half, bytes - half, &err));
      memset(data, 0, bytes);
      OK(driver->read(device, buffer, half, data + half, bytes - half, &err));
      OK(driver->read(device, buffer, 0, data, half, &err));
      for (size_t i = 0; i < bytes; ++i) assert_int_equal(data[i], (uint8_t)(i * 7 + 1));
      free(data);
      driver->buffer_destroy(device, buffer);
      assert_int_equal(driver->device_bytes(device), before);
    }
  }
}

// More than the device can have fails, and the device works on.
static void test_huge_buffer(void** state) {
  (void)state;
  lm__gpu_buffer* buffer = NULL;
  FAILS(LM_OUT_OF_MEMORY, driver->buffer_create(device, device->caps.max_buffer_bytes + 4096,
                                                LM_GPU_MEMORY_DEVICE, &buffer, &err));
  assert_null(buffer);
  FAILS(LM_OUT_OF_MEMORY,
        driver->buffer_create(device, SIZE_MAX - 4096, LM_GPU_MEMORY_WEIGHTS, &buffer, &err));
  assert_null(buffer);
  driver->buffer_destroy(device, make_buffer(64));
}

static void test_kernels(void** state) {
  (void)state;
  assert_true(driver->has_kernel(device, "copy_scaled", LM_GPU_F32));
  assert_false(driver->has_kernel(device, "copy_scaled", LM_GPU_I8));
  assert_false(driver->has_kernel(device, "copy", LM_GPU_F32));
  assert_false(driver->has_kernel(device, "no_such_kernel", LM_GPU_F32));

  const lm__gpu_kernel* first = scaled_kernel(LM_GPU_F32, 64);
  int32_t compiled = 0, cached = 0, again = 0;
  uint64_t ns = 0;
  driver->compile_stats(device, &compiled, &cached, &ns);
  assert_int_equal(compiled, 1);
  assert_int_equal(cached, 0);
  assert_true(ns > 0);
  assert_ptr_equal(scaled_kernel(LM_GPU_F32, 64), first);
  driver->compile_stats(device, &again, &cached, &ns);
  assert_int_equal(again, compiled);
  assert_ptr_not_equal(scaled_kernel(LM_GPU_F32, 32), first);

  const lm__gpu_kernel* kernel = NULL;
  lm__gpu_kernel_key key = {.name = "no_such_kernel", .type = LM_GPU_F32, .group = {64, 1, 1}};
  FAILS(LM_UNSUPPORTED, driver->kernel(device, &key, &kernel, &err));
  key.name = "copy_scaled";
  key.type = LM_GPU_I8;
  FAILS(LM_UNSUPPORTED, driver->kernel(device, &key, &kernel, &err));
  key.type = LM_GPU_F32;
  key.group[0] = device->caps.max_group_items;
  key.group[1] = 2;
  FAILS(LM_UNSUPPORTED, driver->kernel(device, &key, &kernel, &err));
  assert_null(kernel);
}

static void check_scaled_f32(int32_t count, uint32_t group, size_t offset) {
  const lm__gpu_kernel* kernel = scaled_kernel(LM_GPU_F32, group);
  const size_t bytes = (size_t)count * 4, room = offset + aligned(bytes) + 256;
  lm__gpu_buffer* x = make_buffer(room);
  lm__gpu_buffer* y = make_buffer(room);
  float* data = calloc(room / 4, 4);
  assert_non_null(data);
  memset(data, 0x5a, room / 4 * 4);
  OK(driver->write(device, y, 0, data, room / 4 * 4, &err));  // must stay around the range
  for (size_t i = 0; i < room / 4; ++i) data[i] = (float)(i % 1000);
  OK(driver->write(device, x, 0, data, room / 4 * 4, &err));
  lm__gpu_recording* recording = make_recording();
  record_scaled(recording, kernel, group, (lm__gpu_range){x, offset, bytes},
                (lm__gpu_range){y, offset, bytes}, count, 2.0f, 0.5f, 0);
  OK(driver->finish(recording, &err));
  run(recording);
  OK(driver->read(device, y, 0, data, room / 4 * 4, &err));
  for (size_t i = 0; i < room / 4; ++i) {
    if (i < offset / 4 || i >= offset / 4 + (size_t)count) {
      uint32_t word;
      memcpy(&word, &data[i], sizeof word);
      assert_int_equal(word, 0x5a5a5a5a);
    } else {
      assert_true(data[i] == (float)(i % 1000) * 2.0f + 0.5f);
    }
  }
  free(data);
  driver->recording_destroy(device, recording);
  driver->buffer_destroy(device, x);
  driver->buffer_destroy(device, y);
}

static void test_scaled_f32(void** state) {
  (void)state;
  static const int32_t kCounts[] = {1, 31, 64, 65, 1000, 100003};
  for (size_t i = 0; i < sizeof kCounts / sizeof kCounts[0]; ++i) {
    check_scaled_f32(kCounts[i], 64, 0);
    check_scaled_f32(kCounts[i], 32, device->caps.range_alignment);
    check_scaled_f32(kCounts[i], 1 << (i % 7), 5 * device->caps.range_alignment);
  }
}

static void test_scaled_f16(void** state) {
  (void)state;
  if (!device->caps.half_storage) {
    print_message("the device has no float16 in buffers\n");
    return;
  }
  enum { COUNT = 1001 };
  static uint16_t data[COUNT];
  for (int i = 0; i < COUNT; ++i) data[i] = half_of(i);
  lm__gpu_buffer* x = make_buffer(sizeof data);
  lm__gpu_buffer* y = make_buffer(sizeof data);
  OK(driver->write(device, x, 0, data, sizeof data, &err));
  lm__gpu_recording* recording = make_recording();
  record_scaled(recording, scaled_kernel(LM_GPU_F16, 64), 64, all_of(x, sizeof data),
                all_of(y, sizeof data), COUNT, 2.0f, 3.0f, 0);
  OK(driver->finish(recording, &err));
  run(recording);
  OK(driver->read(device, y, 0, data, sizeof data, &err));
  for (int i = 0; i < COUNT; ++i) assert_int_equal(data[i], half_of(2 * i + 3));
  driver->recording_destroy(device, recording);
  driver->buffer_destroy(device, x);
  driver->buffer_destroy(device, y);
}

// Every dispatch reads what the one before it wrote, and the host's memory is read anew in each
// run.
static void test_recording(void** state) {
  (void)state;
  enum { COUNT = 3000, STEPS = 40, RUNS = 50 };
  static float in[COUNT], out[COUNT], early[COUNT];
  const size_t bytes = sizeof in, room = aligned(bytes);
  lm__gpu_buffer* memory = make_buffer(3 * room);
  const lm__gpu_range a = {memory, 0, bytes}, b = {memory, room, bytes},
                      kept = {memory, 2 * room, bytes};
  const lm__gpu_kernel* kernel = scaled_kernel(LM_GPU_F32, 64);
  lm__gpu_recording* recording = make_recording();
  OK(driver->record_upload(recording, a, in, &err));
  for (int i = 0; i < STEPS; ++i) {
    record_scaled(recording, kernel, 64, i % 2 == 0 ? a : b, i % 2 == 0 ? b : a, COUNT, 1.0f,
                  (float)(i + 1), i);
    if (i == 0) record_scaled(recording, kernel, 64, b, kept, COUNT, -2.0f, 0.0f, i);
  }
  record_scaled(recording, kernel, 64, a, a, COUNT, 2.0f, 1.0f, STEPS);  // in place
  OK(driver->record_download(recording, kept, early, &err));
  OK(driver->record_download(recording, a, out, &err));
  OK(driver->finish(recording, &err));
  const int allocations = counter.allocations;
  for (int r = 0; r < RUNS; ++r) {
    for (int i = 0; i < COUNT; ++i) in[i] = (float)(i + r * 10);
    run(recording);
    for (int i = 0; i < COUNT; ++i) {
      assert_true(early[i] == -2.0f * (in[i] + 1.0f));
      assert_true(out[i] == 2.0f * (in[i] + STEPS * (STEPS + 1) / 2) + 1.0f);
    }
  }
  assert_int_equal(counter.allocations, allocations);
  driver->recording_destroy(device, recording);
  driver->buffer_destroy(device, memory);
}

// Transfers alone, of parts, and nothing at all; the buffer goes first.
static void test_odd_recordings(void** state) {
  (void)state;
  static uint8_t in[1000], out[1000];
  for (size_t i = 0; i < sizeof in; ++i) in[i] = (uint8_t)i;
  const size_t offset = device->caps.range_alignment;
  lm__gpu_buffer* memory = make_buffer(offset + sizeof in);
  lm__gpu_recording* recording = make_recording();
  OK(driver->record_upload(recording, (lm__gpu_range){memory, offset, sizeof in}, in, &err));
  OK(driver->record_upload(recording, (lm__gpu_range){memory, 0, 10}, in + 20, &err));
  OK(driver->record_download(recording, (lm__gpu_range){memory, offset, sizeof out}, out, &err));
  OK(driver->record_download(recording, (lm__gpu_range){memory, 0, 10}, out + 500, &err));
  OK(driver->finish(recording, &err));
  run(recording);
  for (size_t i = 0; i < sizeof out; ++i) {
    assert_int_equal(out[i], i >= 500 && i < 510 ? in[i - 480] : in[i]);
  }
  lm__gpu_recording* empty = make_recording();
  OK(driver->finish(empty, &err));
  run(empty);
  driver->recording_destroy(device, empty);
  driver->buffer_destroy(device, memory);
  driver->recording_destroy(device, recording);
  driver->recording_destroy(device, make_recording());  // never finished
}

static void check_times(const lm__gpu_times* times, int32_t dispatches) {
  assert_int_equal(times->dispatches, dispatches);
  assert_true(times->submits >= 1);
  assert_true(times->wall_ns > 0);
  assert_true(times->upload_ns + times->enqueue_ns + times->wait_ns + times->download_ns <=
              times->wall_ns);
  assert_true(times->device_ns > 0);
  // Another clock: some leeway.
  assert_true((double)times->device_ns <=
              1.05 * (double)(times->enqueue_ns + times->wait_ns) + 2e4);
}

static void test_times(void** state) {
  (void)state;
  enum { COUNT = 100000, STEPS = 10 };
  static float in[COUNT], out[COUNT];
  lm__gpu_buffer* x = make_buffer(sizeof in);
  lm__gpu_buffer* y = make_buffer(sizeof in);
  const lm__gpu_kernel* kernel = scaled_kernel(LM_GPU_F32, 64);
  lm__gpu_recording* recording = make_recording();
  OK(driver->record_upload(recording, all_of(x, sizeof in), in, &err));
  for (int i = 0; i < STEPS; ++i) {
    record_scaled(recording, kernel, 64, all_of(i % 2 == 0 ? x : y, sizeof in),
                  all_of(i % 2 == 0 ? y : x, sizeof in), COUNT, 1.0f, 1.0f, 100 + i);
  }
  OK(driver->record_download(recording, all_of(x, sizeof in), out, &err));
  OK(driver->finish(recording, &err));
  lm__gpu_times times;
  for (int r = 0; r < 5; ++r) {
    OK(driver->run(recording, &times, NULL, &err));
    check_times(&times, STEPS);
    assert_int_equal(times.kernels_ns, 0);
  }
  lm_profiler profiler;
  OK(lm_profiler_init(&profiler, STEPS, lm_allocator_default(), &err));
  for (int r = 0; r < 5; ++r) {
    lm_profiler_reset(&profiler);
    OK(driver->run(recording, &times, &profiler, &err));
    check_times(&times, STEPS);
    assert_true(times.kernels_ns > 0);
    assert_int_equal(profiler.count, STEPS);
    uint64_t previous = 0;
    for (int i = 0; i < STEPS; ++i) {
      const lm_event* e = &profiler.events[i];
      assert_int_equal(e->kind, LM_EVENT_KERNEL);
      assert_int_equal(e->node_index, 100 + i);
      assert_string_equal(e->name, "scaled");
      assert_true(e->begin_ns >= previous);  // each needs the one before it
      assert_true(e->end_ns > e->begin_ns);
      previous = e->end_ns;
    }
    assert_true((double)previous <= 1.05 * (double)times.wall_ns + 1e5);
    assert_true(out[5] == (float)STEPS);
  }
  lm_profiler_deinit(&profiler);
  driver->recording_destroy(device, recording);
  driver->buffer_destroy(device, x);
  driver->buffer_destroy(device, y);
}

// Two devices of one process do not know of each other.
static void test_second_device(void** state) {
  (void)state;
  lm__gpu_device* first = device;
  OK(device_factory_open(&kOptions, counting_allocator_make(&counter), &device, &err));
  check_scaled_f32(1000, 64, 0);
  lm__gpu_device* second = device;
  device = first;
  check_scaled_f32(1000, 64, 0);
  driver->close(second);
  check_scaled_f32(500, 64, 0);
}

// Everything that allocates, with the first, second, ... allocation failing.
static lm_status use_all(lm_allocator allocator, lm_error* err) {
  static float in[256], out[256];
  lm__gpu_device* d = NULL;
  lm__gpu_buffer* buffer = NULL;
  lm__gpu_recording* recording = NULL;
  const lm__gpu_kernel* kernel = NULL;
  const lm__gpu_kernel_key key = {.name = "copy_scaled", .type = LM_GPU_F32, .group = {64, 1, 1}};
  const scaled_params params = {256, 1.0f, 1.0f};
  lm_status status = device_factory_open(&kOptions, allocator, &d, err);
  if (status != LM_OK) return status;
  const lm__gpu_device_vtable* v = d->vtable;
  status = v->buffer_create(d, sizeof in, LM_GPU_MEMORY_DEVICE, &buffer, err);
  if (status == LM_OK) status = v->kernel(d, &key, &kernel, err);
  if (status == LM_OK) status = v->recording_create(d, &recording, err);
  const lm__gpu_range range = {buffer, 0, sizeof in};
  if (status == LM_OK) status = v->record_upload(recording, range, in, err);
  const lm__gpu_dispatch dispatch = {.kernel = kernel,
                                     .arg_count = 2,
                                     .args = {range, range},
                                     .writes = 2,
                                     .params = &params,
                                     .params_bytes = sizeof params,
                                     .groups = {4, 1, 1},
                                     .label = "scaled"};
  if (status == LM_OK) status = v->record_dispatch(recording, &dispatch, err);
  if (status == LM_OK) status = v->record_download(recording, range, out, err);
  if (status == LM_OK) status = v->finish(recording, err);
  lm__gpu_times times;
  if (status == LM_OK) status = v->run(recording, &times, NULL, err);
  if (recording != NULL) v->recording_destroy(d, recording);
  if (buffer != NULL) v->buffer_destroy(d, buffer);
  v->close(d);
  return status;
}

static void test_out_of_host_memory(void** state) {
  (void)state;
  for (int fail_at = 1; fail_at < 200; ++fail_at) {
    counting_allocator sweep = {.fail_at = fail_at};
    lm_error err = LM_ERROR_INIT;
    const lm_status status = use_all(counting_allocator_make(&sweep), &err);
    assert_int_equal(sweep.live, 0);
    if (status == LM_OK) {
      assert_true(fail_at > 5);
      return;
    }
    assert_int_equal(status, LM_OUT_OF_MEMORY);
    assert_true(err.message[0] != '\0');
  }
  fail_msg("it never succeeded");
}

#define ON_DEVICE(test) cmocka_unit_test_setup_teardown(test, open_device, close_device)

int main(void) {
  if (!device_check_exists(&kOptions)) return 77;
  const struct CMUnitTest tests[] = {
      ON_DEVICE(test_caps),
      ON_DEVICE(test_buffers),
      ON_DEVICE(test_huge_buffer),
      ON_DEVICE(test_kernels),
      ON_DEVICE(test_scaled_f32),
      ON_DEVICE(test_scaled_f16),
      ON_DEVICE(test_recording),
      ON_DEVICE(test_odd_recordings),
      ON_DEVICE(test_times),
      ON_DEVICE(test_second_device),
      cmocka_unit_test(test_out_of_host_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
