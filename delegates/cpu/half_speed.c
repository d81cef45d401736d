// SPDX-License-Identifier: MIT
#include "half_speed.h"

#include "product_speed.h"

// Weights of either kind stay in a first-level cache, so that only the multiplications count. Takes
// 4 microseconds, 32 times.
static const lm__product_size kSize = {.rows = 56, .columns = 32, .depth = 256, .repeats = 16};
// Where widening is not free it costs a sixth and more; what is less is in the measurement.
#define WORTH 0.95

static lm_status pays(uint32_t isa, bool exact, lm_allocator allocator, bool* out_pays,
                      lm_error* err) {
  *out_pays = false;
  const lm__f32_gemm_uk* single = lm__f32_gemm_select(isa, exact, kSize.columns);
  const lm__f32_gemm_uk* half = lm__f32_gemm_half_of(single);
  if (half == NULL) return LM_OK;
  double ratio;
  const lm_status status = lm__f32_gemm_compare(half, single, &kSize, allocator, &ratio, err);
  if (status == LM_OK) *out_pays = ratio >= WORTH;
  return status;
}

lm_status lm__half_speed_make(uint32_t isa, lm_allocator allocator, lm__half_speed* out,
                              lm_error* err) {
  out->exact = false;
  const lm_status status = pays(isa, false, allocator, &out->fused, err);
  return status != LM_OK ? status : pays(isa, true, allocator, &out->exact, err);
}
