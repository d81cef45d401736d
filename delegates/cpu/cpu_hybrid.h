// SPDX-License-Identifier: MIT
//
// Dynamic-range CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED: float activations are quantized on
// the way in, a batch (or row) at a time, multiplied as int8 and scaled back to floats.
#ifndef LITMARK_CPU_HYBRID_H_
#define LITMARK_CPU_HYBRID_H_

#include "cpu_product.h"

/// How a node quantizes and scales, after the reference kernel.
typedef struct lm__hybrid_desc {
  lm__product_desc product;
  bool is_depthwise;
  bool asymmetric;     ///< activations have a zero point
  bool weights_first;  ///< sum * weight scale * activation scale, in this order
} lm__hybrid_desc;

/// Float activations, constant int8 weights, a clamp. Types of other ops give no reason.
bool lm__cpu_hybrid_supports(const lm_graph* graph, const lm_node* node, lm_activation activation,
                             const char** out_why);
/// The same for CONV_2D and DEPTHWISE_CONV_2D; `grouped` says why the filter must have as many
/// channels as the image.
bool lm__cpu_hybrid_conv_supports(const lm_graph* graph, const lm_node* node, const char* grouped,
                                  const char** out_why);

/// Tensors, geometry and range of CONV_2D and DEPTHWISE_CONV_2D; the rest is zero.
lm_status lm__cpu_hybrid_conv_desc(const lm__cpu_build* build, const lm_node* node,
                                   lm__hybrid_desc* out_desc, lm_error* err);

/// The quantized images are of a size that a step can hold.
bool lm__cpu_hybrid_fits(const lm__geometry* geometry);
lm_status lm__cpu_hybrid_compile(const lm__cpu_build* build, const lm__hybrid_desc* desc,
                                 lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_HYBRID_H_
