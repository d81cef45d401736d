// SPDX-License-Identifier: MIT
//
// From a convolution's plan to dispatches: parameters, packed filters, values.
#include "gpu_conv.h"

#include <assert.h>
#include <string.h>

lm__gpu_conv_params lm__gpu_conv_params_of(const lm__gpu_conv* conv) {
  const int32_t groups = conv->kind == LM_GPU_CONV_FULL        ? conv->in_c / conv->filter_c
                         : conv->kind == LM_GPU_CONV_DEPTHWISE ? conv->in_c
                                                               : 1;
  return (lm__gpu_conv_params){.rows = lm__gpu_conv_rows(conv),
                               .in_h = conv->in_h,
                               .in_w = conv->in_w,
                               .in_c = conv->in_c,
                               .out_h = conv->out_h,
                               .out_w = conv->out_w,
                               .out_c = conv->out_c,
                               .taps_h = conv->taps_h,
                               .taps_w = conv->taps_w,
                               .stride_h = conv->stride_h,
                               .stride_w = conv->stride_w,
                               .dilation_h = conv->dilation_h,
                               .dilation_w = conv->dilation_w,
                               .pad_top = conv->pad_top,
                               .pad_left = conv->pad_left,
                               .filter_c = conv->filter_c,
                               .group_out = conv->out_c / groups,
                               .run = conv->in_c,
                               .out_stride = conv->out_stride,
                               .out_offset = conv->out_offset,
                               .low = conv->low,
                               .high = conv->high,
                               .tail_low = conv->tail_low,
                               .tail_high = conv->tail_high};
}

// ---- steps

lm__gpu_conv_step* lm__gpu_conv_add_step(lm__gpu_conv_plan* plan, const lm__gpu_conv* conv,
                                         const char* kernel, const lm__gpu_conv_params* params) {
  assert(plan->step_count < LM_GPU_CONV_MAX_STEPS);
  lm__gpu_conv_step* step = &plan->steps[plan->step_count++];
  *step = (lm__gpu_conv_step){
      .key = {.name = kernel, .type = lm__gpu_conv_kernel_type(conv), .group = {1, 1, 1}},
      .slot_count = 5,
      .slots = {LM_GPU_SLOT_INPUT, LM_GPU_SLOT_FILTER, LM_GPU_SLOT_BIAS, LM_GPU_SLOT_RESIDUAL,
                LM_GPU_SLOT_OUTPUT},
      .writes = 1u << 4,
      .params_bytes = sizeof *params,
      .groups = {1, 1, 1},
      .label = kernel};
  memcpy(step->params, params, sizeof *params);
  lm__gpu_conv_constant(step, (int32_t)conv->tail);
  return step;
}

void lm__gpu_conv_constant(lm__gpu_conv_step* step, int32_t value) {
  assert(step->key.constant_count < LM_GPU_MAX_CONSTANTS);
  step->key.constants[step->key.constant_count++] = value;
}

bool lm__gpu_conv_linear(const lm__gpu_context* context, lm__gpu_conv_step* step, int64_t items) {
  const lm__gpu_caps* caps = &context->device->caps;
  const uint32_t group = caps->max_group_items < 64 ? caps->max_group_items : 64;
  const int64_t groups = lm__gpu_divide_up(items, group);
  const int64_t lines = lm__gpu_divide_up(groups, caps->max_groups);
  if (items > INT32_MAX - 2 * (int64_t)group || lines > caps->max_groups) return false;
  step->key.group[0] = group;
  step->groups[0] = (uint32_t)lm__gpu_divide_up(groups, lines);
  step->groups[1] = (uint32_t)lines;
  return true;
}

// ---- filters

// Filters as the matrix of `*out_columns` output channels by sums that the packed form has.
static void matrix_of(const lm__gpu_conv* conv, size_t* out_columns, size_t* out_depth) {
  *out_columns = (size_t)conv->out_c;
  *out_depth = (size_t)conv->taps_h * (size_t)conv->taps_w;
  if (conv->kind != LM_GPU_CONV_DEPTHWISE) *out_depth *= (size_t)conv->filter_c;
}

static size_t round_up(size_t count, size_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

bool lm__gpu_conv_filter_count(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan,
                               size_t* out_count) {
  size_t columns, depth;
  matrix_of(conv, &columns, &depth);
  if (plan->filter_width > 0) columns = round_up(columns, (size_t)plan->filter_width);
  return !__builtin_mul_overflow(columns, depth, out_count) && *out_count <= INT32_MAX;
}

void lm__gpu_conv_pack(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan, const float* filter,
                       float* packed) {
  size_t columns, depth;
  matrix_of(conv, &columns, &depth);
  if (plan->filter_width == 0) {
    memcpy(packed, filter, columns * depth * sizeof *packed);
    return;
  }
  const size_t width = (size_t)plan->filter_width;
  for (size_t column = 0; column < columns; ++column) {
    const float* from = filter + column * depth;
    float* to = packed + column / width * width * depth + column % width;
    for (size_t k = 0; k < depth; ++k) to[k * width] = from[k];
  }
}

size_t lm__gpu_conv_bias_count(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan) {
  const size_t block = plan->filter_width > 4 ? (size_t)plan->filter_width : 4;
  return round_up((size_t)conv->out_c, block) + (size_t)plan->bias_zeros;
}

static lm_status make_filter(lm__gpu_build* build, const lm__gpu_conv* conv,
                             const lm__gpu_conv_plan* plan, const lm_tensor* filter,
                             lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  size_t count;
  if (!lm__gpu_conv_filter_count(conv, plan, &count)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "filter '%.80s': too large for the device",
                   filter->def->name);
  }
  float* plain;
  LM_GPU_TRY(lm__gpu_constant_as_floats(build, filter, &plain, err));
  float* packed = lm_alloc_array(allocator, count, sizeof *packed);
  lm_status status;
  if (packed == NULL) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "filter '%.80s': %zu floats", filter->def->name, count);
  } else {
    lm__gpu_conv_pack(conv, plan, plain, packed);
    status = lm__gpu_constant_floats(build, packed, count, lm__gpu_conv_filter_type(conv),
                                     out_value, err);
  }
  lm_free(allocator, packed);
  lm_free(allocator, plain);
  return status;
}

// ---- bias

static lm_status fill_bias(lm__gpu_build* build, const lm__gpu_conv* conv,
                           const lm__gpu_conv_operands* operands, float* all, lm_error* err) {
  const lm_tensor* bias = operands->bias;
  if (bias == NULL) return LM_OK;
  float* plain;
  LM_GPU_TRY(lm__gpu_constant_as_floats(build, bias, &plain, err));
  for (int32_t c = 0; c < conv->out_c; ++c) {
    all[c] = operands->bias_scales != NULL ? plain[c] * operands->bias_scales[c] : plain[c];
  }
  lm_free(lm__gpu_allocator(build), plain);
  return LM_OK;
}

static lm_status make_bias(lm__gpu_build* build, const lm__gpu_conv* conv,
                           const lm__gpu_conv_plan* plan, const lm__gpu_conv_operands* operands,
                           lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const size_t count = lm__gpu_conv_bias_count(conv, plan);
  float* all = lm_alloc_array(allocator, count, sizeof *all);
  if (all == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "bias of %zu floats", count);
  lm_status status = fill_bias(build, conv, operands, all, err);
  if (status == LM_OK) {
    status = lm__gpu_constant_floats(build, all, count, LM_GPU_F32, out_value, err);
  }
  lm_free(allocator, all);
  return status;
}

// ---- dispatches

static lm_status emit_step(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv_step* step,
                           const lm__gpu_value* values, lm_error* err) {
  lm__gpu_call call = {.key = step->key,
                       .arg_count = step->slot_count,
                       .params = step->params,
                       .params_bytes = step->params_bytes,
                       .items = {step->groups[0], step->groups[1], step->groups[2]},
                       .label = step->label};
  for (int32_t i = 0; i < step->slot_count; ++i) {
    call.args[i] = (lm__gpu_arg){values[step->slots[i]], (step->writes >> i & 1) != 0};
  }
  return lm__gpu_emit(build, node, &call, err);
}

lm_status lm__gpu_conv_emit(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                            const lm__gpu_conv_operands* operands, lm_error* err) {
  lm__gpu_conv_plan plan;
  LM_GPU_TRY(lm__gpu_conv_choose(build, node, conv, &plan, err));
  lm__gpu_value values[LM_GPU_SLOT_COUNT];
  values[LM_GPU_SLOT_INPUT] = operands->input;
  values[LM_GPU_SLOT_OUTPUT] = operands->output;
  LM_GPU_TRY(make_filter(build, conv, &plan, operands->filter, &values[LM_GPU_SLOT_FILTER], err));
  LM_GPU_TRY(make_bias(build, conv, &plan, operands, &values[LM_GPU_SLOT_BIAS], err));
  values[LM_GPU_SLOT_RESIDUAL] =
      operands->residual >= 0 ? operands->residual : values[LM_GPU_SLOT_BIAS];
  for (int i = 0; i < 2; ++i) {
    lm__gpu_value* scratch = &values[LM_GPU_SLOT_SCRATCH_0 + i];
    *scratch = -1;
    if (plan.scratch_bytes[i] > 0) {
      LM_GPU_TRY(lm__gpu_scratch(build, plan.scratch_bytes[i], scratch, err));
    }
  }
  for (int32_t i = 0; i < plan.step_count; ++i) {
    LM_GPU_TRY(emit_step(build, node, &plan.steps[i], values, err));
  }
  return LM_OK;
}
