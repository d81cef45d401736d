// SPDX-License-Identifier: MIT
//
// A plan of a convolution on buffers of its own, without a graph: for tuning and tests.
#ifndef LITMARK_GPU_CONV_RUN_H_
#define LITMARK_GPU_CONV_RUN_H_

#include "gpu_conv.h"

typedef struct lm__gpu_conv_run {
  lm__gpu_device* device;                      ///< BORROWED
  lm__gpu_buffer* buffers[LM_GPU_SLOT_COUNT];  ///< zeros; NULL: not used by the plan
  size_t bytes[LM_GPU_SLOT_COUNT];
  lm__gpu_recording* recording;
} lm__gpu_conv_run;

/// Makes buffers and the recording. On failure nothing is left.
lm_status lm__gpu_conv_run_init(lm__gpu_conv_run* run, lm__gpu_device* device,
                                const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan,
                                lm_error* err);
void lm__gpu_conv_run_deinit(lm__gpu_conv_run* run);

/// Runs it once. `out_ns`: by the device's clock, by the host's where it has none.
lm_status lm__gpu_conv_run_once(lm__gpu_conv_run* run, uint64_t* out_ns, lm_error* err);

#endif  // LITMARK_GPU_CONV_RUN_H_
