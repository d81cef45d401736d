// SPDX-License-Identifier: MIT
//
// CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED on bytes: sums of products of packed weights.
#ifndef LITMARK_GPU_Q8_PRODUCT_H_
#define LITMARK_GPU_Q8_PRODUCT_H_

#include "gpu_q8.h"

/// A node as the kernel sees it. A matrix product is a convolution of 1x1.
typedef struct lm__gpu_q8_product {
  const lm_node* node;
  const lm_tensor* input;   ///< behind padding that is fused
  const lm_tensor* filter;  ///< [out_c, filter_h, filter_w, filter_c], constant
  const lm_tensor* bias;    ///< constant; NULL: none
  const lm_tensor* output;
  lm_activation activation;
  lm__geometry g;
  int32_t filter_c;
  bool is_transposed;
  bool is_fully_connected;  ///< rescales by factors of double precision
} lm__gpu_q8_product;

/// Types and constness; `input` is the index of the image. The filter is the node's input 1.
bool lm__gpu_q8_product_check(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, int32_t input, int32_t bias,
                              const char** out_why);

/// The same, where image and bias are inputs 0 and 2.
bool lm__gpu_q8_conv_supported(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why);

/// Fills in CONV_2D or DEPTHWISE_CONV_2D, with the padding in front that the node does itself.
lm_status lm__gpu_q8_conv_product(const lm__gpu_build* build, const lm_node* node,
                                  lm__gpu_q8_product* out_product, lm_error* err);

lm_status lm__gpu_q8_product_compile(lm__gpu_build* build, const lm__gpu_q8_product* product,
                                     lm_error* err);

/// Devices that are processors have kernels of their own: true when one takes this node.
bool lm__gpu_q8_rows_fit(const lm__gpu_build* build, const lm__gpu_q8_product* product);
lm_status lm__gpu_q8_rows_compile(lm__gpu_build* build, const lm__gpu_q8_product* product,
                                  lm_error* err);
/// The same for DEPTHWISE_CONV_2D.
bool lm__gpu_q8_depthwise_rows_fit(const lm__gpu_build* build, const lm__gpu_q8_product* product);
lm_status lm__gpu_q8_depthwise_rows_compile(lm__gpu_build* build, const lm__gpu_q8_product* product,
                                            lm_error* err);

/// The window, a run of the kernels' params.
typedef struct lm__gpu_q8_window {
  int32_t filter_h, filter_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
} lm__gpu_q8_window;
lm__gpu_q8_window lm__gpu_q8_window_of(const lm__geometry* geometry);

/// What becomes of a sum and where it goes, the last of the kernels' params.
typedef struct lm__gpu_q8_finish {
  int32_t output_zero, min, max, dst_stride, dst_offset;
} lm__gpu_q8_finish;
/// `*out_value`: the target of a convolution, or the output itself.
lm_status lm__gpu_q8_finish_of(lm__gpu_build* build, const lm__gpu_q8_product* product,
                               lm__gpu_q8_finish* out_finish, lm__gpu_value* out_value,
                               lm_error* err);

/// The factor of channel `c` as multiplier and shift.
lm_multiplier lm__gpu_q8_multiplier(const lm_tensor* input, const lm_tensor* filter,
                                    const lm_tensor* output, int32_t c);
/// The same in 53 bits: low word, high word and shift, see kernels/wide_factor.part.
void lm__gpu_q8_wide_factor(const lm_tensor* input, const lm_tensor* filter,
                            const lm_tensor* output, int32_t c, int32_t* out_words);

/// The filter's zero point among signed bytes. With several scales, int8, it has none.
static inline int32_t lm__gpu_q8_filter_zero(const lm_tensor* filter) {
  return filter->quantization.count == 1 ? lm__gpu_q8_signed_zero(filter) : 0;
}

/// Bias, multiplier and shift of every channel, as int4; `biases` may be NULL.
lm_status lm__gpu_q8_channels(lm__gpu_build* build, const lm_tensor* input, const lm_tensor* filter,
                              const lm_tensor* output, int32_t channels, const int32_t* biases,
                              lm__gpu_value* out_value, lm_error* err);

#endif  // LITMARK_GPU_Q8_PRODUCT_H_
