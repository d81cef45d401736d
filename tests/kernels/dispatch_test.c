// SPDX-License-Identifier: MIT
//
// Levels of the isa option and the choice of kernels.
#include <string.h>

#include "kernel_test.h"
#include "kernels.h"

static void check_levels(void) {
  lm_error err = LM_ERROR_INIT;
  uint32_t mask = 1;
  if (lm__cpu_isa_mask("scalar", 6, &mask, &err) != LM_OK || mask != 0) test_fail("scalar");
  if (lm__cpu_isa_mask(NULL, 0, &mask, &err) != LM_OK || mask != UINT32_MAX) test_fail("NULL");
  if (lm__cpu_isa_mask("native", 6, &mask, &err) != LM_OK || mask != UINT32_MAX)
    test_fail("native");
  if (lm__cpu_isa_mask("baseline", 8, &mask, &err) != LM_OK) test_fail("baseline");
  if ((mask & ~lm__cpu_features()) != 0) test_fail("baseline is not what every machine has");
  // A prefix is another word.
  if (lm__cpu_isa_mask("nativ", 5, &mask, &err) != LM_INVALID_ARGUMENT) test_fail("nativ");
  if (strstr(err.message, "native") == NULL || strstr(err.message, "scalar") == NULL) {
    test_fail("'%s' does not name the levels", err.message);
  }
}

// Each level runs the products of its own set: no set is shadowed by one that it builds on.
static void check_each_level(void) {
#if defined(__x86_64__)
  static const char* const levels[] = {"scalar", "sse2",       "avx2", "avxvnni",
                                       "avx512", "avx512vnni", "amx"};
#elif defined(__aarch64__)
  static const char* const levels[] = {"scalar", "neon", "dotprod", "i8mm"};
#else
  static const char* const levels[] = {"scalar"};
#endif
  for (size_t i = 0; i < sizeof levels / sizeof levels[0]; ++i) {
    uint32_t mask = 0;
    if (lm__cpu_isa_mask(levels[i], strlen(levels[i]), &mask, NULL) != LM_OK) {
      test_fail("no level %s", levels[i]);
      continue;
    }
    const char* name = lm__q8_gemm_select(mask, 196, 64, 576)->name;
    // The name of a set may say more than that of its level: amxint8.
    const char* set = strstr(name, "__");
    if (set == NULL || strncmp(set + 2, levels[i], strlen(levels[i])) != 0)
      test_fail("isa=%s: %s", levels[i], name);
  }
}

static void check_selection(void) {
  for (uint32_t isa = 0;; isa = UINT32_MAX) {
    for (int exact = 0; exact < 2; ++exact) {
      const lm__f32_gemm_uk* f32 = lm__f32_gemm_select(isa, exact != 0, 160);
      if ((f32->isa & ~isa) != 0 || (exact && !f32->exact)) test_fail("f32_gemm %s", f32->name);
      const lm__f32_dw_uk* dw = lm__f32_dw_select(isa, exact != 0);
      if ((dw->isa & ~isa) != 0 || (exact && !dw->exact)) test_fail("f32_dw %s", dw->name);
    }
    if ((lm__q8_gemm_select(isa, 1, 1, 1)->isa & ~isa) != 0) test_fail("q8_gemm");
    if ((lm__q8_dw_select(isa)->isa & ~isa) != 0) test_fail("q8_dw");
    if ((lm__q8_add_select(isa)->isa & ~isa) != 0) test_fail("q8_add");
    if ((lm__pool_select(isa)->isa & ~isa) != 0) test_fail("pool");
    if ((lm__vector_select(isa)->isa & ~isa) != 0) test_fail("vector");
    if (isa == UINT32_MAX) break;
  }
#if defined(__x86_64__)
  if (lm__f32_split_select(0, 3, 100) != NULL) test_fail("bfloat16 parts without tiles");
  if (lm__f32_split_uk_count > 0 && lm__f32_split_select(UINT32_MAX, 6, 100)->products != 6) {
    test_fail("six products");
  }
  // Tiles of 16 rows and steps of 64 products are not for layers that fill neither.
  if (lm__q8_gemm_select(UINT32_MAX, 4, 64, 576)->kr == LM_Q8_TILE_KR) test_fail("tiles: 4 rows");
  if (lm__q8_gemm_select(UINT32_MAX, 196, 64, 27)->kr == LM_Q8_TILE_KR) test_fail("tiles: K 27");
  const lm__q8_gemm_uk* shallow = lm__q8_gemm_select(UINT32_MAX, 196, 512, 256);
  const lm__q8_gemm_uk* deep = lm__q8_gemm_select(UINT32_MAX, 196, 512, 4608);
  if (shallow->kr == LM_Q8_TILE_KR && (shallow->nr != 64 || deep->nr != 32)) {
    test_fail("blocks of %d and %d columns", shallow->nr, deep->nr);
  }
#endif
  // A layer of few columns does not take a wide panel that is mostly padding.
  const lm__f32_gemm_uk* wide = lm__f32_gemm_select(UINT32_MAX, false, 1024);
  const lm__f32_gemm_uk* narrow = lm__f32_gemm_select(UINT32_MAX, false, 8);
  if (narrow->nr > wide->nr) test_fail("panels of %d for 8 columns", narrow->nr);
}

void test_dispatch(void) {
  test_begin("dispatch", 0);
  check_levels();
  check_each_level();
  check_selection();
}
