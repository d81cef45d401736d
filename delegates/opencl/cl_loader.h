// SPDX-License-Identifier: MIT
//
// OpenCL is opened at run time: a machine without it runs this program too. Everything calls
// through the table, so that tests put a driver of their own in its place.
#ifndef LITMARK_OPENCL_LOADER_H_
#define LITMARK_OPENCL_LOADER_H_

#include <CL/cl.h>

#include "litmark/status.h"

typedef struct lm__cl_symbols {
#define LM_CL_SYMBOL(name) __typeof__(&name) name;
#include "cl_symbols_list.inc"
#undef LM_CL_SYMBOL
} lm__cl_symbols;

/// The loader or driver library of the system.
typedef struct lm__cl_library {
  void* handle;
  lm__cl_symbols symbols;
} lm__cl_library;

/// Opens the library. `names` is a list that ends with NULL; NULL: the usual names.
/// @retval LM_UNAVAILABLE  none is there, or it is older than OpenCL 1.2; says what to install.
lm_status lm__cl_library_open(const char* const* names, lm__cl_library* out_library, lm_error* err);

/// Does nothing for a library that was not opened.
void lm__cl_library_close(lm__cl_library* library);

#endif  // LITMARK_OPENCL_LOADER_H_
