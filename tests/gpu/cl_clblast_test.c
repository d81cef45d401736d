// SPDX-License-Identifier: MIT
//
// The kernel "clblast_gemm" against plain C, and products that reach outside of their matrices.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cl_device.h"
#include "gpu_library.h"

static lm__gpu_device* device;
static const lm__gpu_device_vtable* driver;

static uint32_t seed = 1;
static float number(void) {
  seed = seed * 1664525u + 1013904223u;
  return (float)(int32_t)(seed >> 8) / (float)(1 << 23) - 1.0f;
}

typedef struct matrices {
  float *a, *b, *c, *want;
  int32_t counts[3];  // elements of a, b, c
} matrices;

static float at(const float* data, int32_t transposed, int32_t ld, int32_t row, int32_t column) {
  return transposed ? data[column * ld + row] : data[row * ld + column];
}

static void multiply(const lm__gpu_library_gemm* g, const matrices* x) {
  for (int32_t i = 0; i < g->batch; ++i) {
    const float* a = x->a + g->a_offset + i * g->a_stride;
    const float* b = x->b + g->b_offset + i * g->b_stride;
    float* c = x->want + g->c_offset + i * g->c_stride;
    for (int32_t row = 0; row < g->m; ++row) {
      for (int32_t column = 0; column < g->n; ++column) {
        double sum = 0;
        for (int32_t k = 0; k < g->k; ++k) {
          sum += (double)at(a, g->a_transposed, g->lda, row, k) *
                 (double)at(b, g->b_transposed, g->ldb, k, column);
        }
        float* to = &c[row * g->ldc + column];
        *to = (float)((double)g->alpha * sum + (double)g->beta * (double)*to);
      }
    }
  }
}

static float* numbers(int32_t count) {
  float* data = malloc((size_t)count * sizeof *data);
  assert_non_null(data);
  for (int32_t i = 0; i < count; ++i) data[i] = number();
  return data;
}

static void make_matrices(const lm__gpu_library_gemm* g, matrices* out) {
  const int32_t last = g->batch - 1;
  out->counts[0] = g->a_offset + last * g->a_stride + (g->a_transposed ? g->k : g->m) * g->lda;
  out->counts[1] = g->b_offset + last * g->b_stride + (g->b_transposed ? g->n : g->k) * g->ldb;
  out->counts[2] = g->c_offset + last * g->c_stride + g->m * g->ldc;
  out->a = numbers(out->counts[0]);
  out->b = numbers(out->counts[1]);
  out->c = numbers(out->counts[2]);
  out->want = malloc((size_t)out->counts[2] * sizeof(float));
  assert_non_null(out->want);
  memcpy(out->want, out->c, (size_t)out->counts[2] * sizeof(float));
}

static lm__gpu_range upload(const float* data, int32_t count) {
  const size_t bytes = (size_t)count * sizeof *data;
  lm__gpu_range range = {.bytes = bytes};
  assert_int_equal(driver->buffer_create(device, bytes, LM_GPU_MEMORY_DEVICE, &range.buffer, NULL),
                   LM_OK);
  assert_int_equal(driver->write(device, range.buffer, 0, data, bytes, NULL), LM_OK);
  return range;
}

static lm__gpu_dispatch dispatch_of(const lm__gpu_library_gemm* gemm) {
  const lm__gpu_kernel_key key = {
      .name = LM_GPU_LIBRARY_GEMM, .type = LM_GPU_F32, .group = {1, 1, 1}};
  const lm__gpu_kernel* kernel = NULL;
  assert_int_equal(driver->kernel(device, &key, &kernel, NULL), LM_OK);
  return (lm__gpu_dispatch){.kernel = kernel,
                            .arg_count = 3,
                            .writes = 4,
                            .params = gemm,
                            .params_bytes = sizeof *gemm,
                            .groups = {1, 1, 1},
                            .label = "gemm"};
}

static void run(const lm__gpu_library_gemm* gemm, const matrices* x, lm__gpu_range* ranges) {
  lm__gpu_dispatch dispatch = dispatch_of(gemm);
  memcpy(dispatch.args, ranges, 3 * sizeof *ranges);
  lm__gpu_recording* recording = NULL;
  lm_error err = LM_ERROR_INIT;
  lm__gpu_times times;
  assert_int_equal(driver->recording_create(device, &recording, &err), LM_OK);
  // The call is made once when the recording is finished, so c comes with every run.
  assert_int_equal(driver->record_upload(recording, ranges[2], x->c, &err), LM_OK);
  assert_int_equal(driver->record_dispatch(recording, &dispatch, &err), LM_OK);
  if (driver->finish(recording, &err) != LM_OK) fail_msg("%s", err.message);
  lm_profiler profiler;
  assert_int_equal(lm_profiler_init(&profiler, 2, lm_allocator_default(), &err), LM_OK);
  for (int i = 0; i < 3; ++i) {
    lm_profiler_reset(&profiler);
    if (driver->run(recording, &times, i < 2 ? NULL : &profiler, &err) != LM_OK) {
      fail_msg("%s", err.message);
    }
  }
  assert_int_equal(profiler.count, 1);
  assert_string_equal(profiler.events[0].name, "gemm");
  lm_profiler_deinit(&profiler);
  driver->recording_destroy(device, recording);
}

static void test_products(void** state) {
  (void)state;
  static const struct {
    const char* name;
    lm__gpu_library_gemm gemm;
  } kCases[] = {
      {"one element", {1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
      {"row", {1, 300, 70, 0, 0, 70, 300, 300, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
      {"plain", {50, 33, 64, 0, 0, 64, 33, 33, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
      {"large", {300, 200, 150, 0, 0, 150, 200, 200, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
      {"strided", {49, 20, 31, 0, 0, 40, 24, 30, 8, 16, 24, 1, 0, 0, 0, 1, 0}},
      {"a transposed", {49, 20, 31, 1, 0, 49, 20, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
      {"b transposed", {49, 20, 31, 0, 1, 31, 31, 20, 0, 0, 0, 1, 0, 0, 0, 1, 0}},
      {"scaled and added", {17, 19, 23, 0, 0, 23, 19, 19, 0, 0, 0, 1, 0, 0, 0, 0.5f, 2}},
      {"batch", {16, 24, 32, 0, 1, 32, 32, 24, 4, 0, 8, 5, 600, 800, 400, 1, 0}},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    const lm__gpu_library_gemm* g = &kCases[i].gemm;
    matrices x;
    make_matrices(g, &x);
    multiply(g, &x);
    lm__gpu_range ranges[3] = {upload(x.a, x.counts[0]), upload(x.b, x.counts[1]),
                               upload(x.c, x.counts[2])};
    run(g, &x, ranges);
    float* got = numbers(x.counts[2]);
    assert_int_equal(driver->read(device, ranges[2].buffer, 0, got, ranges[2].bytes, NULL), LM_OK);
    for (int32_t k = 0; k < x.counts[2]; ++k) {
      if (!(fabsf(got[k] - x.want[k]) <= 1e-5f * (float)g->k)) {
        fail_msg("%s: element %d is %g, not %g", kCases[i].name, k, (double)got[k],
                 (double)x.want[k]);
      }
    }
    for (int r = 0; r < 3; ++r) driver->buffer_destroy(device, ranges[r].buffer);
    free(x.a), free(x.b), free(x.c), free(x.want), free(got);
  }
}

static void test_outside(void** state) {
  (void)state;
  const lm__gpu_library_gemm good = {4, 4, 4, 0, 0, 4, 4, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0};
  const float data[16] = {0};
  lm__gpu_range ranges[3] = {upload(data, 16), upload(data, 16), upload(data, 16)};
  lm__gpu_recording* recording = NULL;
  assert_int_equal(driver->recording_create(device, &recording, NULL), LM_OK);
  for (int i = 0; i < 10; ++i) {
    lm__gpu_library_gemm gemm = good;
    int32_t* const field[] = {&gemm.m,        &gemm.n,        &gemm.k,     &gemm.a_offset,
                              &gemm.b_offset, &gemm.c_offset, &gemm.batch, &gemm.lda};
    if (i < 7) *field[i] += i == 6 ? 1 : 5;
    if (i == 6) gemm.c_stride = 16;
    if (i == 7) gemm.lda = 3;  // less than a row
    if (i == 8) gemm.m = 0;
    if (i == 9) gemm.b_offset = -1;
    lm__gpu_dispatch dispatch = dispatch_of(&gemm);
    memcpy(dispatch.args, ranges, sizeof ranges);
    assert_int_equal(driver->record_dispatch(recording, &dispatch, NULL), LM_INVALID_ARGUMENT);
    dispatch.params = &good;
    dispatch.params_bytes = sizeof good - 4;
    assert_int_equal(driver->record_dispatch(recording, &dispatch, NULL), LM_INVALID_ARGUMENT);
    dispatch.params_bytes = sizeof good;
    dispatch.arg_count = 2;
    assert_int_equal(driver->record_dispatch(recording, &dispatch, NULL), LM_INVALID_ARGUMENT);
  }
  driver->recording_destroy(device, recording);
  for (int r = 0; r < 3; ++r) driver->buffer_destroy(device, ranges[r].buffer);
}

int main(void) {
  const lm_delegate_options options = {.struct_size = sizeof options};
  const lm__gpu_options gpu_options = {.timeout_seconds = 120};
  lm_error err = LM_ERROR_INIT;
  const lm_status status =
      lm__cl_device_open(&options, &gpu_options, NULL, lm_allocator_default(), &device, &err);
  if (status != LM_OK) {
    fprintf(stderr, "%s\n", err.message);
    return status == LM_UNAVAILABLE ? 77 : 1;
  }
  driver = device->vtable;
  int failed = 77;
  if (driver->has_kernel(device, LM_GPU_LIBRARY_GEMM, LM_GPU_F32)) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_products),
                                       cmocka_unit_test(test_outside)};
    failed = cmocka_run_group_tests(tests, NULL, NULL);
  } else {
    fprintf(stderr, "no CLBlast: install libclblast1\n");
  }
  driver->close(device);
  return failed;
}
