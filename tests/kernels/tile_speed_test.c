// SPDX-License-Identifier: MIT
//
// The choice between tiles and vectors, with kernels whose order is known.
#include "tile_speed.h"

#include "kernel_test.h"

#ifdef LM_TEST_AMX_EMULATED
void lm__uk_q8_gemm_16x64c64__amxint8_emulated(const lm__q8_gemm_args* args);
static const lm__q8_gemm_uk kEmulated = {.isa = LM_CPU_AVX512,
                                         .mr = 16,
                                         .nr = 64,
                                         .kr = LM_Q8_TILE_KR,
                                         .is_either = true,
                                         .order = LM_Q8_PAIRS,
                                         .run = lm__uk_q8_gemm_16x64c64__amxint8_emulated,
                                         .name = "tiles emulated"};
#endif

static double compare(const lm__q8_gemm_uk* a, const lm__q8_gemm_uk* b, int32_t depth) {
  double ratio = 0;
  lm_error err;
  if (lm__q8_gemm_compare(a, b, depth, lm_allocator_default(), &ratio, &err) != LM_OK) {
    test_fail("%s", err.message);
  }
  return ratio;
}

static void check_order(const lm__q8_gemm_uk* fast, const lm__q8_gemm_uk* slow) {
  static const int32_t depths[] = {64, 256, 1024};
  for (int i = 0; i < 3; ++i) {
    const double ratio = compare(fast, slow, depths[i]), inverse = compare(slow, fast, depths[i]);
    if (!(ratio > 1) || !(inverse < 1) || !(inverse > 0)) {
      test_fail("depth %d: %s at %f, the other way round %f", depths[i], fast->name, ratio,
                inverse);
    }
  }
}

void test_tile_speed(void) {
  const uint32_t isa = lm__cpu_features() & lm__cpu_built();
  const lm__q8_gemm_uk* plain = lm__q8_gemm_select(0, 64, 64, 256);
  const lm__q8_gemm_uk* best = lm__q8_gemm_select(isa & ~(uint32_t)LM_CPU_AMX_INT8, 64, 64, 256);
  test_begin("tile_speed", 0);
  if (best != plain) check_order(best, plain);
#ifdef LM_TEST_AMX_EMULATED
  if ((kEmulated.isa & ~isa) == 0) check_order(best, &kEmulated);
#endif
  lm_error err;
  lm__tile_speed speed = lm__tile_speed_fixed(5);
  static const int64_t depths[] = {1, 63, 64, 255, 256, 1023, 1024, 100000};
  for (int i = 0; i < 8; ++i) {
    if (lm__tile_speed_isa(&speed, depths[i]) != 5) test_fail("fixed");
  }
  if (lm__tile_speed_make(isa, lm_allocator_default(), &speed, &err) != LM_OK) {
    test_fail("%s", err.message);
  }
  for (int i = 0; i < LM_TILE_CLASSES; ++i) {
    // Nothing else is taken away, and nothing from machines without tiles.
    if (((isa ^ speed.isa[i]) & ~(uint32_t)LM_CPU_AMX_INT8) != 0) test_fail("class %d", i);
    speed.isa[i] = (uint32_t)i;
  }
  if (lm__tile_speed_isa(&speed, 27) != 0 || lm__tile_speed_isa(&speed, 255) != 0 ||
      lm__tile_speed_isa(&speed, 256) != 1 || lm__tile_speed_isa(&speed, 1023) != 1 ||
      lm__tile_speed_isa(&speed, 4608) != 2) {
    test_fail("classes by depth");
  }
}
