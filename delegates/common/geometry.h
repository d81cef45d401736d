// SPDX-License-Identifier: MIT
//
// Sizes of the images, and of the window that slides over one of them, of a node that its
// reference kernel has accepted: convolutions, pools, and matrix products, which are convolutions
// of one pixel.
#ifndef LITMARK_GEOMETRY_H_
#define LITMARK_GEOMETRY_H_

#include "litmark/graph.h"
#include "litmark/options.h"
#include "litmark/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The images and the window. A matrix product has 1x1 images and a 1x1 window.
typedef struct lm__geometry {
  int32_t batches;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t filter_h, filter_w;
  int32_t stride_h, stride_w;
  int32_t dilation_h, dilation_w;
  int32_t pad_h, pad_w;  ///< elements before the image
} lm__geometry;

/// The images alone, with a window of one pixel that goes to every one.
lm__geometry lm__geometry_of_images(const lm_tensor* input, const lm_tensor* output);

/// FULLY_CONNECTED: every row of `input` is an image of one pixel.
lm__geometry lm__geometry_of_rows(const lm_tensor* input, const lm_tensor* filter);

/// CONV_2D and DEPTHWISE_CONV_2D; height and width of `filter` are its dimensions 1 and 2.
lm_status lm__geometry_of_conv(const lm_tensor* input, const lm_tensor* filter,
                               const lm_tensor* output, const lm_conv_options* options,
                               lm__geometry* out_geometry, lm_error* err);

/// TRANSPOSE_CONV. The window slides over the output: strides and padding are those of the
/// convolution that would lead from there to the input.
lm_status lm__geometry_of_transpose_conv(const lm_tensor* input, const lm_tensor* filter,
                                         const lm_tensor* output, const lm_conv_options* options,
                                         lm__geometry* out_geometry, lm_error* err);

/// AVERAGE_POOL_2D and its like.
lm_status lm__geometry_of_pool(const lm_tensor* input, const lm_tensor* output,
                               const lm_pool_options* options, lm__geometry* out_geometry,
                               lm_error* err);

/// From an input that a node of its own pads to that node's `input`: the window does the padding,
/// which has `top` rows and `left` columns in front.
void lm__geometry_take_padding(lm__geometry* geometry, const lm_tensor* input, int32_t top,
                               int32_t left);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_GEOMETRY_H_
