// SPDX-License-Identifier: MIT
#include "cl_platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_PLATFORMS 16
#define MAX_EXTENSIONS 16384  // bytes; the longest list seen has 2,000

// Drivers pad names with spaces and end them with line breaks.
static void trim(char* text) {
  size_t begin = 0, end = strlen(text);
  while (text[begin] == ' ') ++begin;
  while (end > begin && (unsigned char)text[end - 1] <= ' ') --end;
  memmove(text, text + begin, end - begin);
  text[end - begin] = '\0';
}

// A driver refuses to give a text of which only the begin is wanted, so room for all of it comes
// first.
static void device_text(const lm__cl_symbols* cl, cl_device_id device, cl_device_info what,
                        char* out, size_t out_bytes) {
  char text[1024] = "";
  if (cl->clGetDeviceInfo(device, what, sizeof text - 1, text, NULL) != CL_SUCCESS) text[0] = '\0';
  trim(text);
  snprintf(out, out_bytes, "%.*s", (int)out_bytes - 1, text);
}

static void platform_text(const lm__cl_symbols* cl, cl_platform_id platform, cl_platform_info what,
                          char* out, size_t out_bytes) {
  char text[1024] = "";
  if (cl->clGetPlatformInfo(platform, what, sizeof text - 1, text, NULL) != CL_SUCCESS) {
    text[0] = '\0';
  }
  trim(text);
  snprintf(out, out_bytes, "%.*s", (int)out_bytes - 1, text);
}

uint64_t lm__cl_device_number(const lm__cl_symbols* cl, cl_device_id device, cl_device_info what) {
  uint64_t wide = 0;
  size_t bytes = 0;
  if (cl->clGetDeviceInfo(device, what, sizeof wide, &wide, &bytes) != CL_SUCCESS) return 0;
  if (bytes == sizeof wide) return wide;
  uint32_t narrow;
  memcpy(&narrow, &wide, sizeof narrow);
  return bytes == sizeof narrow ? narrow : 0;
}

bool lm__cl_has_extension(const lm__cl_symbols* cl, cl_device_id device, const char* name) {
  char text[MAX_EXTENSIONS] = "";
  if (cl->clGetDeviceInfo(device, CL_DEVICE_EXTENSIONS, sizeof text - 1, text, NULL) !=
      CL_SUCCESS) {
    return false;
  }
  const size_t length = strlen(name);
  for (const char* p = text; (p = strstr(p, name)) != NULL; p += length) {
    const bool begins = p == text || p[-1] == ' ';
    if (begins && (p[length] == ' ' || p[length] == '\0')) return true;
  }
  return false;
}

static lm_device_type type_of(const lm__cl_symbols* cl, cl_device_id device) {
  const uint64_t type = lm__cl_device_number(cl, device, CL_DEVICE_TYPE);
  if ((type & CL_DEVICE_TYPE_GPU) != 0) {
    return lm__cl_device_number(cl, device, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0
               ? LM_DEVICE_INTEGRATED
               : LM_DEVICE_DISCRETE;
  }
  if ((type & CL_DEVICE_TYPE_CPU) != 0) return LM_DEVICE_CPU;
  return (type & CL_DEVICE_TYPE_ACCELERATOR) != 0 ? LM_DEVICE_ACCELERATOR : LM_DEVICE_OTHER;
}

// The least that this delegate needs. NULL: nothing is missing.
static const char* why_not(const lm__cl_symbols* cl, cl_device_id device, const char* version) {
  int major = 0, minor = 0;
  if (sscanf(version, "OpenCL %d.%d", &major, &minor) != 2 || major * 10 + minor < 12) {
    return "older than OpenCL 1.2";
  }
  if (!lm__cl_device_number(cl, device, CL_DEVICE_AVAILABLE)) return "the driver cannot use it now";
  if (!lm__cl_device_number(cl, device, CL_DEVICE_COMPILER_AVAILABLE)) return "no compiler";
  if (!lm__cl_device_number(cl, device, CL_DEVICE_ENDIAN_LITTLE)) return "big-endian";
  return NULL;
}

static uint32_t narrow(uint64_t value) { return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX; }

static void describe(const lm__cl_symbols* cl, lm__cl_candidate* candidate) {
  const cl_device_id device = candidate->device;
  lm_device_info* info = &candidate->info;
  *info = (lm_device_info){.type = type_of(cl, device)};
  device_text(cl, device, CL_DEVICE_NAME, info->name, sizeof info->name);
  device_text(cl, device, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
  platform_text(cl, candidate->platform, CL_PLATFORM_NAME, info->platform, sizeof info->platform);
  char version[128];
  device_text(cl, device, CL_DEVICE_VERSION, version, sizeof version);
  // "OpenCL 3.0 and what the vendor adds"
  const size_t first = strcspn(version, " ");
  const size_t second = version[first] != '\0' ? strcspn(version + first + 1, " ") : 0;
  snprintf(info->api, sizeof info->api, "%.*s", (int)(first + 1 + second), version);
  info->memory_bytes = lm__cl_device_number(cl, device, CL_DEVICE_GLOBAL_MEM_SIZE);
  info->max_buffer_bytes = lm__cl_device_number(cl, device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
  info->max_group_items = narrow(lm__cl_device_number(cl, device, CL_DEVICE_MAX_WORK_GROUP_SIZE));
  info->local_memory_bytes = narrow(lm__cl_device_number(cl, device, CL_DEVICE_LOCAL_MEM_SIZE));
  info->compute_units = narrow(lm__cl_device_number(cl, device, CL_DEVICE_MAX_COMPUTE_UNITS));
  info->can_fp16 = true;  // vload_half and vstore_half are part of OpenCL C
  info->can_int8 = true;
  info->can_int_dot = lm__cl_has_extension(cl, device, "cl_khr_integer_dot_product");
  info->why_not = why_not(cl, device, version);
}

static int rank(lm_device_type type) {
  switch (type) {
    case LM_DEVICE_DISCRETE:
      return 0;
    case LM_DEVICE_INTEGRATED:
    case LM_DEVICE_VIRTUAL:
      return 1;
    case LM_DEVICE_ACCELERATOR:
      return 2;
    case LM_DEVICE_OTHER:
      return 3;
    case LM_DEVICE_CPU:
      break;
  }
  return 4;
}

static int compare(const void* a, const void* b) {
  const lm_device_info* x = &((const lm__cl_candidate*)a)->info;
  const lm_device_info* y = &((const lm__cl_candidate*)b)->info;
  if (rank(x->type) != rank(y->type)) return rank(x->type) - rank(y->type);
  const int by_platform = strcmp(x->platform, y->platform);
  return by_platform != 0 ? by_platform : x->index - y->index;  // index: as they were listed
}

static void add_devices(const lm__cl_symbols* cl, cl_platform_id platform,
                        lm__cl_candidates* list) {
  cl_device_id devices[LM_CL_MAX_DEVICES];
  cl_uint count = 0;
  if (cl->clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, LM_CL_MAX_DEVICES, devices, &count) !=
      CL_SUCCESS) {
    return;  // a platform without devices
  }
  for (cl_uint i = 0; i < count && i < LM_CL_MAX_DEVICES; ++i) {
    if (list->count == LM_CL_MAX_DEVICES) return;
    lm__cl_candidate* candidate = &list->items[list->count];
    *candidate = (lm__cl_candidate){.platform = platform, .device = devices[i]};
    describe(cl, candidate);
    candidate->info.index = list->count++;
  }
}

lm_status lm__cl_enumerate(const lm__cl_symbols* cl, lm__cl_candidates* out_candidates,
                           lm_error* err) {
  out_candidates->count = 0;
  cl_platform_id platforms[MAX_PLATFORMS];
  cl_uint count = 0;
  const cl_int code = cl->clGetPlatformIDs(MAX_PLATFORMS, platforms, &count);
  if (code != CL_SUCCESS || count == 0) {  // -1001 of the loader: no driver is installed
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate opencl: no OpenCL driver: install one, such as pocl-opencl-icd or the "
                   "vendor's of the GPU");
  }
  for (cl_uint i = 0; i < count && i < MAX_PLATFORMS; ++i) {
    add_devices(cl, platforms[i], out_candidates);
  }
  if (out_candidates->count == 0) {
    char name[96];
    platform_text(cl, platforms[0], CL_PLATFORM_NAME, name, sizeof name);
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate opencl: no device: the driver '%s' finds none that it can use", name);
  }
  qsort(out_candidates->items, (size_t)out_candidates->count, sizeof out_candidates->items[0],
        compare);
  for (int32_t i = 0; i < out_candidates->count; ++i) out_candidates->items[i].info.index = i;
  return LM_OK;
}

// ---- selection

static bool contains(const char* text, const char* part) {
  const size_t length = strlen(part);
  for (; *text != '\0'; ++text) {
    if (strncasecmp(text, part, length) == 0) return true;
  }
  return false;
}

static bool matches(const lm_device_info* info, const char* wanted) {
  if (wanted[strspn(wanted, "0123456789")] == '\0') {
    return strtoul(wanted, NULL, 10) == (unsigned long)info->index;
  }
  return contains(info->name, wanted) || contains(info->platform, wanted);
}

static lm_status none_matches(const lm__cl_candidates* candidates, const char* wanted,
                              lm_error* err) {
  char list[300] = "";
  size_t used = 0;
  for (int32_t i = 0; i < candidates->count && used < sizeof list; ++i) {
    const int n = snprintf(list + used, sizeof list - used, "%s%d '%s'", i > 0 ? ", " : "", i,
                           candidates->items[i].info.name);
    if (n < 0) break;
    used += (size_t)n;
  }
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate opencl: no device '%.60s'; there is %s", wanted,
                 list);
}

lm_status lm__cl_select(const lm__cl_candidates* candidates, const char* wanted,
                        const lm__cl_candidate** out_candidate, lm_error* err) {
  *out_candidate = NULL;
  const bool any = wanted == NULL || wanted[0] == '\0';
  const lm_device_info* unusable = NULL;
  for (int32_t i = 0; i < candidates->count; ++i) {
    const lm__cl_candidate* candidate = &candidates->items[i];
    if (!any && !matches(&candidate->info, wanted)) continue;
    if (candidate->info.why_not == NULL) {
      *out_candidate = candidate;
      return LM_OK;
    }
    if (unusable == NULL) unusable = &candidate->info;
  }
  if (unusable == NULL) return none_matches(candidates, wanted, err);
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate opencl: device '%s' cannot be used: %s",
                 unusable->name, unusable->why_not);
}
