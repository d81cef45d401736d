// SPDX-License-Identifier: MIT
//
// What stays in float32 with precision=fp16. Rounding to 11 bits costs most where a network is
// narrow and its windows amplify differences: in its first layers, and in depthwise filters
// (docs/gpu-delegates.md has the measurements). There little memory is read, so that halves would
// save next to nothing:
//
//   filters   of depthwise convolutions, and others of LM_GPU_WIDE_FILTER_COUNT elements at most
//   tensors   an image that the host uploads for a CONV_2D, and what that makes, where a
//             DEPTHWISE_CONV_2D alone reads it; floats of the host that QUANTIZE alone reads, and
//             those that DEQUANTIZE makes for the host: bytes are the same as with fp32
#ifndef LITMARK_GPU_PRECISION_H_
#define LITMARK_GPU_PRECISION_H_

#include "gpu_build.h"

#define LM_GPU_WIDE_FILTER_COUNT 4096

/// True for a tensor of floats that is F32 on the device although the options say F16. A pure
/// function of graph, partition and options.
bool lm__gpu_stays_wide(const lm__gpu_build* build, const lm_tensor* tensor);

/// For the report: a tensor or the filters of a convolution, which got `type`.
void lm__gpu_count_tensor(lm__gpu_build* build, lm__gpu_type type);
void lm__gpu_count_filter(lm__gpu_build* build, lm__gpu_type type);

#endif  // LITMARK_GPU_PRECISION_H_
