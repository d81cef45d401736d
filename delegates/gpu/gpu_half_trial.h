// SPDX-License-Identifier: MIT
//
// Whether halves do for a network. precision=fp16 promises outputs within LM_GPU_HALF_TOLERANCE,
// and no look at a graph tells: the same layers amplify roundings in one network and average them
// out in another. So a partition is tried before it is compiled: in float32 and in float16, on made
// up images (gpu_test_image.h), and where the outputs differ by too much it is computed in float32.
#ifndef LITMARK_GPU_HALF_TRIAL_H_
#define LITMARK_GPU_HALF_TRIAL_H_

#include "gpu_program.h"

/// What outputs are held to, relative to the largest of a tensor, and how much of that a trial may
/// use up: its few images are not the worst there are (docs/gpu-delegates.md has measurements).
#define LM_GPU_HALF_TOLERANCE 2e-2
#define LM_GPU_HALF_LIMIT (LM_GPU_HALF_TOLERANCE / 2)

/// Fills `out_trial`, and with tune= and cache= remembers it. Nothing is tried where a partition
/// makes no floats for the host. A trial that fails, for want of memory say, says so there.
void lm__gpu_half_trial_run(lm__gpu_delegate* delegate, const lm_graph* graph,
                            const lm_partition* partition, lm__gpu_half_trial* out_trial);

/// True where the partition is to be computed in halves.
static inline bool lm__gpu_halves_do(const lm__gpu_half_trial* trial) {
  return trial->error <= LM_GPU_HALF_LIMIT;
}

#endif  // LITMARK_GPU_HALF_TRIAL_H_
