// SPDX-License-Identifier: MIT
//
// Images are quantized into a padded copy, whose border is their zero point, so that the products
// need no border cases. A line is what one task computes: a row of the output of a convolution, or
// a few rows of FULLY_CONNECTED, which are images of one pixel.
#include "cpu_hybrid.h"

#include <math.h>
#include <string.h>

#define MOST_BYTES (1 << 30)
#define LINE_ROWS 16  // of FULLY_CONNECTED

typedef struct hybrid_step {
  lm__cpu_step step;
  lm__geometry g;
  bool is_depthwise, is_flat, asymmetric, weights_first;
  int32_t input_index, output_index, images_index, sums_index;
  const float* input;
  float* output;
  // The quantized images, one scale and one zero point for each.
  uint8_t* images;
  float* scales;
  int32_t* zero_points;
  int32_t image_h, image_w;
  size_t image_bytes;
  // Sums of a line, for each thread.
  uint8_t* sums;
  size_t sums_stride;
  // The packed block.
  const lm__q8_gemm_uk* uk;  // products
  const uint8_t* packed;
  const int8_t* weights;  // depthwise: [taps][channels]
  const float *weight_scales, *bias;
  const int32_t* weight_sums;
  const size_t* tap_offsets;
  int32_t taps, depth;
  size_t columns;  // of whole panels
  float min, max;
} hybrid_step;

static int64_t reach(int32_t out, int32_t stride, int32_t filter, int32_t dilation) {
  return (int64_t)(out - 1) * stride + (int64_t)(filter - 1) * dilation + 1;
}

bool lm__cpu_hybrid_fits(const lm__geometry* g) {
  const int64_t h = reach(g->out_h, g->stride_h, g->filter_h, g->dilation_h);
  const int64_t w = reach(g->out_w, g->stride_w, g->filter_w, g->dilation_w);
  if (h > MOST_BYTES || w > MOST_BYTES || h * w > MOST_BYTES) return false;
  if (h * w * g->in_c > MOST_BYTES || h * w * g->in_c * g->batches > MOST_BYTES) return false;
  return (int64_t)g->batches * g->out_h <= INT32_MAX &&
         (int64_t)g->out_w * (g->out_c + 64) <= MOST_BYTES / 4;
}

// ---- activations, as the reference quantizes them

// The zero point that represents the end of the range with the smaller error, rounded.
static int32_t nudged_zero_point(double low, double high, double scale) {
  const double from_min = -128.0 - low / scale, from_max = 127.0 - high / scale;
  const double min_error = 128.0 + fabs(low / scale), max_error = 127.0 + fabs(high / scale);
  const double zero_point = min_error < max_error ? from_min : from_max;
  if (zero_point <= -128.0) return -128;
  if (zero_point >= 127.0) return 127;
  return isnan(zero_point) ? 0 : (int32_t)round(zero_point);
}

// Returns the factor from real values to units; 0 where all values are 0.
static float choose_scale(const hybrid_step* s, int32_t image, float min, float max) {
  s->scales[image] = 1.0f;
  s->zero_points[image] = 0;
  if (!s->asymmetric) {
    const float range = fmaxf(fabsf(min), fabsf(max));
    if (range == 0.0f) return 0.0f;
    s->scales[image] = range / 127;
    return 127 / range;
  }
  const double low = min < 0.0f ? (double)min : 0.0, high = max > 0.0f ? (double)max : 0.0;
  if (low == high) return 0.0f;
  const double scale = (high - low) / 255.0;
  s->zero_points[image] = nudged_zero_point(low, high, scale);
  s->scales[image] = (float)scale;
  return 1.0f / s->scales[image];
}

static void quantize_image(const hybrid_step* s, int32_t image) {
  const lm__vector_uk* v = s->step.delegate->vector;
  const lm__geometry* g = &s->g;
  const size_t depth = (size_t)g->in_c, pixels = (size_t)g->in_h * (size_t)g->in_w;
  const float* in = s->input + (size_t)image * pixels * depth;
  float min, max;
  v->f32_range(pixels * depth, in, &min, &max);
  const float inverse = choose_scale(s, image, min, max);
  const int32_t zero_point = s->zero_points[image], least = s->asymmetric ? -128 : -127;
  uint8_t* out = s->images + (size_t)image * s->image_bytes;
  const size_t row = (size_t)s->image_w * depth, left = (size_t)g->pad_w * depth;
  // What no window reaches is left out.
  const int32_t seen = s->image_w - g->pad_w < g->in_w ? s->image_w - g->pad_w : g->in_w;
  for (int32_t y = 0; y < s->image_h; ++y, out += row) {
    const int32_t from = y - g->pad_h;
    if (from < 0 || from >= g->in_h || seen <= 0) {
      memset(out, zero_point, row);
      continue;
    }
    const size_t n = (size_t)seen * depth;
    memset(out, zero_point, left);
    if (inverse == 0.0f) {
      memset(out + left, 0, n);
    } else {
      v->f32_quantize_by(n, in + (size_t)from * (size_t)g->in_w * depth, out + left, inverse,
                         (float)zero_point, least, 127);
    }
    memset(out + left + n, zero_point, row - left - n);
  }
}

static void quantize_images(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  for (int32_t i = begin; i < end; ++i) quantize_image(context, i);
}

// ---- lines

static void scale_row(const hybrid_step* s, const int32_t* sums, int32_t image, float* out) {
  const lm__s32_scale k = {
      .count = (size_t)s->g.out_c,
      .sums = sums,
      .weight_sums = s->weight_sums,
      .zero_point = s->is_depthwise ? 0 : s->zero_points[image],
      .scales = s->weight_scales,
      .scale = s->scales[image],
      .weights_first = s->weights_first,
      .bias = s->bias,
      .min = s->min,
      .max = s->max,
      .out = out,
  };
  s->step.delegate->vector->s32_scale(&k);
}

static void product(const hybrid_step* s, const uint8_t* base, int32_t rows, size_t row_stride,
                    int32_t* sums) {
  const lm__q8_gemm_args args = {
      .in = {.rows = rows,
             .taps = s->taps,
             .depth = s->depth,
             .base = base,
             .row_stride = row_stride,
             .tap_offsets = s->tap_offsets},
      .columns = s->g.out_c,
      .flip = lm__q8_gemm_is_signed(s->uk, true) ? 0 : 0x80,
      .is_signed = lm__q8_gemm_is_signed(s->uk, true),
      .packed = s->packed,
      .c = (uint8_t*)sums,  // only a place to count from
      .c_stride = s->columns,
      .sums = sums,
  };
  s->uk->run(&args);
}

// Row y of the output of image b.
static void convolution_line(const hybrid_step* s, int32_t b, int32_t y, int32_t* sums) {
  const lm__geometry* g = &s->g;
  const size_t row = (size_t)s->image_w * (size_t)g->in_c;
  const uint8_t* base =
      s->images + (size_t)b * s->image_bytes + (size_t)y * (size_t)g->stride_h * row;
  float* out =
      s->output + ((size_t)b * (size_t)g->out_h + (size_t)y) * (size_t)g->out_w * (size_t)g->out_c;
  const size_t step = (size_t)g->stride_w * (size_t)g->in_c;
  if (!s->is_depthwise) product(s, base, g->out_w, step, sums);
  for (int32_t x = 0; x < g->out_w; ++x, out += g->out_c) {
    if (s->is_depthwise) {
      s->step.delegate->vector->s8_taps((size_t)g->out_c, s->taps, base + (size_t)x * step,
                                        s->tap_offsets, s->weights, s->zero_points[b], sums);
      scale_row(s, sums, b, out);
    } else {
      scale_row(s, sums + (size_t)x * s->columns, b, out);
    }
  }
}

static int32_t line_count(const hybrid_step* s) {
  return s->is_flat ? (s->g.batches + LINE_ROWS - 1) / LINE_ROWS : s->g.batches * s->g.out_h;
}

static void run_lines(void* context, int32_t thread, int32_t begin, int32_t end) {
  const hybrid_step* s = context;
  int32_t* sums = (int32_t*)(void*)(s->sums + (size_t)thread * s->sums_stride);
  for (int32_t line = begin; line < end; ++line) {
    if (!s->is_flat) {
      convolution_line(s, line / s->g.out_h, line % s->g.out_h, sums);
      continue;
    }
    const int32_t first = line * LINE_ROWS;
    const int32_t rows = s->g.batches - first < LINE_ROWS ? s->g.batches - first : LINE_ROWS;
    product(s, s->images + (size_t)first * s->image_bytes, rows, s->image_bytes, sums);
    for (int32_t r = 0; r < rows; ++r) {
      scale_row(s, sums + (size_t)r * s->columns, first + r,
                s->output + (size_t)(first + r) * (size_t)s->g.out_c);
    }
  }
}

static void hybrid_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  hybrid_step* s = (hybrid_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
  uint8_t* block = binding->buffers[s->images_index];
  s->scales = (float*)(void*)block;
  s->zero_points = (int32_t*)(void*)(s->scales + s->g.batches);
  s->images = (uint8_t*)(s->zero_points + s->g.batches);
  s->sums = binding->buffers[s->sums_index];
}

static void hybrid_run(lm__cpu_step* step) {
  hybrid_step* s = (hybrid_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->g.batches, quantize_images, s);
  lm__thread_pool_run(step->delegate->pool, line_count(s), run_lines, s);
}

static const lm__cpu_step_kind kHybrid = {hybrid_bind, hybrid_run};

// ---- compile

// The elements of a kernel row follow each other in the image, unless they are apart.
static void choose_taps(hybrid_step* s) {
  const lm__geometry* g = &s->g;
  const bool whole_rows = !s->is_depthwise && g->dilation_w == 1;
  s->taps = whole_rows ? g->filter_h : g->filter_h * g->filter_w;
  s->depth = whole_rows ? g->filter_w * g->in_c : g->in_c;
}

static void fill_tap_offsets(const hybrid_step* s, size_t* offsets) {
  const lm__geometry* g = &s->g;
  const int32_t per_row = s->taps / g->filter_h;
  for (int32_t t = 0; t < s->taps; ++t) {
    const size_t y = (size_t)(t / per_row) * (size_t)g->dilation_h;
    const size_t x = (size_t)(t % per_row) * (size_t)g->dilation_w;
    offsets[t] = (y * (size_t)s->image_w + x) * (size_t)g->in_c;
  }
}

static void fill_channels(const lm__product_desc* d, bool is_depthwise, float* scales, float* bias,
                          int32_t* sums) {
  const lm_quantization* q = &d->filter->quantization;
  const size_t depth = is_depthwise ? 0 : d->column_stride;
  const int8_t* weights = d->filter->data;
  for (int32_t c = 0; c < d->geometry.out_c; ++c) {
    scales[c] = lm_channel_scale(q, c);
    bias[c] = d->bias != NULL ? ((const float*)d->bias->data)[c] : 0.0f;
    uint32_t sum = 0;
    for (size_t k = 0; k < depth; ++k) sum += (uint32_t)(int32_t)weights[(size_t)c * depth + k];
    sums[c] = (int32_t)sum;
  }
}

// Nothing rescales the sums, but packing asks for the factors.
static lm_status pack_panels(const hybrid_step* s, const lm__gemm_shape* shape, uint8_t* panels,
                             lm_error* err) {
  const lm_allocator allocator = s->step.delegate->allocator;
  lm_multiplier* none = lm_alloc_array(allocator, (size_t)shape->columns, sizeof *none);
  if (none == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d multipliers", shape->columns);
  }
  const lm__q8_weights weights = {
      .data = (const uint8_t*)s->weights,
      .is_signed = true,
      .input_signed = true,
      .multipliers = none,
      .output_signed = true,
  };
  lm__q8_gemm_pack(s->uk, shape, &weights, panels);
  lm_free(allocator, none);
  return LM_OK;
}

// One block: tap offsets, then three numbers a channel, then the panels.
static lm_status pack(hybrid_step* s, const lm__product_desc* d, lm_error* err) {
  const size_t channels = (size_t)s->g.out_c;
  const size_t head = (size_t)s->taps * sizeof(size_t) + 3 * channels * sizeof(float);
  const size_t aligned = (head + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
  const lm__gemm_shape shape = {s->g.out_c, s->taps, s->depth, d->column_stride, 1};
  size_t panel_bytes = 0, bytes = 0;
  if (!s->is_depthwise && !lm__q8_gemm_packed_bytes(s->uk, &shape, &panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", s->step.node_index);
  }
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, aligned + bytes, err));
  uint8_t* block = s->step.packed;
  size_t* offsets = (size_t*)(void*)block;
  float* scales = (float*)(void*)(offsets + s->taps);
  float* bias = scales + channels;
  int32_t* sums = (int32_t*)(void*)(bias + channels);
  fill_tap_offsets(s, offsets);
  fill_channels(d, s->is_depthwise, scales, bias, sums);
  s->tap_offsets = offsets;
  s->weight_scales = scales;
  s->bias = bias;
  s->weight_sums = sums;
  s->weights = d->filter->data;
  if (s->is_depthwise) return LM_OK;
  s->packed = block + aligned;
  return pack_panels(s, &shape, block + aligned, err);
}

static lm_status request_memory(const lm__cpu_build* build, const lm_node* node, hybrid_step* s,
                                lm_error* err) {
  const size_t images = (size_t)s->g.batches;
  const size_t rows = s->is_flat ? LINE_ROWS : s->is_depthwise ? 1 : (size_t)s->g.out_w;
  LM_CPU_TRY(lm__cpu_scratch_request(build, node, rows * s->columns * sizeof(int32_t),
                                     &s->sums_stride, &s->sums_index, err));
  return lm_compiler_request(
      build->compiler, images * (s->image_bytes + sizeof(float) + sizeof(int32_t)) + LM_TAIL_BYTES,
      node->index, node->index, &s->images_index, err);
}

lm_status lm__cpu_hybrid_compile(const lm__cpu_build* build, const lm__hybrid_desc* desc,
                                 lm__cpu_step** out_step, lm_error* err) {
  const lm__product_desc* d = &desc->product;
  const lm__geometry* g = &d->geometry;
  const bool is_flat = g->in_h == 1 && g->in_w == 1 && g->out_h == 1 && g->out_w == 1 &&
                       g->filter_h == 1 && g->filter_w == 1 && !desc->is_depthwise;
  const int64_t rows = is_flat ? g->batches : (int64_t)g->out_h * g->out_w;
  const int64_t window = (int64_t)g->filter_h * g->filter_w * g->in_c;
  const lm__q8_gemm_uk* uk =
      desc->is_depthwise ? NULL : lm__cpu_product_q8(build, rows, g->out_c, window);
  LM_CPU_TRY(lm__cpu_step_create(build, d->node, &kHybrid, sizeof(hybrid_step),
                                 uk != NULL ? uk->name : "s8_taps", out_step, err));
  hybrid_step* s = (hybrid_step*)*out_step;
  s->g = *g;
  s->is_depthwise = desc->is_depthwise;
  s->is_flat = is_flat;
  s->asymmetric = desc->asymmetric;
  s->weights_first = desc->weights_first;
  s->uk = uk;
  s->input_index = lm__cpu_index(build->graph, d->input);
  s->output_index = lm__cpu_index(build->graph, d->output);
  s->image_h = (int32_t)reach(g->out_h, g->stride_h, g->filter_h, g->dilation_h);
  s->image_w = (int32_t)reach(g->out_w, g->stride_w, g->filter_w, g->dilation_w);
  s->image_bytes = (size_t)s->image_h * (size_t)s->image_w * (size_t)g->in_c;
  s->columns = (size_t)g->out_c;
  if (uk != NULL) s->columns = (s->columns + (size_t)uk->nr - 1) / (size_t)uk->nr * (size_t)uk->nr;
  s->min = d->range.min;
  s->max = d->range.max;
  choose_taps(s);
  LM_CPU_TRY(pack(s, d, err));
  return request_memory(build, d->node, s, err);
}
