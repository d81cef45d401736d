// SPDX-License-Identifier: MIT
#include "resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// 8 bits of a pixel, 2 bits of headroom for the sum, the rest for the weight.
enum { WEIGHT_BITS = 32 - 8 - 2 };

// For each output position: which input positions, how many, and their weights.
typedef struct axis {
  int32_t taps;      // room for weights of one position
  int32_t* first;    // [out]
  int32_t* count;    // [out]
  int32_t* weights;  // [out * taps]
} axis;

static void axis_deinit(axis* a) {
  free(a->first);
  free(a->count);
  free(a->weights);
}

static void fill_position(axis* a, int32_t x, int32_t in, double center, double step,
                          double* weights) {
  const double support = step;  // the triangle reaches one step to either side
  int32_t first = (int32_t)(center - support + 0.5);
  int32_t last = (int32_t)(center + support + 0.5);
  if (center - support + 0.5 < 0) first = 0;
  if (last > in) last = in;
  double sum = 0;
  for (int32_t i = first; i < last; ++i) {
    const double distance = fabs((i - center + 0.5) * (1.0 / step));
    weights[i - first] = distance < 1 ? 1 - distance : 0;
    sum += weights[i - first];
  }
  a->first[x] = first;
  a->count[x] = last - first;
  for (int32_t i = 0; i < last - first; ++i) {
    const double w = sum != 0 ? weights[i] / sum : weights[i];
    a->weights[(int64_t)x * a->taps + i] = (int32_t)(0.5 + w * (1 << WEIGHT_BITS));
  }
}

static bool axis_init(axis* a, int32_t in, int32_t out, bool antialias) {
  const double scale = (double)in / out;
  const double step = antialias && scale > 1 ? scale : 1;
  *a = (axis){.taps = (int32_t)ceil(step) * 2 + 1};
  a->first = calloc((size_t)out, sizeof *a->first);
  a->count = calloc((size_t)out, sizeof *a->count);
  a->weights = calloc((size_t)out * (size_t)a->taps, sizeof *a->weights);
  double* weights = calloc((size_t)a->taps, sizeof *weights);
  const bool ok = a->first != NULL && a->count != NULL && a->weights != NULL && weights != NULL;
  for (int32_t x = 0; ok && x < out; ++x) {
    fill_position(a, x, in, (x + 0.5) * scale, step, weights);
  }
  free(weights);
  return ok;
}

static uint8_t to_pixel(int32_t sum) {
  const int32_t value = sum >> WEIGHT_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static void resize_rows(const lm_pixels* in, const axis* a, int32_t width, uint8_t* out) {
  const int32_t channels = in->channels;
  for (int32_t y = 0; y < in->height; ++y) {
    const uint8_t* row = in->pixels + y * in->stride;
    for (int32_t x = 0; x < width; ++x) {
      const int32_t* weights = a->weights + (int64_t)x * a->taps;
      const uint8_t* p = row + (int64_t)a->first[x] * channels;
      for (int32_t c = 0; c < channels; ++c) {
        int32_t sum = 1 << (WEIGHT_BITS - 1);
        for (int32_t i = 0; i < a->count[x]; ++i) sum += p[(int64_t)i * channels + c] * weights[i];
        *out++ = to_pixel(sum);
      }
    }
  }
}

static void resize_columns(const lm_pixels* in, const axis* a, int32_t height, uint8_t* out) {
  const int64_t row_values = (int64_t)in->width * in->channels;
  for (int32_t y = 0; y < height; ++y) {
    const int32_t* weights = a->weights + (int64_t)y * a->taps;
    const uint8_t* p = in->pixels + (int64_t)a->first[y] * in->stride;
    for (int64_t x = 0; x < row_values; ++x) {
      int32_t sum = 1 << (WEIGHT_BITS - 1);
      for (int32_t i = 0; i < a->count[y]; ++i) sum += p[i * in->stride + x] * weights[i];
      *out++ = to_pixel(sum);
    }
  }
}

static void copy_rows(const lm_pixels* in, uint8_t* out) {
  const size_t row_bytes = (size_t)in->width * (size_t)in->channels;
  for (int32_t y = 0; y < in->height; ++y) {
    memcpy(out + (size_t)y * row_bytes, in->pixels + y * in->stride, row_bytes);
  }
}

lm_status lm_resize_bilinear(const lm_pixels* in, int32_t width, int32_t height, bool antialias,
                             uint8_t* out, lm_error* err) {
  const bool across = width != in->width, down = height != in->height;
  if (!across && !down) {
    copy_rows(in, out);
    return LM_OK;
  }
  axis columns = {0}, rows = {0};
  uint8_t* between = NULL;
  lm_pixels source = *in;
  bool ok = true;
  if (across) {
    ok = axis_init(&columns, in->width, width, antialias);
    uint8_t* to = out;
    if (ok && down) {
      to = between = malloc((size_t)width * (size_t)in->height * (size_t)in->channels);
      ok = between != NULL;
    }
    if (ok) {
      resize_rows(in, &columns, width, to);
      source = (lm_pixels){to, width, in->height, in->channels, (int64_t)width * in->channels};
    }
  }
  if (ok && down) {
    ok = axis_init(&rows, in->height, height, antialias);
    if (ok) resize_columns(&source, &rows, height, out);
  }
  axis_deinit(&columns);
  axis_deinit(&rows);
  free(between);
  if (ok) return LM_OK;
  return LM_FAIL(err, LM_OUT_OF_MEMORY, "resizing %d x %d to %d x %d", in->width, in->height, width,
                 height);
}
