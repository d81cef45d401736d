// SPDX-License-Identifier: MIT
#include <clblast_c.h>
#include <dlfcn.h>
#include <string.h>

#include "cl_clblast.h"

#define CLBLAST_SYMBOLS(X)      \
  X(CLBlastSgemm)               \
  X(CLBlastSgemmStridedBatched) \
  X(CLBlastHgemm)               \
  X(CLBlastHgemmStridedBatched) \
  X(CLBlastClearCache)

struct lm__cl_clblast {
  void* handle;
#define CLBLAST_MEMBER(name) __typeof__(&name) name;
  CLBLAST_SYMBOLS(CLBLAST_MEMBER)
#undef CLBLAST_MEMBER
};

static bool bind_symbol(void* handle, const char* name, void* out_function) {
  void* address = dlsym(handle, name);
  memcpy(out_function, &address, sizeof address);
  return address != NULL;
}

static bool bind_all(struct lm__cl_clblast* blas) {
#define CLBLAST_BIND(name) \
  if (!bind_symbol(blas->handle, #name, &blas->name)) return false;
  CLBLAST_SYMBOLS(CLBLAST_BIND)
#undef CLBLAST_BIND
  return true;
}

lm_status lm__cl_clblast_open(lm__cl_device* device, lm_error* err) {
  void* handle = dlopen("libclblast.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == NULL) return LM_OK;
  struct lm__cl_clblast* blas = lm_alloc(device->base.allocator, sizeof *blas);
  if (blas == NULL) {
    dlclose(handle);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate opencl");
  }
  blas->handle = handle;
  if (bind_all(blas)) {
    device->clblast = blas;
  } else {  // another version: as if it were not there
    dlclose(handle);
    lm_free(device->base.allocator, blas);
  }
  return LM_OK;
}

void lm__cl_clblast_close(lm__cl_device* device) {
  if (device->clblast == NULL) return;
  if (!device->lost) (void)device->clblast->CLBlastClearCache();
  dlclose(device->clblast->handle);
  lm_free(device->base.allocator, device->clblast);
  device->clblast = NULL;
}

// ---- bounds

// Elements from the begin to the end of `count` matrices of rows x columns; 0: not possible.
static uint64_t extent(int32_t offset, int32_t rows, int32_t columns, int32_t ld, int32_t count,
                       int32_t stride) {
  if (offset < 0 || rows <= 0 || columns <= 0 || ld < columns || count <= 0) return 0;
  if (count > 1 && stride < 0) return 0;
  return (uint64_t)offset + (uint64_t)(rows - 1) * (uint64_t)ld + (uint64_t)columns +
         (count > 1 ? (uint64_t)(count - 1) * (uint64_t)stride : 0);
}

bool lm__cl_clblast_fits(const lm__gpu_library_gemm* g, lm__gpu_type type,
                         const lm__gpu_range* ranges) {
  const uint64_t bytes = type == LM_GPU_F16 ? 2 : 4;
  const uint64_t ends[3] = {
      extent(g->a_offset, g->a_transposed ? g->k : g->m, g->a_transposed ? g->m : g->k, g->lda,
             g->batch, g->a_stride),
      extent(g->b_offset, g->b_transposed ? g->n : g->k, g->b_transposed ? g->k : g->n, g->ldb,
             g->batch, g->b_stride),
      extent(g->c_offset, g->m, g->n, g->ldc, g->batch, g->c_stride),
  };
  for (int i = 0; i < 3; ++i) {
    if (ends[i] == 0 || ends[i] * bytes > ranges[i].bytes) return false;
  }
  return true;
}

// ---- the call

// Float to half, ties to even; alpha and beta are small numbers, most often 1 and 0.
static cl_half to_half(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const uint32_t rest = bits & 0x7fffffffu;
  if (rest >= 0x47800000u) return (cl_half)(sign | (rest > 0x7f800000u ? 0x7e00u : 0x7c00u));
  if (rest < 0x38800000u) {  // subnormal as a half: the float unit rounds
    float magnitude;
    memcpy(&magnitude, &rest, sizeof magnitude);
    const float shifted = magnitude + 0.5f;
    uint32_t sum;
    memcpy(&sum, &shifted, sizeof sum);
    return (cl_half)(sign | (sum - 0x3f000000u));
  }
  const uint32_t rounded = rest + 0xfffu + (rest >> 13 & 1u);
  return (cl_half)(sign | ((rounded - 0x38000000u) >> 13));
}

#define ROW_MAJOR CLBlastLayoutRowMajor

static CLBlastStatusCode call_float(lm__cl_device* device, const lm__gpu_library_gemm* g,
                                    const cl_mem* memory, cl_event* out_event) {
  const struct lm__cl_clblast* blas = device->clblast;
  const CLBlastTranspose ta = g->a_transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
  const CLBlastTranspose tb = g->b_transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
  const size_t m = g->m, n = g->n, k = g->k;
  if (g->batch > 1) {
    return blas->CLBlastSgemmStridedBatched(
        ROW_MAJOR, ta, tb, m, n, k, g->alpha, memory[0], g->a_offset, g->lda, g->a_stride,
        memory[1], g->b_offset, g->ldb, g->b_stride, g->beta, memory[2], g->c_offset, g->ldc,
        g->c_stride, g->batch, &device->queue, out_event);
  }
  return blas->CLBlastSgemm(ROW_MAJOR, ta, tb, m, n, k, g->alpha, memory[0], g->a_offset, g->lda,
                            memory[1], g->b_offset, g->ldb, g->beta, memory[2], g->c_offset, g->ldc,
                            &device->queue, out_event);
}

static CLBlastStatusCode call_half(lm__cl_device* device, const lm__gpu_library_gemm* g,
                                   const cl_mem* memory, cl_event* out_event) {
  const struct lm__cl_clblast* blas = device->clblast;
  const CLBlastTranspose ta = g->a_transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
  const CLBlastTranspose tb = g->b_transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
  const size_t m = g->m, n = g->n, k = g->k;
  const cl_half alpha = to_half(g->alpha), beta = to_half(g->beta);
  if (g->batch > 1) {
    return blas->CLBlastHgemmStridedBatched(
        ROW_MAJOR, ta, tb, m, n, k, alpha, memory[0], g->a_offset, g->lda, g->a_stride, memory[1],
        g->b_offset, g->ldb, g->b_stride, beta, memory[2], g->c_offset, g->ldc, g->c_stride,
        g->batch, &device->queue, out_event);
  }
  return blas->CLBlastHgemm(ROW_MAJOR, ta, tb, m, n, k, alpha, memory[0], g->a_offset, g->lda,
                            memory[1], g->b_offset, g->ldb, beta, memory[2], g->c_offset, g->ldc,
                            &device->queue, out_event);
}

lm_status lm__cl_clblast_run(lm__cl_device* device, lm__gpu_type type,
                             const lm__gpu_library_gemm* gemm, const cl_mem* memory,
                             cl_event* out_event, lm_error* err) {
  const CLBlastStatusCode code = type == LM_GPU_F16 ? call_half(device, gemm, memory, out_event)
                                                    : call_float(device, gemm, memory, out_event);
  if (code == CLBlastSuccess) return LM_OK;
  // Codes of OpenCL are passed through; CLBlast's own are below -1000.
  return lm__cl_failed(device, code, err, "CLBlast's product of %d x %d x %d", gemm->m, gemm->n,
                       gemm->k);
}
