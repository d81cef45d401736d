// SPDX-License-Identifier: MIT
//
// Plain C, for machines without a table of their own and for --isa scalar. Compiled without
// vectorization.
#include <string.h>

#include "peak_kernels.h"

enum { FLOATS = 12, INTEGERS = 8 };

// What a loop leaves behind goes where the compiler cannot see that nobody reads it.
static void keep(const void* data) { __asm__ volatile("" : : "r"(data) : "memory"); }

// A value that the compiler cannot know.
static int32_t hidden(int32_t value) {
  __asm__ volatile("" : "+r"(value));
  return value;
}

static void float32_scalar(int64_t turns) {
  const float a = (float)hidden(3) * 0.25f, b = (float)hidden(1) * 0.5f;
  float c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a,
        c11 = a;
  for (int64_t t = 0; t < turns; ++t) {
    c0 = c0 * b + a;
    c1 = c1 * b + a;
    c2 = c2 * b + a;
    c3 = c3 * b + a;
    c4 = c4 * b + a;
    c5 = c5 * b + a;
    c6 = c6 * b + a;
    c7 = c7 * b + a;
    c8 = c8 * b + a;
    c9 = c9 * b + a;
    c10 = c10 * b + a;
    c11 = c11 * b + a;
    __asm__ volatile("" ::: "memory");
  }
  const float sums[FLOATS] = {c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11};
  keep(sums);
}

static void int8_scalar(int64_t turns) {
  const uint32_t a = (uint32_t)hidden(3), b = (uint32_t)hidden(5);
  uint32_t c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a;
  for (int64_t t = 0; t < turns; ++t) {
    c0 = c0 * b + a;
    c1 = c1 * b + a;
    c2 = c2 * b + a;
    c3 = c3 * b + a;
    c4 = c4 * b + a;
    c5 = c5 * b + a;
    c6 = c6 * b + a;
    c7 = c7 * b + a;
    __asm__ volatile("" ::: "memory");
  }
  const uint32_t sums[INTEGERS] = {c0, c1, c2, c3, c4, c5, c6, c7};
  keep(sums);
}

static void read_scalar(const void* data, size_t bytes, int64_t turns) {
  uint64_t sums[4] = {0};
  for (int64_t t = 0; t < turns; ++t) {
    const char* p = data;
    for (size_t i = 0; i < bytes; i += 4 * sizeof sums[0]) {
      uint64_t words[4];
      memcpy(words, p + i, sizeof words);
      for (int k = 0; k < 4; ++k) sums[k] += words[k];
    }
    keep(sums);
  }
}

const bench_peak_kernel bench_peak_kernels_scalar[] = {
    {0, "scalar", "float multiply, add", BENCH_PEAK_FLOAT32, FLOATS, float32_scalar},
    {0, "scalar", "integer multiply, add", BENCH_PEAK_INT8, INTEGERS, int8_scalar},
    {.run = NULL},
};

const bench_peak_reader bench_peak_readers_scalar[] = {
    {0, "scalar", read_scalar},
    {.run = NULL},
};
