// SPDX-License-Identifier: MIT
//
// What --delegate-options (and the flags of bench, run and eval that are short for it) can ask of a
// GPU delegate.
#ifndef LITMARK_GPU_OPTIONS_H_
#define LITMARK_GPU_OPTIONS_H_

#include "litmark/delegate.h"

typedef enum lm__gpu_gemm { LM_GPU_GEMM_AUTO, LM_GPU_GEMM_OWN, LM_GPU_GEMM_CLBLAST } lm__gpu_gemm;

typedef struct lm__gpu_options {
  bool half;               ///< precision=fp16: floats are stored as F16 (sums are F32)
  bool trial;              ///< trial=on|off: ... where a trial says that halves do
  bool dequantize;         ///< quantized=float: 8-bit tensors are floats on the device
  lm__gpu_gemm gemm;       ///< gemm=auto|own|clblast (OpenCL only)
  bool tune;               ///< tune=on|off
  bool tune_given;         ///< ... was said
  double tune_seconds;     ///< tune-seconds=N: bound on tuning for one model
  double timeout_seconds;  ///< timeout=N: a run that takes longer is given up; 0: by the device
  char* cache_folder;      ///< cache=DIR; OWNED; NULL: nothing is kept
} lm__gpu_options;

/// Parses "key=value,key=value". `delegate` names the delegate in messages.
lm_status lm__gpu_options_parse(const char* delegate, const char* text, lm_allocator allocator,
                                lm__gpu_options* out_options, lm_error* err);
/// `given`, or where that is 0 what is enough for any network on such a device: 30 seconds, and 600
/// on drivers that run kernels on the host's processor.
double lm__gpu_timeout_seconds(double given, lm_device_type type);

void lm__gpu_options_deinit(lm__gpu_options* options, lm_allocator allocator);

#endif  // LITMARK_GPU_OPTIONS_H_
