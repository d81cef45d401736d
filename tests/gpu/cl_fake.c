// SPDX-License-Identifier: MIT
#include "cl_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_HUNG 16

fake_driver fake;

// Every handle is one of these.
typedef struct object {
  int references;
  struct object* parent;  // a sub-buffer's buffer
  size_t bytes, offset;
  unsigned char* memory;
  cl_int status;  // of an event
} object;

static struct {
  object* event;
  void(CL_CALLBACK* function)(cl_event, cl_int, void*);
  void* context;
} hung[MAX_HUNG];
static int hung_count;

void fake_reset(cl_device_type type) {
  fake = (fake_driver){.platform_count = 1, .driver_version = "1.0", .extensions = "cl_khr_fp16"};
  fake.platforms[0] = (fake_platform){.name = "Fake", .device_count = 1};
  fake.platforms[0].devices[0] = (fake_device){.name = "Fake device", .type = type};
}

void fake_release_hung(void) {
  for (int i = 0; i < hung_count; ++i) {
    if (hung[i].function != NULL) {
      hung[i].function((cl_event)hung[i].event, CL_COMPLETE, hung[i].context);
    }
  }
  hung_count = 0;
}

static bool fault(const char* name) {
  if (fake.fail_name != NULL && strcmp(fake.fail_name, name) != 0) return false;
  ++fake.calls;
  if (fake.fail_code == CL_SUCCESS) return false;
  return fake.fail_at == 0 ? fake.fail_name != NULL : fake.calls == fake.fail_at;
}

#define FAULT(name) \
  if (fault(#name)) return fake.fail_code

// For functions that give a handle and report through a pointer.
#define FAULT_AT(name, out_code)                          \
  if (fault(#name)) {                                     \
    if ((out_code) != NULL) *(out_code) = fake.fail_code; \
    return NULL;                                          \
  }

static void* make(cl_int* out_code) {
  object* made = calloc(1, sizeof *made);
  if (made == NULL) abort();
  made->references = 1;
  ++fake.live;
  if (out_code != NULL) *out_code = CL_SUCCESS;
  return made;
}

static cl_int release(void* handle) {
  object* o = handle;
  if (o == NULL || o->references < 1) abort();  // released once too often
  if (--o->references > 0) return CL_SUCCESS;
  if (o->parent != NULL) {
    release(o->parent);
  } else {
    free(o->memory);
  }
  for (int i = 0; i < hung_count; ++i) {
    if (hung[i].event == o) hung[i].event = NULL;
  }
  --fake.live;
  free(o);
  return CL_SUCCESS;
}

static cl_int give(const void* value, size_t bytes, size_t room, void* out, size_t* out_bytes) {
  if (out != NULL && room < bytes) return CL_INVALID_VALUE;
  if (out != NULL) memcpy(out, value, bytes);
  if (out_bytes != NULL) *out_bytes = bytes;
  return CL_SUCCESS;
}

static cl_int give_text(const char* text, size_t room, void* out, size_t* out_bytes) {
  return give(text, strlen(text) + 1, room, out, out_bytes);
}

// ---- platforms and devices

static CL_API_ENTRY cl_int CL_API_CALL get_platforms(cl_uint room, cl_platform_id* out,
                                                     cl_uint* count) {
  FAULT(clGetPlatformIDs);
  if (fake.platform_count == 0) return -1001;  // what the loader says when there is no driver
  for (int i = 0; i < fake.platform_count && (cl_uint)i < room; ++i) {
    out[i] = (cl_platform_id)&fake.platforms[i];
  }
  *count = (cl_uint)fake.platform_count;
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_platform(cl_platform_id platform, cl_platform_info what,
                                                    size_t room, void* out, size_t* bytes) {
  FAULT(clGetPlatformInfo);
  const fake_platform* p = (const fake_platform*)platform;
  return give_text(what == CL_PLATFORM_NAME ? p->name : "OpenCL 3.0 fake", room, out, bytes);
}

static CL_API_ENTRY cl_int CL_API_CALL get_devices(cl_platform_id platform, cl_device_type type,
                                                   cl_uint room, cl_device_id* out,
                                                   cl_uint* count) {
  (void)type;
  FAULT(clGetDeviceIDs);
  fake_platform* p = (fake_platform*)platform;
  if (p->device_count == 0) return CL_DEVICE_NOT_FOUND;
  for (int i = 0; i < p->device_count && (cl_uint)i < room; ++i) {
    out[i] = (cl_device_id)&p->devices[i];
  }
  *count = (cl_uint)p->device_count;
  return CL_SUCCESS;
}

static cl_ulong device_number(const fake_device* d, cl_device_info what) {
  switch (what) {
    case CL_DEVICE_GLOBAL_MEM_SIZE:
      return 1 << 30;
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
      return 1 << 28;
    case CL_DEVICE_LOCAL_MEM_SIZE:
      return 32768;
    case CL_DEVICE_TYPE:
      return d->type;
    default:
      return 0;
  }
}

static CL_API_ENTRY cl_int CL_API_CALL get_device(cl_device_id device, cl_device_info what,
                                                  size_t room, void* out, size_t* bytes) {
  FAULT(clGetDeviceInfo);
  const fake_device* d = (const fake_device*)device;
  const size_t group = 1024;
  cl_uint small = 0;
  switch (what) {
    case CL_DEVICE_NAME:
      return give_text(d->name, room, out, bytes);
    case CL_DRIVER_VERSION:
      return give_text(fake.driver_version, room, out, bytes);
    case CL_DEVICE_VERSION:
      return give_text(d->version != NULL ? d->version : "OpenCL 3.0 fake", room, out, bytes);
    case CL_DEVICE_EXTENSIONS:
      return give_text(fake.extensions, room, out, bytes);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
      return give(&group, sizeof group, room, out, bytes);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
      small = fake.max_units > 0 ? fake.max_units : 8;
      break;
    case CL_DEVICE_MEM_BASE_ADDR_ALIGN:
      small = 2048;  // bits
      break;
    case CL_DEVICE_AVAILABLE:
      small = !d->unavailable;
      break;
    case CL_DEVICE_COMPILER_AVAILABLE:
      small = !d->no_compiler;
      break;
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
      small = d->unified || d->type == CL_DEVICE_TYPE_CPU;
      break;
    case CL_DEVICE_ENDIAN_LITTLE:
      small = 1;
      break;
    default: {
      const cl_ulong wide = device_number(d, what);
      return wide != 0 ? give(&wide, sizeof wide, room, out, bytes) : CL_INVALID_VALUE;
    }
  }
  return give(&small, sizeof small, room, out, bytes);
}

static CL_API_ENTRY cl_int CL_API_CALL create_parts(cl_device_id device,
                                                    const cl_device_partition_property* properties,
                                                    cl_uint room, cl_device_id* out,
                                                    cl_uint* count) {
  (void)room;
  FAULT(clCreateSubDevices);
  memcpy(fake.partition, properties, sizeof fake.partition);
  *out = device;
  *count = 1;
  ++fake.live;
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL release_device(cl_device_id device) {
  (void)device;
  --fake.live;
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_context CL_API_CALL create_context(
    const cl_context_properties* properties, cl_uint count, const cl_device_id* devices,
    void(CL_CALLBACK* notify)(const char*, const void*, size_t, void*), void* data, cl_int* code) {
  (void)properties, (void)count, (void)devices, (void)notify, (void)data;
  FAULT_AT(clCreateContext, code)
  return make(code);
}

static CL_API_ENTRY cl_command_queue CL_API_CALL create_queue(
    cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int* code) {
  (void)context, (void)device, (void)properties;
  FAULT_AT(clCreateCommandQueue, code)
  return make(code);
}

// ---- memory

static CL_API_ENTRY cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags,
                                                     size_t bytes, void* host, cl_int* code) {
  (void)context, (void)flags, (void)host;
  FAULT_AT(clCreateBuffer, code)
  object* o = make(code);
  o->bytes = bytes;
  o->memory = malloc(bytes);
  if (o->memory == NULL) abort();
  memset(o->memory, 0x77, bytes);
  return (cl_mem)o;
}

static CL_API_ENTRY cl_mem CL_API_CALL create_part(cl_mem memory, cl_mem_flags flags,
                                                   cl_buffer_create_type type, const void* info,
                                                   cl_int* code) {
  (void)flags, (void)type;
  FAULT_AT(clCreateSubBuffer, code)
  const cl_buffer_region* region = info;
  if (region->origin % 256 != 0) {
    *code = CL_MISALIGNED_SUB_BUFFER_OFFSET;
    return NULL;
  }
  object *parent = (object*)memory, *o = make(code);
  ++parent->references;
  o->parent = parent;
  o->memory = parent->memory + region->origin;
  o->bytes = region->size;
  return (cl_mem)o;
}

static CL_API_ENTRY cl_int CL_API_CALL retain_memory(cl_mem memory) {
  FAULT(clRetainMemObject);
  ++((object*)memory)->references;
  return CL_SUCCESS;
}

// ---- programs and kernels

static CL_API_ENTRY cl_program CL_API_CALL create_program(cl_context context, cl_uint count,
                                                          const char** texts, const size_t* bytes,
                                                          cl_int* code) {
  (void)context, (void)texts, (void)bytes;
  FAULT_AT(clCreateProgramWithSource, code)
  if (count < 2) abort();  // prelude and kernel
  return make(code);
}

// A binary is these bytes, and the driver notices when it is not.
static const unsigned char kBinary[] = "a binary of the fake driver";

static CL_API_ENTRY cl_program CL_API_CALL create_from_binary(cl_context context, cl_uint count,
                                                              const cl_device_id* devices,
                                                              const size_t* bytes,
                                                              const unsigned char** data,
                                                              cl_int* statuses, cl_int* code) {
  (void)context, (void)count, (void)devices;
  FAULT_AT(clCreateProgramWithBinary, code)
  // Only what passed every check may come here.
  if (bytes[0] != sizeof kBinary || memcmp(data[0], kBinary, sizeof kBinary) != 0) abort();
  if (statuses != NULL) *statuses = CL_SUCCESS;
  object* program = make(code);
  program->bytes = sizeof kBinary;
  return (cl_program)program;
}

static CL_API_ENTRY cl_int CL_API_CALL build(cl_program program, cl_uint count,
                                             const cl_device_id* devices, const char* options,
                                             void(CL_CALLBACK* notify)(cl_program, void*),
                                             void* data) {
  (void)count, (void)devices, (void)notify, (void)data;
  FAULT(clBuildProgram);
  if (strstr(options, "-D LM_TYPE_") == NULL) abort();
  if (((object*)program)->bytes > 0) {
    ++fake.binary_builds;
  } else {
    ++fake.builds;
  }
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_program(cl_program program, cl_program_info what,
                                                   size_t room, void* out, size_t* bytes) {
  (void)program;
  FAULT(clGetProgramInfo);
  if (what == CL_PROGRAM_BINARY_SIZES) {
    const size_t size = sizeof kBinary;
    return give(&size, sizeof size, room, out, bytes);
  }
  if (what != CL_PROGRAM_BINARIES) return CL_INVALID_VALUE;
  unsigned char* to;
  memcpy(&to, out, sizeof to);
  memcpy(to, kBinary, sizeof kBinary);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_build(cl_program program, cl_device_id device,
                                                 cl_program_build_info what, size_t room, void* out,
                                                 size_t* bytes) {
  (void)program, (void)device;
  FAULT(clGetProgramBuildInfo);
  if (what != CL_PROGRAM_BUILD_LOG) return CL_INVALID_VALUE;
  return give_text(fake.log != NULL ? fake.log : "", room, out, bytes);
}

static CL_API_ENTRY cl_kernel CL_API_CALL create_kernel(cl_program program, const char* name,
                                                        cl_int* code) {
  (void)program, (void)name;
  FAULT_AT(clCreateKernel, code)
  return make(code);
}

static CL_API_ENTRY cl_int CL_API_CALL get_group(cl_kernel kernel, cl_device_id device,
                                                 cl_kernel_work_group_info what, size_t room,
                                                 void* out, size_t* bytes) {
  (void)kernel, (void)device, (void)what;
  FAULT(clGetKernelWorkGroupInfo);
  const size_t most = fake.max_group > 0 ? fake.max_group : 256;
  return give(&most, sizeof most, room, out, bytes);
}

static CL_API_ENTRY cl_int CL_API_CALL set_arg(cl_kernel kernel, cl_uint index, size_t bytes,
                                               const void* value) {
  (void)kernel, (void)index, (void)bytes, (void)value;
  FAULT(clSetKernelArg);
  return CL_SUCCESS;
}

// ---- commands

static void finish_command(cl_event* out_event, cl_int status) {
  if (out_event == NULL) return;
  object* event = make(NULL);
  ++fake.commands;
  const bool hangs = fake.hang_at > 0 && fake.commands >= fake.hang_at;
  event->status = hangs ? CL_SUBMITTED : status;
  *out_event = (cl_event)event;
}

static CL_API_ENTRY cl_int CL_API_CALL fill(cl_command_queue queue, cl_mem memory,
                                            const void* pattern, size_t pattern_bytes,
                                            size_t offset, size_t bytes, cl_uint count,
                                            const cl_event* events, cl_event* out_event) {
  (void)queue, (void)pattern_bytes, (void)count, (void)events;
  FAULT(clEnqueueFillBuffer);
  memset(((object*)memory)->memory + offset, *(const unsigned char*)pattern, bytes);
  finish_command(out_event, CL_COMPLETE);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL write_buffer(cl_command_queue queue, cl_mem memory,
                                                    cl_bool blocking, size_t offset, size_t bytes,
                                                    const void* data, cl_uint count,
                                                    const cl_event* events, cl_event* out_event) {
  (void)queue, (void)count, (void)events;
  FAULT(clEnqueueWriteBuffer);
  if (blocking) abort();  // nobody could give it up
  memcpy(((object*)memory)->memory + offset, data, bytes);
  finish_command(out_event, CL_COMPLETE);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL read_buffer(cl_command_queue queue, cl_mem memory,
                                                   cl_bool blocking, size_t offset, size_t bytes,
                                                   void* data, cl_uint count,
                                                   const cl_event* events, cl_event* out_event) {
  (void)queue, (void)count, (void)events;
  FAULT(clEnqueueReadBuffer);
  if (blocking) abort();
  memcpy(data, ((object*)memory)->memory + offset, bytes);
  finish_command(out_event, fake.launches > fake.bad_from ? fake.event_status : CL_COMPLETE);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL launch(cl_command_queue queue, cl_kernel kernel,
                                              cl_uint dimensions, const size_t* offset,
                                              const size_t* items, const size_t* group,
                                              cl_uint count, const cl_event* events,
                                              cl_event* out_event) {
  (void)queue, (void)kernel, (void)offset, (void)count, (void)events;
  FAULT(clEnqueueNDRangeKernel);
  for (cl_uint i = 0; i < dimensions; ++i) {
    if (group[i] == 0 || items[i] % group[i] != 0) return CL_INVALID_WORK_GROUP_SIZE;
  }
  ++fake.launches;
  finish_command(out_event, fake.launches > fake.bad_from ? fake.event_status : CL_COMPLETE);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL mark(cl_command_queue queue, cl_uint count,
                                            const cl_event* events, cl_event* out_event) {
  (void)queue, (void)count, (void)events;
  FAULT(clEnqueueMarkerWithWaitList);
  finish_command(out_event, CL_COMPLETE);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL flush(cl_command_queue queue) {
  (void)queue;
  FAULT(clFlush);
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL wait_events(cl_uint count, const cl_event* events) {
  FAULT(clWaitForEvents);
  for (cl_uint i = 0; i < count; ++i) {
    if (((const object*)events[i])->status != CL_COMPLETE) abort();  // would wait for ever
  }
  return CL_SUCCESS;
}

// Nobody but the delegate holds a queue here.
static CL_API_ENTRY cl_int CL_API_CALL get_queue(cl_command_queue queue, cl_command_queue_info what,
                                                 size_t room, void* out, size_t* bytes) {
  (void)queue;
  FAULT(clGetCommandQueueInfo);
  const cl_uint holders = 1;
  if (what != CL_QUEUE_REFERENCE_COUNT) return CL_INVALID_VALUE;
  return give(&holders, sizeof holders, room, out, bytes);
}

static CL_API_ENTRY cl_int CL_API_CALL get_event(cl_event event, cl_event_info what, size_t room,
                                                 void* out, size_t* bytes) {
  (void)what;
  FAULT(clGetEventInfo);
  return give(&((object*)event)->status, sizeof(cl_int), room, out, bytes);
}

static CL_API_ENTRY cl_int CL_API_CALL set_callback(cl_event event, cl_int type,
                                                    void(CL_CALLBACK* function)(cl_event, cl_int,
                                                                                void*),
                                                    void* context) {
  (void)type;
  FAULT(clSetEventCallback);
  object* o = (object*)event;
  if (o->status <= CL_COMPLETE) {
    function(event, o->status, context);
  } else {
    if (hung_count == MAX_HUNG) abort();
    hung[hung_count].event = o;
    hung[hung_count].function = function;
    hung[hung_count++].context = context;
  }
  return CL_SUCCESS;
}

static CL_API_ENTRY cl_int CL_API_CALL get_times(cl_event event, cl_profiling_info what,
                                                 size_t room, void* out, size_t* bytes) {
  (void)event;
  FAULT(clGetEventProfilingInfo);
  const cl_ulong ns = 1000 + 100 * (cl_ulong)(what - CL_PROFILING_COMMAND_QUEUED);
  return give(&ns, sizeof ns, room, out, bytes);
}

#define RELEASE(function, type) \
  static CL_API_ENTRY cl_int CL_API_CALL function(type handle) { return release(handle); }
RELEASE(release_queue, cl_command_queue)
RELEASE(release_context, cl_context)
RELEASE(release_event, cl_event)
RELEASE(release_kernel, cl_kernel)
RELEASE(release_memory, cl_mem)
RELEASE(release_program, cl_program)

const lm__cl_symbols kFakeSymbols = {
    .clBuildProgram = build,
    .clCreateBuffer = create_buffer,
    .clCreateCommandQueue = create_queue,
    .clCreateContext = create_context,
    .clCreateKernel = create_kernel,
    .clCreateProgramWithBinary = create_from_binary,
    .clCreateProgramWithSource = create_program,
    .clCreateSubBuffer = create_part,
    .clCreateSubDevices = create_parts,
    .clEnqueueFillBuffer = fill,
    .clEnqueueMarkerWithWaitList = mark,
    .clEnqueueNDRangeKernel = launch,
    .clEnqueueReadBuffer = read_buffer,
    .clEnqueueWriteBuffer = write_buffer,
    .clFlush = flush,
    .clGetCommandQueueInfo = get_queue,
    .clGetDeviceIDs = get_devices,
    .clGetDeviceInfo = get_device,
    .clGetEventInfo = get_event,
    .clGetEventProfilingInfo = get_times,
    .clGetKernelWorkGroupInfo = get_group,
    .clGetPlatformIDs = get_platforms,
    .clGetPlatformInfo = get_platform,
    .clGetProgramBuildInfo = get_build,
    .clGetProgramInfo = get_program,
    .clReleaseCommandQueue = release_queue,
    .clReleaseContext = release_context,
    .clReleaseDevice = release_device,
    .clReleaseEvent = release_event,
    .clReleaseKernel = release_kernel,
    .clReleaseMemObject = release_memory,
    .clReleaseProgram = release_program,
    .clRetainMemObject = retain_memory,
    .clSetEventCallback = set_callback,
    .clSetKernelArg = set_arg,
    .clWaitForEvents = wait_events,
};
