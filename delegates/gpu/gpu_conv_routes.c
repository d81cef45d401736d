// SPDX-License-Identifier: MIT
//
// The portable routes that do without tiles: correct for everything, and what small work needs.
//
// Guesses are nanoseconds for a device of some hundred GFLOP/s; only their order counts.
#include <string.h>

#include "gpu_conv.h"

static bool can_run(const lm__gpu_context* context, const lm__gpu_conv* conv, const char* kernel) {
  const lm__gpu_device* device = context->device;
  return device->vtable->has_kernel(device, kernel, lm__gpu_conv_kernel_type(conv));
}

// Multiplications and additions.
static double work_of(const lm__gpu_conv* conv) {
  return (double)lm__gpu_conv_rows(conv) * conv->out_c * conv->filter_c * conv->taps_h *
         conv->taps_w;
}

// What these kernels lose on a processor, where work-items are turns of a loop.
static double slowdown(const lm__gpu_context* context, double factor) {
  return context->device->caps.info.type == LM_DEVICE_CPU ? factor : 1.0;
}

// A work-item makes `width` channels.
static bool direct_plan(const lm__gpu_context* context, const lm__gpu_conv* conv,
                        const char* kernel, int32_t width, lm__gpu_conv_plan* out_plan) {
  if (!can_run(context, conv, kernel)) return false;
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  *out_plan = (lm__gpu_conv_plan){.name = kernel, .filter_width = width};
  out_plan->guess_ns = 5e3 + work_of(conv) / (10.0 * width) * slowdown(context, 20.0);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, kernel, &params);
  lm__gpu_conv_constant(step, width);
  return lm__gpu_conv_linear(context, step,
                             lm__gpu_divide_up(conv->out_c, width) * lm__gpu_conv_rows(conv));
}

bool lm__gpu_route_direct(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                          lm__gpu_conv_plan* out_plan) {
  if (variant != 0 || conv->kind == LM_GPU_CONV_DEPTHWISE) return false;
  if (conv->kind == LM_GPU_CONV_TRANSPOSED) {
    return direct_plan(context, conv, "transpose_conv", 4, out_plan);
  }
  const int32_t groups = conv->in_c / conv->filter_c;
  const bool whole = groups == 1 || conv->out_c / groups % 4 == 0;
  return direct_plan(context, conv, "conv_direct", whole ? 4 : 1, out_plan);
}

bool lm__gpu_route_block(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                         lm__gpu_conv_plan* out_plan) {
  static const struct {
    const char* name;
    int32_t rows;
  } kBlocks[] = {{"block/1x4", 1}, {"block/2x4", 2}, {"block/4x4", 4}, {"block/8x4", 8}};
  if (variant >= 4 || conv->kind != LM_GPU_CONV_FULL || conv->filter_c != conv->in_c ||
      !can_run(context, conv, "conv_block")) {
    return false;
  }
  const int32_t rows = kBlocks[variant].rows;
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  *out_plan =
      (lm__gpu_conv_plan){.name = kBlocks[variant].name, .filter_width = (conv->out_c + 3) / 4 * 4};
  const int64_t items =
      lm__gpu_divide_up(lm__gpu_conv_rows(conv), rows) * (out_plan->filter_width / 4);
  // Filters are read once for all rows of an item; few items leave a device idle.
  const double fill = items < 16384 ? 16384.0 / (double)items : 1.0;
  const bool host = context->device->caps.info.type == LM_DEVICE_CPU;
  const double work = (double)items * 4 * rows * conv->filter_c * conv->taps_h * conv->taps_w;
  out_plan->guess_ns = 5e3 + work / 150.0 * (1.0 + 2.0 / rows) * slowdown(context, 12.0) *
                                 (host         ? 1.0
                                  : fill < 8.0 ? fill
                                               : 8.0);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "conv_block", &params);
  static const uint8_t kSlots[] = {LM_GPU_SLOT_INPUT, LM_GPU_SLOT_INPUT,    LM_GPU_SLOT_FILTER,
                                   LM_GPU_SLOT_BIAS,  LM_GPU_SLOT_RESIDUAL, LM_GPU_SLOT_OUTPUT};
  step->slot_count = 6;
  memcpy(step->slots, kSlots, sizeof kSlots);
  step->writes = 1u << 5;
  lm__gpu_conv_constant(step, rows);
  lm__gpu_conv_constant(step, conv->in_c % 4 == 0);
  step->label = out_plan->name;
  return lm__gpu_conv_linear(context, step, items);
}

bool lm__gpu_route_depthwise(const lm__gpu_context* context, const lm__gpu_conv* conv,
                             int32_t variant, lm__gpu_conv_plan* out_plan) {
  static const int32_t kPixels[] = {1, 2, 4};
  if (conv->kind != LM_GPU_CONV_DEPTHWISE || variant >= 3) return false;
  const int32_t pixels = kPixels[variant];
  const bool vectors = conv->in_c == conv->out_c && conv->out_c % 4 == 0 &&
                       conv->out_stride % 4 == 0 && conv->out_offset % 4 == 0;
  const char* kernel = vectors ? "depthwise4" : "depthwise";
  static const char* const kNames[2][3] = {{"depthwise/1", "depthwise/2", "depthwise/4"},
                                           {"depthwise4/1", "depthwise4/2", "depthwise4/4"}};
  if (!can_run(context, conv, kernel)) return false;
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  *out_plan = (lm__gpu_conv_plan){.name = kNames[vectors][variant]};
  const int64_t items = lm__gpu_divide_up(conv->out_w, pixels) * conv->out_h * conv->batches *
                        (conv->out_c / (vectors ? 4 : 1));
  // Filters are read once for all pixels of an item; few items leave a device idle.
  const double fill = items < 16384 ? 16384.0 / (double)items : 1.0;
  out_plan->guess_ns = 5e3 + work_of(conv) / (vectors ? 60.0 : 20.0) * (1.0 + 1.0 / pixels) *
                                 (fill < 4.0 ? fill : 4.0) * slowdown(context, 8.0);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, kernel, &params);
  lm__gpu_conv_constant(step, pixels);
  return lm__gpu_conv_linear(context, step, items);
}

bool lm__gpu_route_few_rows(const lm__gpu_context* context, const lm__gpu_conv* conv,
                            int32_t variant, lm__gpu_conv_plan* out_plan) {
  const lm__gpu_caps* caps = &context->device->caps;
  const int32_t rows = lm__gpu_conv_rows(conv), lanes = 64;
  if (variant != 0 || !lm__gpu_conv_is_matrix(conv) || rows > 8 || !can_run(context, conv, "fc") ||
      caps->max_group_items < (uint32_t)lanes || caps->local_bytes < (size_t)lanes * 16) {
    return false;
  }
  const int64_t blocks = lm__gpu_divide_up(conv->out_c, 4);
  if (blocks > caps->max_groups) return false;
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  *out_plan = (lm__gpu_conv_plan){.name = "fc", .filter_width = 4};
  out_plan->guess_ns = 4e3 + work_of(conv) / 60.0 * slowdown(context, 8.0);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "fc", &params);
  lm__gpu_conv_constant(step, lanes);
  step->key.group[0] = (uint32_t)lanes;
  step->groups[0] = (uint32_t)blocks;
  step->groups[1] = (uint32_t)rows;
  return true;
}
