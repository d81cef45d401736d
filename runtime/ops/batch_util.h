// SPDX-License-Identifier: MIT
//
// SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND for one or two spatial dimensions: pixels whose
// coordinates agree modulo the block form an image of their own in the batch.
#ifndef LITMARK_OPS_BATCH_UTIL_H_
#define LITMARK_OPS_BATCH_UTIL_H_

#include "ops/pad_util.h"

/// Image sizes of both sides; the second spatial dimension is 1 where there is only one.
typedef struct lm__batch {
  int64_t batches;  ///< of the side with whole images
  int64_t block[2];
  int64_t before[2];  ///< padding (or crop) at the front of the whole image
  int64_t whole[2];   ///< lengths of the whole image, without padding
  int64_t part[2];    ///< lengths of the images that it is cut into
  int64_t depth;
} lm__batch;

/// Reads blocks and paddings (or crops) and allocates the params. `out_after` receives the padding
/// at the end.
lm_status lm__batch_prepare(lm_op_context* context, lm__batch** out_params, int32_t* out_after,
                            lm_error* err);

/// Sets the output's shape from `batches` and `lengths`.
lm_status lm__batch_set_shape(lm_op_context* context, int64_t batches, const int64_t* lengths,
                              lm_error* err);

/// Copies every pixel that lies in the whole image: to the parts or from them.
void lm__batch_run(lm_op_context* context, bool to_parts);

#endif  // LITMARK_OPS_BATCH_UTIL_H_
