// SPDX-License-Identifier: MIT
//
// The memory planner: nothing overlaps, the bound is a bound, and known cases reach it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan/plan.h"

static void check_no_overlap(const lm_usage* u, int32_t count, size_t arena) {
  for (int32_t i = 0; i < count; ++i) {
    assert_true(u[i].offset % LM_ALIGNMENT == 0);
    assert_true(u[i].offset + u[i].bytes <= arena);
    for (int32_t k = i + 1; k < count; ++k) {
      const int in_time = u[i].first <= u[k].last && u[k].first <= u[i].last;
      const int in_space =
          u[i].offset < u[k].offset + u[k].bytes && u[k].offset < u[i].offset + u[i].bytes;
      if (in_time && in_space) {
        fail_msg("usages %d and %d overlap: [%zu,+%zu) and [%zu,+%zu)", i, k, u[i].offset,
                 u[i].bytes, u[k].offset, u[k].bytes);
      }
    }
  }
}

static void plan(lm_usage* u, int32_t count, int32_t positions, size_t* arena, size_t* bound) {
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_memory_plan(u, count, positions, lm_allocator_default(), arena, bound, &err),
                   LM_OK);
  check_no_overlap(u, count, *arena);
  assert_true(*arena >= *bound);
}

static void test_nothing(void** state) {
  (void)state;
  size_t arena = 1, bound = 1;
  plan(NULL, 0, 1, &arena, &bound);
  assert_int_equal(arena, 0);
  assert_int_equal(bound, 0);
}

static void test_chain_uses_two_slots(void** state) {
  (void)state;
  // a -> b -> c -> d: neighbours alive together, the rest not.
  lm_usage u[] = {{640, 0, 1, 0}, {320, 1, 2, 0}, {640, 2, 3, 0}, {64, 3, 3, 0}};
  size_t arena, bound;
  plan(u, 4, 4, &arena, &bound);
  assert_int_equal(bound, 960);
  assert_int_equal(arena, 960);
}

static void test_sizes_are_aligned(void** state) {
  (void)state;
  lm_usage u[] = {{1, 0, 0, 0}, {65, 0, 0, 0}};
  size_t arena, bound;
  plan(u, 2, 1, &arena, &bound);
  assert_int_equal(arena, 64 + 128);
}

static void test_overflow_is_refused(void** state) {
  (void)state;
  lm_usage u[] = {{SIZE_MAX / 2 + 1, 0, 0, 0}, {SIZE_MAX / 2 + 1, 0, 0, 0}};
  size_t arena, bound;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_memory_plan(u, 2, 1, lm_allocator_default(), &arena, &bound, &err),
                   LM_OUT_OF_MEMORY);
  lm_usage huge[] = {{SIZE_MAX, 0, 0, 0}};
  lm_error_clear(&err);
  assert_int_equal(lm_memory_plan(huge, 1, 1, lm_allocator_default(), &arena, &bound, &err),
                   LM_OUT_OF_MEMORY);
}

static uint32_t next(uint32_t* state) {  // Marsaglia 2003, xorshift32
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static void test_random_graphs(void** state) {
  (void)state;
  enum { MAX_USAGES = 60, ROUNDS = 300 };
  uint32_t seed = 2463534242u;
  size_t total_arena = 0, total_bound = 0;
  for (int round = 0; round < ROUNDS; ++round) {
    lm_usage u[MAX_USAGES];
    const int32_t count = 1 + (int32_t)(next(&seed) % MAX_USAGES);
    const int32_t positions = 1 + (int32_t)(next(&seed) % 40);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t first = (int32_t)(next(&seed) % (uint32_t)positions);
      int32_t last = first + (int32_t)(next(&seed) % 4);
      if (last >= positions) last = positions - 1;
      u[i] = (lm_usage){.bytes = next(&seed) % 5000, .first = first, .last = last};
    }
    size_t arena, bound;
    plan(u, count, positions, &arena, &bound);
    total_arena += arena;
    total_bound += bound;
  }
  // Random intervals are harder than networks; 8% above the bound on average would be a regression.
  assert_true(total_arena * 100 <= total_bound * 108);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nothing),           cmocka_unit_test(test_chain_uses_two_slots),
      cmocka_unit_test(test_sizes_are_aligned), cmocka_unit_test(test_overflow_is_refused),
      cmocka_unit_test(test_random_graphs),
  };
  return cmocka_run_group_tests_name("memory_plan", tests, NULL, NULL);
}
