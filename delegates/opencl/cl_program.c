// SPDX-License-Identifier: MIT
//
// Kernels: found by key, else out of the cache on disk, else compiled.
#include <string.h>

#include "cl_cache.h"
#include "cl_clblast.h"
#include "cl_device.h"
#include "cl_texts.h"

#define OPTIONS_BYTES 1024

static bool same_key(const lm__gpu_kernel_key* a, const lm__gpu_kernel_key* b) {
  return a->type == b->type && memcmp(a->group, b->group, sizeof a->group) == 0 &&
         a->constant_count == b->constant_count &&
         memcmp(a->constants, b->constants, (size_t)a->constant_count * sizeof a->constants[0]) ==
             0 &&
         strcmp(a->name, b->name) == 0;
}

bool lm__cl_has_kernel(const lm__gpu_device* base, const char* name, lm__gpu_type type) {
  const lm__cl_device* device = (const lm__cl_device*)base;
  if (strcmp(name, LM_GPU_LIBRARY_GEMM) == 0) {
    return device->clblast != NULL &&
           (type == LM_GPU_F32 || (type == LM_GPU_F16 && device->can_half));
  }
  lm__cl_source source;
  return lm__cl_find_source(name, type, &source);
}

// First line of the log that says something.
static void first_line(const lm__cl_device* device, cl_program program, char* out,
                       size_t out_bytes) {
  char log[2048] = "";
  out[0] = '\0';
  size_t bytes = 0;
  if (device->cl->clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL,
                                        &bytes) != CL_SUCCESS) {
    return;
  }
  char* all = lm_alloc(device->base.allocator, bytes + 1);
  if (all == NULL) return;
  if (device->cl->clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, bytes, all,
                                        NULL) == CL_SUCCESS) {
    strncpy(log, all, sizeof log - 1);
  }
  lm_free(device->base.allocator, all);
  const char* line = log;
  const char* error = strstr(log, "error:");
  if (error != NULL) {  // before it come the driver's own words and warnings
    line = error;
    while (line > log && line[-1] != '\n') --line;
  } else {
    line += strspn(line, " \r\n\t");
  }
  size_t length = strcspn(line, "\r\n");
  if (length >= out_bytes) length = out_bytes - 1;
  memcpy(out, line, length);
  out[length] = '\0';
}

static lm_status build_failed(lm__cl_device* device, const lm__gpu_kernel_key* key,
                              cl_program program, cl_int code, lm_error* err) {
  if (code == CL_OUT_OF_HOST_MEMORY || code == CL_OUT_OF_RESOURCES) {
    return lm__cl_failed(device, code, err, "compiling kernel %s", key->name);
  }
  char line[280];
  first_line(device, program, line, sizeof line);
  return LM_FAIL(err, LM_UNSUPPORTED, "delegate opencl: %s: kernel %s is not compiled: %s",
                 device->base.caps.info.name, key->name, line[0] != '\0' ? line : "no log");
}

static lm_status compile(lm__cl_device* device, const lm__gpu_kernel_key* key,
                         const lm__cl_source* source, const char* options, cl_program* out_program,
                         lm_error* err) {
  const lm__cl_symbols* cl = device->cl;
  cl_int code = CL_SUCCESS;
  const char* texts[LM_CL_MAX_TEXTS];
  memcpy(texts, source->texts, sizeof texts);
  cl_program program =
      cl->clCreateProgramWithSource(device->context, source->count, texts, source->bytes, &code);
  if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "kernel %s", key->name);
  code = cl->clBuildProgram(program, 1, &device->id, options, NULL, NULL);
  if (code != CL_SUCCESS) {
    const lm_status status = build_failed(device, key, program, code, err);
    cl->clReleaseProgram(program);
    return status;
  }
  *out_program = program;
  return LM_OK;
}

static lm_status check_group(lm__cl_device* device, const lm__gpu_kernel_key* key,
                             cl_program program, lm_error* err) {
  const lm__cl_symbols* cl = device->cl;
  cl_int code = CL_SUCCESS;
  cl_kernel kernel = cl->clCreateKernel(program, key->name, &code);
  if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "kernel %s", key->name);
  size_t most = 0;
  code = cl->clGetKernelWorkGroupInfo(kernel, device->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof most,
                                      &most, NULL);
  cl->clReleaseKernel(kernel);
  if (code != CL_SUCCESS) return lm__cl_failed(device, code, err, "kernel %s", key->name);
  const uint64_t items = (uint64_t)key->group[0] * key->group[1] * key->group[2];
  if (items <= most) return LM_OK;
  return LM_FAIL(err, LM_UNSUPPORTED,
                 "delegate opencl: %s: kernel %s runs with %zu work-items in a group, not %u x %u "
                 "x %u",
                 device->base.caps.info.name, key->name, most, key->group[0], key->group[1],
                 key->group[2]);
}

// What a kernel is made of.
static lm_status find_parts(const lm__cl_device* device, const lm__gpu_kernel_key* key,
                            lm__cl_source* out_source, char* out_options, lm_error* err) {
  if (!lm__cl_find_source(key->name, key->type, out_source)) {
    return LM_FAIL(err, LM_UNSUPPORTED, "delegate opencl: %s: there is no kernel %s for this type",
                   device->base.caps.info.name, key->name);
  }
  if (lm__cl_build_options(key, device->can_dot, out_options, OPTIONS_BYTES)) return LM_OK;
  return LM_FAIL(err, LM_INTERNAL, "delegate opencl: kernel %s: too many options", key->name);
}

static lm_status make_program(lm__cl_device* device, lm__gpu_kernel* kernel, lm_error* err) {
  lm__cl_source source;
  char options[OPTIONS_BYTES];
  LM_CL_TRY(find_parts(device, &kernel->key, &source, options, err));
  cl_program program = lm__cl_cache_load(device, &source, options);
  const bool cached = program != NULL;
  if (!cached) LM_CL_TRY(compile(device, &kernel->key, &source, options, &program, err));
  const lm_status status = check_group(device, &kernel->key, program, err);
  if (status != LM_OK) {
    device->cl->clReleaseProgram(program);
    return status;
  }
  if (cached) {
    ++device->cached;
  } else {
    ++device->compiled;
  }
  kernel->program = program;
  kernel->unsaved = !cached;
  return LM_OK;
}

lm_status lm__cl_kernels_save(lm__cl_device* device, lm_error* err) {
  if (device->cache_folder == NULL) return LM_OK;
  for (lm__gpu_kernel* k = device->kernels; k != NULL; k = k->next) {
    if (!k->unsaved) continue;
    lm__cl_source source;
    char options[OPTIONS_BYTES];
    LM_CL_TRY(find_parts(device, &k->key, &source, options, err));
    LM_CL_TRY(lm__cl_cache_store(device, &source, options, k->program, err));
    k->unsaved = false;
  }
  return LM_OK;
}

lm_status lm__cl_kernel(lm__gpu_device* base, const lm__gpu_kernel_key* key,
                        const lm__gpu_kernel** out_kernel, lm_error* err) {
  *out_kernel = NULL;
  lm__cl_device* device = (lm__cl_device*)base;
  LM_CL_TRY(lm__cl_check_lost(device, err));
  for (const lm__gpu_kernel* k = device->kernels; k != NULL; k = k->next) {
    if (!same_key(&k->key, key)) continue;
    *out_kernel = k;
    return LM_OK;
  }
  const bool library = strcmp(key->name, LM_GPU_LIBRARY_GEMM) == 0;
  if (library && !lm__cl_has_kernel(base, key->name, key->type)) {
    return LM_FAIL(err, LM_UNSUPPORTED, "delegate opencl: %s: there is no kernel %s for this type",
                   base->caps.info.name, key->name);
  }
  lm__gpu_kernel* kernel = lm_alloc(base->allocator, sizeof *kernel);
  if (kernel == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl: kernel");
  kernel->key = *key;
  const uint64_t begin_ns = lm_now_ns();
  const lm_status status = library ? LM_OK : make_program(device, kernel, err);
  device->compile_ns += lm_now_ns() - begin_ns;
  if (status != LM_OK) {
    lm_free(base->allocator, kernel);
    return status;
  }
  kernel->next = device->kernels;
  device->kernels = kernel;
  *out_kernel = kernel;
  return LM_OK;
}

void lm__cl_kernels_destroy(lm__cl_device* device) {
  while (device->kernels != NULL) {
    lm__gpu_kernel* kernel = device->kernels;
    device->kernels = kernel->next;
    if (kernel->program != NULL) device->cl->clReleaseProgram(kernel->program);
    lm_free(device->base.allocator, kernel);
  }
}
