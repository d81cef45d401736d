// SPDX-License-Identifier: MIT
//
// A recording is three lists: what is uploaded, launched and downloaded. Every launch has a
// cl_kernel of its own with its arguments set, so that a run only enqueues.
#include <string.h>

#include "cl_device.h"
#include "cl_clblast.h"

typedef struct transfer {
  cl_mem memory;  // retained
  size_t offset, bytes;
  void* to;          // host memory of a download
  const void* from;  // ... of an upload
} transfer;

typedef struct launch {
  cl_kernel kernel;  // NULL: CLBlast's
  size_t items[3], group[3];
  int32_t node_index;
  const char* label;
  cl_mem memory[LM_GPU_MAX_ARGS];  // retained
  int32_t memory_count;
  lm__gpu_type type;
  lm__gpu_library_gemm gemm;
} launch;

struct lm__gpu_recording {
  lm__cl_device* device;
  transfer* uploads;
  transfer* downloads;
  launch* launches;
  int32_t upload_count, upload_room;
  int32_t download_count, download_room;
  int32_t launch_count, launch_room;
  cl_event* events;  // [launch_count], for runs with a profiler
};

// Room for one more element: the array doubles.
static lm_status grow(lm_allocator allocator, void* array, int32_t count, int32_t* room,
                      size_t element_bytes, lm_error* err) {
  if (count < *room) return LM_OK;
  const int32_t more = *room > 0 ? 2 * *room : 16;
  void* bigger = lm_alloc_array(allocator, (size_t)more, element_bytes);
  if (bigger == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl: recording");
  void* old;
  memcpy(&old, array, sizeof old);
  if (count > 0) memcpy(bigger, old, (size_t)count * element_bytes);
  lm_free(allocator, old);
  memcpy(array, &bigger, sizeof bigger);
  *room = more;
  return LM_OK;
}

lm_status lm__cl_recording_create(lm__gpu_device* base, lm__gpu_recording** out_recording,
                                  lm_error* err) {
  *out_recording = lm_alloc(base->allocator, sizeof **out_recording);
  if (*out_recording == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl: recording");
  (*out_recording)->device = (lm__cl_device*)base;
  return LM_OK;
}

static void release_launch(const lm__cl_symbols* cl, launch* l) {
  if (l->kernel != NULL) cl->clReleaseKernel(l->kernel);
  for (int32_t i = 0; i < l->memory_count; ++i) cl->clReleaseMemObject(l->memory[i]);
}

void lm__cl_recording_destroy(lm__gpu_device* base, lm__gpu_recording* recording) {
  if (recording == NULL) return;
  const lm__cl_symbols* cl = recording->device->cl;
  for (int32_t i = 0; i < recording->upload_count; ++i) {
    cl->clReleaseMemObject(recording->uploads[i].memory);
  }
  for (int32_t i = 0; i < recording->download_count; ++i) {
    cl->clReleaseMemObject(recording->downloads[i].memory);
  }
  for (int32_t i = 0; i < recording->launch_count; ++i) {
    release_launch(cl, &recording->launches[i]);
  }
  lm_free(base->allocator, recording->uploads);
  lm_free(base->allocator, recording->downloads);
  lm_free(base->allocator, recording->launches);
  lm_free(base->allocator, recording->events);
  lm_free(base->allocator, recording);
}

// ---- recording

static lm_status make_transfer(lm__cl_device* device, const lm__gpu_range* range, transfer* out,
                               lm_error* err) {
  const lm__gpu_buffer* buffer = range->buffer;
  if (range->offset > buffer->bytes || range->bytes > buffer->bytes - range->offset) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT,
                   "delegate opencl: a transfer of %zu bytes at %zu of a buffer of %zu",
                   range->bytes, range->offset, buffer->bytes);
  }
  const cl_int code = device->cl->clRetainMemObject(buffer->memory);
  if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "recording a transfer");
  *out = (transfer){.memory = buffer->memory, .offset = range->offset, .bytes = range->bytes};
  return LM_OK;
}

lm_status lm__cl_record_upload(lm__gpu_recording* recording, lm__gpu_range to, const void* host,
                               lm_error* err) {
  lm__cl_device* device = recording->device;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  if (to.bytes == 0) return LM_OK;
  LM_CL_TRY(grow(device->base.allocator, &recording->uploads, recording->upload_count,
                 &recording->upload_room, sizeof(transfer), err));
  transfer* t = &recording->uploads[recording->upload_count];
  LM_CL_TRY(make_transfer(device, &to, t, err));
  t->from = host;
  ++recording->upload_count;
  return LM_OK;
}

lm_status lm__cl_record_download(lm__gpu_recording* recording, lm__gpu_range from, void* host,
                                 lm_error* err) {
  lm__cl_device* device = recording->device;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  if (from.bytes == 0) return LM_OK;
  LM_CL_TRY(grow(device->base.allocator, &recording->downloads, recording->download_count,
                 &recording->download_room, sizeof(transfer), err));
  transfer* t = &recording->downloads[recording->download_count];
  LM_CL_TRY(make_transfer(device, &from, t, err));
  t->to = host;
  ++recording->download_count;
  return LM_OK;
}

static lm_status record_library(lm__cl_device* device, const lm__gpu_dispatch* dispatch, launch* l,
                                lm_error* err) {
  l->type = dispatch->kernel->key.type;
  if (dispatch->arg_count == 3 && dispatch->params_bytes == sizeof l->gemm) {
    memcpy(&l->gemm, dispatch->params, sizeof l->gemm);
    if (lm__cl_clblast_fits(&l->gemm, l->type, dispatch->args)) return LM_OK;
  }
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate opencl: %s: a product outside of its matrices",
                 device->base.caps.info.name);
}

static lm_status record_kernel(lm__cl_device* device, const lm__gpu_dispatch* dispatch, launch* l,
                               lm_error* err) {
  const lm__cl_symbols* cl = device->cl;
  const lm__gpu_kernel_key* key = &dispatch->kernel->key;
  cl_int code = CL_SUCCESS;
  l->kernel = cl->clCreateKernel(dispatch->kernel->program, key->name, &code);
  if (code != CL_SUCCESS) {
    l->kernel = NULL;
    return lm__cl_failed(device, code, err, "kernel %s", key->name);
  }
  for (cl_uint i = 0; i < (cl_uint)l->memory_count; ++i) {
    code = cl->clSetKernelArg(l->kernel, i, sizeof(cl_mem), &l->memory[i]);
    if (code != CL_SUCCESS) {
      return lm__cl_failed(device, code, err, "kernel %s: argument %u", key->name, i);
    }
  }
  if (dispatch->params_bytes > 0) {
    code = cl->clSetKernelArg(l->kernel, (cl_uint)l->memory_count, dispatch->params_bytes,
                              dispatch->params);
    if (code != CL_SUCCESS) {
      return lm__cl_failed(device, code, err, "kernel %s: %zu bytes of parameters", key->name,
                           dispatch->params_bytes);
    }
  }
  for (int i = 0; i < 3; ++i) {
    l->group[i] = key->group[i];
    l->items[i] = (size_t)dispatch->groups[i] * key->group[i];
  }
  return LM_OK;
}

lm_status lm__cl_record_dispatch(lm__gpu_recording* recording, const lm__gpu_dispatch* dispatch,
                                 lm_error* err) {
  lm__cl_device* device = recording->device;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  if (dispatch->arg_count < 0 || dispatch->arg_count > LM_GPU_MAX_ARGS ||
      dispatch->params_bytes > LM_GPU_MAX_PARAMS) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate opencl: kernel %s: too many arguments",
                   dispatch->kernel->key.name);
  }
  LM_CL_TRY(grow(device->base.allocator, &recording->launches, recording->launch_count,
                 &recording->launch_room, sizeof(launch), err));
  launch* l = &recording->launches[recording->launch_count];
  *l = (launch){.node_index = dispatch->node_index, .label = dispatch->label};
  lm_status status = LM_OK;
  for (int32_t i = 0; i < dispatch->arg_count && status == LM_OK; ++i) {
    status = lm__cl_range_memory(device, &dispatch->args[i], &l->memory[i], err);
    if (status == LM_OK) ++l->memory_count;
  }
  if (status == LM_OK) {
    status = dispatch->kernel->program == NULL ? record_library(device, dispatch, l, err)
                                               : record_kernel(device, dispatch, l, err);
  }
  if (status != LM_OK) {
    release_launch(device->cl, l);
    return status;
  }
  ++recording->launch_count;
  return LM_OK;
}

// ---- launching

// What one run holds while it is under way.
typedef struct flight {
  lm__cl_device* device;
  lm__gpu_recording* recording;
  bool profiled;
  uint64_t begin_ns;     // host
  uint64_t launched_ns;  // host: when the first launch was enqueued
  cl_event first, last;  // launches
  cl_event end;          // of the last command
} flight;

static lm_status enqueue_launch(flight* f, const launch* l, cl_event* out_event, lm_error* err) {
  if (l->kernel == NULL) {
    return lm__cl_clblast_run(f->device, l->type, &l->gemm, l->memory, out_event, err);
  }
  const cl_int code = f->device->cl->clEnqueueNDRangeKernel(f->device->queue, l->kernel, 3, NULL,
                                                            l->items, l->group, 0, NULL, out_event);
  if (code == CL_SUCCESS) return LM_OK;
  return lm__cl_failed(f->device, code, err, "launching kernel %s", l->label);
}

static lm_status enqueue_uploads(flight* f, lm_error* err) {
  const lm__gpu_recording* r = f->recording;
  for (int32_t i = 0; i < r->upload_count; ++i) {
    const transfer* t = &r->uploads[i];
    const bool ends = i + 1 == r->upload_count && r->launch_count == 0 && r->download_count == 0;
    const cl_int code =
        f->device->cl->clEnqueueWriteBuffer(f->device->queue, t->memory, CL_FALSE, t->offset,
                                            t->bytes, t->from, 0, NULL, ends ? &f->end : NULL);
    if (code != CL_SUCCESS) {
      return lm__cl_failed(f->device, code, err, "uploading %zu bytes", t->bytes);
    }
  }
  return LM_OK;
}

static lm_status enqueue_launches(flight* f, lm_error* err) {
  lm__gpu_recording* r = f->recording;
  f->launched_ns = lm_now_ns();
  for (int32_t i = 0; i < r->launch_count; ++i) {
    cl_event* event = f->profiled                ? &r->events[i]
                      : i == 0                   ? &f->first
                      : i + 1 == r->launch_count ? &f->last
                                                 : NULL;
    LM_CL_TRY(enqueue_launch(f, &r->launches[i], event, err));
  }
  return LM_OK;
}

static lm_status enqueue_downloads(flight* f, lm_error* err) {
  const lm__gpu_recording* r = f->recording;
  for (int32_t i = 0; i < r->download_count; ++i) {
    const transfer* t = &r->downloads[i];
    const cl_int code = f->device->cl->clEnqueueReadBuffer(
        f->device->queue, t->memory, CL_FALSE, t->offset, t->bytes, t->to, 0, NULL,
        i + 1 == r->download_count ? &f->end : NULL);
    if (code != CL_SUCCESS) {
      return lm__cl_failed(f->device, code, err, "downloading %zu bytes", t->bytes);
    }
  }
  if (f->end != NULL) return LM_OK;
  const cl_int code =
      f->device->cl->clEnqueueMarkerWithWaitList(f->device->queue, 0, NULL, &f->end);
  if (code == CL_SUCCESS) return LM_OK;
  return lm__cl_failed(f->device, code, err, "ending a run");
}

// After a failure: what was enqueued may still read and write host memory, so it is waited for.
static void drain(flight* f) {
  cl_event event = NULL;
  if (f->device->lost) return;
  if (f->device->cl->clEnqueueMarkerWithWaitList(f->device->queue, 0, NULL, &event) == CL_SUCCESS) {
    (void)lm__cl_finish_event(f->device, event, "giving up a run", NULL);
  }
}

// Many drivers compile when a kernel is launched first (PoCL for a second each), and CLBlast when
// it is called: once here, and not in the first inference. What the launches write has no contents
// yet that anybody would read.
// Each is waited for alone, because the time limit is one for running and compiling takes long.
static lm_status launch_once(lm__gpu_recording* recording, lm_error* err) {
  lm__cl_device* device = recording->device;
  flight f = {.device = device, .recording = recording};
  for (int32_t i = 0; i < recording->launch_count; ++i) {
    cl_event event = NULL;
    LM_CL_TRY(enqueue_launch(&f, &recording->launches[i], &event, err));
    LM_CL_TRY(lm__cl_finish_event(device, event, "a first run", err));
  }
  return LM_OK;
}

lm_status lm__cl_finish(lm__gpu_recording* recording, lm_error* err) {
  lm__cl_device* device = recording->device;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  recording->events =
      lm_alloc_array(device->base.allocator, (size_t)recording->launch_count + 1, sizeof(cl_event));
  if (recording->events == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl: recording");
  }
  const uint64_t begin_ns = lm_now_ns();
  lm_status status = launch_once(recording, err);
  if (status == LM_OK) status = lm__cl_kernels_save(device, err);
  device->compile_ns += lm_now_ns() - begin_ns;
  return status;
}

// ---- running

static uint64_t event_time(const lm__cl_device* device, cl_event event, cl_profiling_info what) {
  cl_ulong ns = 0;
  if (device->cl->clGetEventProfilingInfo(event, what, sizeof ns, &ns, NULL) != CL_SUCCESS) {
    return 0;
  }
  return ns;
}

static void record_events(const flight* f, lm__gpu_times* times, lm_profiler* profiler) {
  const lm__gpu_recording* r = f->recording;
  // The device's clock, laid on the host's by the moment at which the first launch was enqueued.
  const uint64_t queued = event_time(f->device, r->events[0], CL_PROFILING_COMMAND_QUEUED);
  const uint64_t shift = f->launched_ns - f->begin_ns;
  uint64_t previous = 0;
  for (int32_t i = 0; i < r->launch_count; ++i) {
    uint64_t begin = event_time(f->device, r->events[i], CL_PROFILING_COMMAND_START);
    const uint64_t end = event_time(f->device, r->events[i], CL_PROFILING_COMMAND_END);
    // A library's event is that of its last kernel: it began when what is before it had ended.
    if (r->launches[i].kernel == NULL && previous != 0) begin = previous;
    previous = end;
    if (begin < queued || end < begin) continue;
    times->kernels_ns += end - begin;
    lm_profiler_record(profiler, LM_EVENT_KERNEL, r->launches[i].node_index, r->launches[i].label,
                       begin - queued + shift, end - queued + shift);
  }
}

static void release_events(flight* f) {
  const lm__cl_symbols* cl = f->device->cl;
  if (f->profiled) {
    for (int32_t i = 0; i < f->recording->launch_count; ++i) {
      if (f->recording->events[i] != NULL) cl->clReleaseEvent(f->recording->events[i]);
      f->recording->events[i] = NULL;
    }
  } else {
    if (f->first != NULL) cl->clReleaseEvent(f->first);
    if (f->last != NULL) cl->clReleaseEvent(f->last);
  }
  f->first = f->last = NULL;
}

static void read_clock(flight* f, lm__gpu_times* times, lm_profiler* profiler) {
  const lm__gpu_recording* r = f->recording;
  if (r->launch_count == 0) return;
  const cl_event first = f->profiled ? r->events[0] : f->first;
  const cl_event last = f->profiled           ? r->events[r->launch_count - 1]
                        : r->launch_count > 1 ? f->last
                                              : f->first;
  const uint64_t begin = event_time(f->device, first, CL_PROFILING_COMMAND_START);
  const uint64_t end = event_time(f->device, last, CL_PROFILING_COMMAND_END);
  if (end > begin) times->device_ns = end - begin;
  if (f->profiled) record_events(f, times, profiler);
}

lm_status lm__cl_run(lm__gpu_recording* recording, lm__gpu_times* out_times, lm_profiler* profiler,
                     lm_error* err) {
  lm__cl_device* device = recording->device;
  *out_times = (lm__gpu_times){.dispatches = recording->launch_count, .submits = 1};
  LM_CL_TRY(lm__cl_check_lost(device, err));
  flight f = {.device = device,
              .recording = recording,
              .profiled = profiler != NULL,
              .begin_ns = lm_now_ns()};
  lm_status status = enqueue_uploads(&f, err);
  const uint64_t uploaded_ns = lm_now_ns();
  if (status == LM_OK) status = enqueue_launches(&f, err);
  if (status == LM_OK) status = enqueue_downloads(&f, err);
  const uint64_t enqueued_ns = lm_now_ns();
  if (status == LM_OK) {
    status = lm__cl_finish_event(device, f.end, "an inference", err);
  } else {
    drain(&f);
    if (f.end != NULL) device->cl->clReleaseEvent(f.end);
  }
  const uint64_t waited_ns = lm_now_ns();
  if (status == LM_OK) read_clock(&f, out_times, profiler);
  release_events(&f);
  out_times->upload_ns = uploaded_ns - f.begin_ns;
  out_times->enqueue_ns = enqueued_ns - uploaded_ns;
  out_times->wait_ns = waited_ns - enqueued_ns;
  out_times->wall_ns = lm_now_ns() - f.begin_ns;
  return status;
}
