// SPDX-License-Identifier: MIT
//
// CLBlast, opened at run time like the driver: the kernel of gpu_library.h for F32, and for F16
// where the device has cl_khr_fp16.
#ifndef LITMARK_OPENCL_CLBLAST_H_
#define LITMARK_OPENCL_CLBLAST_H_

#include "../gpu/gpu_library.h"
#include "cl_device.h"

/// Sets device->clblast where the library is installed.
/// @retval LM_OUT_OF_MEMORY
lm_status lm__cl_clblast_open(lm__cl_device* device, lm_error* err);
/// Also forgets the programs that the library keeps for the device's context.
void lm__cl_clblast_close(lm__cl_device* device);

/// Enqueues one call (several kernels); `out_event` is that of the last, NULL: not wanted.
lm_status lm__cl_clblast_run(lm__cl_device* device, lm__gpu_type type,
                             const lm__gpu_library_gemm* gemm, const cl_mem* memory,
                             cl_event* out_event, lm_error* err);

/// True when the call reads and writes inside of ranges of these lengths.
bool lm__cl_clblast_fits(const lm__gpu_library_gemm* gemm, lm__gpu_type type,
                         const lm__gpu_range* ranges);

#endif  // LITMARK_OPENCL_CLBLAST_H_
