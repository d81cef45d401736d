// SPDX-License-Identifier: MIT
//
// The routes that multiply matrices by tiles: conv_tile.kernel for GPUs, the driver's library for
// comparison.
#include <string.h>

#include "gpu_conv.h"
#include "gpu_library.h"

static bool can_run(const lm__gpu_context* context, lm__gpu_type type, const char* kernel) {
  const lm__gpu_device* device = context->device;
  return device->vtable->has_kernel(device, kernel, type);
}

static double depth_of(const lm__gpu_conv* conv) {
  return (double)conv->taps_h * conv->taps_w * conv->filter_c;
}

// ---- tiles

typedef struct tile {
  const char* name;
  int32_t m, n;            // rows and channels of a work-group
  int32_t item_m, item_n;  // rows, and blocks of four channels, of a work-item
  int32_t split;           // parts of the depth
  double rate;             // products a nanosecond that a compute unit makes, guessed
} tile;

static const tile kTiles[] = {
    {"tile/64x64", 64, 64, 8, 2, 1, 90.0},     {"tile/64x64 of 4x4", 64, 64, 4, 1, 1, 80.0},
    {"tile/32x64", 32, 64, 4, 1, 1, 60.0},     {"tile/32x32", 32, 32, 4, 1, 1, 40.0},
    {"tile/32x64 / 4", 32, 64, 4, 1, 4, 60.0}, {"tile/32x32 / 4", 32, 32, 4, 1, 4, 40.0},
    {"tile/32x32 / 8", 32, 32, 4, 1, 8, 40.0}, {"tile/32x32 / 16", 32, 32, 4, 1, 16, 40.0}};
enum { TILE_COUNT = sizeof kTiles / sizeof *kTiles, DEPTH_BLOCK = 16 };

// Groups that a device has no unit for wait for the next turn; a launch costs microseconds. On a
// processor the work-items of a group are a loop around every barrier.
static double guess(const lm__gpu_context* context, const lm__gpu_conv* conv, const tile* t,
                    double groups) {
  const lm__gpu_caps* caps = &context->device->caps;
  const double sums = depth_of(conv) / t->split * t->m * t->n;
  if (caps->info.type == LM_DEVICE_CPU) return 2e4 + groups * sums * 2.0;
  const double units = caps->compute_units > 0 ? (double)caps->compute_units : 32.0;
  const double turns = groups < units ? 1.0 : groups / units;
  return 4e3 * (t->split > 1 ? 2.0 : 1.0) + turns * (sums / t->rate + 1e3);
}

static bool fits(const lm__gpu_context* context, const tile* t, int64_t rows, int64_t blocks) {
  const lm__gpu_caps* caps = &context->device->caps;
  const size_t shared = 2 * DEPTH_BLOCK * sizeof(float) * (size_t)(t->m + 1 + t->n);
  const int32_t lanes = t->m / t->item_m * (t->n / (4 * t->item_n));
  return rows <= caps->max_groups && blocks <= caps->max_groups && shared <= caps->local_bytes &&
         (uint32_t)lanes <= caps->max_group_items;
}

// conv_sum.kernel over `parts` matrices of `width` columns in scratch 0.
static bool add_sum(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t parts,
                    int32_t width, lm__gpu_conv_plan* plan) {
  const int64_t rows = lm__gpu_conv_rows(conv);
  if (rows * width * parts > INT32_MAX || !can_run(context, conv->type, "conv_sum")) return false;
  lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  params.split = parts;
  params.run = width;
  plan->scratch_bytes[0] = (size_t)(rows * width * parts) * sizeof(float);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(plan, conv, "conv_sum", &params);
  step->key.type = conv->type;
  static const uint8_t kSlots[] = {LM_GPU_SLOT_SCRATCH_0, LM_GPU_SLOT_BIAS, LM_GPU_SLOT_RESIDUAL,
                                   LM_GPU_SLOT_OUTPUT};
  step->slot_count = 4;
  memcpy(step->slots, kSlots, sizeof kSlots);
  step->writes = 1u << 3;
  return lm__gpu_conv_linear(context, step, rows * conv->out_c);
}

static void add_tiles(const lm__gpu_conv* conv, const tile* t, int64_t rows, int64_t blocks,
                      lm__gpu_conv_plan* plan) {
  lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  params.split = t->split;
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(plan, conv, "conv_tile", &params);
  // The image is an argument twice, as elements and as vectors. Of the last two one is not used.
  const uint8_t slots[] = {LM_GPU_SLOT_INPUT,
                           LM_GPU_SLOT_INPUT,
                           LM_GPU_SLOT_FILTER,
                           LM_GPU_SLOT_BIAS,
                           LM_GPU_SLOT_RESIDUAL,
                           t->split > 1 ? LM_GPU_SLOT_BIAS : LM_GPU_SLOT_OUTPUT,
                           t->split > 1 ? LM_GPU_SLOT_SCRATCH_0 : LM_GPU_SLOT_BIAS};
  step->slot_count = 7;
  memcpy(step->slots, slots, sizeof slots);
  step->writes = t->split > 1 ? 1u << 6 : 1u << 5;
  lm__gpu_conv_constant(step, t->m);
  lm__gpu_conv_constant(step, t->n);
  lm__gpu_conv_constant(step, t->item_m);
  lm__gpu_conv_constant(step, t->item_n);
  lm__gpu_conv_constant(step, conv->in_c % 4 == 0);
  lm__gpu_conv_constant(step, t->split > 1);
  step->key.group[0] = (uint32_t)(t->m / t->item_m * (t->n / (4 * t->item_n)));
  step->groups[0] = (uint32_t)rows;
  step->groups[1] = (uint32_t)blocks;
  step->groups[2] = (uint32_t)t->split;
  step->label = t->name;
}

bool lm__gpu_route_tile(const lm__gpu_context* context, const lm__gpu_conv* conv, int32_t variant,
                        lm__gpu_conv_plan* out_plan) {
  if (variant >= TILE_COUNT || conv->kind != LM_GPU_CONV_FULL || conv->filter_c != conv->in_c ||
      !can_run(context, lm__gpu_conv_kernel_type(conv), "conv_tile")) {
    return false;
  }
  const tile* t = &kTiles[variant];
  const int64_t rows = lm__gpu_divide_up(lm__gpu_conv_rows(conv), t->m);
  const int64_t blocks = lm__gpu_divide_up(conv->out_c, t->n);
  if (!fits(context, t, rows, blocks)) return false;
  *out_plan = (lm__gpu_conv_plan){.name = t->name, .filter_width = t->n};
  out_plan->guess_ns = guess(context, conv, t, (double)(rows * blocks * t->split));
  // A part of the depth is several blocks at least.
  if (t->split > 1 && depth_of(conv) < 4.0 * DEPTH_BLOCK * t->split) out_plan->guess_ns *= 8.0;
  add_tiles(conv, t, rows, blocks, out_plan);
  return t->split == 1 || add_sum(context, conv, t->split, (int32_t)blocks * t->n, out_plan);
}

// ---- CLBlast

// The image as a matrix in scratch 0.
static bool add_im2col(const lm__gpu_context* context, const lm__gpu_conv* conv,
                       lm__gpu_conv_plan* plan) {
  const double elements = lm__gpu_conv_rows(conv) * depth_of(conv);
  if (elements > INT32_MAX - 4096.0 || !can_run(context, conv->type, "im2col")) return false;
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  plan->scratch_bytes[0] = (size_t)elements * lm__gpu_type_bytes(conv->type);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(plan, conv, "im2col", &params);
  step->slot_count = 2;
  step->slots[1] = LM_GPU_SLOT_SCRATCH_0;
  step->writes = 1u << 1;
  return lm__gpu_conv_linear(context, step, (int64_t)elements);
}

// Products of the rows in `from` with the filters, in scratch 1.
static void add_gemm(const lm__gpu_conv* conv, lm__gpu_conv_slot from, lm__gpu_conv_plan* plan) {
  const int32_t depth = (int32_t)depth_of(conv);
  const lm__gpu_library_gemm gemm = {.m = lm__gpu_conv_rows(conv),
                                     .n = conv->out_c,
                                     .k = depth,
                                     .b_transposed = 1,
                                     .lda = depth,
                                     .ldb = depth,
                                     .ldc = conv->out_c,
                                     .batch = 1,
                                     .alpha = 1.0f};
  plan->scratch_bytes[1] = (size_t)gemm.m * (size_t)gemm.n * lm__gpu_type_bytes(conv->type);
  lm__gpu_conv_step* step = &plan->steps[plan->step_count++];
  *step = (lm__gpu_conv_step){
      .key = {.name = LM_GPU_LIBRARY_GEMM, .type = conv->type, .group = {1, 1, 1}},
      .slot_count = 3,
      .slots = {(uint8_t)from, LM_GPU_SLOT_FILTER, LM_GPU_SLOT_SCRATCH_1},
      .writes = 1u << 2,
      .params_bytes = sizeof gemm,
      .groups = {1, 1, 1},
      .label = LM_GPU_LIBRARY_GEMM};
  memcpy(step->params, &gemm, sizeof gemm);
}

bool lm__gpu_route_clblast(const lm__gpu_context* context, const lm__gpu_conv* conv,
                           int32_t variant, lm__gpu_conv_plan* out_plan) {
  if (variant != 0 || conv->kind != LM_GPU_CONV_FULL || conv->filter_c != conv->in_c ||
      conv->wide != LM_GPU_WIDE_NONE || !can_run(context, conv->type, LM_GPU_LIBRARY_GEMM) ||
      !can_run(context, conv->type, "conv_finish")) {
    return false;
  }
  *out_plan = (lm__gpu_conv_plan){.name = "clblast"};
  out_plan->guess_ns = 1e5 + lm__gpu_conv_rows(conv) * depth_of(conv) * conv->out_c / 8.0;
  const bool matrix = lm__gpu_conv_is_matrix(conv);
  if (!matrix && !add_im2col(context, conv, out_plan)) return false;
  add_gemm(conv, matrix ? LM_GPU_SLOT_INPUT : LM_GPU_SLOT_SCRATCH_0, out_plan);
  const lm__gpu_conv_params params = lm__gpu_conv_params_of(conv);
  lm__gpu_conv_step* step = lm__gpu_conv_add_step(out_plan, conv, "conv_finish", &params);
  static const uint8_t kSlots[] = {LM_GPU_SLOT_SCRATCH_1, LM_GPU_SLOT_BIAS, LM_GPU_SLOT_RESIDUAL,
                                   LM_GPU_SLOT_OUTPUT};
  step->slot_count = 4;
  memcpy(step->slots, kSlots, sizeof kSlots);
  step->writes = 1u << 3;
  return lm__gpu_conv_linear(context, step, (int64_t)lm__gpu_conv_rows(conv) * conv->out_c);
}
