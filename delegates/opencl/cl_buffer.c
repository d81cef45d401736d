// SPDX-License-Identifier: MIT
#include <string.h>

#include "cl_device.h"

lm_status lm__cl_buffer_create(lm__gpu_device* base, size_t bytes, lm__gpu_memory memory,
                               lm__gpu_buffer** out_buffer, lm_error* err) {
  *out_buffer = NULL;
  lm__cl_device* device = (lm__cl_device*)base;
  const lm__cl_symbols* cl = device->cl;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  if (bytes > base->caps.max_buffer_bytes) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY,
                   "delegate opencl: %s: a buffer of %zu bytes, %zu are possible",
                   base->caps.info.name, bytes, base->caps.max_buffer_bytes);
  }
  lm__gpu_buffer* buffer = lm_alloc(base->allocator, sizeof *buffer);
  if (buffer == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl: buffer");
  buffer->bytes = bytes > 0 ? bytes : 1;
  cl_mem_flags flags = CL_MEM_READ_WRITE;
  // On devices that share the host's memory, transfers then are plain copies.
  if (base->caps.shares_memory && memory == LM_GPU_MEMORY_DEVICE) flags |= CL_MEM_ALLOC_HOST_PTR;
  cl_int code = CL_SUCCESS;
  buffer->memory = cl->clCreateBuffer(device->context, flags, buffer->bytes, NULL, &code);
  if (code != CL_SUCCESS) {
    lm_free(base->allocator, buffer);
    return lm__cl_failed(device, code, err, "buffer of %zu bytes", bytes);
  }
  device->device_bytes += buffer->bytes;
  // Many drivers allocate only when a buffer is first used: here, not in the first inference.
  const cl_uchar zero = 0;
  cl_event event = NULL;
  lm_status status = LM_OK;
  code = cl->clEnqueueFillBuffer(device->queue, buffer->memory, &zero, sizeof zero, 0,
                                 buffer->bytes, 0, NULL, &event);
  if (code != CL_SUCCESS) {
    status = lm__cl_failed(device, code, err, "buffer of %zu bytes", bytes);
  } else {
    status = lm__cl_finish_event(device, event, "filling a buffer", err);
  }
  if (status != LM_OK) {
    lm__cl_buffer_destroy(base, buffer);
    return status;
  }
  *out_buffer = buffer;
  return LM_OK;
}

void lm__cl_buffer_destroy(lm__gpu_device* base, lm__gpu_buffer* buffer) {
  if (buffer == NULL) return;
  lm__cl_device* device = (lm__cl_device*)base;
  device->device_bytes -= buffer->bytes;
  device->cl->clReleaseMemObject(buffer->memory);
  lm_free(base->allocator, buffer);
}

static lm_status check_bounds(const lm__cl_device* device, const lm__gpu_buffer* buffer,
                              size_t offset, size_t bytes, lm_error* err) {
  if (offset <= buffer->bytes && bytes <= buffer->bytes - offset) return LM_OK;
  return LM_FAIL(err, LM_INVALID_ARGUMENT,
                 "delegate opencl: %s: %zu bytes at %zu of a buffer of %zu",
                 device->base.caps.info.name, bytes, offset, buffer->bytes);
}

lm_status lm__cl_write(lm__gpu_device* base, lm__gpu_buffer* buffer, size_t offset,
                       const void* data, size_t bytes, lm_error* err) {
  lm__cl_device* device = (lm__cl_device*)base;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  LM_CL_TRY(check_bounds(device, buffer, offset, bytes, err));
  if (bytes == 0) return LM_OK;
  cl_event event = NULL;
  const cl_int code = device->cl->clEnqueueWriteBuffer(device->queue, buffer->memory, CL_FALSE,
                                                       offset, bytes, data, 0, NULL, &event);
  if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "writing %zu bytes", bytes);
  return lm__cl_finish_event(device, event, "writing a buffer", err);
}

lm_status lm__cl_read(lm__gpu_device* base, lm__gpu_buffer* buffer, size_t offset, void* data,
                      size_t bytes, lm_error* err) {
  lm__cl_device* device = (lm__cl_device*)base;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  LM_CL_TRY(check_bounds(device, buffer, offset, bytes, err));
  if (bytes == 0) return LM_OK;
  cl_event event = NULL;
  const cl_int code = device->cl->clEnqueueReadBuffer(device->queue, buffer->memory, CL_FALSE,
                                                      offset, bytes, data, 0, NULL, &event);
  if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "reading %zu bytes", bytes);
  return lm__cl_finish_event(device, event, "reading a buffer", err);
}

lm_status lm__cl_range_memory(lm__cl_device* device, const lm__gpu_range* range, cl_mem* out_memory,
                              lm_error* err) {
  *out_memory = NULL;
  LM_CL_TRY(check_bounds(device, range->buffer, range->offset, range->bytes, err));
  cl_int code = CL_SUCCESS;
  if (range->offset == 0) {
    code = device->cl->clRetainMemObject(range->buffer->memory);
    if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "keeping a buffer");
    *out_memory = range->buffer->memory;
    return LM_OK;
  }
  const cl_buffer_region region = {range->offset, range->bytes};
  cl_mem part = device->cl->clCreateSubBuffer(range->buffer->memory, 0,
                                              CL_BUFFER_CREATE_TYPE_REGION, &region, &code);
  if (code != CL_SUCCESS) {
    return lm__cl_failed(device, code, err, "range of %zu bytes at %zu", range->bytes,
                         range->offset);
  }
  *out_memory = part;
  return LM_OK;
}
