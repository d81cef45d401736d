// SPDX-License-Identifier: MIT
#include "gpu_walk.h"

lm__gpu_walk lm__gpu_walk_of(const lm_shape* output, const lm_shape* const* shapes,
                             int32_t input_count) {
  int64_t strides[LM_GPU_WALK_INPUTS][LM_MAX_RANK];
  for (int32_t k = 0; k < input_count; ++k)
    lm__gpu_broadcast_strides(shapes[k], output, strides[k]);
  lm__gpu_walk walk = {.rows = 1};
  for (int32_t d = 0; d < output->rank; ++d) {
    const int32_t dim = output->dims[d];
    if (dim == 1) continue;
    bool merges = walk.rank > 0;
    for (int32_t k = 0; merges && k < input_count; ++k) {
      merges = walk.strides[k][walk.rank - 1] == strides[k][d] * dim;
    }
    const int32_t at = merges ? walk.rank - 1 : walk.rank++;
    walk.dims[at] = merges ? walk.dims[at] * dim : dim;
    for (int32_t k = 0; k < input_count; ++k) walk.strides[k][at] = (int32_t)strides[k][d];
  }
  if (walk.rank == 0) walk.dims[walk.rank++] = 1;
  for (int32_t d = 0; d < walk.rank - 1; ++d) walk.rows *= walk.dims[d];
  return walk;
}
