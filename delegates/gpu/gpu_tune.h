// SPDX-License-Identifier: MIT
//
// What was measured: which plan is the fastest for a piece of work on this device. Remembered for
// as long as the delegate is open, and from one process to the next where there is a cache folder.
#ifndef LITMARK_GPU_TUNE_H_
#define LITMARK_GPU_TUNE_H_

#include "gpu_conv.h"

typedef struct lm__gpu_tuner lm__gpu_tuner;

/// Reads what is in the cache folder; lines that make no sense are passed over. `*out_tuner` is
/// NULL where the options, or the device, ask for no tuning (docs/gpu-delegates.md).
lm_status lm__gpu_tuner_create(lm__gpu_device* device, const lm__gpu_options* options,
                               lm__gpu_tuner** out_tuner, lm_error* err);

/// Writes what is new to the cache folder. `tuner` may be NULL.
void lm__gpu_tuner_destroy(lm__gpu_tuner* tuner);

/// One line of other measurements under a key of the caller's: at most LM_GPU_TUNED_BYTES with the
/// terminator, no newline. False: nothing is known. `tuner` may be NULL, which knows nothing.
#define LM_GPU_TUNED_BYTES 32
bool lm__gpu_tuner_recall(const lm__gpu_tuner* tuner, uint64_t key, char* out_text);
void lm__gpu_tuner_keep(lm__gpu_tuner* tuner, uint64_t key, const char* text);

/// A partition of `graph` is about to be compiled: the first one begins a model's time limit.
void lm__gpu_tuner_begin(lm__gpu_tuner* tuner, const lm_graph* graph);

/// The best of `count` plans for the same work, the first of which is the static rule's: as
/// measured before, else measured now, in the time that is left; the first where none runs.
int32_t lm__gpu_tuner_choose(lm__gpu_tuner* tuner, const lm__gpu_conv* conv,
                             const lm__gpu_conv_plan* plans, int32_t count);

#endif  // LITMARK_GPU_TUNE_H_
