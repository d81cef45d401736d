// SPDX-License-Identifier: MIT
//
// What the pooling ops share: checks, window, and the walk over output positions.
#ifndef LITMARK_OPS_POOL_UTIL_H_
#define LITMARK_OPS_POOL_UTIL_H_

#include "ops/kernel_util.h"

typedef struct lm__pool {
  int32_t batches, in_h, in_w, channels, out_h, out_w;
  int32_t filter_h, filter_w, stride_h, stride_w, pad_h, pad_w;
  int32_t min, max;            ///< clamping range of integer outputs
  float float_min, float_max;  ///< ... of float32 outputs
} lm__pool;

/// The part of a window that lies in the image of batch `b`: rows [y0, y1), columns [x0, x1).
typedef struct lm__pool_window {
  int32_t b;
  int64_t y0, y1, x0, x1;
} lm__pool_window;

/// Checks an op of one input and output [N,H,W,C] of one of `types`, fills params and sets the
/// shape of the output.
lm_status lm__pool_prepare(lm_op_context* context, const lm_type* types, int32_t type_count,
                           lm_error* err);

/// Fills all but the clamping ranges from the options and the shape [N,H,W,C] of the input.
lm_status lm__pool_fill(const lm_op_context* context, const lm_pool_options* options,
                        const lm_shape* input, lm__pool* out, lm_error* err);

/// Computes all channels of one output position; `at` is the index of the first output element.
typedef void (*lm__pool_pixel)(const lm__pool* pool, const void* input, void* output,
                               const lm__pool_window* window, int64_t at);

/// Calls `pixel` for every output position in order.
void lm__pool_each_pixel(const lm__pool* pool, const void* input, void* output,
                         lm__pool_pixel pixel);

/// Index of channel 0 at (y, x) of the window's image.
static inline int64_t lm__pool_offset(const lm__pool* p, const lm__pool_window* w, int64_t y,
                                      int64_t x) {
  return (((int64_t)w->b * p->in_h + y) * p->in_w + x) * p->channels;
}

#endif  // LITMARK_OPS_POOL_UTIL_H_
