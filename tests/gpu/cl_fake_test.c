// SPDX-License-Identifier: MIT
//
// The OpenCL driver where things go wrong: no library, no device, failing calls, a device that is
// lost or hangs. Nothing may leak and nothing may wait for ever.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cl_fake.h"
#include "cl_scenario.h"
#include "counting_allocator.h"

static counting_allocator counter;

// Plays the scenario and checks that nothing is left of it.
static lm_status play(scenario* s, lm_error* err) {
  counter = (counting_allocator){0};
  if (s->timeout_seconds == 0) s->timeout_seconds = 30;
  if (s->runs == 0) s->runs = 2;
  const lm_status status = scenario_play(s, counting_allocator_make(&counter), err);
  fake_release_hung();
  assert_int_equal(err->status, status);
  assert_int_equal(counter.live, 0);
  assert_int_equal(fake.live, 0);
  return status;
}

static void expect(scenario* s, lm_status wanted, const char* words) {
  lm_error err = LM_ERROR_INIT;
  const lm_status status = play(s, &err);
  if (status != wanted || strstr(err.message, words) == NULL) {
    fail_msg("status %d, not %d: '%s' has no '%s'", status, wanted, err.message, words);
  }
}

static void succeed(scenario* s) { expect(s, LM_OK, ""); }

static const cl_device_type kTypes[] = {CL_DEVICE_TYPE_CPU, CL_DEVICE_TYPE_GPU};

// ---- opening

static void test_library(void** state) {
  (void)state;
  static const char* const kMissing[] = {"libno_such_opencl.so.1", NULL};
  static const char* const kOther[] = {"libm.so.6", NULL};
  lm__cl_library library;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm__cl_library_open(kMissing, &library, &err), LM_UNAVAILABLE);
  assert_non_null(strstr(err.message, "install ocl-icd-libopencl1"));
  lm__cl_library_close(&library);
  lm_error_clear(&err);
  assert_int_equal(lm__cl_library_open(kOther, &library, &err), LM_UNAVAILABLE);
  assert_non_null(strstr(err.message, "older than OpenCL 1.2"));
  lm__cl_library_close(&library);
}

static void test_nothing_there(void** state) {
  (void)state;
  scenario s = {0};
  fake_reset(CL_DEVICE_TYPE_GPU);
  fake.platform_count = 0;
  expect(&s, LM_UNAVAILABLE, "no OpenCL driver: install one");
  fake_reset(CL_DEVICE_TYPE_GPU);
  fake.platforms[0].device_count = 0;
  expect(&s, LM_UNAVAILABLE, "no device: the driver 'Fake'");
}

static void test_unusable(void** state) {
  (void)state;
  static const struct {
    const char* words;
    fake_device device;
  } kCases[] = {
      {"older than OpenCL 1.2", {.version = "OpenCL 1.1 old"}},
      {"older than OpenCL 1.2", {.version = "nonsense"}},
      {"no compiler", {.no_compiler = true}},
      {"cannot use it now", {.unavailable = true}},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    scenario s = {0};
    fake_reset(CL_DEVICE_TYPE_GPU);
    fake.platforms[0].devices[0] = kCases[i].device;
    fake.platforms[0].devices[0].name = "Odd";
    fake.platforms[0].devices[0].type = CL_DEVICE_TYPE_GPU;
    expect(&s, LM_UNAVAILABLE, kCases[i].words);
    s.device = "odd";
    expect(&s, LM_UNAVAILABLE, kCases[i].words);
    // The next one that works is chosen, unless this one is asked for.
    fake.platforms[0].devices[1] = (fake_device){.name = "Good", .type = CL_DEVICE_TYPE_CPU};
    fake.platforms[0].device_count = 2;
    expect(&s, LM_UNAVAILABLE, kCases[i].words);
    s.device = NULL;
    succeed(&s);
    assert_string_equal(s.caps.info.name, "Good");
  }
}

static void test_selection(void** state) {
  (void)state;
  fake_reset(CL_DEVICE_TYPE_CPU);
  fake.platforms[0] =
      (fake_platform){.name = "Zeta ",
                      .devices = {{.name = "  Slow CPU\n", .type = CL_DEVICE_TYPE_CPU},
                                  {.name = "Inside", .type = CL_DEVICE_TYPE_GPU, .unified = true}},
                      .device_count = 2};
  fake.platforms[1] =
      (fake_platform){.name = "Alpha",
                      .devices = {{.name = "Odd one", .type = CL_DEVICE_TYPE_CUSTOM},
                                  {.name = "Big GPU", .type = CL_DEVICE_TYPE_GPU},
                                  {.name = "Helper", .type = CL_DEVICE_TYPE_ACCELERATOR}},
                      .device_count = 3};
  fake.platform_count = 2;
  static const struct {
    const char* wanted;
    const char* name;
    lm_device_type type;
    int32_t index;
  } kCases[] = {
      {NULL, "Big GPU", LM_DEVICE_DISCRETE, 0},    {"", "Big GPU", LM_DEVICE_DISCRETE, 0},
      {"1", "Inside", LM_DEVICE_INTEGRATED, 1},    {"2", "Helper", LM_DEVICE_ACCELERATOR, 2},
      {"odd", "Odd one", LM_DEVICE_OTHER, 3},      {"slow cpu", "Slow CPU", LM_DEVICE_CPU, 4},
      {"ZETA", "Inside", LM_DEVICE_INTEGRATED, 1}, {"4", "Slow CPU", LM_DEVICE_CPU, 4},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    scenario s = {.device = kCases[i].wanted};
    succeed(&s);
    assert_string_equal(s.caps.info.name, kCases[i].name);
    assert_int_equal(s.caps.info.type, kCases[i].type);
    assert_int_equal(s.caps.info.index, kCases[i].index);
  }
  scenario s = {.device = "5"};
  expect(&s, LM_UNAVAILABLE, "no device '5'; there is 0 'Big GPU', 1 'Inside', 2 'Helper'");
  s.device = "99999999999999999999999";
  expect(&s, LM_UNAVAILABLE, "no device '9999");
  s.device = "none";
  expect(&s, LM_UNAVAILABLE, "no device 'none'");
}

static void test_caps(void** state) {
  (void)state;
  scenario s = {0};
  fake_reset(CL_DEVICE_TYPE_GPU);
  fake.extensions = "cl_khr_fp16_not cl_khr_integer_dot_product";
  succeed(&s);
  assert_int_equal(s.caps.range_alignment, 256);
  assert_int_equal(s.caps.max_buffer_bytes, 1 << 28);
  assert_int_equal(s.caps.local_bytes, 32768);
  assert_int_equal(s.caps.max_group_items, 1024);
  assert_int_equal(s.caps.info.memory_bytes, 1 << 30);
  assert_string_equal(s.caps.info.api, "OpenCL 3.0");
  assert_string_equal(s.caps.info.platform, "Fake");
  assert_true(s.caps.integer_dot);
  assert_false(s.caps.shares_memory);
  fake.extensions = "cl_khr_integer_dot_product_soon";
  succeed(&s);
  assert_false(s.caps.integer_dot);
}

static void test_threads(void** state) {
  (void)state;
  fake_reset(CL_DEVICE_TYPE_CPU);
  scenario s = {.threads = 3};
  succeed(&s);
  assert_int_equal(fake.partition[0], CL_DEVICE_PARTITION_BY_COUNTS);
  assert_int_equal(fake.partition[1], 3);
  assert_int_equal(s.caps.compute_units, 3);
  fake_reset(CL_DEVICE_TYPE_CPU);
  s.threads = 8;  // all of them
  succeed(&s);
  assert_int_equal(fake.partition[1], 0);
  assert_int_equal(s.caps.compute_units, 8);
  fake_reset(CL_DEVICE_TYPE_GPU);
  s.threads = 1;  // of the host: a GPU has none
  succeed(&s);
  assert_int_equal(fake.partition[1], 0);
  fake_reset(CL_DEVICE_TYPE_CPU);
  fake.fail_name = "clCreateSubDevices";
  fake.fail_code = CL_DEVICE_PARTITION_FAILED;
  expect(&s, LM_UNAVAILABLE, "cannot run 1 of its 8 compute units");
}

// ---- failing calls

static void fail_call(const char* name, cl_int code) {
  fake.fail_name = name;
  fake.fail_code = code;
}

static void test_failures(void** state) {
  (void)state;
  static const struct {
    const char* name;
    cl_int code;
    lm_status status;
    const char* words;
  } kCases[] = {
      {"clCreateContext", CL_OUT_OF_HOST_MEMORY, LM_OUT_OF_MEMORY, "opening the device"},
      {"clCreateContext", CL_DEVICE_NOT_AVAILABLE, LM_UNAVAILABLE, "CL_DEVICE_NOT_AVAILABLE"},
      {"clCreateCommandQueue", CL_OUT_OF_RESOURCES, LM_OUT_OF_MEMORY, "CL_OUT_OF_RESOURCES"},
      {"clCreateBuffer", CL_MEM_OBJECT_ALLOCATION_FAILURE, LM_OUT_OF_MEMORY, "buffer of 4096"},
      {"clEnqueueFillBuffer", CL_MEM_OBJECT_ALLOCATION_FAILURE, LM_OUT_OF_MEMORY, "buffer of"},
      {"clCreateSubBuffer", CL_MISALIGNED_SUB_BUFFER_OFFSET, LM_INTERNAL, "range of 1024"},
      {"clCreateKernel", CL_INVALID_KERNEL_NAME, LM_INTERNAL, "kernel copy_scaled"},
      {"clSetKernelArg", CL_INVALID_ARG_SIZE, LM_INTERNAL, "copy_scaled: argument 0"},
      {"clEnqueueNDRangeKernel", CL_OUT_OF_RESOURCES, LM_OUT_OF_MEMORY, "launching kernel scaled"},
      {"clEnqueueNDRangeKernel", -9999, LM_INTERNAL, "code -9999"},
      {"clEnqueueReadBuffer", CL_OUT_OF_RESOURCES, LM_OUT_OF_MEMORY, "downloading 1024 bytes"},
      {"clFlush", CL_INVALID_COMMAND_QUEUE, LM_UNAVAILABLE, "CL_INVALID_COMMAND_QUEUE"},
      {"clWaitForEvents", CL_INVALID_EVENT, LM_UNAVAILABLE, "CL_INVALID_EVENT"},
  };
  for (size_t t = 0; t < 2; ++t) {
    for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
      fake_reset(kTypes[t]);
      fail_call(kCases[i].name, kCases[i].code);
      scenario s = {0};
      expect(&s, kCases[i].status, kCases[i].words);
    }
  }
}

static void test_build_failure(void** state) {
  (void)state;
  fake_reset(CL_DEVICE_TYPE_GPU);
  fail_call("clBuildProgram", CL_BUILD_PROGRAM_FAILURE);
  scenario s = {0};
  fake.log = "\n\nwarning: the driver thinks\nkernel.cl:7: error: no such type\nmore\n";
  expect(&s, LM_UNSUPPORTED, "copy_scaled is not compiled: kernel.cl:7: error: no such type");
  fake.log = "  \n something is wrong \r\n and more";
  expect(&s, LM_UNSUPPORTED, "is not compiled: something is wrong ");
  fake.log = "";
  expect(&s, LM_UNSUPPORTED, "is not compiled: no log");
  static char endless[5000];
  memset(endless, 'x', sizeof endless - 1);
  fake.log = endless;
  expect(&s, LM_UNSUPPORTED, "is not compiled: xxxx");
  fail_call("clBuildProgram", CL_OUT_OF_HOST_MEMORY);
  expect(&s, LM_OUT_OF_MEMORY, "compiling kernel copy_scaled");
  fake_reset(CL_DEVICE_TYPE_GPU);
  fake.max_group = 32;
  expect(&s, LM_UNSUPPORTED, "runs with 32 work-items in a group, not 64 x 1 x 1");
}

// Each call of the scenario fails once, with each kind of code: whatever becomes of it, nothing
// leaks, and a failure says something.
static void test_every_call(void** state) {
  (void)state;
  static const cl_int kCodes[] = {CL_OUT_OF_HOST_MEMORY, CL_INVALID_VALUE, CL_DEVICE_NOT_AVAILABLE};
  for (size_t t = 0; t < 2; ++t) {
    for (size_t c = 0; c < sizeof kCodes / sizeof kCodes[0]; ++c) {
      int failed = 0;
      for (int at = 1;; ++at) {
        assert_true(at < 2000);
        fake_reset(kTypes[t]);
        fake.fail_code = kCodes[c];
        fake.fail_at = at;
        lm_error err = LM_ERROR_INIT;
        scenario s = {.threads = 2};
        if (play(&s, &err) != LM_OK) {
          ++failed;
          assert_true(err.message[0] != '\0');
        }
        if (fake.calls < at) break;  // it ended before that call
      }
      assert_true(failed > 25);
    }
  }
}

static void test_out_of_host_memory(void** state) {
  (void)state;
  for (int at = 1; at < 100; ++at) {
    fake_reset(CL_DEVICE_TYPE_CPU);
    counter = (counting_allocator){.fail_at = at};
    scenario s = {.timeout_seconds = 30, .runs = 2};
    lm_error err = LM_ERROR_INIT;
    const lm_status status = scenario_play(&s, counting_allocator_make(&counter), &err);
    assert_int_equal(counter.live, 0);
    assert_int_equal(fake.live, 0);
    if (status == LM_OK) return;
    assert_int_equal(status, LM_OUT_OF_MEMORY);
  }
  fail_msg("it never succeeded");
}

// ---- devices that are gone

static void test_lost(void** state) {
  (void)state;
  for (size_t t = 0; t < 2; ++t) {
    fake_reset(kTypes[t]);
    fake.event_status = -9999;
    scenario s = {0};
    expect(&s, LM_UNAVAILABLE, "a first run: code -9999");
    assert_int_equal(fake.launches, 1);  // nothing is sent to it after that
    fake.launches = 0;
    fake.bad_from = 3;  // those of the first run are fine
    expect(&s, LM_UNAVAILABLE, "an inference: code -9999");
    fake.launches = fake.bad_from = 0;
    fake.event_status = CL_MEM_OBJECT_ALLOCATION_FAILURE;
    expect(&s, LM_OUT_OF_MEMORY, "CL_MEM_OBJECT_ALLOCATION_FAILURE");
  }
}

// A device that does not answer is given up, at every point, and closing does not wait for it. Its
// answer may come when everything is gone.
static void test_hang(void** state) {
  (void)state;
  for (size_t t = 0; t < 2; ++t) {
    for (int at = 1;; ++at) {
      assert_true(at < 100);
      fake_reset(kTypes[t]);
      fake.hang_at = at;
      scenario s = {.timeout_seconds = 0.02};
      lm_error err = LM_ERROR_INIT;
      const uint64_t begin = lm_now_ns();
      const lm_status status = play(&s, &err);
      const uint64_t passed = lm_now_ns() - begin;
      if (fake.commands < at) {
        assert_true(at > 10);
        assert_int_equal(status, LM_OK);
        break;
      }
      assert_int_equal(status, LM_UNAVAILABLE);
      assert_non_null(strstr(err.message, "did not answer within 0.02 s"));
      assert_true(passed >= 20000000u);
      assert_true(passed < 5000000000u);
    }
  }
}

static void test_after_loss(void** state) {
  (void)state;
  for (size_t t = 0; t < 2; ++t) {
    fake_reset(kTypes[t]);
    counter = (counting_allocator){0};
    const lm_delegate_options options = {.struct_size = sizeof options};
    const lm__gpu_options gpu_options = {.timeout_seconds = 0.02};
    lm__gpu_device* d = NULL;
    lm__gpu_buffer* buffer = NULL;
    lm__gpu_recording* recording = NULL;
    const lm__gpu_kernel* kernel = NULL;
    const lm__gpu_kernel_key key = {.name = "copy_scaled", .type = LM_GPU_F32, .group = {1, 1, 1}};
    char bytes[4] = {0};
    lm__gpu_times times;
    assert_int_equal(lm__cl_device_open(&options, &gpu_options, &kFakeSymbols,
                                        counting_allocator_make(&counter), &d, NULL),
                     LM_OK);
    const lm__gpu_device_vtable* v = d->vtable;
    assert_int_equal(v->buffer_create(d, 64, LM_GPU_MEMORY_DEVICE, &buffer, NULL), LM_OK);
    assert_int_equal(v->recording_create(d, &recording, NULL), LM_OK);
    assert_int_equal(v->finish(recording, NULL), LM_OK);
    assert_int_equal(v->write(d, buffer, 61, bytes, sizeof bytes, NULL), LM_INVALID_ARGUMENT);
    assert_int_equal(v->read(d, buffer, SIZE_MAX, bytes, 2, NULL), LM_INVALID_ARGUMENT);
    fake.hang_at = 1;
    assert_int_equal(v->write(d, buffer, 0, bytes, sizeof bytes, NULL), LM_UNAVAILABLE);
    fake.hang_at = 0;
    const int calls = fake.calls;
    lm__gpu_buffer* none = NULL;
    assert_int_equal(v->read(d, buffer, 0, bytes, sizeof bytes, NULL), LM_UNAVAILABLE);
    assert_int_equal(v->buffer_create(d, 64, LM_GPU_MEMORY_DEVICE, &none, NULL), LM_UNAVAILABLE);
    assert_int_equal(v->kernel(d, &key, &kernel, NULL), LM_UNAVAILABLE);
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(v->run(recording, &times, NULL, &err), LM_UNAVAILABLE);
    assert_non_null(strstr(err.message, "the device was lost"));
    assert_int_equal(fake.calls, calls);
    v->recording_destroy(d, recording);
    v->buffer_destroy(d, buffer);
    v->close(d);
    fake_release_hung();
    assert_int_equal(counter.live, 0);
    assert_int_equal(fake.live, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_library),    cmocka_unit_test(test_nothing_there),
      cmocka_unit_test(test_unusable),   cmocka_unit_test(test_selection),
      cmocka_unit_test(test_caps),       cmocka_unit_test(test_threads),
      cmocka_unit_test(test_failures),   cmocka_unit_test(test_build_failure),
      cmocka_unit_test(test_every_call), cmocka_unit_test(test_out_of_host_memory),
      cmocka_unit_test(test_lost),       cmocka_unit_test(test_hang),
      cmocka_unit_test(test_after_loss),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
