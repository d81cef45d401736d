// SPDX-License-Identifier: MIT
#include "preprocess.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resize.h"

static bool is_channels(int32_t dim) { return dim == 1 || dim == 3; }

static lm_status no_image(const lm_shape* shape, const char* why, lm_error* err) {
  char text[LM_SHAPE_TEXT_SIZE];
  return LM_FAIL(err, LM_BAD_INPUT, "input of shape %s is no image: %s",
                 lm_shape_format(shape, text, sizeof text), why);
}

lm_status lm_input_geometry(const lm_shape* shape, lm_layout wanted, lm_geometry* out_geometry,
                            lm_layout* out_layout, lm_error* err) {
  const int32_t* d = shape->dims;
  *out_geometry = (lm_geometry){0};
  *out_layout = LM_LAYOUT_NHWC;
  if (shape->rank == 4) {
    const bool planes = wanted == LM_LAYOUT_NCHW ||
                        (wanted == LM_LAYOUT_AUTO && !is_channels(d[3]) && is_channels(d[1]));
    *out_layout = planes ? LM_LAYOUT_NCHW : LM_LAYOUT_NHWC;
    *out_geometry = planes ? (lm_geometry){d[3], d[2], d[1]} : (lm_geometry){d[2], d[1], d[3]};
  } else if (shape->rank == 3 && is_channels(d[2]) && d[0] != 1) {
    *out_geometry = (lm_geometry){d[1], d[0], d[2]};
  } else if (shape->rank == 3 && d[0] == 1) {
    *out_geometry = (lm_geometry){d[2], d[1], 1};
  } else {
    return no_image(shape, "[1,H,W,C], [1,C,H,W], [H,W,C] or [1,H,W] is wanted", err);
  }
  if (!is_channels(out_geometry->channels)) {
    return no_image(shape, "it has neither 1 nor 3 channels", err);
  }
  const int32_t w = out_geometry->width, h = out_geometry->height;
  if (w < 1 || h < 1 || w > LM_IMAGE_MAX_PIXELS / h) {
    return no_image(shape, "height and width make no sense", err);
  }
  return LM_OK;
}

// ---------------------------------------------------------------- values

static void choose_normalization(lm_preprocess* p, const lm_model_normalization* metadata) {
  const lm_preprocess_options* o = &p->options;
  const bool metadata_counts = metadata->present && p->type == LM_FLOAT32;
  p->raw_pixels = false;
  for (int32_t c = 0; c < 3; ++c) {
    if (o->mean_count > 0 || o->std_count > 0) {
      p->source = LM_VALUES_FLAGS;
      p->mean[c] = o->mean_count == 0 ? 0 : o->mean[o->mean_count == 1 ? 0 : c];
      p->std[c] = o->std_count == 0 ? 1 : o->std[o->std_count == 1 ? 0 : c];
    } else if (metadata_counts) {
      p->source = LM_VALUES_METADATA;
      p->mean[c] = metadata->mean[metadata->count == 1 ? 0 : c];
      p->std[c] = metadata->std[metadata->count == 1 ? 0 : c];
    } else {
      p->source = LM_VALUES_DEFAULT;
      p->raw_pixels = p->type == LM_UINT8 || p->type == LM_INT8;
      p->mean[c] = p->std[c] = 127.5f;
    }
  }
}

static int16_t quantize(const lm_preprocess* p, float value) {
  const float low = p->type == LM_UINT8 ? 0 : p->type == LM_INT8 ? -128 : -32768;
  const float high = p->type == LM_UINT8 ? 255 : p->type == LM_INT8 ? 127 : 32767;
  const float q = roundf(value / p->scale) + (float)p->zero_point;
  return (int16_t)(q < low ? low : q > high ? high : q);
}

static void fill_tables(lm_preprocess* p) {
  for (int32_t c = 0; c < 3; ++c) {
    for (int32_t pixel = 0; pixel < 256; ++pixel) {
      // In float32, one rounding a step, as numpy does it.
      const float centered = (float)pixel - p->mean[c];
      const float value = centered / p->std[c];
      p->float_table[c][pixel] = value;
      if (p->raw_pixels) {
        p->integer_table[c][pixel] = (int16_t)(p->type == LM_INT8 ? pixel - 128 : pixel);
      } else if (p->type != LM_FLOAT32) {
        p->integer_table[c][pixel] = quantize(p, value);
      }
    }
  }
}

bool lm_preprocess_range(const lm_preprocess* preprocess, lm_pixel_range* out) {
  static const float kUsual[][2] = {{0, 1}, {-1, 1}, {0, 255}, {-128, 127}};
  const lm_preprocess* p = preprocess;
  *out = (lm_pixel_range){0};
  if (!p->raw_pixels || p->scale == 0) return false;
  const float zero = (float)p->zero_point + (p->type == LM_INT8 ? 128.0f : 0.0f);
  out->low = (0 - zero) * p->scale;
  out->high = (255 - zero) * p->scale;
  // Converters round the range to what they saw or to whole zero points.
  const float slack = 0.04f * (out->high - out->low);
  for (size_t i = 0; i < sizeof kUsual / sizeof *kUsual; ++i) {
    if (fabsf(out->low - kUsual[i][0]) > slack || fabsf(out->high - kUsual[i][1]) > slack) continue;
    out->low = kUsual[i][0];
    out->high = kUsual[i][1];
    out->usual = true;
  }
  return true;
}

lm_status lm_preprocess_init(lm_preprocess* preprocess, const lm_preprocess_options* options,
                             const lm_tensor* input, const lm_model_normalization* metadata,
                             lm_error* err) {
  lm_preprocess* p = preprocess;
  *p = (lm_preprocess){.options = *options, .type = input->type};
  lm_status status =
      lm_input_geometry(&input->shape, options->layout, &p->geometry, &p->layout, err);
  if (status != LM_OK) return status;
  if (lm_shape_count(&input->shape) !=
      (int64_t)p->geometry.width * p->geometry.height * p->geometry.channels) {
    return no_image(&input->shape, "the batch is not 1", err);
  }
  const bool integer = p->type == LM_UINT8 || p->type == LM_INT8 || p->type == LM_INT16;
  if (p->type != LM_FLOAT32 && !integer) {
    return LM_FAIL(err, LM_BAD_INPUT,
                   "input of type %s; images fill float32, uint8, int8 and int16",
                   lm_type_name(p->type));
  }
  if (p->geometry.channels == 1 && (options->mean_count == 3 || options->std_count == 3)) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT,
                   "--mean or --std has 3 values, the input has 1 channel");
  }
  choose_normalization(p, metadata);
  if (input->quantization.count == 1) {
    p->scale = input->quantization.scales[0];
    p->zero_point = input->quantization.zero_points[0];
  } else if (integer && !p->raw_pixels) {
    return LM_FAIL(err, LM_BAD_INPUT, "input of type %s has no scale to quantize values with",
                   lm_type_name(p->type));
  }
  fill_tables(p);
  return LM_OK;
}

void lm_preprocess_values(const lm_preprocess* preprocess, const uint8_t* pixels, void* tensor) {
  const lm_preprocess* p = preprocess;
  const int32_t channels = p->geometry.channels;
  const int64_t count = (int64_t)p->geometry.width * p->geometry.height;
  for (int32_t c = 0; c < channels; ++c) {
    const int32_t source = p->options.bgr ? channels - 1 - c : c;
    const int64_t step = p->layout == LM_LAYOUT_NCHW ? 1 : channels;
    int64_t at = p->layout == LM_LAYOUT_NCHW ? c * count : c;
    for (int64_t i = 0; i < count; ++i, at += step) {
      const uint8_t pixel = pixels[i * channels + source];
      switch (p->type) {
        case LM_FLOAT32:
          ((float*)tensor)[at] = p->float_table[c][pixel];
          break;
        case LM_INT16:
          ((int16_t*)tensor)[at] = p->integer_table[c][pixel];
          break;
        default:  // uint8 and int8 have the same low byte
          ((uint8_t*)tensor)[at] = (uint8_t)p->integer_table[c][pixel];
      }
    }
  }
}

// ---------------------------------------------------------------- geometry

// Cuts `keep` of `size` out of the middle, as TensorFlow's central_crop places it.
static void cut_middle(double keep, int32_t* start, int32_t* size) {
  const int32_t margin = (int32_t)(((double)*size - (double)*size * keep) / 2);
  *start += margin;
  *size -= 2 * margin;
}

static lm_pixels crop(const lm_preprocess_options* options, const lm_geometry* geometry,
                      const lm_pixels* in) {
  int32_t x = 0, y = 0, width = in->width, height = in->height;
  if (options->keep_aspect) {
    const double wide = (double)width * geometry->height, tall = (double)height * geometry->width;
    if (wide > tall) {
      cut_middle(tall / wide, &x, &width);
    } else if (tall > wide) {
      cut_middle(wide / tall, &y, &height);
    }
  }
  if (options->crop < 1) {
    cut_middle(options->crop, &x, &width);
    cut_middle(options->crop, &y, &height);
  }
  return (lm_pixels){in->pixels + y * in->stride + (int64_t)x * in->channels, width, height,
                     in->channels, in->stride};
}

lm_status lm_preprocess_pixels(const lm_preprocess_options* options, const lm_geometry* geometry,
                               const lm_image* image, uint8_t* out, bool* out_resampled,
                               lm_error* err) {
  const bool fits = image->width == geometry->width && image->height == geometry->height;
  *out_resampled = !fits;
  if (!fits && options->resize == LM_RESIZE_NONE) {
    return LM_FAIL(err, LM_BAD_INPUT, "%d x %d pixels, the input has %d x %d and --resize is none",
                   image->width, image->height, geometry->width, geometry->height);
  }
  const size_t count = (size_t)image->width * (size_t)image->height;
  uint8_t* gray = NULL;
  lm_pixels in = {image->pixels, image->width, image->height, 3, (int64_t)image->width * 3};
  if (geometry->channels == 1) {
    gray = malloc(count);
    if (gray == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu pixels", count);
    lm_image_to_gray(image, gray);
    in = (lm_pixels){gray, image->width, image->height, 1, image->width};
  }
  if (!fits) in = crop(options, geometry, &in);
  const lm_status status = lm_resize_bilinear(&in, geometry->width, geometry->height,
                                              options->resize == LM_RESIZE_BILINEAR, out, err);
  free(gray);
  return status;
}

// ---------------------------------------------------------------- words

const char* lm_values_source_name(lm_values_source source) {
  return source == LM_VALUES_FLAGS      ? "flags"
         : source == LM_VALUES_METADATA ? "metadata"
                                        : "default";
}

const char* lm_resize_method_name(lm_resize_method method) {
  return method == LM_RESIZE_NONE             ? "none"
         : method == LM_RESIZE_BILINEAR_PLAIN ? "bilinear half-pixel"
                                              : "bilinear half-pixel antialiased";
}

void lm_preprocess_describe(const lm_preprocess* preprocess, char* buffer, size_t buffer_size) {
  const lm_preprocess* p = preprocess;
  int n =
      snprintf(buffer, buffer_size, "v1 resize=%s crop=%.17g aspect=%d size=%dx%dx%d bgr=%d ",
               lm_resize_method_name(p->options.resize), p->options.crop, p->options.keep_aspect,
               p->geometry.height, p->geometry.width, p->geometry.channels, p->options.bgr);
  if (n < 0 || (size_t)n >= buffer_size) return;
  if (p->raw_pixels) {
    snprintf(buffer + n, buffer_size - (size_t)n, "values=pixel");
    return;
  }
  for (int32_t c = 0; c < p->geometry.channels && (size_t)n < buffer_size; ++c) {
    n += snprintf(buffer + n, buffer_size - (size_t)n, "mean=%.9g std=%.9g ", (double)p->mean[c],
                  (double)p->std[c]);
  }
}
