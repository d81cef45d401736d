// SPDX-License-Identifier: MIT
//
// How large this program is and how much of it each part takes, read from its own ELF file.
#ifndef LITMARK_BENCH_BINARY_SIZE_H_
#define LITMARK_BENCH_BINARY_SIZE_H_

#include "json_build.h"

/// The section that cmake/binary_sizes.cmake adds after linking: lines of
/// "COMPONENT text rodata data bss", bytes in decimal.
#define BENCH_SIZES_SECTION ".litmark.sizes"

typedef struct bench_size {
  char component[48];  ///< "program", "runtime", "delegate:cpu"
  uint64_t text, rodata, data, bss;
} bench_size;

enum { BENCH_SIZE_COMPONENTS = 16 };

typedef struct bench_binary {
  uint64_t file_bytes;  ///< 0: this program's file could not be read
  int count;
  bench_size sizes[BENCH_SIZE_COMPONENTS];  ///< the whole program first
} bench_binary;

/// Reads the ELF file at `path` (NULL: the running program). What is not there stays 0.
void bench_binary_read(const char* path, bench_binary* out);

/// Adds "binary_bytes"; null where nothing is known.
void bench_binary_json(lm_json* json, cJSON* result, const bench_binary* binary);

#endif  // LITMARK_BENCH_BINARY_SIZE_H_
