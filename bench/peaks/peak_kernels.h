// SPDX-License-Identifier: MIT
//
// Loops that do nothing but multiply and accumulate, or read: what an instruction set can do at
// best. Written in assembly, so that no compiler's spilled accumulator is taken for the machine.
#ifndef LITMARK_BENCH_PEAKS_PEAK_KERNELS_H_
#define LITMARK_BENCH_PEAKS_PEAK_KERNELS_H_

#include <stddef.h>
#include <stdint.h>

/// The numbers that are multiplied.
typedef enum bench_peak_type {
  BENCH_PEAK_FLOAT32,
  BENCH_PEAK_INT8,
  BENCH_PEAK_BFLOAT16,
  BENCH_PEAK_TYPE_COUNT,
} bench_peak_type;

/// A loop of one instruction (or the shortest sequence) on independent accumulators.
typedef struct bench_peak_kernel {
  uint32_t isa;             ///< LM_CPU_... bits that it needs
  const char* set;          ///< "avx512vnni"
  const char* instruction;  ///< "vpdpbusd zmm"
  bench_peak_type type;
  int64_t macs_per_turn;
  void (*run)(int64_t turns);  ///< turns is at least 1
} bench_peak_kernel;

/// A loop that loads every byte of a buffer.
typedef struct bench_peak_reader {
  uint32_t isa;
  const char* set;
  /// Reads `bytes` bytes, a multiple of BENCH_PEAK_BLOCK, `turns` times; `data` is aligned to 64.
  void (*run)(const void* data, size_t bytes, int64_t turns);
} bench_peak_reader;

enum { BENCH_PEAK_BLOCK = 1024 };

/// Number `index` of the kernels of this architecture, the better of a type further back; NULL past
/// the last. The plain C kernels come first.
const bench_peak_kernel* bench_peak_kernel_at(int32_t index);
const bench_peak_reader* bench_peak_reader_at(int32_t index);

/// What this machine has and this process may use of `isa`: tile registers (AMX) have to be asked
/// for, which this does once it is called with their bits.
uint32_t bench_peak_permitted(uint32_t isa);

// The tables of one architecture; each ends with a NULL `run`.
extern const bench_peak_kernel bench_peak_kernels_scalar[];
extern const bench_peak_reader bench_peak_readers_scalar[];
#if defined(__x86_64__)
extern const bench_peak_kernel bench_peak_kernels_x86[];
extern const bench_peak_reader bench_peak_readers_x86[];
#elif defined(__aarch64__)
extern const bench_peak_kernel bench_peak_kernels_arm[];
extern const bench_peak_reader bench_peak_readers_arm[];
#endif

#endif  // LITMARK_BENCH_PEAKS_PEAK_KERNELS_H_
