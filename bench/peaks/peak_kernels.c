// SPDX-License-Identifier: MIT
#include "peak_kernels.h"

#include "cpu_features.h"

#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__x86_64__)
#define MORE_KERNELS bench_peak_kernels_x86
#define MORE_READERS bench_peak_readers_x86
#elif defined(__aarch64__)
#define MORE_KERNELS bench_peak_kernels_arm
#define MORE_READERS bench_peak_readers_arm
#endif

const bench_peak_kernel* bench_peak_kernel_at(int32_t index) {
  const bench_peak_kernel* table = bench_peak_kernels_scalar;
  for (; table->run != NULL; ++table) {
    if (index-- == 0) return table;
  }
#if defined(MORE_KERNELS)
  for (table = MORE_KERNELS; table->run != NULL; ++table) {
    if (index-- == 0) return table;
  }
#endif
  return NULL;
}

const bench_peak_reader* bench_peak_reader_at(int32_t index) {
  const bench_peak_reader* table = bench_peak_readers_scalar;
  for (; table->run != NULL; ++table) {
    if (index-- == 0) return table;
  }
#if defined(MORE_READERS)
  for (table = MORE_READERS; table->run != NULL; ++table) {
    if (index-- == 0) return table;
  }
#endif
  return NULL;
}

uint32_t bench_peak_permitted(uint32_t isa) {
  const uint32_t tiles = LM_CPU_AMX_INT8 | LM_CPU_AMX_BF16;
  if ((isa & tiles) == 0) return isa;
#if defined(__x86_64__) && defined(__linux__) && defined(SYS_arch_prctl)
  // ARCH_REQ_XCOMP_PERM of XTILE_DATA; the headers of older systems have neither name.
  enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
  if (syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0) return isa;
#endif
  return isa & ~tiles;
}
