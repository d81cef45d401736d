// SPDX-License-Identifier: MIT
//
// The choice between weights in float16 and in float32, with kernels whose order is known.
#include "half_speed.h"

#include "kernel_test.h"
#include "product_speed.h"

static double compare(const lm__f32_gemm_uk* a, const lm__f32_gemm_uk* b) {
  static const lm__product_size size = {56, 32, 256, 16};
  double ratio = 0;
  lm_error err;
  if (lm__f32_gemm_compare(a, b, &size, lm_allocator_default(), &ratio, &err) != LM_OK) {
    test_fail("%s", err.message);
  }
  return ratio;
}

void test_half_speed(void) {
  const uint32_t isa = lm__cpu_features() & lm__cpu_built();
  const lm__f32_gemm_uk* best = lm__f32_gemm_select(isa, false, 32);
  const lm__f32_gemm_uk* plain = lm__f32_gemm_select(0, false, 32);
  test_begin("half_speed", 0);
  if (best != plain && (!(compare(best, plain) > 1) || !(compare(plain, best) < 1))) {
    test_fail("%s against %s: %f, the other way round %f", best->name, plain->name,
              compare(best, plain), compare(plain, best));
  }
  lm_error err;
  lm__half_speed speed = {true, true};
  if (lm__half_speed_make(0, lm_allocator_default(), &speed, &err) != LM_OK || speed.fused ||
      speed.exact) {
    test_fail("pays without kernels");
  }
  if (lm__half_speed_make(isa, lm_allocator_default(), &speed, &err) != LM_OK) {
    test_fail("%s", err.message);
  }
  if ((speed.fused || speed.exact) && lm__f32_gemm_half_of(best) == NULL) {
    test_fail("%s has no float16 kernel", best->name);
  }
}
