// SPDX-License-Identifier: MIT
//
// A sound model with bytes changed, cut or stretched, again and again: reading and planning it must
// end in a status, whatever it is. Run under AddressSanitizer this is the reader's fuzz test that
// needs no fuzzer; fuzz_model.c is the one for libFuzzer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/delegates.h"
#include "litmark/interpreter.h"

static uint64_t next(uint64_t* state) {  // Marsaglia 2003, xorshift64
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

typedef struct bytes {
  uint8_t* data;
  size_t size;
} bytes;

static bytes read_file(const char* path) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) fail_msg("%s cannot be opened", path);
  fseek(file, 0, SEEK_END);
  const long size = ftell(file);
  rewind(file);
  bytes b = {lm_alloc(lm_allocator_default(), (size_t)size), (size_t)size};
  assert_non_null(b.data);
  assert_int_equal(fread(b.data, 1, b.size, file), b.size);
  fclose(file);
  return b;
}

// Reads and plans; a plan that succeeds is run when it is small enough to be quick.
static lm_status try_model(const bytes* b, lm_delegate* delegate) {
  lm_error err = LM_ERROR_INIT;
  lm_model* model = NULL;
  lm_status status = lm_model_create(b->data, b->size, lm_allocator_default(), &model, &err);
  if (status == LM_OK) {
    const lm_interpreter_options options = {.struct_size = sizeof options,
                                            .delegates = &delegate,
                                            .delegate_count = delegate != NULL ? 1 : 0};
    lm_interpreter* it = NULL;
    status = lm_interpreter_create(model, &options, lm_allocator_default(), &it, &err);
    if (status == LM_OK) status = lm_interpreter_plan(it, &err);
    if (status == LM_OK && lm_interpreter_report(it)->macs < 20000000 &&
        lm_interpreter_report(it)->arena_bytes < 1u << 24) {
      status = lm_interpreter_invoke(it, &err);
    }
    lm_interpreter_destroy(it);
  }
  lm_model_destroy(model);
  if (status != LM_OK && (err.status != status || err.message[0] == '\0')) {
    fail_msg("status %d without a message", (int)status);
  }
  return status;
}

// Changes up to eight places, mostly in the tables behind the weights.
static void mutate(const bytes* sound, bytes* out, uint64_t* seed) {
  memcpy(out->data, sound->data, sound->size);
  out->size = sound->size;
  const int places = 1 + (int)(next(seed) % 8);
  for (int i = 0; i < places; ++i) {
    const size_t at = next(seed) % sound->size;
    switch (next(seed) % 5) {
      case 0:
        out->data[at] ^= (uint8_t)(1u << (next(seed) % 8));
        break;
      case 1:
        out->data[at] = (uint8_t)next(seed);
        break;
      case 2: {  // a field of four bytes with a telling value
        static const uint32_t kValues[] = {0,           1,       0xffffffffu, 0x7fffffffu,
                                           0x80000000u, 0x10000, 255};
        const uint32_t value = kValues[next(seed) % (sizeof kValues / sizeof kValues[0])];
        if (at / 4 * 4 + 4 <= sound->size) memcpy(out->data + at / 4 * 4, &value, 4);
        break;
      }
      case 3:  // swap two words
        if (at >= 8) {
          uint8_t word[4];
          memcpy(word, out->data + at - 4, 4);
          memcpy(out->data + at - 4, out->data + at - 8, 4);
          memcpy(out->data + at - 8, word, 4);
        }
        break;
      default:
        if (next(seed) % 4 == 0) out->size = at;
        break;
    }
  }
}

static void run_mutations(const char* path, int rounds, const char* delegate_name) {
  lm_delegate* delegate = NULL;
  if (delegate_name != NULL) {
    const lm_delegate_options options = {.struct_size = sizeof options, .threads = 1};
    const lm_delegate_vtable* vtable = lm_delegates_find(delegate_name);
    assert_non_null(vtable);
    assert_int_equal(vtable->open(&options, lm_allocator_default(), &delegate, NULL), LM_OK);
  }
  const bytes sound = read_file(path);
  assert_int_equal(try_model(&sound, delegate), LM_OK);
  bytes broken = {lm_alloc(lm_allocator_default(), sound.size), sound.size};
  uint64_t seed = 0x2545f4914f6cdd1du;
  int refused = 0;
  for (int i = 0; i < rounds; ++i) {
    mutate(&sound, &broken, &seed);
    // A copy of the exact size, so that a read past the end is seen.
    bytes exact = {lm_alloc(lm_allocator_default(), broken.size), broken.size};
    memcpy(exact.data, broken.data, broken.size);
    if (try_model(&exact, delegate) != LM_OK) ++refused;
    lm_free(lm_allocator_default(), exact.data);
  }
  // Weights are most of a file, so many changes are harmless; but not all of them.
  assert_in_range(refused, rounds / 50, rounds - 1);
  lm_free(lm_allocator_default(), broken.data);
  lm_free(lm_allocator_default(), sound.data);
  if (delegate != NULL) delegate->vtable->close(delegate);
}

enum { ROUNDS = LM_MUTATION_ROUNDS };

static void test_int8(void** state) {
  (void)state;
  run_mutations(LM_MUTATION_INT8, ROUNDS, NULL);
}

static void test_float32(void** state) {
  (void)state;
  run_mutations(LM_MUTATION_FLOAT32, ROUNDS, NULL);
}

static void test_int8_on_cpu(void** state) {
  (void)state;
  run_mutations(LM_MUTATION_INT8, ROUNDS / 2, "cpu");
}

static void test_float32_on_cpu(void** state) {
  (void)state;
  run_mutations(LM_MUTATION_FLOAT32, ROUNDS / 2, "cpu");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_int8),
      cmocka_unit_test(test_float32),
      cmocka_unit_test(test_int8_on_cpu),
      cmocka_unit_test(test_float32_on_cpu),
  };
  return cmocka_run_group_tests_name("mutation", tests, NULL, NULL);
}
