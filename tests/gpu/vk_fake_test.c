// SPDX-License-Identifier: MIT
//
// The Vulkan driver on a library of fakes: what is missing, what fails, what is lost.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "counting_allocator.h"
#include "vk_device.h"
#include "vk_fake.h"

enum { COUNT = 100, CHAIN = 3 };

typedef struct scaled_params {
  int32_t count;
  float scale, bias;
} scaled_params;

static lm__vk_config config_of(const char* cache_folder) {
  return (lm__vk_config){
      .timeout_seconds = 5, .cache_folder = cache_folder, .get_proc = vk_fake_get_proc};
}

static lm_status open_device(lm_allocator allocator, lm__gpu_device** out, lm_error* err) {
  const lm__vk_config config = config_of(NULL);
  return lm__vk_open(&config, allocator, out, err);
}

static void expect_text(const char* text, const char* part) {
  if (strstr(text, part) == NULL) fail_msg("\"%s\" has no \"%s\"", text, part);
}

// ---- devices

typedef struct open_case {
  const char* name;
  lm_status status;
  const char* message;
  void (*prepare)(void);
} open_case;

static void old_library(void) { fake.version = VK_API_VERSION_1_0; }
static void no_driver(void) { fake.no_instance = VK_ERROR_INCOMPATIBLE_DRIVER; }
static void no_device(void) { fake.device_count = 0; }
static void old_device(void) { fake.device_version = VK_API_VERSION_1_0; }
static void no_compute(void) { fake.no_compute = true; }
static void no_function(void) { fake.missing = "vkCmdDispatch"; }
static void no_global(void) { fake.missing = "vkCreateInstance"; }
static void no_instance_function(void) { fake.missing = "vkDestroyInstance"; }

static const open_case kOpenCases[] = {
    {"library of 1.0", LM_UNAVAILABLE, "1.1 is the least", old_library},
    {"no driver", LM_UNAVAILABLE, "mesa-vulkan-drivers", no_driver},
    {"no device", LM_UNAVAILABLE, "mesa-vulkan-drivers", no_device},
    {"device of 1.0", LM_UNAVAILABLE, "1.1 is the least", old_device},
    {"no compute queue", LM_UNAVAILABLE, "no queue for compute", no_compute},
    {"a device function is missing", LM_UNAVAILABLE, "vkCmdDispatch", no_function},
    {"a global function is missing", LM_UNAVAILABLE, "vkCreateInstance", no_global},
};

static void test_open(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kOpenCases / sizeof kOpenCases[0]; ++i) {
    const open_case* c = &kOpenCases[i];
    vk_fake_reset();
    c->prepare();
    counting_allocator counter = {0};
    lm_error err = LM_ERROR_INIT;
    lm__gpu_device* device = NULL;
    const lm_status status = open_device(counting_allocator_make(&counter), &device, &err);
    if (status != c->status) fail_msg("%s: status %d, expected %d", c->name, status, c->status);
    expect_text(err.message, c->message);
    assert_null(device);
    if (fake.live != 0 || counter.live != 0) fail_msg("%s leaks", c->name);
  }
  // Then the instance cannot be destroyed either.
  vk_fake_reset();
  no_instance_function();
  lm_error err = LM_ERROR_INIT;
  lm__gpu_device* device = NULL;
  assert_int_equal(open_device(lm_allocator_default(), &device, &err), LM_UNAVAILABLE);
  assert_int_equal(fake.live, 1);
}

static void test_order(void** state) {
  (void)state;
  vk_fake_reset();
  fake.device_count = 4;
  const VkPhysicalDeviceType types[] = {
      VK_PHYSICAL_DEVICE_TYPE_CPU, VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU,
      VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU, VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU};
  const char* const names[] = {"Processor", "Integrated", "Big One", "Big Two"};
  memcpy(fake.types, types, sizeof types);
  memcpy(fake.names, names, sizeof names);
  static const char* const kExpected[] = {"Big One", "Big Two", "Integrated", "Processor"};
  lm_device_info info;
  for (int32_t i = 0; i < 4; ++i) {
    assert_int_equal(lm__vk_device_at(vk_fake_get_proc, i, &info, NULL), LM_OK);
    assert_string_equal(info.name, kExpected[i]);
    assert_int_equal(info.index, i);
    assert_string_equal(info.driver, "1.2.3");
  }
  assert_int_equal(info.type, LM_DEVICE_CPU);
  assert_int_equal(lm__vk_device_at(vk_fake_get_proc, 4, &info, NULL), LM_INVALID_ARGUMENT);
  assert_int_equal(lm__vk_device_at(vk_fake_get_proc, -1, &info, NULL), LM_INVALID_ARGUMENT);
  static const struct {
    const char* wanted;
    const char* found;  // NULL: none
  } cases[] = {{NULL, "Big One"},  {"1", "Big Two"}, {"TWO", "Big Two"}, {"integ", "Integrated"},
               {"3", "Processor"}, {"4", NULL},      {"radeon", NULL},   {"99999999999", NULL}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    lm__vk_config config = config_of(NULL);
    config.device = cases[i].wanted;
    lm__gpu_device* device = NULL;
    lm_error err = LM_ERROR_INIT;
    const lm_status status = lm__vk_open(&config, lm_allocator_default(), &device, &err);
    if (cases[i].found == NULL) {
      assert_int_equal(status, LM_INVALID_ARGUMENT);
    } else {
      assert_int_equal(status, LM_OK);
      assert_string_equal(device->caps.info.name, cases[i].found);
      device->vtable->close(device);
    }
  }
  assert_int_equal(fake.live, 0);
}

// ---- a whole life

typedef struct life {
  lm__gpu_device* device;
  lm__gpu_buffer* buffers[2];
  lm__gpu_recording* recording;
  lm__gpu_times times;
  float in[COUNT];
  float out[COUNT];
} life;

static void life_end(life* l) {
  if (l->device == NULL) return;
  const lm__gpu_device_vtable* vtable = l->device->vtable;
  if (l->recording != NULL) vtable->recording_destroy(l->device, l->recording);
  for (int i = 0; i < 2; ++i) {
    if (l->buffers[i] != NULL) vtable->buffer_destroy(l->device, l->buffers[i]);
  }
  vtable->close(l->device);
  l->device = NULL;
}

#define TRY(expression)                  \
  do {                                   \
    const lm_status try_ = (expression); \
    if (try_ != LM_OK) return try_;      \
  } while (0)

// in -> buffer 0 -> buffer 1 -> buffer 0 -> buffer 1 -> out, each time twice plus one.
static lm_status life_record(life* l, lm_error* err) {
  const lm__gpu_device_vtable* vtable = l->device->vtable;
  const lm__gpu_kernel* kernel = NULL;
  const lm__gpu_kernel_key key = {.name = "copy_scaled", .type = LM_GPU_F32, .group = {64, 1, 1}};
  TRY(vtable->kernel(l->device, &key, &kernel, err));
  TRY(vtable->recording_create(l->device, &l->recording, err));
  const lm__gpu_range ranges[] = {{l->buffers[0], 0, sizeof l->in},
                                  {l->buffers[1], 256, sizeof l->in}};
  TRY(vtable->record_upload(l->recording, ranges[0], l->in, err));
  const scaled_params params = {COUNT, 2.0f, 1.0f};
  for (int i = 0; i < CHAIN; ++i) {
    const lm__gpu_dispatch dispatch = {.kernel = kernel,
                                       .arg_count = 2,
                                       .args = {ranges[i & 1], ranges[!(i & 1)]},
                                       .writes = 2,
                                       .params = &params,
                                       .params_bytes = sizeof params,
                                       .groups = {2, 1, 1},
                                       .node_index = i,
                                       .label = "twice"};
    TRY(vtable->record_dispatch(l->recording, &dispatch, err));
  }
  TRY(vtable->record_download(l->recording, ranges[1], l->out, err));
  return vtable->finish(l->recording, err);
}

static lm_status life_begin(life* l, const lm__vk_config* config, lm_allocator allocator,
                            lm_error* err) {
  memset(l, 0, sizeof *l);
  TRY(lm__vk_open(config, allocator, &l->device, err));
  const lm__gpu_device_vtable* vtable = l->device->vtable;
  for (int i = 0; i < 2; ++i) {
    TRY(vtable->buffer_create(l->device, sizeof l->in + 256,
                              i == 0 ? LM_GPU_MEMORY_DEVICE : LM_GPU_MEMORY_WEIGHTS, &l->buffers[i],
                              err));
  }
  return life_record(l, err);
}

// Runs twice, once with a profiler if there is one, reads and writes.
static lm_status life_run(life* l, lm_profiler* profiler, lm_error* err) {
  const lm__gpu_device_vtable* vtable = l->device->vtable;
  for (int i = 0; i < COUNT; ++i) l->in[i] = (float)i;
  TRY(vtable->run(l->recording, &l->times, NULL, err));
  if (profiler != NULL) TRY(vtable->run(l->recording, &l->times, profiler, err));
  float first = 0;
  TRY(vtable->read(l->device, l->buffers[1], 256, &first, sizeof first, err));
  if (first != l->out[0]) return LM_FAIL(err, LM_BAD_MODEL, "read %g", first);
  return vtable->write(l->device, l->buffers[0], 0, &first, sizeof first, err);
}

static lm_status live(const lm__vk_config* config, lm_profiler* profiler, lm_allocator allocator,
                      lm_error* err) {
  life l;
  lm_status status = life_begin(&l, config, allocator, err);
  if (status == LM_OK) status = life_run(&l, profiler, err);
  life_end(&l);
  return status;
}

static void test_life(void** state) {
  (void)state;
  for (int unified = 0; unified < 2; ++unified) {
    vk_fake_reset();
    fake.unified = unified != 0;
    counting_allocator counter = {0};
    const lm__vk_config config = config_of(NULL);
    life l;
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(life_begin(&l, &config, counting_allocator_make(&counter), &err), LM_OK);
    assert_true(l.device->vtable->device_bytes(l.device) >= 2 * sizeof l.in);
    lm_profiler profiler;
    assert_int_equal(lm_profiler_init(&profiler, 8, lm_allocator_default(), NULL), LM_OK);
    const int allocations = counter.allocations;
    lm__gpu_times times;
    for (int i = 0; i < COUNT; ++i) l.in[i] = (float)i;
    assert_int_equal(l.device->vtable->run(l.recording, &times, NULL, &err), LM_OK);
    assert_int_equal(l.device->vtable->run(l.recording, &times, &profiler, &err), LM_OK);
    assert_int_equal(counter.allocations, allocations);
    for (int i = 0; i < COUNT; ++i) assert_true(l.out[i] == 8.0f * (float)i + 7.0f);
    assert_int_equal(times.dispatches, CHAIN);
    assert_int_equal(times.submits, 1);
    // The clock advances by 1000 ticks of 2 ns at each reading.
    assert_int_equal(times.device_ns, 2000 * (2 * CHAIN + 1));
    assert_int_equal(times.kernels_ns, 2000 * CHAIN);
    assert_true(times.upload_ns + times.enqueue_ns + times.wait_ns + times.download_ns <=
                times.wall_ns);
    assert_int_equal(profiler.count, CHAIN);
    for (int i = 0; i < CHAIN; ++i) {
      assert_int_equal(profiler.events[i].node_index, i);
      assert_string_equal(profiler.events[i].name, "twice");
      assert_int_equal(profiler.events[i].begin_ns, 2000 * (2 * i + 1));
      assert_int_equal(profiler.events[i].end_ns, 2000 * (2 * i + 2));
    }
    lm_profiler_deinit(&profiler);
    assert_int_equal(life_run(&l, NULL, &err), LM_OK);
    life_end(&l);
    assert_int_equal(fake.live, 0);
    assert_int_equal(counter.live, 0);
  }
}

static void test_clock(void** state) {
  (void)state;
  static const uint32_t kBits[] = {0, 11, 32};
  for (int i = 0; i < 3; ++i) {
    vk_fake_reset();
    fake.clock_bits = kBits[i];
    const lm__vk_config config = config_of(NULL);
    life l;
    assert_int_equal(life_begin(&l, &config, lm_allocator_default(), NULL), LM_OK);
    // The counter of 11 bits wraps in between.
    for (int run = 0; run < 5; ++run) {
      assert_int_equal(l.device->vtable->run(l.recording, &l.times, NULL, NULL), LM_OK);
      assert_int_equal(l.times.device_ns, kBits[i] == 0 ? 0 : 2000);
    }
    life_end(&l);
    assert_int_equal(fake.live, 0);
  }
}

// ---- failures

static void test_driver_failures(void** state) {
  (void)state;
  for (int unified = 0; unified < 2; ++unified) {
    int n = 0;
    for (lm_status status = LM_INTERNAL; status != LM_OK;) {
      vk_fake_reset();
      fake.unified = unified != 0;
      fake.fail_at = ++n;
      assert_true(n < 200);
      counting_allocator counter = {0};
      lm_profiler profiler;
      assert_int_equal(lm_profiler_init(&profiler, 8, lm_allocator_default(), NULL), LM_OK);
      const lm__vk_config config = config_of(NULL);
      lm_error err = LM_ERROR_INIT;
      status = live(&config, &profiler, counting_allocator_make(&counter), &err);
      lm_profiler_deinit(&profiler);
      if (status != LM_OK && status != LM_OUT_OF_MEMORY) fail_msg("call %d: %s", n, err.message);
      if (status != LM_OK && err.message[0] == '\0') fail_msg("call %d: no message", n);
      if (fake.live != 0) fail_msg("call %d: %d objects are left (%s)", n, fake.live, err.message);
      if (counter.live != 0) fail_msg("call %d: %d blocks are left", n, counter.live);
    }
    // A life has more calls than this that can fail.
    assert_true(n > 30);
  }
}

static void test_host_memory_failures(void** state) {
  (void)state;
  int n = 0;
  for (lm_status status = LM_INTERNAL; status != LM_OK;) {
    vk_fake_reset();
    counting_allocator counter = {.fail_at = ++n};
    assert_true(n < 200);
    const lm__vk_config config = config_of("/tmp");
    lm_error err = LM_ERROR_INIT;
    status = live(&config, NULL, counting_allocator_make(&counter), &err);
    if (status != LM_OK && status != LM_OUT_OF_MEMORY) fail_msg("block %d: %s", n, err.message);
    if (fake.live != 0 || counter.live != 0) fail_msg("block %d leaks", n);
  }
  assert_true(n > 8);
}

static void test_big_buffer(void** state) {
  (void)state;
  vk_fake_reset();
  lm__gpu_device* device = NULL;
  assert_int_equal(open_device(lm_allocator_default(), &device, NULL), LM_OK);
  lm_error err = LM_ERROR_INIT;
  lm__gpu_buffer* buffer = NULL;
  assert_int_equal(
      device->vtable->buffer_create(device, (size_t)1 << 31, LM_GPU_MEMORY_DEVICE, &buffer, &err),
      LM_OUT_OF_MEMORY);
  assert_null(buffer);
  expect_text(err.message, "2147483648");
  assert_int_equal(device->caps.max_buffer_bytes, 1 << 27);
  device->vtable->close(device);
}

static void test_lost(void** state) {
  (void)state;
  for (int when = 0; when < 2; ++when) {
    vk_fake_reset();
    counting_allocator counter = {0};
    const lm__vk_config config = config_of(NULL);
    life l;
    assert_int_equal(life_begin(&l, &config, counting_allocator_make(&counter), NULL), LM_OK);
    fake.lose_on_submit = when == 0;
    fake.lose_on_wait = when == 1;
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(life_run(&l, NULL, &err), LM_UNAVAILABLE);
    expect_text(err.message, "Fake GPU");
    expect_text(err.message, "lost");
    lm_error_clear(&err);
    fake.lose_on_submit = fake.lose_on_wait = false;
    assert_int_equal(life_run(&l, NULL, &err), LM_UNAVAILABLE);
    life_end(&l);
    assert_int_equal(fake.live, 0);
    assert_int_equal(counter.live, 0);
  }
}

static void test_timeout(void** state) {
  (void)state;
  for (int later = 0; later < 2; ++later) {
    vk_fake_reset();
    counting_allocator counter = {0};
    const lm__vk_config config = config_of(NULL);
    life l;
    assert_int_equal(life_begin(&l, &config, counting_allocator_make(&counter), NULL), LM_OK);
    fake.never_answer = true;
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(life_run(&l, NULL, &err), LM_UNAVAILABLE);
    expect_text(err.message, "no answer within 5 s");
    lm_error_clear(&err);
    assert_int_equal(life_run(&l, NULL, &err), LM_UNAVAILABLE);
    // What answers before it is closed is destroyed; else the driver keeps its objects.
    fake.never_answer = later == 0;
    life_end(&l);
    assert_int_equal(counter.live, 0);
    if (later == 0) {
      assert_true(fake.live > 0);
    } else {
      assert_int_equal(fake.live, 0);
    }
  }
}

static void test_complaint(void** state) {
  (void)state;
  vk_fake_reset();
  lm__vk_config config = config_of(NULL);
  config.validate = true;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(live(&config, NULL, lm_allocator_default(), &err), LM_UNAVAILABLE);
  expect_text(err.message, "vulkan-validationlayers");
  fake.complaint = "something is wrong";
  lm_error_clear(&err);
  assert_int_equal(live(&config, NULL, lm_allocator_default(), &err), LM_INTERNAL);
  expect_text(err.message, "something is wrong");
  assert_int_equal(fake.live, 0);
}

static void test_bad_calls(void** state) {
  (void)state;
  vk_fake_reset();
  const lm__vk_config config = config_of(NULL);
  life l;
  assert_int_equal(life_begin(&l, &config, lm_allocator_default(), NULL), LM_OK);
  const lm__gpu_device_vtable* vtable = l.device->vtable;
  const lm__gpu_kernel* kernel = NULL;
  lm__gpu_kernel_key key = {.name = "no_such_kernel", .group = {1, 1, 1}};
  assert_int_equal(vtable->kernel(l.device, &key, &kernel, NULL), LM_UNSUPPORTED);
  assert_false(vtable->has_kernel(l.device, "no_such_kernel", LM_GPU_F32));
  assert_true(vtable->has_kernel(l.device, "copy_scaled", LM_GPU_F32));
  key = (lm__gpu_kernel_key){.name = "copy_scaled", .group = {1024, 2, 1}};
  assert_int_equal(vtable->kernel(l.device, &key, &kernel, NULL), LM_UNSUPPORTED);
  assert_int_equal(vtable->finish(l.recording, NULL), LM_INTERNAL);
  uint8_t byte = 0;
  assert_int_equal(vtable->write(l.device, l.buffers[0], 1 << 20, &byte, 1, NULL), LM_INTERNAL);
  assert_int_equal(vtable->read(l.device, l.buffers[0], SIZE_MAX, &byte, 1, NULL), LM_INTERNAL);
  life_end(&l);
  assert_int_equal(fake.live, 0);
}

// A device's cooperative matrices are used once they have multiplied a matrix right.
static void test_matrix(void** state) {
  (void)state;
  for (int matrix = -1; matrix <= 1; ++matrix) {
    vk_fake_reset();
    fake.matrix = matrix;
    lm__gpu_device* device = NULL;
    assert_int_equal(open_device(lm_allocator_default(), &device, NULL), LM_OK);
    assert_int_equal(device->caps.matrix_f16, matrix == 1);
    assert_int_equal(device->vtable->has_kernel(device, "conv_matrix", LM_GPU_F16), matrix == 1);
    assert_int_equal(device->vtable->device_bytes(device), 0);
    device->vtable->close(device);
    assert_int_equal(fake.live, 0);
  }
  // A driver that fails over it does without; one that is lost is no device.
  for (int n = 1; n < 60; ++n) {
    vk_fake_reset();
    fake.matrix = 1;
    fake.fail_at = n;
    lm__gpu_device* device = NULL;
    if (open_device(lm_allocator_default(), &device, NULL) == LM_OK) device->vtable->close(device);
    assert_int_equal(fake.live, 0);
  }
  vk_fake_reset();
  fake.matrix = 1;
  fake.lose_on_wait = true;
  lm__gpu_device* device = NULL;
  assert_int_equal(open_device(lm_allocator_default(), &device, NULL), LM_UNAVAILABLE);
  assert_int_equal(fake.live, 0);
}

// ---- the pipeline cache

static const struct {
  uint32_t bytes, version, vendor, device;
  uint8_t uuid[VK_UUID_SIZE];
  char rest[8];
} kCacheData = {32, 1, 0x1234, 0, {0}, "compile"};

static size_t cache_files(const char* folder, char* out_path, size_t path_bytes) {
  char command[256];
  snprintf(command, sizeof command, "ls -A %s", folder);
  FILE* list = popen(command, "r");
  char line[128];
  size_t count = 0;
  while (list != NULL && fgets(line, sizeof line, list) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    snprintf(out_path, path_bytes, "%s/%s", folder, line);
    ++count;
  }
  if (list != NULL) pclose(list);
  return count;
}

static void test_cache(void** state) {
  (void)state;
  char folder[] = "/tmp/litmark_vk_cache_XXXXXX";
  assert_non_null(mkdtemp(folder));
  char path[256];
  const lm__vk_config config = config_of(folder);
  vk_fake_reset();
  fake.cache_data = &kCacheData;
  fake.cache_bytes = sizeof kCacheData;
  assert_int_equal(live(&config, NULL, lm_allocator_default(), NULL), LM_OK);
  assert_int_equal(fake.cache_loaded, 0);
  assert_int_equal(cache_files(folder, path, sizeof path), 1);
  assert_int_equal(live(&config, NULL, lm_allocator_default(), NULL), LM_OK);
  assert_int_equal(fake.cache_loaded, sizeof kCacheData);
  assert_int_equal(fake.live, 0);
  // Every byte damaged in turn, then every length: never handed to the driver, always rewritten.
  FILE* file = fopen(path, "rb");
  assert_non_null(file);
  uint8_t whole[256];
  const size_t bytes = fread(whole, 1, sizeof whole, file);
  fclose(file);
  assert_true(bytes > sizeof kCacheData && bytes < sizeof whole);
  for (size_t i = 0; i < 2 * bytes; ++i) {
    uint8_t damaged[256];
    memcpy(damaged, whole, bytes);
    damaged[i % bytes] ^= 1;
    file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(damaged, 1, i < bytes ? bytes : i - bytes, file);
    fclose(file);
    assert_int_equal(live(&config, NULL, lm_allocator_default(), NULL), LM_OK);
    if (fake.cache_loaded != 0) fail_msg("damage %zu was handed to the driver", i);
    assert_int_equal(cache_files(folder, path, sizeof path), 1);
  }
  assert_int_equal(live(&config, NULL, lm_allocator_default(), NULL), LM_OK);
  assert_int_equal(fake.cache_loaded, sizeof kCacheData);
  // Another driver finds none, and leaves one of its own.
  fake.device_version = VK_API_VERSION_1_2;
  assert_int_equal(live(&config, NULL, lm_allocator_default(), NULL), LM_OK);
  assert_int_equal(fake.cache_loaded, 0);
  assert_int_equal(cache_files(folder, path, sizeof path), 2);
  while (cache_files(folder, path, sizeof path) > 0) assert_int_equal(unlink(path), 0);
  rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_open),
      cmocka_unit_test(test_order),
      cmocka_unit_test(test_life),
      cmocka_unit_test(test_clock),
      cmocka_unit_test(test_driver_failures),
      cmocka_unit_test(test_host_memory_failures),
      cmocka_unit_test(test_big_buffer),
      cmocka_unit_test(test_lost),
      cmocka_unit_test(test_timeout),
      cmocka_unit_test(test_complaint),
      cmocka_unit_test(test_bad_calls),
      cmocka_unit_test(test_matrix),
      cmocka_unit_test(test_cache),
  };
  const int failed = cmocka_run_group_tests_name("vk_fake", tests, NULL, NULL);
  vk_fake_free_leaked();
  return failed;
}
