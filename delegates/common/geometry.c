// SPDX-License-Identifier: MIT
#include "geometry.h"

#include "litmark/kernel_math.h"

// Both [N,H,W,C].
static lm__geometry one_pixel_windows(const int32_t* in, const int32_t* out) {
  return (lm__geometry){
      .batches = in[0],
      .in_h = in[1],
      .in_w = in[2],
      .in_c = in[3],
      .out_h = out[1],
      .out_w = out[2],
      .out_c = out[3],
      .filter_h = 1,
      .filter_w = 1,
      .stride_h = 1,
      .stride_w = 1,
      .dilation_h = 1,
      .dilation_w = 1,
  };
}

lm__geometry lm__geometry_of_images(const lm_tensor* input, const lm_tensor* output) {
  return one_pixel_windows(input->shape.dims, output->shape.dims);
}

lm__geometry lm__geometry_of_rows(const lm_tensor* input, const lm_tensor* filter) {
  const int32_t units = filter->shape.dims[0], depth = filter->shape.dims[1];
  const int32_t rows = (int32_t)(lm_shape_count(&input->shape) / depth);
  const int32_t in[] = {rows, 1, 1, depth}, out[] = {rows, 1, 1, units};
  return one_pixel_windows(in, out);
}

// The padding of a window, whose sizes are there already, on an image of `h` x `w`.
static lm_status pad(lm__geometry* g, lm_padding padding, int32_t h, int32_t w, lm_error* err) {
  lm_window vertical, horizontal;
  lm_status status =
      lm_window_make(padding, h, g->filter_h, g->stride_h, g->dilation_h, &vertical, err);
  if (status != LM_OK) return status;
  status = lm_window_make(padding, w, g->filter_w, g->stride_w, g->dilation_w, &horizontal, err);
  if (status != LM_OK) return status;
  g->pad_h = vertical.padding;
  g->pad_w = horizontal.padding;
  return LM_OK;
}

// Images, filter and strides of a convolution.
static lm__geometry undilated(const lm_tensor* input, const lm_tensor* filter,
                              const lm_tensor* output, const lm_conv_options* options) {
  lm__geometry g = lm__geometry_of_images(input, output);
  g.filter_h = filter->shape.dims[1];
  g.filter_w = filter->shape.dims[2];
  g.stride_h = options->stride_h;
  g.stride_w = options->stride_w;
  return g;
}

lm_status lm__geometry_of_conv(const lm_tensor* input, const lm_tensor* filter,
                               const lm_tensor* output, const lm_conv_options* options,
                               lm__geometry* out_geometry, lm_error* err) {
  lm__geometry* g = out_geometry;
  *g = undilated(input, filter, output, options);
  g->dilation_h = options->dilation_h;
  g->dilation_w = options->dilation_w;
  return pad(g, options->padding, g->in_h, g->in_w, err);
}

lm_status lm__geometry_of_transpose_conv(const lm_tensor* input, const lm_tensor* filter,
                                         const lm_tensor* output, const lm_conv_options* options,
                                         lm__geometry* out_geometry, lm_error* err) {
  lm__geometry* g = out_geometry;
  *g = undilated(input, filter, output, options);
  return pad(g, options->padding, g->out_h, g->out_w, err);
}

lm_status lm__geometry_of_pool(const lm_tensor* input, const lm_tensor* output,
                               const lm_pool_options* options, lm__geometry* out_geometry,
                               lm_error* err) {
  lm__geometry* g = out_geometry;
  *g = lm__geometry_of_images(input, output);
  g->filter_h = options->filter_h;
  g->filter_w = options->filter_w;
  g->stride_h = options->stride_h;
  g->stride_w = options->stride_w;
  return pad(g, options->padding, g->in_h, g->in_w, err);
}

void lm__geometry_take_padding(lm__geometry* geometry, const lm_tensor* input, int32_t top,
                               int32_t left) {
  geometry->in_h = input->shape.dims[1];
  geometry->in_w = input->shape.dims[2];
  geometry->pad_h += top;
  geometry->pad_w += left;
}
