// SPDX-License-Identifier: MIT
#include "cpu_resize.h"

#include <math.h>
#include <string.h>

// A row or column of the output: the two of the input that it lies between, and how far from the
// first it is.
typedef struct place {
  int32_t low, high;
  float weight;
  int32_t weight_q10;
} place;

typedef struct resize_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const uint8_t* input;
  uint8_t* output;
  lm_type type;
  bool is_bilinear;
  int32_t batches, in_h, in_w, out_h, out_w;
  size_t depth, pixel_bytes;
  const place *rows, *columns;  // [out_h], [out_w], in the packed block
} resize_step;

// Floats of one axis, in the order of the reference kernel's operations.
static place place_f32(const lm_resize_options* options, int32_t at, int32_t in, int32_t out) {
  const float scale = options->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                                        : (float)in / (float)out;
  const float x =
      options->half_pixel_centers ? ((float)at + 0.5f) * scale - 0.5f : (float)at * scale;
  const int32_t low = (int32_t)floorf(x), high = (int32_t)ceilf(x);
  place p = {.low = low > 0 ? low : 0, .high = high < in - 1 ? high : in - 1};
  if (p.low > in - 1) p.low = in - 1;
  p.weight = x - (float)p.low;
  return p;
}

// The same in 1/1024, for int8.
static place place_q10(const lm_resize_options* options, int32_t at, int32_t in, int32_t out) {
  const int32_t scale = options->align_corners && out > 1
                            ? (1024 * (in - 1) + (out - 1) / 2) / (out - 1)
                            : (int32_t)((1024 * (int64_t)in + out / 2) / out);
  int64_t x = (int64_t)at * scale;
  if (options->half_pixel_centers) x += scale / 2 - 512;
  const int64_t low = x / 1024, high = (x + 1023) / 1024;
  place p = {.low = (int32_t)(low > 0 ? low : 0), .high = (int32_t)(high < in - 1 ? high : in - 1)};
  if (p.low > in - 1) p.low = in - 1;
  p.weight_q10 = (int32_t)(x - 1024 * (int64_t)p.low);
  return p;
}

bool lm__cpu_resize_fits(const lm_node* node, const lm_tensor* input, const lm_tensor* output) {
  for (int32_t d = 1; d <= 2; ++d) {
    // Scales are rounded, so that the error is largest at the end; weights leave [0, 1024] only
    // where an index had to be held back.
    const int32_t in = input->shape.dims[d], out = output->shape.dims[d];
    const place first = place_q10(node->def->options, 0, in, out);
    const place last = place_q10(node->def->options, out - 1, in, out);
    if (first.weight_q10 < -1024 || last.weight_q10 > 2047) return false;
  }
  return true;
}

static place place_nearest(const lm_resize_options* options, int32_t at, int32_t in, int32_t out) {
  const float scale = options->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                                        : (float)in / (float)out;
  const float x = ((float)at + (options->half_pixel_centers ? 0.5f : 0.0f)) * scale;
  const int32_t from = (int32_t)(options->align_corners ? roundf(x) : floorf(x));
  return (place){.low = from < 0 ? 0 : from > in - 1 ? in - 1 : from};
}

static void fill_places(const resize_step* s, const lm_resize_options* options, int32_t in,
                        int32_t out, place* places) {
  for (int32_t at = 0; at < out; ++at) {
    places[at] = !s->is_bilinear      ? place_nearest(options, at, in, out)
                 : s->type == LM_INT8 ? place_q10(options, at, in, out)
                                      : place_f32(options, at, in, out);
  }
}

static const uint8_t* pixel(const resize_step* s, const uint8_t* image, int32_t y, int32_t x) {
  return image + ((size_t)y * (size_t)s->in_w + (size_t)x) * s->pixel_bytes;
}

static void bilinear_row(const resize_step* s, const uint8_t* image, const place* row,
                         uint8_t* out) {
  const lm__vector_uk* v = s->step.delegate->vector;
  for (int32_t x = 0; x < s->out_w; ++x, out += s->pixel_bytes) {
    const place* column = &s->columns[x];
    const lm__bilinear at = {
        .above_left = pixel(s, image, row->low, column->low),
        .above_right = pixel(s, image, row->low, column->high),
        .below_left = pixel(s, image, row->high, column->low),
        .below_right = pixel(s, image, row->high, column->high),
        .down = row->weight,
        .right = column->weight,
        .down_q10 = row->weight_q10,
        .right_q10 = column->weight_q10,
    };
    if (s->type == LM_FLOAT32) {
      v->f32_bilinear(s->depth, &at, (float*)(void*)out);
    } else {
      (s->type == LM_INT8 ? v->s8_bilinear : v->u8_bilinear)(s->depth, &at, out);
    }
  }
}

static void nearest_row(const resize_step* s, const uint8_t* image, const place* row,
                        uint8_t* out) {
  for (int32_t x = 0; x < s->out_w; ++x, out += s->pixel_bytes) {
    memcpy(out, pixel(s, image, row->low, s->columns[x].low), s->pixel_bytes);
  }
}

static void resize_rows(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const resize_step* s = context;
  for (int32_t r = begin; r < end; ++r) {
    const uint8_t* image = pixel(s, s->input, r / s->out_h * s->in_h, 0);
    uint8_t* out = s->output + (size_t)r * (size_t)s->out_w * s->pixel_bytes;
    (s->is_bilinear ? bilinear_row : nearest_row)(s, image, &s->rows[r % s->out_h], out);
  }
}

static void resize_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  resize_step* s = (resize_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void resize_run(lm__cpu_step* step) {
  resize_step* s = (resize_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->batches * s->out_h, resize_rows, s);
}

static const lm__cpu_step_kind kResize = {resize_bind, resize_run};

lm_status lm__cpu_resize_compile(const lm__cpu_build* build, const lm_node* node, bool is_bilinear,
                                 lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kResize, sizeof(resize_step),
                                 is_bilinear ? "bilinear" : "nearest", out_step, err));
  resize_step* s = (resize_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->type = input->type;
  s->is_bilinear = is_bilinear;
  s->batches = input->shape.dims[0];
  s->in_h = input->shape.dims[1];
  s->in_w = input->shape.dims[2];
  s->out_h = output->shape.dims[1];
  s->out_w = output->shape.dims[2];
  s->depth = (size_t)input->shape.dims[3];
  s->pixel_bytes = s->depth * lm_type_bytes(input->type);
  const size_t rows = (size_t)s->out_h, columns = (size_t)s->out_w;
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, (rows + columns) * sizeof(place), err));
  place* places = s->step.packed;
  fill_places(s, node->def->options, s->in_h, s->out_h, places);
  fill_places(s, node->def->options, s->in_w, s->out_w, places + rows);
  s->rows = places;
  s->columns = places + rows;
  return LM_OK;
}
