// SPDX-License-Identifier: MIT
//
// Which dispatches wait for which: the three hazards by hand, then random ranges against a count of
// all pairs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "counting_allocator.h"
#include "vk_hazard.h"

enum { MOST_ACCESSES = 3, STEPS = 4, RANDOM_STEPS = 200, ROUNDS = 50 };

static const char kMemory[3];  // addresses of three memory objects

typedef struct step {
  lm__vk_access accesses[MOST_ACCESSES];
  int32_t count;
  int32_t level;  // expected
} step;

#define READ(m, b, e) \
  { .memory = &kMemory[m], .begin = (b), .end = (e) }
#define WRITE(m, b, e) \
  { .memory = &kMemory[m], .begin = (b), .end = (e), .writes = true }

typedef struct hazard_case {
  const char* name;
  step steps[STEPS];
} hazard_case;

static const hazard_case kCases[] = {
    {"read after write", {{{WRITE(0, 0, 64)}, 1, 0}, {{READ(0, 0, 64)}, 1, 1}}},
    {"write after read", {{{READ(0, 0, 64)}, 1, 0}, {{WRITE(0, 32, 33)}, 1, 1}}},
    {"write after write", {{{WRITE(0, 0, 64)}, 1, 0}, {{WRITE(0, 63, 128)}, 1, 1}}},
    {"read after read", {{{READ(0, 0, 64)}, 1, 0}, {{READ(0, 0, 64)}, 1, 0}}},
    {"ranges that touch", {{{WRITE(0, 0, 64)}, 1, 0}, {{READ(0, 64, 128)}, 1, 0}}},
    {"other memory", {{{WRITE(0, 0, 64)}, 1, 0}, {{READ(1, 0, 64)}, 1, 0}}},
    {"empty range",
     {{{WRITE(0, 0, 64)}, 1, 0}, {{WRITE(0, 32, 32)}, 1, 0}, {{READ(0, 32, 33)}, 1, 1}}},
    {"nothing at all", {{{READ(0, 0, 1)}, 0, 0}, {{WRITE(0, 0, 1)}, 1, 0}}},
    {"a chain",
     {{{READ(0, 0, 64), WRITE(0, 64, 128)}, 2, 0},
      {{READ(0, 64, 128), WRITE(0, 128, 192)}, 2, 1},
      {{READ(0, 128, 192), WRITE(0, 0, 64)}, 2, 2},
      {{READ(0, 0, 64), WRITE(1, 0, 64)}, 2, 3}}},
    {"branches share levels",
     {{{WRITE(0, 0, 64)}, 1, 0},
      {{READ(0, 0, 64), WRITE(1, 0, 64)}, 2, 1},
      {{READ(0, 0, 64), WRITE(2, 0, 64)}, 2, 1},
      {{READ(1, 0, 64), READ(2, 0, 64), WRITE(0, 0, 64)}, 3, 2}}},
    {"two writers in one read",
     {{{WRITE(0, 0, 64)}, 1, 0}, {{WRITE(0, 64, 128)}, 1, 0}, {{READ(0, 0, 128)}, 1, 1}}},
    {"a covered write is not lost",
     {{{WRITE(0, 0, 64)}, 1, 0}, {{WRITE(0, 0, 128)}, 1, 1}, {{READ(0, 0, 64)}, 1, 2}}},
};

static void test_cases(void** state) {
  (void)state;
  for (size_t c = 0; c < sizeof kCases / sizeof kCases[0]; ++c) {
    lm__vk_hazards hazards = {.allocator = lm_allocator_default()};
    for (int i = 0; i < STEPS; ++i) {
      const step* s = &kCases[c].steps[i];
      if (s->accesses[0].memory == NULL) break;
      int32_t level = -1;
      assert_int_equal(lm__vk_hazards_add(&hazards, s->accesses, s->count, &level, NULL), LM_OK);
      if (level != s->level) {
        fail_msg("%s: step %d: level %d, expected %d", kCases[c].name, i, level, s->level);
      }
    }
    lm__vk_hazards_deinit(&hazards);
  }
}

static uint32_t next_random(uint32_t* seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

static bool conflict(const step* a, const step* b) {
  for (int32_t i = 0; i < a->count; ++i) {
    for (int32_t k = 0; k < b->count; ++k) {
      const lm__vk_access* x = &a->accesses[i];
      const lm__vk_access* y = &b->accesses[k];
      bool shared = false;
      for (size_t byte = x->begin; byte < x->end; ++byte) {
        shared |= byte >= y->begin && byte < y->end;
      }
      if (shared && x->memory == y->memory && (x->writes || y->writes)) return true;
    }
  }
  return false;
}

static void random_step(step* s, uint32_t* seed) {
  s->count = 1 + (int32_t)(next_random(seed) % MOST_ACCESSES);
  for (int32_t k = 0; k < s->count; ++k) {
    const size_t begin = next_random(seed) % 64;
    s->accesses[k] = (lm__vk_access){.memory = &kMemory[next_random(seed) % 3],
                                     .begin = begin,
                                     .end = begin + next_random(seed) % 16,
                                     .writes = next_random(seed) % 3 == 0};
  }
}

static void test_random(void** state) {
  (void)state;
  static step steps[RANDOM_STEPS];
  uint32_t seed = 7;
  for (int round = 0; round < ROUNDS; ++round) {
    lm__vk_hazards hazards = {.allocator = lm_allocator_default()};
    for (int i = 0; i < RANDOM_STEPS; ++i) {
      step* s = &steps[i];
      random_step(s, &seed);
      int32_t expected = 0;
      for (int k = 0; k < i; ++k) {
        if (steps[k].level >= expected && conflict(&steps[k], s)) expected = steps[k].level + 1;
      }
      assert_int_equal(lm__vk_hazards_add(&hazards, s->accesses, s->count, &s->level, NULL), LM_OK);
      if (s->level != expected) {
        fail_msg("round %d, step %d: level %d, expected %d", round, i, s->level, expected);
      }
    }
    lm__vk_hazards_deinit(&hazards);
  }
}

static void test_no_memory(void** state) {
  (void)state;
  counting_allocator counter = {.fail_at = 1};
  lm__vk_hazards hazards = {.allocator = counting_allocator_make(&counter)};
  const lm__vk_access access = READ(0, 0, 1);
  int32_t level = 0;
  assert_int_equal(lm__vk_hazards_add(&hazards, &access, 1, &level, NULL), LM_OUT_OF_MEMORY);
  assert_int_equal(lm__vk_hazards_add(&hazards, &access, 1, &level, NULL), LM_OK);
  lm__vk_hazards_deinit(&hazards);
  assert_int_equal(counter.live, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cases),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests_name("vk_hazard", tests, NULL, NULL);
}
