// SPDX-License-Identifier: MIT
//
// What CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED share: which arithmetic a
// node uses, the checks of its quantization, and its rescale factors.
#ifndef LITMARK_OPS_CONV_UTIL_H_
#define LITMARK_OPS_CONV_UTIL_H_

#include "ops/hybrid.h"
#include "ops/kernel_util.h"

/// The arithmetic of a node: types of input x filter.
typedef enum lm__conv_kind {
  LM__CONV_FLOAT,   ///< float32 x float32
  LM__CONV_UINT8,   ///< uint8 x uint8, both with zero points; one scale a tensor
  LM__CONV_INT8,    ///< int8 x int8 without zero point; a scale a tensor or an output channel
  LM__CONV_INT16,   ///< int16 x int8, no zero points; 64-bit sums unless the bias is int32
  LM__CONV_HYBRID,  ///< float32 x int8: dynamic range, see hybrid.h
} lm__conv_kind;

/// Params of the three convolutions. Where TRANSPOSE_CONV is concerned, `in` is the smaller image.
typedef struct lm__conv {
  lm__conv_kind kind;
  int32_t batches;
  int32_t in_h, in_w, in_c;
  int32_t out_h, out_w, out_c;
  int32_t filter_h, filter_w, filter_c;  ///< filter_c: input channels of one filter
  int32_t stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
  int32_t input_zero, filter_zero, output_zero;
  int32_t min, max;            ///< clamping range of integer outputs
  float float_min, float_max;  ///< ... of float outputs
  bool bias64;                 ///< int16: bias and sums have 64 bits
  lm__hybrid hybrid;
  lm_multiplier multipliers[];  ///< [out_c], integer kinds only
} lm__conv;

/// Finds the arithmetic out of the types of input, filter and output.
lm_status lm__conv_kind_of(const lm_op_context* context, const lm_tensor* input,
                           const lm_tensor* filter, const lm_tensor* output, lm__conv_kind* out,
                           lm_error* err);

/// Checks the bias (may be NULL): type for `kind`, `channels` elements, no zero point.
lm_status lm__conv_check_bias(const lm_op_context* context, lm__conv_kind kind,
                              const lm_tensor* bias, int32_t channels, lm_error* err);

/// Checks the quantization of every tensor of an integer node: per tensor for input and output, one
/// scale or one for each of `channels` for the filter (uint8: one), zero points of the filter only
/// where `allow_zero_point` is set. HYBRID: checks the filter alone.
lm_status lm__conv_check_quantization(const lm_op_context* context, lm__conv_kind kind,
                                      const lm_tensor* input, const lm_tensor* filter,
                                      const lm_tensor* output, int32_t channels,
                                      bool allow_zero_point, lm_error* err);

/// The bias of a uint8 node has, nearly, the product of input's and filter's scales.
lm_status lm__conv_check_bias_scale(const lm_op_context* context, const lm_tensor* input,
                                    const lm_tensor* filter, const lm_tensor* bias,
                                    const lm_tensor* output, lm_error* err);

/// Scale of output channel `c` of a filter with one scale or one for each.
static inline float lm__filter_scale(const lm_tensor* filter, int32_t c) {
  return lm_channel_scale(&filter->quantization, c);
}

/// Allocates params for `channels` output channels and fills what does not depend on shapes: kind,
/// zero points, clamping range, rescale factors. Does every check above.
lm_status lm__conv_create(lm_op_context* context, const lm_tensor* input, const lm_tensor* filter,
                          const lm_tensor* bias, const lm_tensor* output, int32_t channels,
                          lm_activation activation, lm__conv** out, lm_error* err);

/// Fills the image sizes, strides and padding of a convolution from `large`, the image the window
/// slides over; `*out_h`, `*out_w` receive the number of window positions.
lm_status lm__conv_set_window(lm_op_context* context, lm__conv* conv,
                              const lm_conv_options* options, int32_t large_h, int32_t large_w,
                              int32_t* out_h, int32_t* out_w, lm_error* err);

/// Input and filter are images of rank 4 without empty dimensions (the batch may be 0).
lm_status lm__conv_check_images(const lm_op_context* context, const lm_tensor* input,
                                const lm_tensor* filter, lm_error* err);

/// One evaluation: the params and where the data lies.
typedef struct lm__conv_run {
  const lm__conv* conv;
  const void* input;  ///< HYBRID: the quantized input
  const void* filter;
  const void* bias;  ///< NULL: none
  void* output;
  const lm_tensor* filter_tensor;
  const float* scales;         ///< HYBRID: [batches]
  const int32_t* zero_points;  ///< HYBRID: [batches]
} lm__conv_run;

/// In eval: gathers the pointers and quantizes the input of a HYBRID node.
lm__conv_run lm__conv_run_make(lm_op_context* context, const lm_tensor* input,
                               const lm_tensor* filter, const lm_tensor* bias);

/// Computes all channels of one output position. (y, x) is the origin of the window in the image of
/// batch `b` and may lie outside; `at` is the index of the first output element.
typedef void (*lm__conv_pixel)(const lm__conv_run* run, int32_t b, int64_t y, int64_t x,
                               int64_t at);

/// Calls `pixel` for every output position in order.
void lm__conv_each_pixel(const lm__conv_run* run, lm__conv_pixel pixel);

/// Adds the bias of channel `o` to the 32-bit sum, which wraps, and rescales it.
static inline int32_t lm__conv_finish(const lm__conv_run* run, uint32_t sum, int32_t o) {
  const lm__conv* c = run->conv;
  if (run->bias != NULL) sum += (uint32_t)((const int32_t*)run->bias)[o];
  return lm__requantize((int32_t)sum, c->multipliers[o], c->output_zero, c->min, c->max);
}

/// The same with 64 bits, for int16.
static inline int32_t lm__conv_finish64(const lm__conv_run* run, int64_t sum, int32_t o) {
  const lm__conv* c = run->conv;
  if (run->bias != NULL) {
    sum = (int64_t)((uint64_t)sum + (uint64_t)((const int64_t*)run->bias)[o]);
  }
  return lm__clamp(lm__multiply64(sum, c->multipliers[o]), c->min, c->max);
}

/// Transposed convolutions: the input positions [*first, *last] along one dimension whose windows
/// cover position `at` (padding included) of the output.
static inline void lm__conv_covering(int64_t at, int32_t filter, int32_t stride, int32_t length,
                                     int64_t* first, int64_t* last) {
  const int64_t low = at - filter + 1;
  *first = low <= 0 ? 0 : (low + stride - 1) / stride;
  *last = at / stride < length - 1 ? at / stride : length - 1;
}

/// Products that one output element of a convolution sums, times all output elements; saturates.
uint64_t lm__conv_macs(const lm_shape* image, int64_t products);

#endif  // LITMARK_OPS_CONV_UTIL_H_
