// SPDX-License-Identifier: MIT
//
// The route through cooperative matrices, conv_matrix of the Vulkan driver: float16 on devices that
// multiply tiles of 16 x 16 together. Never run on hardware yet; a driver offers it after a product
// of its own came out right.
#include "gpu_conv.h"

enum { TILE = 16, GROUP_ROWS = 32, GROUP_CHANNELS = 64 };

bool lm__gpu_matrix_plan(const lm__gpu_context* context, const lm__gpu_conv* conv,
                         lm__gpu_conv_plan* out_plan) {
  const lm__gpu_caps* caps = &context->device->caps;
  const int32_t rows = lm__gpu_conv_rows(conv);
  const int64_t row_groups = lm__gpu_divide_up(rows, GROUP_ROWS);
  const int64_t blocks = lm__gpu_divide_up(conv->out_c, GROUP_CHANNELS);
  if (!lm__gpu_conv_is_matrix(conv) || conv->in_c % TILE != 0 || rows < TILE ||
      row_groups > caps->max_groups || blocks > caps->max_groups) {
    return false;
  }
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  *out_plan = (lm__gpu_conv_plan){.name = "matrix", .filter_width = GROUP_CHANNELS};
  // As guessed for tiles, at four times their rate.
  const double units = caps->compute_units > 0 ? (double)caps->compute_units : 32.0;
  const double groups = (double)(row_groups * blocks);
  const double turns = groups < units ? 1.0 : groups / units;
  out_plan->guess_ns =
      4e3 + turns * ((double)conv->in_c * GROUP_ROWS * GROUP_CHANNELS / 400.0 + 1e3);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "conv_matrix", &params);
  step->key.group[0] = caps->subgroup_items;
  step->groups[0] = (uint32_t)row_groups;
  step->groups[1] = (uint32_t)blocks;
  return true;
}

bool lm__gpu_route_matrix(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                          lm__gpu_conv_plan* out_plan) {
  const lm__gpu_device* device = context->device;
  return variant == 0 && lm__gpu_conv_kernel_type(conv) == LM_GPU_F16 && device->caps.matrix_f16 &&
         device->vtable->has_kernel(device, "conv_matrix", LM_GPU_F16) &&
         lm__gpu_matrix_plan(context, conv, out_plan);
}
