// SPDX-License-Identifier: MIT
//
// Every route of delegates/gpu/gpu_conv.h, in every variant, on a driver's device against plain C:
// odd channels, strides, dilations, groups, tails, several images, outputs between others'
// channels.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device_check.h"
#include "gpu_conv_run.h"
#include "litmark/kernel_math.h"

static lm__gpu_device* device;
static const lm__gpu_options kOptions = {.timeout_seconds = 120};

static int open_device(void** state) {
  (void)state;
  lm_error err = LM_ERROR_INIT;
  if (device_factory_open(&kOptions, lm_allocator_default(), &device, &err) != LM_OK) {
    fprintf(stderr, "%s\n", err.message);
    return -1;
  }
  return 0;
}

static int close_device(void** state) {
  (void)state;
  device->vtable->close(device);
  return 0;
}

// ---- cases

#define FULL LM_GPU_CONV_FULL
#define DEPTHWISE LM_GPU_CONV_DEPTHWISE
#define TRANSPOSED LM_GPU_CONV_TRANSPOSED

typedef struct conv_case {
  const char* name;
  lm__gpu_conv_kind kind;
  lm__gpu_tail_kind tail;
  int32_t batches, in_h, in_w, in_c, out_h, out_w, out_c, filter_c;
  int32_t taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
  int32_t out_stride, out_offset;  // 0: dense
} conv_case;

static const conv_case kCases[] = {
    {"1x1", FULL, 0, 1, 9, 7, 24, 9, 7, 40, 24, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
    {"1x1 of few rows", FULL, 0, 1, 1, 2, 77, 1, 2, 70, 77, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
    {"one row", FULL, 2, 1, 1, 1, 130, 1, 1, 33, 130, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
    {"1x1, stride 2", FULL, 0, 2, 7, 9, 16, 4, 5, 17, 16, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0},
    {"3x3 SAME and ADD", FULL, 1, 1, 10, 11, 20, 10, 11, 35, 20, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0},
    {"3x3 in place", FULL, 1, 2, 6, 5, 19, 6, 5, 21, 19, 3, 3, 1, 1, 1, 1, 1, 1, 32, 4},
    {"image", FULL, 0, 2, 19, 21, 3, 10, 11, 32, 3, 3, 3, 2, 2, 1, 1, 1, 1, 0, 0},
    {"7x7 VALID", FULL, 2, 1, 23, 22, 3, 9, 8, 65, 3, 7, 7, 2, 2, 1, 1, 0, 0, 0, 0},
    {"1x7", FULL, 0, 1, 8, 17, 18, 8, 17, 64, 18, 1, 7, 1, 1, 1, 1, 0, 3, 0, 0},
    {"dilated", FULL, 3, 1, 13, 12, 8, 13, 12, 12, 8, 3, 3, 1, 1, 3, 2, 3, 2, 0, 0},
    {"uneven strides", FULL, 0, 1, 12, 15, 33, 4, 8, 9, 33, 4, 2, 3, 2, 1, 1, 1, 0, 0, 0},
    {"deep", FULL, 1, 1, 7, 7, 160, 7, 7, 66, 160, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0},
    {"many rows", FULL, 0, 1, 40, 30, 8, 40, 30, 130, 8, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
    {"groups of 4", FULL, 1, 1, 8, 9, 12, 8, 9, 12, 4, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0},
    {"odd groups", FULL, 0, 2, 5, 6, 6, 5, 6, 9, 2, 3, 3, 1, 1, 1, 1, 1, 1, 16, 3},
    {"depthwise", DEPTHWISE, 0, 1, 14, 15, 40, 14, 15, 40, 1, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0},
    {"depthwise, ADD", DEPTHWISE, 1, 2, 9, 8, 21, 9, 8, 21, 1, 3, 3, 1, 1, 1, 1, 1, 1, 28, 4},
    {"depthwise, stride 2", DEPTHWISE, 2, 1, 15, 17, 72, 8, 9, 72, 1, 5, 5, 2, 2, 1, 1, 2, 2, 0, 0},
    {"depthwise, dilated",
     DEPTHWISE,
     0,
     1,
     16,
     13,
     18,
     16,
     13,
     18,
     1,
     3,
     3,
     1,
     1,
     2,
     3,
     2,
     3,
     0,
     0},
    {"depthwise, tall", DEPTHWISE, 3, 1, 17, 6, 16, 9, 6, 16, 1, 7, 1, 2, 1, 1, 1, 3, 0, 0, 0},
    {"multiplier 3", DEPTHWISE, 0, 2, 7, 6, 5, 7, 6, 15, 1, 3, 2, 1, 1, 1, 1, 1, 0, 0, 0},
    {"few channels", DEPTHWISE, 0, 1, 7, 9, 4, 7, 9, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1, 0, 0},
    {"transposed", TRANSPOSED, 0, 2, 5, 4, 7, 10, 8, 9, 7, 4, 4, 2, 2, 1, 1, 1, 1, 0, 0},
    {"1x1 and ADD", FULL, 1, 1, 9, 7, 48, 9, 7, 70, 48, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
    {"transposed, gaps", TRANSPOSED, 0, 1, 4, 5, 6, 10, 14, 5, 6, 2, 3, 3, 3, 1, 1, 0, 0, 0, 0},
};
enum { CASE_COUNT = sizeof kCases / sizeof *kCases };

static lm__gpu_conv conv_of(const conv_case* c, lm__gpu_type type) {
  return (lm__gpu_conv){.kind = c->kind,
                        .type = type,
                        .tail = c->tail,
                        .batches = c->batches,
                        .in_h = c->in_h,
                        .in_w = c->in_w,
                        .in_c = c->in_c,
                        .out_h = c->out_h,
                        .out_w = c->out_w,
                        .out_c = c->out_c,
                        .filter_c = c->filter_c,
                        .taps_h = c->taps_h,
                        .taps_w = c->taps_w,
                        .stride_h = c->stride_h,
                        .stride_w = c->stride_w,
                        .dilation_h = c->dilation_h,
                        .dilation_w = c->dilation_w,
                        .pad_top = c->pad_top,
                        .pad_left = c->pad_left,
                        .out_stride = c->out_stride > 0 ? c->out_stride : c->out_c,
                        .out_offset = c->out_offset,
                        .low = -1.25f,
                        .high = 1.5f,
                        .tail_low = -1.0f,
                        .tail_high = 1.75f};
}

// ---- data

typedef struct data {
  size_t input_count, filter_count, output_count;
  float *input, *filter, *bias, *residual, *want;
} data;

// In [-1, 1), and float16 has it.
static float value_at(size_t i, uint32_t seed) {
  const uint32_t h = ((uint32_t)i + seed) * 2654435761u;
  return (float)(h >> 22) / 512.0f - 1.0f;
}

static float* values(size_t count, uint32_t seed, float scale) {
  float* v = malloc((count + 1) * sizeof *v);
  assert_non_null(v);
  for (size_t i = 0; i < count; ++i) v[i] = value_at(i, seed) * scale;
  return v;
}

static double sum_full(const lm__gpu_conv* c, const data* d, int b, int y, int x, int o) {
  const int first = o / (c->out_c / (c->in_c / c->filter_c)) * c->filter_c;
  double sum = 0.0;
  for (int ty = 0; ty < c->taps_h; ++ty) {
    for (int tx = 0; tx < c->taps_w; ++tx) {
      const int iy = y * c->stride_h - c->pad_top + ty * c->dilation_h;
      const int ix = x * c->stride_w - c->pad_left + tx * c->dilation_w;
      if (iy < 0 || iy >= c->in_h || ix < 0 || ix >= c->in_w) continue;
      const float* in = d->input + (((size_t)b * c->in_h + iy) * c->in_w + ix) * c->in_c + first;
      const float* f = d->filter + (((size_t)o * c->taps_h + ty) * c->taps_w + tx) * c->filter_c;
      for (int i = 0; i < c->filter_c; ++i) sum += (double)in[i] * (double)f[i];
    }
  }
  return sum;
}

static double sum_depthwise(const lm__gpu_conv* c, const data* d, int b, int y, int x, int o) {
  double sum = 0.0;
  for (int ty = 0; ty < c->taps_h; ++ty) {
    for (int tx = 0; tx < c->taps_w; ++tx) {
      const int iy = y * c->stride_h - c->pad_top + ty * c->dilation_h;
      const int ix = x * c->stride_w - c->pad_left + tx * c->dilation_w;
      if (iy < 0 || iy >= c->in_h || ix < 0 || ix >= c->in_w) continue;
      const size_t at = (((size_t)b * c->in_h + iy) * c->in_w + ix) * c->in_c;
      sum += (double)d->input[at + o / (c->out_c / c->in_c)] *
             (double)d->filter[((size_t)ty * c->taps_w + tx) * c->out_c + o];
    }
  }
  return sum;
}

// Scatters instead of gathering, so that it shares no idea with the kernel.
static void add_transposed(const lm__gpu_conv* c, const data* d, double* sums) {
  for (int b = 0; b < c->batches; ++b) {
    for (int i = 0; i < c->in_h * c->in_w; ++i) {
      for (int t = 0; t < c->taps_h * c->taps_w; ++t) {
        const int y = i / c->in_w * c->stride_h - c->pad_top + t / c->taps_w;
        const int x = i % c->in_w * c->stride_w - c->pad_left + t % c->taps_w;
        if (y < 0 || y >= c->out_h || x < 0 || x >= c->out_w) continue;
        const float* in = d->input + ((size_t)b * c->in_h * c->in_w + i) * c->in_c;
        for (int o = 0; o < c->out_c; ++o) {
          const float* f = d->filter + ((size_t)o * c->taps_h * c->taps_w + t) * c->in_c;
          double* sum = &sums[(((size_t)b * c->out_h + y) * c->out_w + x) * c->out_c + o];
          for (int k = 0; k < c->in_c; ++k) *sum += (double)in[k] * (double)f[k];
        }
      }
    }
  }
}

static double clamped(double v, double low, double high) {
  return v < low ? low : v > high ? high : v;
}

static double finish(const lm__gpu_conv* c, double v, double other) {
  v = clamped(v, (double)c->low, (double)c->high);
  if (c->tail == LM_GPU_TAIL_ADD) {
    v = clamped(v + other, (double)c->tail_low, (double)c->tail_high);
  }
  if (c->tail == LM_GPU_TAIL_HARD_SWISH) v = v * clamped(v / 6.0 + 0.5, 0.0, 1.0);
  if (c->tail == LM_GPU_TAIL_LOGISTIC) v = 1.0 / (1.0 + exp(-v));
  return v;
}

static void make_data(const lm__gpu_conv* c, data* d) {
  const size_t rows = (size_t)lm__gpu_conv_rows(c), count = rows * (size_t)c->out_c;
  d->input_count = (size_t)c->batches * c->in_h * c->in_w * c->in_c;
  d->filter_count = (size_t)c->taps_h * c->taps_w * c->out_c *
                    (c->kind == LM_GPU_CONV_DEPTHWISE ? 1 : c->filter_c);
  d->output_count = rows * (size_t)c->out_stride + (size_t)c->out_offset;
  const double terms = (double)c->taps_h * c->taps_w * c->filter_c;
  d->input = values(d->input_count, 1, 1.0f);
  d->filter = values(d->filter_count, 77, terms > 64.0 ? 0.125f : 0.5f);
  // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the caller frees what `d` holds
  d->bias = values((size_t)c->out_c, 5, 0.5f);
  d->residual = values(count, 9, 1.0f);
  d->want = malloc(count * sizeof *d->want);
  double* sums = calloc(count > 0 ? count : 1, sizeof *sums);
  assert_true(d->want != NULL && sums != NULL);
  if (c->kind == LM_GPU_CONV_TRANSPOSED) add_transposed(c, d, sums);
  for (size_t i = 0; i < count; ++i) {
    const size_t row = i / (size_t)c->out_c, pixels = (size_t)c->out_h * (size_t)c->out_w;
    const int o = (int)(i % (size_t)c->out_c), b = (int)(row / pixels);
    const int y = (int)(row % pixels) / c->out_w, x = (int)(row % pixels) % c->out_w;
    if (c->kind == LM_GPU_CONV_FULL) sums[i] = sum_full(c, d, b, y, x, o);
    if (c->kind == LM_GPU_CONV_DEPTHWISE) sums[i] = sum_depthwise(c, d, b, y, x, o);
    d->want[i] = (float)finish(c, sums[i] + (double)d->bias[o], (double)d->residual[i]);
  }
  free(sums);
}

static void free_data(data* d) {
  free(d->input);
  free(d->filter);
  free(d->bias);
  free(d->residual);
  free(d->want);
}

// ---- a plan on the device

static void write_floats(lm__gpu_buffer* buffer, lm__gpu_type type, const float* v, size_t count) {
  if (type == LM_GPU_F32) {
    OK(device->vtable->write(device, buffer, 0, v, count * sizeof *v, &err));
    return;
  }
  uint16_t* halves = malloc(count * sizeof *halves);
  assert_non_null(halves);
  for (size_t i = 0; i < count; ++i) halves[i] = lm_float_to_half(v[i]);
  OK(device->vtable->write(device, buffer, 0, halves, count * sizeof *halves, &err));
  free(halves);
}

static void read_floats(lm__gpu_buffer* buffer, lm__gpu_type type, float* v, size_t count) {
  if (type == LM_GPU_F32) {
    OK(device->vtable->read(device, buffer, 0, v, count * sizeof *v, &err));
    return;
  }
  uint16_t* halves = malloc(count * sizeof *halves);
  assert_non_null(halves);
  OK(device->vtable->read(device, buffer, 0, halves, count * sizeof *halves, &err));
  for (size_t i = 0; i < count; ++i) v[i] = lm_half_to_float(halves[i]);
  free(halves);
}

static void load(lm__gpu_conv_run* run, const lm__gpu_conv* c, const lm__gpu_conv_plan* plan,
                 const data* d, float* before) {
  size_t count;
  assert_true(lm__gpu_conv_filter_count(c, plan, &count));
  float* packed = calloc(count, sizeof *packed);
  assert_non_null(packed);
  lm__gpu_conv_pack(c, plan, d->filter, packed);
  write_floats(run->buffers[LM_GPU_SLOT_INPUT], lm__gpu_conv_image_type(c), d->input,
               d->input_count);
  write_floats(run->buffers[LM_GPU_SLOT_FILTER], lm__gpu_conv_filter_type(c), packed, count);
  write_floats(run->buffers[LM_GPU_SLOT_BIAS], LM_GPU_F32, d->bias, (size_t)c->out_c);
  if (c->tail == LM_GPU_TAIL_ADD) {
    write_floats(run->buffers[LM_GPU_SLOT_RESIDUAL], c->type, d->residual,
                 (size_t)lm__gpu_conv_rows(c) * (size_t)c->out_c);
  }
  for (size_t i = 0; i < d->output_count; ++i) before[i] = 77.0f;
  write_floats(run->buffers[LM_GPU_SLOT_OUTPUT], c->type, before, d->output_count);
  free(packed);
}

static void compare(const char* name, const lm__gpu_conv* c, const lm__gpu_conv_plan* plan,
                    const data* d, const float* got) {
  const double allowed = c->type == LM_GPU_F32 ? 1e-5 : 4e-3;
  for (size_t i = 0; i < d->output_count; ++i) {
    const size_t stride = (size_t)c->out_stride, offset = (size_t)c->out_offset;
    const bool ours = i >= offset && (i - offset) % stride < (size_t)c->out_c;
    const size_t row = ours ? (i - offset) / stride : 0;
    const float want = ours ? d->want[row * (size_t)c->out_c + (i - offset) % stride] : 77.0f;
    if (!(fabs((double)got[i] - (double)want) <= (ours ? allowed * 2.0 : 0.0))) {
      fail_msg("%s by %s: element %zu is %.7g, expected %.7g", name, plan->name, i, (double)got[i],
               (double)want);
    }
  }
}

static void check_plan(const char* name, const lm__gpu_conv* c, const lm__gpu_conv_plan* plan,
                       const data* d) {
  lm__gpu_conv_run run;
  OK(lm__gpu_conv_run_init(&run, device, c, plan, &err));
  float* out = malloc(d->output_count * sizeof *out);
  assert_non_null(out);
  load(&run, c, plan, d, out);
  uint64_t ns = 0;
  for (int i = 0; i < 2; ++i) OK(lm__gpu_conv_run_once(&run, &ns, &err));
  assert_true(ns > 0);
  read_floats(run.buffers[LM_GPU_SLOT_OUTPUT], c->type, out, d->output_count);
  compare(name, c, plan, d, out);
  free(out);
  lm__gpu_conv_run_deinit(&run);
}

// The operand that may be F32 beside halves.
static lm__gpu_wide wide_of(lm__gpu_conv_kind kind) {
  return kind == LM_GPU_CONV_DEPTHWISE ? LM_GPU_WIDE_IMAGE : LM_GPU_WIDE_FILTER;
}

// Every case by one route, or one in `every`, another one for each variant and type; how many plans
// there were.
static int check_route(lm__gpu_conv_route route, lm__gpu_type type, bool wide, int every) {
  const lm__gpu_context context = {device, &kOptions};
  int plans = 0;
  for (int i = 0; i < CASE_COUNT; ++i) {
    lm__gpu_conv conv = conv_of(&kCases[i], type);
    if (wide) conv.wide = wide_of(conv.kind);
    data d = {0};
    for (int32_t variant = 0; variant < 8; ++variant) {
      if ((i + variant + (type == LM_GPU_F16) + wide) % every != 0) continue;
      lm__gpu_conv_plan plan;
      if (!route(&context, &conv, variant, &plan)) continue;
      if (d.input == NULL) make_data(&conv, &d);
      check_plan(kCases[i].name, &conv, &plan, &d);
      ++plans;
    }
    free_data(&d);
  }
  return plans;
}

static void check_types(lm__gpu_conv_route route, bool must, int every) {
  const int plans = check_route(route, LM_GPU_F32, false, every);
  if (must) assert_true(plans > 0);
  if (!device->caps.half_storage) return;
  assert_int_equal(check_route(route, LM_GPU_F16, false, every) > 0, plans > 0);
  assert_int_equal(check_route(route, LM_GPU_F16, true, every) > 0, plans > 0);
}

static void direct(void** state) {
  (void)state;
  check_types(lm__gpu_route_direct, true, 1);
}
static void block(void** state) {
  (void)state;
  check_types(lm__gpu_route_block, true, 1);
}
static void depthwise(void** state) {
  (void)state;
  check_types(lm__gpu_route_depthwise, true, 1);
}
static void few_rows(void** state) {
  (void)state;
  check_types(lm__gpu_route_few_rows, true, 1);
}
// Drivers for processors take seconds to compile one, and the one that has rows never runs it.
static void tile(void** state) {
  (void)state;
  const bool host = device->caps.info.type == LM_DEVICE_CPU;
  const bool has_rows = device->vtable->has_kernel(device, "conv_rows", LM_GPU_F32);
  check_types(lm__gpu_route_tile, true, !host ? 1 : has_rows ? 19 : 5);
}

// Routes of the OpenCL driver for processors.
static void rows(void** state) {
  (void)state;
  const bool must = device->vtable->has_kernel(device, "conv_rows", LM_GPU_F32) &&
                    device->caps.info.type == LM_DEVICE_CPU;
  check_types(lm__gpu_route_rows, must, 1);
  check_types(lm__gpu_route_depthwise_rows, must, 1);
}

// Where a device has none it is refused.
static void matrix(void** state) {
  (void)state;
  const int plans = check_route(lm__gpu_route_matrix, LM_GPU_F16, false, 1);
  assert_int_equal(plans > 0, device->caps.matrix_f16);
  assert_int_equal(check_route(lm__gpu_route_matrix, LM_GPU_F16, true, 1), 0);
}

static void clblast(void** state) {
  (void)state;
  const int plans = check_route(lm__gpu_route_clblast, LM_GPU_F32, false, 1);
  assert_int_equal(plans > 0, device->vtable->has_kernel(device, "clblast_gemm", LM_GPU_F32));
  assert_int_equal(check_route(lm__gpu_route_clblast, LM_GPU_F16, true, 1), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(direct),    cmocka_unit_test(block),
                                     cmocka_unit_test(depthwise), cmocka_unit_test(few_rows),
                                     cmocka_unit_test(tile),      cmocka_unit_test(rows),
                                     cmocka_unit_test(matrix),    cmocka_unit_test(clblast)};
  if (!device_check_exists(&kOptions)) return 77;
  return cmocka_run_group_tests(tests, open_device, close_device);
}
