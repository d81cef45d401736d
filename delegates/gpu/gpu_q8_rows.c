// SPDX-License-Identifier: MIT
//
// Convolutions on bytes for devices that are processors: 16-bit numbers without zero points, in
// explicit vectors (delegates/opencl/kernels/q8_*_rows.cl).
#include <string.h>

#include "gpu_q8_product.h"

#define VECTOR 16
#define ROWS 7

// As in q8_widen_rows.cl.
typedef struct widen_params {
  int32_t in_h, in_w, in_c, wide_h, wide_w, wide_c, pad_h, pad_w, zero;
} widen_params;

// As in q8_conv_rows.cl.
typedef struct rows_params {
  int32_t pixels, out_h, out_w, out_c, wide_h, wide_w, pairs;
  int32_t taps_h, taps_w, run, stride_h, stride_w, dilation_h, dilation_w;
  lm__gpu_q8_finish finish;
} rows_params;

// As in q8_depthwise_rows.cl.
typedef struct depthwise_params {
  int32_t in_h, in_w, out_h, out_w, out_c;
  lm__gpu_q8_window window;
  int32_t input_zero;
  lm__gpu_q8_finish finish;
} depthwise_params;

// A convolution over the widened image.
typedef struct rows_plan {
  int32_t wide_h, wide_w, wide_c;
  int32_t taps_h, taps_w, run;  // a tap is a run of pairs
  int32_t vectors, rows;        // of a work-item
  int32_t width;                // channels, rounded up to whole blocks
} rows_plan;

static bool has_rows(const lm__gpu_build* build, const char* name, lm__gpu_type type) {
  const lm__gpu_context* context = lm__gpu_build_context(build);
  return lm__gpu_wants_loops(context) &&
         context->device->vtable->has_kernel(context->device, name, type);
}

bool lm__gpu_q8_rows_fit(const lm__gpu_build* build, const lm__gpu_q8_product* p) {
  return !p->is_transposed && p->g.in_c == p->filter_c &&
         has_rows(build, "q8_conv_rows", LM_GPU_I8);
}

bool lm__gpu_q8_depthwise_rows_fit(const lm__gpu_build* build, const lm__gpu_q8_product* p) {
  const lm__geometry* g = &p->g;
  return g->out_c == g->in_c && g->out_c >= VECTOR &&
         has_rows(build, "q8_depthwise_rows", LM_GPU_I8);
}

static int32_t filter_value(const lm_tensor* filter, int64_t i) {
  const int32_t zero = filter->quantization.count == 1 ? lm__gpu_q8_zero(filter) : 0;
  const int32_t w = filter->type == LM_UINT8 ? ((const uint8_t*)filter->data)[i]
                                             : ((const int8_t*)filter->data)[i];
  return w - zero;
}

static rows_plan make_plan(const lm__gpu_q8_product* p) {
  const lm__geometry* g = &p->g;
  const int32_t read_w = (g->out_w - 1) * g->stride_w + (g->filter_w - 1) * g->dilation_w + 1;
  const bool joined = g->dilation_w == 1;
  rows_plan plan = {
      .wide_h = (g->out_h - 1) * g->stride_h + (g->filter_h - 1) * g->dilation_h + 1,
      // All of a row is copied, whether windows reach its end or not.
      .wide_w = read_w > g->pad_w + g->in_w ? read_w : g->pad_w + g->in_w,
      .wide_c = g->in_c + g->in_c % 2,
      .taps_h = g->filter_h,
      .taps_w = joined ? 1 : g->filter_w,
      .vectors = g->out_c > VECTOR ? 2 : 1,
      .rows = g->batches * g->out_h * g->out_w >= ROWS ? ROWS : 1,
  };
  plan.run = plan.wide_c / 2 * (joined ? g->filter_w : 1);
  const int32_t block = plan.vectors * VECTOR;
  plan.width = (g->out_c + block - 1) / block * block;
  return plan;
}

// [block][tap][run] of `vectors` * 16 channels by two numbers.
static lm_status pack_weights(lm__gpu_build* build, const lm__gpu_q8_product* p,
                              const rows_plan* plan, lm__gpu_value* out_value, lm_error* err) {
  const lm__geometry* g = &p->g;
  const lm_allocator allocator = lm__gpu_allocator(build);
  const int32_t taps = g->filter_h * g->filter_w, block = plan->vectors * VECTOR;
  const size_t channel_numbers = (size_t)taps * (size_t)plan->wide_c;
  const size_t bytes = (size_t)plan->width * channel_numbers * sizeof(int16_t);
  int16_t* packed = lm_alloc(allocator, bytes);
  if (packed == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes of weights", bytes);
  memset(packed, 0, bytes);
  for (int32_t o = 0; o < g->out_c; ++o) {
    int16_t* to = packed + (size_t)(o / block * block) * channel_numbers + (size_t)(o % block) * 2;
    for (int32_t tap = 0; tap < taps; ++tap) {
      for (int32_t c = 0; c < g->in_c; ++c) {
        const size_t pair = ((size_t)tap * (size_t)plan->wide_c + (size_t)c) / 2;
        to[pair * (size_t)block * 2 + (size_t)(c % 2)] =
            (int16_t)filter_value(p->filter, ((int64_t)o * taps + tap) * g->in_c + c);
      }
    }
  }
  const lm_status status = lm__gpu_constant(build, packed, bytes, out_value, err);
  lm_free(allocator, packed);
  return status;
}

// Biases, then multipliers and shifts or the three words of wide factors, `width` of each.
static lm_status make_channels(lm__gpu_build* build, const lm__gpu_q8_product* p, int32_t width,
                               lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const size_t bytes = (size_t)width * 4 * sizeof(int32_t);
  int32_t* table = lm_alloc(allocator, bytes);
  if (table == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d channels", width);
  memset(table, 0, bytes);
  const int32_t* biases = p->bias != NULL ? p->bias->data : NULL;
  for (int32_t c = 0; c < width; ++c) {
    int32_t words[3] = {0, 1 << 20, 95};  // of channels that are not there: any sound factor
    if (c < p->g.out_c) {
      if (biases != NULL) table[c] = biases[c];
      if (p->is_fully_connected) {
        lm__gpu_q8_wide_factor(p->input, p->filter, p->output, c, words);
      } else {
        const lm_multiplier m = lm__gpu_q8_multiplier(p->input, p->filter, p->output, c);
        words[0] = m.multiplier;
        words[1] = m.shift;
      }
    }
    for (int32_t i = 0; i < 3; ++i) table[(int64_t)(i + 1) * width + c] = words[i];
  }
  const lm_status status = lm__gpu_constant(build, table, bytes, out_value, err);
  lm_free(allocator, table);
  return status;
}

// Emits the dispatch that widens the input into scratch.
static lm_status widen(lm__gpu_build* build, const lm__gpu_q8_product* p, const rows_plan* plan,
                       lm__gpu_value* out_wide, lm_error* err) {
  const lm__geometry* g = &p->g;
  lm__gpu_value input;
  LM_GPU_TRY(lm__gpu_tensor(build, p->input, &input, err));
  const size_t rows = (size_t)g->batches * (size_t)plan->wide_h;
  const size_t row_bytes = (size_t)plan->wide_w * (size_t)plan->wide_c * sizeof(int16_t);
  LM_GPU_TRY(lm__gpu_scratch(build, rows * row_bytes, out_wide, err));
  const widen_params params = {
      .in_h = g->in_h,
      .in_w = g->in_w,
      .in_c = g->in_c,
      .wide_h = plan->wide_h,
      .wide_w = plan->wide_w,
      .wide_c = plan->wide_c,
      .pad_h = g->pad_h,
      .pad_w = g->pad_w,
      .zero = lm__gpu_q8_zero(p->input),
  };
  const lm__gpu_call call = {
      .key = {.name = "q8_widen_rows",
              .type = lm__gpu_value_type(build, input),
              .group = {1, 1, 1}},
      .arg_count = 2,
      .args = {LM_GPU_READ(input), LM_GPU_WRITE(*out_wide)},
      .params = &params,
      .params_bytes = sizeof params,
      .items = {(uint32_t)rows, 1, 1},
  };
  return lm__gpu_emit(build, p->node, &call, err);
}

static rows_params make_params(const lm__gpu_q8_product* p, const rows_plan* plan,
                               const lm__gpu_q8_finish* finish) {
  const lm__geometry* g = &p->g;
  return (rows_params){
      .pixels = g->batches * g->out_h * g->out_w,
      .out_h = g->out_h,
      .out_w = g->out_w,
      .out_c = g->out_c,
      .wide_h = plan->wide_h,
      .wide_w = plan->wide_w,
      .pairs = plan->wide_c / 2,
      .taps_h = plan->taps_h,
      .taps_w = plan->taps_w,
      .run = plan->run,
      .stride_h = g->stride_h,
      .stride_w = g->stride_w,
      .dilation_h = g->dilation_h,
      .dilation_w = g->dilation_w,
      .finish = *finish,
  };
}

lm_status lm__gpu_q8_rows_compile(lm__gpu_build* build, const lm__gpu_q8_product* p,
                                  lm_error* err) {
  lm__gpu_q8_finish finish;
  lm__gpu_value output;
  LM_GPU_TRY(lm__gpu_q8_finish_of(build, p, &finish, &output, err));
  const rows_plan plan = make_plan(p);
  lm__gpu_value wide, weights, channels;
  LM_GPU_TRY(widen(build, p, &plan, &wide, err));
  LM_GPU_TRY(pack_weights(build, p, &plan, &weights, err));
  LM_GPU_TRY(make_channels(build, p, plan.width, &channels, err));
  const rows_params params = make_params(p, &plan, &finish);
  const lm__gpu_call call = {
      .key = {.name = "q8_conv_rows",
              .type = LM_GPU_I8,
              .group = {1, 1, 1},
              .constant_count = 3,
              .constants = {plan.rows, plan.vectors, p->is_fully_connected}},
      .arg_count = 4,
      .args = {LM_GPU_READ(wide), LM_GPU_READ(weights), LM_GPU_READ(channels),
               LM_GPU_WRITE(output)},
      .params = &params,
      .params_bytes = sizeof params,
      .items = {(uint32_t)((params.pixels + plan.rows - 1) / plan.rows),
                (uint32_t)(plan.width / (plan.vectors * VECTOR)), 1},
  };
  return lm__gpu_emit(build, p->node, &call, err);
}

// ---- depthwise

static lm_status pack_depthwise(lm__gpu_build* build, const lm_tensor* filter,
                                lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const size_t count = (size_t)lm_shape_count(&filter->shape);
  int16_t* packed = lm_alloc_array(allocator, count, sizeof *packed);
  if (packed == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu weights", count);
  for (size_t i = 0; i < count; ++i) packed[i] = (int16_t)filter_value(filter, (int64_t)i);
  const lm_status status = lm__gpu_constant(build, packed, count * sizeof *packed, out_value, err);
  lm_free(allocator, packed);
  return status;
}

lm_status lm__gpu_q8_depthwise_rows_compile(lm__gpu_build* build, const lm__gpu_q8_product* p,
                                            lm_error* err) {
  lm__gpu_q8_finish finish;
  lm__gpu_value output;
  LM_GPU_TRY(lm__gpu_q8_finish_of(build, p, &finish, &output, err));
  lm__gpu_value input, weights, channels;
  LM_GPU_TRY(lm__gpu_tensor(build, p->input, &input, err));
  LM_GPU_TRY(pack_depthwise(build, p->filter, &weights, err));
  LM_GPU_TRY(make_channels(build, p, p->g.out_c, &channels, err));
  const lm__geometry* g = &p->g;
  const depthwise_params params = {
      .in_h = g->in_h,
      .in_w = g->in_w,
      .out_h = g->out_h,
      .out_w = g->out_w,
      .out_c = g->out_c,
      .window = lm__gpu_q8_window_of(g),
      .input_zero = lm__gpu_q8_zero(p->input),
      .finish = finish,
  };
  const lm__gpu_call call = {
      .key = {.name = "q8_depthwise_rows",
              .type = lm__gpu_value_type(build, input),
              .group = {1, 1, 1}},
      .arg_count = 4,
      .args = {LM_GPU_READ(input), LM_GPU_READ(weights), LM_GPU_READ(channels),
               LM_GPU_WRITE(output)},
      .params = &params,
      .params_bytes = sizeof params,
      .items = {(uint32_t)(g->batches * g->out_h), 1, 1},
  };
  return lm__gpu_emit(build, p->node, &call, err);
}
