// SPDX-License-Identifier: MIT
//
// RESIZE_BILINEAR. FLOAT32 and UINT8 interpolate in single precision, INT8 and INT16 in fixed point
// with 10 fractional bits, both as the format's reference kernels do.
#include <math.h>

#include "ops/resize_util.h"

static lm_status resize_bilinear_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32, LM_UINT8, LM_INT8, LM_INT16};
  const lm_resize_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_type(context, "input", lm_op_input(context, 0), types, 4, err));
  LM_OP_CHECK(context, !(options->align_corners && options->half_pixel_centers), LM_BAD_MODEL,
              "align_corners and half_pixel_centers exclude each other");
  return lm__resize_prepare(context, err);
}

// The two elements of one axis that an output element lies between, and how far from the first.
typedef struct lerp_f32 {
  int64_t low, high;
  float weight;
} lerp_f32;

typedef struct lerp_q10 {
  int64_t low, high;
  int32_t weight;  // in 1/1024
} lerp_q10;

static float scale_f32(const lm_resize_options* options, int32_t in, int32_t out) {
  if (options->align_corners && out > 1) return (float)(in - 1) / (float)(out - 1);
  return (float)in / (float)out;
}

static lerp_f32 locate_f32(const lm_resize_options* options, int32_t at, float scale, int32_t in) {
  const float x =
      options->half_pixel_centers ? ((float)at + 0.5f) * scale - 0.5f : (float)at * scale;
  const int32_t low = (int32_t)floorf(x);
  const int32_t high = (int32_t)ceilf(x);
  lerp_f32 lerp = {.low = low > 0 ? low : 0, .high = high < in - 1 ? high : in - 1};
  // Rounding may carry x a little past the last element.
  if (lerp.low > in - 1) lerp.low = in - 1;
  lerp.weight = x - (float)lerp.low;
  return lerp;
}

static int32_t scale_q10(const lm_resize_options* options, int32_t in, int32_t out) {
  if (options->align_corners && out > 1) return (1024 * (in - 1) + (out - 1) / 2) / (out - 1);
  return (int32_t)((1024 * (int64_t)in + out / 2) / out);
}

static lerp_q10 locate_q10(const lm_resize_options* options, int32_t at, int32_t scale,
                           int32_t in) {
  int64_t x = (int64_t)at * scale;
  if (options->half_pixel_centers) x += scale / 2 - 512;
  const int64_t low = x / 1024;
  const int64_t high = (x + 1023) / 1024;
  lerp_q10 lerp = {.low = low > 0 ? low : 0, .high = high < in - 1 ? high : in - 1};
  if (lerp.low > in - 1) lerp.low = in - 1;
  lerp.weight = (int32_t)(x - 1024 * lerp.low);
  return lerp;
}

#define RESIZE_F32(name, T, rounding)                                                             \
  static void name(const lm_resize_options* options, const lm_tensor* input, lm_tensor* output) { \
    const int32_t in_h = input->shape.dims[1], in_w = input->shape.dims[2];                       \
    const int32_t out_h = output->shape.dims[1], out_w = output->shape.dims[2];                   \
    const int64_t depth = input->shape.dims[3];                                                   \
    const float scale_h = scale_f32(options, in_h, out_h);                                        \
    const float scale_w = scale_f32(options, in_w, out_w);                                        \
    T* out = output->data;                                                                        \
    for (int32_t b = 0; b < input->shape.dims[0]; ++b) {                                          \
      const T* in = (const T*)input->data + (int64_t)b * in_h * in_w * depth;                     \
      for (int32_t y = 0; y < out_h; ++y) {                                                       \
        const lerp_f32 v = locate_f32(options, y, scale_h, in_h);                                 \
        for (int32_t x = 0; x < out_w; ++x) {                                                     \
          const lerp_f32 h = locate_f32(options, x, scale_w, in_w);                               \
          const T* p00 = in + (v.low * in_w + h.low) * depth;                                     \
          const T* p10 = in + (v.high * in_w + h.low) * depth;                                    \
          const T* p01 = in + (v.low * in_w + h.high) * depth;                                    \
          const T* p11 = in + (v.high * in_w + h.high) * depth;                                   \
          for (int64_t c = 0; c < depth; ++c) {                                                   \
            *out++ = (T)((float)p00[c] * (1 - v.weight) * (1 - h.weight) +                        \
                         (float)p10[c] * v.weight * (1 - h.weight) +                              \
                         (float)p01[c] * (1 - v.weight) * h.weight +                              \
                         (float)p11[c] * v.weight * h.weight + (rounding));                       \
          }                                                                                       \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }

#define RESIZE_Q10(name, T)                                                                       \
  static void name(const lm_resize_options* options, const lm_tensor* input, lm_tensor* output) { \
    const int32_t in_h = input->shape.dims[1], in_w = input->shape.dims[2];                       \
    const int32_t out_h = output->shape.dims[1], out_w = output->shape.dims[2];                   \
    const int64_t depth = input->shape.dims[3];                                                   \
    const int32_t scale_h = scale_q10(options, in_h, out_h);                                      \
    const int32_t scale_w = scale_q10(options, in_w, out_w);                                      \
    T* out = output->data;                                                                        \
    for (int32_t b = 0; b < input->shape.dims[0]; ++b) {                                          \
      const T* in = (const T*)input->data + (int64_t)b * in_h * in_w * depth;                     \
      for (int32_t y = 0; y < out_h; ++y) {                                                       \
        const lerp_q10 v = locate_q10(options, y, scale_h, in_h);                                 \
        for (int32_t x = 0; x < out_w; ++x) {                                                     \
          const lerp_q10 h = locate_q10(options, x, scale_w, in_w);                               \
          const T* p00 = in + (v.low * in_w + h.low) * depth;                                     \
          const T* p10 = in + (v.high * in_w + h.low) * depth;                                    \
          const T* p01 = in + (v.low * in_w + h.high) * depth;                                    \
          const T* p11 = in + (v.high * in_w + h.high) * depth;                                   \
          for (int64_t c = 0; c < depth; ++c) {                                                   \
            const int64_t sum = (int64_t)p00[c] * (1024 - v.weight) * (1024 - h.weight) +         \
                                (int64_t)p10[c] * v.weight * (1024 - h.weight) +                  \
                                (int64_t)p01[c] * (1024 - v.weight) * h.weight +                  \
                                (int64_t)p11[c] * v.weight * h.weight;                            \
            *out++ = (T)((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));                   \
          }                                                                                       \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }

RESIZE_F32(resize_f32, float, 0.0f)
RESIZE_F32(resize_u8, uint8_t, 0.5f)
RESIZE_Q10(resize_i8, int8_t)
RESIZE_Q10(resize_i16, int16_t)

static lm_status resize_bilinear_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_resize_options* options = lm_op_node(context)->def->options;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  switch (input->type) {
    case LM_FLOAT32:
      resize_f32(options, input, output);
      break;
    case LM_UINT8:
      resize_u8(options, input, output);
      break;
    case LM_INT8:
      resize_i8(options, input, output);
      break;
    default:
      resize_i16(options, input, output);
      break;
  }
  return LM_OK;
}

const lm_op lm_op_resize_bilinear = {
    .name = "RESIZE_BILINEAR",
    .builtin = LM_BUILTIN_RESIZE_BILINEAR,
    .max_version = 4,
    .options = LM_OPTIONS_RESIZE,
    .prepare = resize_bilinear_prepare,
    .eval = resize_bilinear_eval,
};
