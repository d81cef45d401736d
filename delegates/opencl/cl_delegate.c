// SPDX-License-Identifier: MIT
//
// The vtable of `--delegate opencl`: what is OpenCL's in it. The rest is delegates/gpu.
#include "../gpu/gpu_delegate.h"
#include "cl_device.h"

extern const lm_delegate_vtable lm_delegate_opencl;

static lm_status opencl_open(const lm_delegate_options* options, lm_allocator allocator,
                             lm_delegate** out_delegate, lm_error* err) {
  *out_delegate = NULL;
  lm__gpu_options gpu_options;
  LM_CL_TRY(lm__gpu_options_parse("opencl", options->extra, allocator, &gpu_options, err));
  lm__gpu_device* device = NULL;
  const lm_status status = lm__cl_device_open(options, &gpu_options, NULL, allocator, &device, err);
  if (status != LM_OK) {
    lm__gpu_options_deinit(&gpu_options, allocator);
    return status;
  }
  return lm__gpu_delegate_create(&lm_delegate_opencl, device, &gpu_options, out_delegate, err);
}

static lm_status opencl_device_at(int32_t index, lm_device_info* out_info, lm_error* err) {
  lm__cl_library library;
  LM_CL_TRY(lm__cl_library_open(NULL, &library, err));
  const lm_allocator allocator = lm_allocator_default();
  lm__cl_candidates* candidates = lm_alloc(allocator, sizeof *candidates);
  lm_status status = candidates != NULL ? lm__cl_enumerate(&library.symbols, candidates, err)
                                        : LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl");
  if (status == LM_OK && (index < 0 || index >= candidates->count)) {
    status = LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate opencl: no device %d", index);
  }
  if (status == LM_OK) *out_info = candidates->items[index].info;
  lm_free(allocator, candidates);
  lm__cl_library_close(&library);
  return status;
}

const lm_delegate_vtable lm_delegate_opencl = {
    .abi = LM_DELEGATE_ABI,
    .name = "opencl",
    .description = "OpenCL 1.2 devices, with CLBlast where it is installed",
    .open = opencl_open,
    .device_at = opencl_device_at,
    LM_GPU_DELEGATE_SLOTS,
};
