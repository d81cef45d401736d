// SPDX-License-Identifier: MIT
//
// Routes for devices that are processors, by kernels of the OpenCL driver alone: every work-item is
// a loop with explicit vectors, a work-group has one. Guesses follow measurements of PoCL on Zen 5.
#include <string.h>

#include "gpu_conv.h"

// Channels of a pixel that are too few for a loop: taps of a row are done as one.
#define FEW_CHANNELS 16

static bool can_run(const lm__gpu_context* context, lm__gpu_type type, const char* kernel) {
  const lm__gpu_device* device = context->device;
  return device->caps.info.type == LM_DEVICE_CPU &&
         device->vtable->has_kernel(device, kernel, type);
}

static bool fits_groups(const lm__gpu_context* context, const lm__gpu_conv_step* step) {
  const uint32_t most = context->device->caps.max_groups;
  return step->groups[0] <= most && step->groups[1] <= most;
}

typedef struct shape {
  const char* name;
  int32_t rows, vectors;
} shape;

static const shape kShapes[] = {{"rows/7x32", 7, 2}, {"rows/6x64", 6, 4}, {"rows/14x16", 14, 1}};

// Images whose columns of padding are stored: every tap is a row of the filter then.
static bool pad_rows(const lm__gpu_context* context, const lm__gpu_conv* conv,
                     lm__gpu_conv_plan* plan, lm__gpu_conv_params* params) {
  const int64_t reach = (int64_t)(conv->out_w - 1) * conv->stride_w + conv->taps_w;
  params->run = conv->taps_w * conv->in_c;
  params->taps_w = 1;
  if (conv->pad_left == 0 && reach <= conv->in_w) return true;
  if (!can_run(context, conv->type, "pad_rows")) return false;
  const int64_t wide = reach < conv->in_w + conv->pad_left ? conv->in_w + conv->pad_left : reach;
  const int64_t lines = (int64_t)conv->batches * conv->in_h;
  const struct {
    int32_t in_width, out_width, before;
  } pad = {conv->in_w * conv->in_c, (int32_t)wide * conv->in_c, conv->pad_left * conv->in_c};
  if (wide * conv->in_c * lines > INT32_MAX) return false;
  lm__gpu_conv_step* step = &plan->steps[plan->step_count++];
  *step = (lm__gpu_conv_step){.key = {.name = "pad_rows", .type = conv->type, .group = {1, 1, 1}},
                              .slot_count = 2,
                              .slots = {LM_GPU_SLOT_INPUT, LM_GPU_SLOT_SCRATCH_0},
                              .writes = 1u << 1,
                              .params_bytes = sizeof pad,
                              .groups = {(uint32_t)lines, 1, 1},
                              .label = "pad_rows"};
  memcpy(step->params, &pad, sizeof pad);
  plan->scratch_bytes[0] = (size_t)(lines * wide * conv->in_c) * lm__gpu_type_bytes(conv->type);
  params->in_w = (int32_t)wide;
  params->pad_left = 0;
  return fits_groups(context, step);
}

static bool is_pointwise(const lm__gpu_conv* conv) {
  return conv->taps_h == 1 && conv->taps_w == 1 && conv->stride_h == 1 && conv->stride_w == 1 &&
         conv->pad_top == 0 && conv->pad_left == 0 && conv->in_h == conv->out_h &&
         conv->in_w == conv->out_w;
}

// Columns of vectors that hold no channel cost what others do; every work-group has a start and an
// end; 6x64 reads an element of the image for more sums, and fits few rows badly.
static double guess(const lm__gpu_conv* conv, const shape* s, double depth) {
  const double rows = (double)lm__gpu_divide_up(lm__gpu_conv_rows(conv), s->rows);
  const double blocks = (double)lm__gpu_divide_up(conv->out_c, s->vectors * 16);
  const double sums = s->rows * s->vectors;
  const double cycles = sums * 0.5 * (s->vectors == 1 ? 1.3 : s->vectors == 2 ? 1.06 : 1.0);
  return rows * blocks * (depth * cycles + 60.0 + 6.0 * sums) / 8.0;
}

bool lm__gpu_route_rows(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                        lm__gpu_conv_plan* out_plan) {
  if (conv->kind != LM_GPU_CONV_FULL || conv->filter_c != conv->in_c || variant >= 3 ||
      !can_run(context, lm__gpu_conv_kernel_type(conv), "conv_rows")) {
    return false;
  }
  const shape* s = &kShapes[variant];
  *out_plan = (lm__gpu_conv_plan){.name = s->name, .filter_width = s->vectors * 16};
  lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  const bool row_taps = conv->in_c < FEW_CHANNELS && conv->taps_w > 1 && conv->dilation_w == 1;
  if (row_taps && !pad_rows(context, conv, out_plan, &params)) return false;
  out_plan->bias_zeros = params.run;
  out_plan->guess_ns = 3e3 + guess(conv, s, (double)conv->taps_h * conv->taps_w * conv->filter_c);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "conv_rows", &params);
  if (out_plan->step_count > 1) step->slots[0] = LM_GPU_SLOT_SCRATCH_0;
  lm__gpu_conv_constant(step, s->rows);
  lm__gpu_conv_constant(step, s->vectors);
  lm__gpu_conv_constant(step, is_pointwise(conv));
  step->label = s->name;
  step->groups[0] = (uint32_t)lm__gpu_divide_up(lm__gpu_conv_rows(conv), s->rows);
  step->groups[1] = (uint32_t)lm__gpu_divide_up(conv->out_c, s->vectors * 16);
  return fits_groups(context, step);
}

// One row or two: as conv_rows, with more sums at a time for a row.
static bool few_rows(const lm__gpu_context* context, const lm__gpu_conv* conv,
                     lm__gpu_conv_plan* out_plan) {
  const int32_t rows = lm__gpu_conv_rows(conv);
  if (conv->kind != LM_GPU_CONV_FULL || conv->filter_c != conv->in_c || !is_pointwise(conv) ||
      rows > 3 || !can_run(context, lm__gpu_conv_kernel_type(conv), "fc_rows")) {
    return false;
  }
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  *out_plan = (lm__gpu_conv_plan){.name = "fc_rows", .filter_width = 32};
  out_plan->guess_ns = 1e3 + (double)rows * conv->out_c * conv->in_c / 60.0;
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "fc_rows", &params);
  step->groups[0] = (uint32_t)lm__gpu_divide_up(conv->out_c, 32);
  step->groups[1] = (uint32_t)rows;
  return fits_groups(context, step);
}

bool lm__gpu_route_depthwise_rows(const lm__gpu_context* context, const lm__gpu_conv* conv,
                                  int32_t variant, lm__gpu_conv_plan* out_plan) {
  static const int32_t kPixels[] = {7, 4};
  static const char* const kNames[] = {"depthwise_rows/7", "depthwise_rows/4"};
  if (conv->kind == LM_GPU_CONV_FULL && variant == 0) return few_rows(context, conv, out_plan);
  if (conv->kind != LM_GPU_CONV_DEPTHWISE || variant >= 2 || conv->in_c != conv->out_c ||
      conv->out_c < 16 || conv->dilation_w != 1 || conv->taps_h > 7 || conv->taps_w > 7 ||
      conv->stride_w > 3 || !can_run(context, lm__gpu_conv_kernel_type(conv), "depthwise_rows")) {
    return false;
  }
  const int32_t pixels = kPixels[variant];
  const int64_t lines = (int64_t)conv->batches * conv->out_h;
  lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  // Enough work-groups for the threads to share evenly, and not fewer than 64 channels at a time,
  // which is where memory is read in a line.
  const int64_t wanted = lm__gpu_divide_up(64, lines);
  const int64_t chunk = lm__gpu_divide_up(lm__gpu_divide_up(conv->out_c, wanted), 16) * 16;
  params.split = chunk < 64 ? 64 : (int32_t)chunk;
  *out_plan = (lm__gpu_conv_plan){.name = kNames[variant], .bias_zeros = 16};
  const double waste = (double)lm__gpu_divide_up(conv->out_w, pixels) * pixels;
  out_plan->guess_ns = 1e3 + waste * (double)lines * conv->out_c * conv->taps_h * conv->taps_w /
                                 (pixels == 7 ? 40.0 : 36.0);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "depthwise_rows", &params);
  lm__gpu_conv_constant(step, pixels);
  lm__gpu_conv_constant(step, conv->taps_h);
  lm__gpu_conv_constant(step, conv->taps_w);
  lm__gpu_conv_constant(step, conv->stride_w);
  step->label = kNames[variant];
  step->groups[0] = (uint32_t)lines;
  step->groups[1] = (uint32_t)lm__gpu_divide_up(conv->out_c, params.split);
  return fits_groups(context, step);
}
