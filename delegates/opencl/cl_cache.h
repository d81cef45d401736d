// SPDX-License-Identifier: MIT
//
// Compiled kernels on disk, a file each, named by the hash of all that it was made from: device,
// driver, platform, source and build options. A file can be missing or useless, but never stale.
//
// A binary is code that the driver will run: only files of this user (or root) are read, whole and
// with the contents that were written. Everything else is compiled anew and written over.
#ifndef LITMARK_OPENCL_CACHE_H_
#define LITMARK_OPENCL_CACHE_H_

#include "cl_device.h"
#include "cl_texts.h"

/// Makes the folder if only it is missing. Without a folder in `device`: nothing.
/// @retval LM_IO  it cannot be read and written.
lm_status lm__cl_cache_check(const lm__cl_device* device, lm_error* err);

/// A built program, or NULL: there is none that can be used.
cl_program lm__cl_cache_load(lm__cl_device* device, const lm__cl_source* source,
                             const char* options);

/// Keeps the program's binary. A driver that gives none is no failure.
/// @retval LM_IO  the file cannot be written.
lm_status lm__cl_cache_store(lm__cl_device* device, const lm__cl_source* source,
                             const char* options, cl_program program, lm_error* err);

#endif  // LITMARK_OPENCL_CACHE_H_
