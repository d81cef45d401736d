// SPDX-License-Identifier: MIT
//
// Checks of micro-kernels in the manner of dav1d's checkasm: each kernel of each list that this
// machine can run, against a plain calculation, on odd sizes and extreme values. Plain C without a
// test library, so that it also cross-builds.
#ifndef LITMARK_KERNEL_TEST_H_
#define LITMARK_KERNEL_TEST_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/// Counts a failed check and prints it (the first few of a kernel).
void test_fail(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Announces a kernel; false where this machine lacks its instruction set, which is counted.
bool test_begin(const char* name, uint32_t isa);

/// Numbers that are the same in every run.
uint32_t test_random(void);
/// In [low, high].
int32_t test_between(int32_t low, int32_t high);
/// In [-1, 1].
float test_unit(void);

/// `bytes` of memory with `tail` more that may be read; the byte after them faults, as does the
/// page before the start. Freed all at once by test_free_inputs().
void* test_input(size_t bytes, size_t tail);
void test_free_inputs(void);

/// Memory for results between two poisoned bands.
typedef struct test_output {
  uint8_t* data;
  uint8_t* block;
  size_t bytes;
} test_output;
test_output test_output_make(size_t bytes);
/// False when a band was written to; frees the memory.
bool test_output_free(test_output* output);
#define TEST_POISON 0xa5

// The suites.
void test_f32_gemm(void);
void test_q8_gemm(void);
void test_f32_dw(void);
void test_q8_dw(void);
void test_f32_dw_window(void);
void test_q8_dw_window(void);
void test_q8_add(void);
void test_q8_mul(void);
void test_q8_rounding(void);
void test_requant_certain(void);
void test_lookup(void);
void test_pool(void);
void test_vector(void);
void test_winograd(void);
void test_dispatch(void);
void test_tile_speed(void);
void test_half_speed(void);
void test_split3(void);

#endif  // LITMARK_KERNEL_TEST_H_
