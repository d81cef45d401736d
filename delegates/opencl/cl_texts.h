// SPDX-License-Identifier: MIT
//
// Sources of kernels, which are built into the library.
#ifndef LITMARK_OPENCL_TEXTS_H_
#define LITMARK_OPENCL_TEXTS_H_

#include "../../cmake/embedded.h"

#include <stdbool.h>

#include "../gpu/gpu_device.h"

/// Generated: prelude.cl, *.kernel, *.part and *.cl.
extern const lm__embedded lm__cl_texts[];

#define LM_CL_MAX_TEXTS 8  ///< prelude, shared texts, kernel

/// What one kernel is made of, in the order in which it is compiled.
typedef struct lm__cl_source {
  const char* texts[LM_CL_MAX_TEXTS];
  size_t bytes[LM_CL_MAX_TEXTS];
  uint32_t count;
} lm__cl_source;

/// Of all texts, chained to `seed`.
uint64_t lm__cl_texts_hash(uint64_t seed);

/// False: no kernel of that name is made for `type`.
bool lm__cl_find_source(const char* name, lm__gpu_type type, lm__cl_source* out_source);

/// "-cl-std=CL1.2 ... -D LM_TYPE_F32 -D LM_GROUP_X=64 ...". False: `out` is too small.
bool lm__cl_build_options(const lm__gpu_kernel_key* key, bool can_dot, char* out, size_t out_bytes);

#endif  // LITMARK_OPENCL_TEXTS_H_
