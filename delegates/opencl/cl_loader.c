// SPDX-License-Identifier: MIT
#include "cl_loader.h"

#include <dlfcn.h>
#include <string.h>

static const char* const kNames[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
#if defined(__ANDROID__)
    // Vendors' drivers, which lie outside of the linker's paths.
    "/vendor/lib64/libOpenCL.so",
    "/system/vendor/lib64/libOpenCL.so",
    "/system/lib64/libOpenCL.so",
    "/vendor/lib64/libPVROCL.so",
    "/system/vendor/lib64/libPVROCL.so",
    "/vendor/lib64/egl/libGLES_mali.so",
    "/system/vendor/lib64/egl/libGLES_mali.so",
#endif
    NULL,
};

// dlsym() gives an object pointer and POSIX promises that a function's fits into it.
static int bind_symbol(void* handle, const char* name, void* out_function) {
  void* address = dlsym(handle, name);
  memcpy(out_function, &address, sizeof address);
  return address != NULL;
}

static const char* bind_all(void* handle, lm__cl_symbols* symbols) {
#define LM_CL_SYMBOL(name) \
  if (!bind_symbol(handle, #name, &symbols->name)) return #name;
#include "cl_symbols_list.inc"
#undef LM_CL_SYMBOL
  return NULL;
}

lm_status lm__cl_library_open(const char* const* names, lm__cl_library* out_library,
                              lm_error* err) {
  *out_library = (lm__cl_library){0};
  if (names == NULL) names = kNames;
  const char* missing = NULL;
  for (int i = 0; names[i] != NULL; ++i) {
    // Drivers leave threads and exit handlers behind, so they stay in memory once they are there.
    void* handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) continue;
    missing = bind_all(handle, &out_library->symbols);
    if (missing == NULL) {
      out_library->handle = handle;
      return LM_OK;
    }
    dlclose(handle);
  }
  if (missing != NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate opencl: the OpenCL library has no %s: it is older than OpenCL 1.2",
                   missing);
  }
  return LM_FAIL(err, LM_UNAVAILABLE,
                 "delegate opencl: no %s: install ocl-icd-libopencl1 and a driver such as "
                 "pocl-opencl-icd",
                 names[0]);
}

void lm__cl_library_close(lm__cl_library* library) {
  if (library->handle != NULL) dlclose(library->handle);
  *library = (lm__cl_library){0};
}
