// SPDX-License-Identifier: MIT
//
// Waiting with a time limit, and what OpenCL's codes mean. clFinish() and clWaitForEvents() have no
// limit: a driver that hangs would hang us.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cl_device.h"

// Half a millisecond of looking without pause; an inference that takes longer does not notice.
#define SPIN_NS 500000u
#define PAUSE_NS 20000

// ---- codes

static const char* code_name(cl_int code) {
  switch (code) {
#define CODE(name) \
  case name:       \
    return #name;
    CODE(CL_DEVICE_NOT_FOUND)
    CODE(CL_DEVICE_NOT_AVAILABLE)
    CODE(CL_COMPILER_NOT_AVAILABLE)
    CODE(CL_MEM_OBJECT_ALLOCATION_FAILURE)
    CODE(CL_OUT_OF_RESOURCES)
    CODE(CL_OUT_OF_HOST_MEMORY)
    CODE(CL_PROFILING_INFO_NOT_AVAILABLE)
    CODE(CL_BUILD_PROGRAM_FAILURE)
    CODE(CL_MISALIGNED_SUB_BUFFER_OFFSET)
    CODE(CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST)
    CODE(CL_DEVICE_PARTITION_FAILED)
    CODE(CL_INVALID_VALUE)
    CODE(CL_INVALID_DEVICE)
    CODE(CL_INVALID_CONTEXT)
    CODE(CL_INVALID_COMMAND_QUEUE)
    CODE(CL_INVALID_MEM_OBJECT)
    CODE(CL_INVALID_BINARY)
    CODE(CL_INVALID_BUILD_OPTIONS)
    CODE(CL_INVALID_PROGRAM)
    CODE(CL_INVALID_PROGRAM_EXECUTABLE)
    CODE(CL_INVALID_KERNEL_NAME)
    CODE(CL_INVALID_KERNEL)
    CODE(CL_INVALID_ARG_INDEX)
    CODE(CL_INVALID_ARG_VALUE)
    CODE(CL_INVALID_ARG_SIZE)
    CODE(CL_INVALID_KERNEL_ARGS)
    CODE(CL_INVALID_WORK_GROUP_SIZE)
    CODE(CL_INVALID_WORK_ITEM_SIZE)
    CODE(CL_INVALID_EVENT)
    CODE(CL_INVALID_OPERATION)
    CODE(CL_INVALID_BUFFER_SIZE)
    CODE(CL_INVALID_GLOBAL_WORK_SIZE)
    CODE(CL_INVALID_DEVICE_PARTITION_COUNT)
#undef CODE
    default:
      return NULL;
  }
}

static lm_status status_of(cl_int code) {
  switch (code) {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
    case CL_OUT_OF_RESOURCES:
    case CL_OUT_OF_HOST_MEMORY:
    case CL_INVALID_BUFFER_SIZE:
      return LM_OUT_OF_MEMORY;
    case CL_DEVICE_NOT_AVAILABLE:
    case CL_DEVICE_NOT_FOUND:
      return LM_UNAVAILABLE;
    default:
      return LM_INTERNAL;
  }
}

static lm_status report(lm__cl_device* device, lm_status status, cl_int code, const char* what,
                        lm_error* err) {
  if (status == LM_UNAVAILABLE) device->lost = true;
  char number[32];
  snprintf(number, sizeof number, "code %d", code);
  const char* name = code_name(code);
  return LM_FAIL(err, status, "delegate opencl: %s: %s: %s", device->base.caps.info.name, what,
                 name != NULL ? name : number);
}

lm_status lm__cl_failed(lm__cl_device* device, cl_int code, lm_error* err, const char* format,
                        ...) {
  char what[200];
  va_list args;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  return report(device, status_of(code), code, what, err);
}

lm_status lm__cl_check_lost(const lm__cl_device* device, lm_error* err) {
  if (!device->lost) return LM_OK;
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate opencl: %s: the device was lost",
                 device->base.caps.info.name);
}

// ---- blocked until the driver calls back

// Outlives the device while a callback is to come: a driver that hung may still call.
struct lm__cl_waiter {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  lm_allocator allocator;
  uint32_t pending;  // callbacks to come
  bool abandoned;    // the device is closed: the last callback frees
};
typedef struct lm__cl_waiter waiter;

lm_status lm__cl_waiter_create(lm__cl_device* device, lm_error* err) {
  waiter* w = lm_alloc(device->base.allocator, sizeof *w);
  if (w == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl");
  w->allocator = device->base.allocator;
  pthread_condattr_t attributes;
  bool ok = pthread_condattr_init(&attributes) == 0;
  if (ok) {
    ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(&w->changed, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
  }
  if (ok && pthread_mutex_init(&w->mutex, NULL) != 0) {
    pthread_cond_destroy(&w->changed);
    ok = false;
  }
  if (!ok) {
    lm_free(device->base.allocator, w);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl: no condition variable");
  }
  device->waiter = w;
  return LM_OK;
}

static void waiter_free(waiter* w) {
  pthread_cond_destroy(&w->changed);
  pthread_mutex_destroy(&w->mutex);
  lm_free(w->allocator, w);
}

void lm__cl_waiter_destroy(lm__cl_device* device) {
  waiter* w = device->waiter;
  if (w == NULL) return;
  device->waiter = NULL;
  pthread_mutex_lock(&w->mutex);
  const bool idle = w->pending == 0;
  w->abandoned = true;
  pthread_mutex_unlock(&w->mutex);
  if (idle) waiter_free(w);
}

static void CL_CALLBACK on_complete(cl_event event, cl_int status, void* context) {
  (void)event;
  (void)status;  // asked of the event itself
  waiter* w = context;
  pthread_mutex_lock(&w->mutex);
  --w->pending;
  const bool last = w->abandoned && w->pending == 0;
  pthread_cond_signal(&w->changed);
  pthread_mutex_unlock(&w->mutex);
  if (last) waiter_free(w);
}

static struct timespec deadline_after(double seconds) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  if (seconds > 1e9) seconds = 1e9;
  const double ns = (double)at.tv_nsec + (seconds - (double)(time_t)seconds) * 1e9;
  at.tv_sec += (time_t)seconds + (time_t)(ns / 1e9);
  at.tv_nsec = (long)(ns - 1e9 * (double)(time_t)(ns / 1e9));
  return at;
}

// CL_COMPLETE, a negative code, or a positive status when the time is over. Only one wait is under
// way at a time, and none after one that timed out (the device is lost then): when no callback is
// to come, this one has come.
static cl_int wait_blocked(lm__cl_device* device, cl_event event) {
  waiter* w = device->waiter;
  pthread_mutex_lock(&w->mutex);
  ++w->pending;
  pthread_mutex_unlock(&w->mutex);
  const cl_int code = device->cl->clSetEventCallback(event, CL_COMPLETE, on_complete, w);
  const struct timespec deadline = deadline_after(device->timeout_seconds);
  pthread_mutex_lock(&w->mutex);
  if (code != CL_SUCCESS) --w->pending;
  int waited = 0;
  while (w->pending > 0 && waited == 0) {
    waited = pthread_cond_timedwait(&w->changed, &w->mutex, &deadline);
  }
  pthread_mutex_unlock(&w->mutex);
  if (code != CL_SUCCESS) return code;
  cl_int status = CL_QUEUED;
  const cl_int asked = device->cl->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                                  sizeof status, &status, NULL);
  return asked != CL_SUCCESS ? asked : status;
}

// ---- polling

static cl_int wait_polling(lm__cl_device* device, cl_event event) {
  const uint64_t begin = lm_now_ns();
  const double limit = device->timeout_seconds * 1e9;
  for (;;) {
    cl_int status = CL_QUEUED;
    const cl_int code = device->cl->clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS,
                                                   sizeof status, &status, NULL);
    if (code != CL_SUCCESS) return code;
    if (status <= CL_COMPLETE) return status;
    const uint64_t passed = lm_now_ns() - begin;
    if ((double)passed > limit) return status;
    if (passed > SPIN_NS) {
      const struct timespec pause = {0, PAUSE_NS};
      nanosleep(&pause, NULL);
    }
  }
}

lm_status lm__cl_finish_event(lm__cl_device* device, cl_event event, const char* what,
                              lm_error* err) {
  const lm__cl_symbols* cl = device->cl;
  lm_status status = LM_OK;
  cl_int code = cl->clFlush(device->queue);
  if (code == CL_SUCCESS) {
    code = device->waiter != NULL ? wait_blocked(device, event) : wait_polling(device, event);
  }
  if (code > CL_COMPLETE) {
    device->lost = true;
    status = LM_FAIL(err, LM_UNAVAILABLE,
                     "delegate opencl: %s: %s: the device did not answer within %g s",
                     device->base.caps.info.name, what, device->timeout_seconds);
  } else if (code == CL_COMPLETE) {
    // Only this makes what the device wrote visible, as the standard has it. It returns at once.
    code = cl->clWaitForEvents(1, &event);
  }
  if (code < 0) {
    // But for memory that a driver allocates late, a command fails because the kernel or the device
    // did, which no later command survives. Drivers have codes of their own for it.
    const bool memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY;
    status = report(device, memory ? LM_OUT_OF_MEMORY : LM_UNAVAILABLE, code, what, err);
  }
  cl->clReleaseEvent(event);
  return status;
}
