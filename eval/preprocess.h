// SPDX-License-Identifier: MIT
//
// From a decoded image to the bytes of an input tensor, in two steps so that models with inputs of
// the same size share the first:
//   geometry: crop, grey, resize   -> 8-bit pixels [height, width, channels]
//   values:   one table look-up a pixel -> the tensor's type, layout and channel order
#ifndef LITMARK_EVAL_PREPROCESS_H_
#define LITMARK_EVAL_PREPROCESS_H_

#include <stdbool.h>
#include <stdint.h>

#include "litmark/graph.h"

#include "image.h"
#include "model_metadata.h"

typedef enum lm_resize_method {
  LM_RESIZE_BILINEAR,        ///< half-pixel centres, antialiased where it shrinks
  LM_RESIZE_BILINEAR_PLAIN,  ///< half-pixel centres, always the two nearest pixels of an axis
  LM_RESIZE_NONE,            ///< an image of another size is an error
} lm_resize_method;

typedef enum lm_layout { LM_LAYOUT_AUTO, LM_LAYOUT_NHWC, LM_LAYOUT_NCHW } lm_layout;

/// What the user asked for.
typedef struct lm_preprocess_options {
  lm_resize_method resize;
  double crop;       ///< central fraction of each side that is kept, in (0, 1]
  bool keep_aspect;  ///< first crop the longer side to the input's proportions
  bool bgr;
  lm_layout layout;
  int32_t mean_count, std_count;  ///< 0: not given; else 1 or 3
  float mean[3], std[3];          ///< pixel units, in the order of the input's channels
} lm_preprocess_options;

/// Size of the picture that an input wants.
typedef struct lm_geometry {
  int32_t width, height, channels;  ///< channels: 1 or 3
} lm_geometry;

/// Where mean and std come from.
typedef enum lm_values_source {
  LM_VALUES_DEFAULT,
  LM_VALUES_METADATA,
  LM_VALUES_FLAGS,
} lm_values_source;

/// One input tensor's recipe.
typedef struct lm_preprocess {
  lm_preprocess_options options;
  lm_geometry geometry;
  lm_layout layout;
  lm_type type;
  lm_values_source source;
  bool raw_pixels;  ///< quantized by identity: pixel, or pixel - 128
  float mean[3], std[3];
  float scale;  ///< quantized inputs: the tensor's own
  int32_t zero_point;
  float float_table[3][256];  ///< by channel of the tensor and pixel
  int16_t integer_table[3][256];
} lm_preprocess;

/// The real numbers that pixels 0 and 255 stand for by the input's own scale and zero point.
typedef struct lm_pixel_range {
  float low, high;
  bool usual;  ///< 0..1, -1..1, 0..255 or -128..127: what networks are trained on
} lm_pixel_range;

/// False when the input is not quantized, or does not get plain pixels.
bool lm_preprocess_range(const lm_preprocess* preprocess, lm_pixel_range* out);

/// Where height, width and channels of an input stand, or why it is no image.
/// Shapes: [1,H,W,C], [H,W,C], [1,H,W] (grey), [1,C,H,W] with C 1 or 3. The batch may be any
/// number; the caller resizes it to 1.
/// @retval LM_BAD_INPUT  the shape is not that of an image.
lm_status lm_input_geometry(const lm_shape* shape, lm_layout wanted, lm_geometry* out_geometry,
                            lm_layout* out_layout, lm_error* err);

/// Builds the recipe of `input`, whose shape is final.
/// @retval LM_BAD_INPUT         not an image, or a type that images cannot fill.
/// @retval LM_INVALID_ARGUMENT  three means for one channel.
lm_status lm_preprocess_init(lm_preprocess* preprocess, const lm_preprocess_options* options,
                             const lm_tensor* input, const lm_model_normalization* metadata,
                             lm_error* err);

/// The geometric step: `out` has height * width * channels bytes. An image that has the size
/// already is used as it is, neither cropped nor resampled; `*out_resampled` says whether it was.
lm_status lm_preprocess_pixels(const lm_preprocess_options* options, const lm_geometry* geometry,
                               const lm_image* image, uint8_t* out, bool* out_resampled,
                               lm_error* err);

/// The value step: fills the tensor's bytes.
void lm_preprocess_values(const lm_preprocess* preprocess, const uint8_t* pixels, void* tensor);

/// "default", "metadata", "flags".
const char* lm_values_source_name(lm_values_source source);
/// "bilinear half-pixel antialiased", "bilinear half-pixel", "none".
const char* lm_resize_method_name(lm_resize_method method);

/// The whole recipe as one line, the same for the same treatment of pixels; it is what the hash in
/// results is computed over.
void lm_preprocess_describe(const lm_preprocess* preprocess, char* buffer, size_t buffer_size);

#endif  // LITMARK_EVAL_PREPROCESS_H_
