// SPDX-License-Identifier: MIT
//
// The choice between tiles and vectors, with kernels whose order is known.
#include "tile_speed.h"

#include "kernel_test.h"
#include "product_speed.h"

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

#ifdef LM_TEST_AMX_BF16_EMULATED
void lm__uk_f32_split6_16x64c32__amxbf16_emulated(const lm__f32_gemm_args* args);
#endif

static double compare(const lm__q8_gemm_uk* a, const lm__q8_gemm_uk* b, int32_t depth) {
  const lm__product_size size = {64, 64, depth, 8};
  double ratio = 0;
  lm_error err;
  if (lm__q8_gemm_compare(a, b, &size, lm_allocator_default(), &ratio, &err) != LM_OK) {
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

static double compare_floats(const lm__f32_gemm_uk* a, const lm__f32_gemm_uk* b) {
  static const lm__product_size size = {64, 64, 256, 4};
  double ratio = 0;
  lm_error err;
  if (lm__f32_gemm_compare(a, b, &size, lm_allocator_default(), &ratio, &err) != LM_OK) {
    test_fail("%s", err.message);
  }
  return ratio;
}

static void check_floats(uint32_t isa) {
  const lm__f32_gemm_uk* plain = lm__f32_gemm_select(0, false, 64);
  const lm__f32_gemm_uk* best = lm__f32_gemm_select(isa, false, 64);
  // Plain C is compiled to vectors, too: only wide ones are faster for certain.
  if ((best->isa & LM_CPU_AVX2) != 0 &&
      (!(compare_floats(best, plain) > 1) || !(compare_floats(plain, best) < 1))) {
    test_fail("%s is slower than %s", best->name, plain->name);
  }
#ifdef LM_TEST_AMX_BF16_EMULATED
  static const lm__f32_gemm_uk emulated = {.isa = LM_CPU_AVX512,
                                           .mr = 16,
                                           .nr = 64,
                                           .vectors = 4,
                                           .products = 6,
                                           .run = lm__uk_f32_split6_16x64c32__amxbf16_emulated,
                                           .name = "float tiles emulated"};
  if ((emulated.isa & ~isa) == 0 && __builtin_cpu_supports("avx512bf16") &&
      !(compare_floats(&emulated, best) < 1)) {
    test_fail("%s are faster than %s", emulated.name, best->name);
  }
#endif
  const bool has_tiles = lm__f32_split_select(isa, 6, 64) != NULL;
  const lm__tile_speed rule = lm__tile_speed_fixed(isa, true);
  const lm__tile_speed none = lm__tile_speed_fixed(isa, false);
  lm__tile_speed measured;
  lm_error err;
  if (lm__tile_speed_make(isa, true, lm_allocator_default(), &measured, &err) != LM_OK) {
    test_fail("%s", err.message);
  }
  for (int i = 0; i < LM_TILE_CLASSES; ++i) {
    if ((rule.split6[i] > 0) != has_tiles || (measured.split6[i] > 0) != has_tiles ||
        none.split6[i] > 0) {
      test_fail("class %d: six products %f by rule, %f measured", i, rule.split6[i],
                measured.split6[i]);
    }
  }
  if (has_tiles &&
      (lm__tile_speed_split6(&rule, 64) > 1 || lm__tile_speed_split6(&rule, 576) < 1)) {
    test_fail("six products by rule");
  }
}

void test_tile_speed(void) {
  const uint32_t isa = lm__cpu_features() & lm__cpu_built();
  const lm__q8_gemm_uk* plain = lm__q8_gemm_select(0, 64, 64, 256);
  const lm__q8_gemm_uk* best = lm__q8_gemm_select(isa & ~(uint32_t)LM_CPU_AMX_INT8, 64, 64, 256);
  if (!test_begin("tile_speed", 0)) return;
  if (best != plain) check_order(best, plain);
#ifdef LM_TEST_AMX_EMULATED
  if ((kEmulated.isa & ~isa) == 0) check_order(best, &kEmulated);
#endif
  check_floats(isa);
  lm_error err;
  lm__tile_speed speed = lm__tile_speed_fixed(5, true);
  static const int64_t depths[] = {1, 63, 64, 255, 256, 1023, 1024, 100000};
  for (int i = 0; i < 8; ++i) {
    if (lm__tile_speed_isa(&speed, depths[i]) != 5) test_fail("fixed");
  }
  if (lm__tile_speed_make(isa, true, lm_allocator_default(), &speed, &err) != LM_OK) {
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
