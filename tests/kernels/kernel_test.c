// SPDX-License-Identifier: MIT
#include "kernel_test.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cpu_features.h"

#define BAND_BYTES 128
#define INPUTS 64

static struct {
  const char* kernel;
  const char* only;  // a pattern for names of kernels, or NULL
  int failures, kernel_failures;
  int checked, skipped;
  uint32_t random;
  struct {
    void* map;
    size_t bytes;
  } inputs[INPUTS];
  int input_count;
} state = {.random = 20261121};

void test_fail(const char* format, ...) {
  ++state.failures;
  if (++state.kernel_failures > 3) return;
  fprintf(stderr, "%s: ", state.kernel);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
}

bool test_begin(const char* name, uint32_t isa) {
  state.kernel = name;
  state.kernel_failures = 0;
  if (state.only != NULL && fnmatch(state.only, name, 0) != 0) return false;
  if ((isa & ~lm__cpu_features()) != 0) {
    printf("skipped %s: this machine lacks its instruction set\n", name);
    ++state.skipped;
    return false;
  }
  printf("checked %s\n", name);
  ++state.checked;
  return true;
}

uint32_t test_random(void) {  // xorshift
  uint32_t x = state.random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return state.random = x;
}

int32_t test_between(int32_t low, int32_t high) {
  return (int32_t)(low + (int64_t)(test_random() % (uint64_t)((int64_t)high - low + 1)));
}

float test_unit(void) { return (float)test_between(-1000000, 1000000) / 1000000.0f; }

void* test_input(size_t bytes, size_t tail) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t body = (bytes + tail + page - 1) / page * page;
  uint8_t* map =
      mmap(NULL, body + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED || state.input_count == INPUTS || mprotect(map, page, PROT_NONE) != 0 ||
      mprotect(map + page + body, page, PROT_NONE) != 0) {
    fprintf(stderr, "no memory for %zu bytes\n", bytes);
    exit(1);
  }
  state.inputs[state.input_count].map = map;
  state.inputs[state.input_count++].bytes = body + 2 * page;
  memset(map + page, 0x7f, body);  // as floats: huge; as bytes: far from every zero point
  return map + page + body - tail - bytes;
}

void test_free_inputs(void) {
  for (int i = 0; i < state.input_count; ++i) munmap(state.inputs[i].map, state.inputs[i].bytes);
  state.input_count = 0;
}

test_output test_output_make(size_t bytes) {
  test_output output = {.bytes = bytes};
  output.block = aligned_alloc(64, (bytes + 2 * BAND_BYTES + 63) / 64 * 64);
  if (output.block == NULL) {
    fprintf(stderr, "no memory for %zu bytes\n", bytes);
    exit(1);
  }
  memset(output.block, TEST_POISON, bytes + 2 * BAND_BYTES);
  output.data = output.block + BAND_BYTES;
  return output;
}

bool test_output_free(test_output* output) {
  bool intact = true;
  for (size_t i = 0; i < BAND_BYTES; ++i) {
    intact &= output->block[i] == TEST_POISON;
    intact &= output->data[output->bytes + i] == TEST_POISON;
  }
  free(output->block);
  return intact;
}

// kernels_test [PATTERN]: for emulated machines, where all of them take long.
int main(int argc, char** argv) {
  if (argc > 1) state.only = argv[1];
  test_dispatch();
  test_tile_speed();
  test_half_speed();
  test_split3();
  test_f32_gemm();
  test_winograd();
  test_requant_certain();
  test_q8_gemm();
  test_f32_dw();
  test_q8_dw();
  test_f32_dw_window();
  test_q8_dw_window();
  test_q8_add();
  test_q8_mul();
  test_q8_rounding();
  test_lookup();
  test_pool();
  test_vector();
  printf("%d kernels checked, %d skipped, %d failures\n", state.checked, state.skipped,
         state.failures);
  if (state.checked == 0) {
    fprintf(stderr, "no kernel to check\n");
    return 1;
  }
  return state.failures == 0 ? 0 : 1;
}
