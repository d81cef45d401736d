// SPDX-License-Identifier: MIT
//
// Convolutions and matrix products on the GEMM micro-kernels, without an im2col matrix: the kernels
// take pointers to the runs of input that each output reads.
#ifndef LITMARK_CPU_PRODUCT_H_
#define LITMARK_CPU_PRODUCT_H_

#include "cpu_blocks.h"
#include "cpu_fusion.h"
#include "packing.h"

/// What outputs are held to, relative to the largest, where three bfloat16 products stand for one.
#define LM_CPU_SPLIT3_TOLERANCE 1e-4

/// What a product is made of.
typedef struct lm__product_desc {
  const lm_node* node;
  const lm_tensor* input;
  const lm_tensor* filter;
  const lm_tensor* bias;  ///< may be NULL
  const lm_tensor* output;
  lm__cpu_target target;  ///< all zero: `output`, one pixel after the other
  const lm_node* tail;    ///< what is done on the output, see cpu_fusion.h; or NULL
  lm__geometry geometry;
  size_t column_stride, k_stride;  ///< of the filter, see lm__gemm_shape
  lm__cpu_range range;
  const lm_multiplier* multipliers;  ///< [out_c]; quantized convolutions
  const double* factors;             ///< [out_c]; FULLY_CONNECTED, which rescales in double
} lm__product_desc;

lm_status lm__cpu_product_compile(const lm__cpu_build* build, const lm__product_desc* desc,
                                  lm__cpu_step** out_step, lm_error* err);

// ---- a product as part of a strip

/// True for a step of this kind that writes its own output and nothing else.
bool lm__cpu_product_is_plain(const lm__cpu_step* step);
/// True where rows of its input follow each other in memory, too.
bool lm__cpu_product_is_dense(const lm__cpu_step* step);
int32_t lm__cpu_product_columns(const lm__cpu_step* step);
/// `rows` rows of a dense product from `in` to `out`, on `thread`; `next` comes into the
/// second-level cache meanwhile.
void lm__cpu_product_rows(const lm__cpu_step* step, int32_t thread, const void* in, int32_t rows,
                          lm__cpu_bytes next, void* out);
/// Row `y` of output image `image` from the step's own input to `out`, on `thread`.
void lm__cpu_product_image_row(const lm__cpu_step* step, int32_t thread, int32_t image, int32_t y,
                               void* out);

// ---- the micro-kernel, in cpu_product_kernel.c

/// For a product of `rows` rows, sums of `depth` products each.
const lm__f32_gemm_uk* lm__cpu_product_f32(const lm__cpu_build* build, const lm__product_desc* desc,
                                           int64_t rows, int64_t depth);
const lm__q8_gemm_uk* lm__cpu_product_q8(const lm__cpu_build* build, int64_t rows, int32_t columns,
                                         int64_t depth);

/// The first node that may take three bfloat16 products: three tenths of the graph's
/// multiplications of floats come before the middle of its own.
int32_t lm__cpu_three_from(const lm_graph* graph);

/// Whether three bfloat16 products stand for one of floats: by request only, not in the first
/// part of a network and not in narrow layers, which run as if three had not been asked for.
bool lm__cpu_takes_three(const lm__cpu_build* build, const lm_node* node,
                         const lm__geometry* geometry);

/// How much faster a product of floats is in six bfloat16 products than in one of floats, as far as
/// lm__tile_speed knows; 0 where it may not or cannot be one.
double lm__cpu_split6_gain(const lm__cpu_build* build, const lm__geometry* geometry);

// ---- from nodes to products, in cpu_product_node.c

/// What CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED ask of their tensors.
bool lm__cpu_weights_supported(const lm_graph* graph, const lm_node* node, const char** out_why);

/// False where a product over the windows of a convolution would need scratch out of proportion.
bool lm__cpu_window_fits(const lm_graph* graph, const lm_node* node,
                         const lm_conv_options* options);

/// The tensors of a node with input, filter and bias; k_stride is 1, the rest is zero.
lm__product_desc lm__cpu_product_desc_of(const lm_graph* graph, const lm_node* node);

/// Rescale factors of a convolution, one an output channel, allocated with the delegate's
/// allocator; NULL for float32.
lm_status lm__cpu_conv_multipliers(const lm__cpu_build* build, const lm__product_desc* desc,
                                   lm_multiplier** out_multipliers, lm_error* err);

/// What packing wants to know of the 8-bit weights and of what they meet.
lm__q8_weights lm__cpu_q8_weights_of(const lm__product_desc* desc);

#endif  // LITMARK_CPU_PRODUCT_H_
