// SPDX-License-Identifier: MIT
#include "cpu_features.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)

// XCR0: which register files the system saves when it switches threads.
static uint64_t read_xcr0(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

#define XCR0_AVX 0x6u      // SSE and AVX halves
#define XCR0_AVX512 0xe6u  // and opmasks, upper halves, upper 16 registers
#define XCR0_AMX 0x60000u  // tile configuration and data

uint32_t lm__cpu_features(void) {
  uint32_t features = LM_CPU_SSE2;  // part of the architecture
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return features;
  const bool fma = (c & bit_FMA) != 0;
  if ((c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return features;
  const uint64_t xcr0 = read_xcr0();
  if ((xcr0 & XCR0_AVX) != XCR0_AVX) return features;

  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
  const uint32_t leaf7_subleaves = a, leaf7_b = b, leaf7_c = c, leaf7_d = d;
  if (!fma || (leaf7_b & bit_AVX2) == 0) return features;
  features |= LM_CPU_AVX2;
  if (leaf7_subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & (1u << 4)) != 0) {
    features |= LM_CPU_AVXVNNI;
  }
  const uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  if ((xcr0 & XCR0_AVX512) == XCR0_AVX512 && (leaf7_b & avx512) == avx512) {
    features |= LM_CPU_AVX512;
    if ((leaf7_c & bit_AVX512VNNI) != 0) features |= LM_CPU_AVX512VNNI;
    if ((leaf7_c & bit_AVX512VBMI) != 0) features |= LM_CPU_AVX512VBMI;
  }
  if ((xcr0 & XCR0_AMX) == XCR0_AMX && (leaf7_d & (1u << 24)) != 0) {
    if ((leaf7_d & (1u << 25)) != 0) features |= LM_CPU_AMX_INT8;
    if ((leaf7_d & (1u << 22)) != 0) features |= LM_CPU_AMX_BF16;
  }
  return features;
}

#elif defined(__aarch64__)

uint32_t lm__cpu_features(void) {
  uint32_t features = LM_CPU_NEON;  // part of the architecture
#if defined(__linux__)
  // Bit numbers of the kernel's ABI (asm/hwcap.h), spelled out because old headers lack them.
  if ((getauxval(AT_HWCAP) & (1ul << 20)) != 0) features |= LM_CPU_DOTPROD;
  if ((getauxval(AT_HWCAP2) & (1ul << 13)) != 0) features |= LM_CPU_I8MM;
#endif
  return features;
}

#else

uint32_t lm__cpu_features(void) { return 0; }

#endif

typedef struct isa_level {
  const char* name;
  uint32_t mask;
  const char* title;  // of a machine whose best this is
} isa_level;

// Weakest first; each level includes those that it builds on.
static const isa_level kLevels[] = {
    {"scalar", 0, "portable C"},
#if defined(__x86_64__)
    {"baseline", LM_CPU_SSE2, "SSE2"},
    {"sse2", LM_CPU_SSE2, "SSE2"},
    {"avx2", LM_CPU_SSE2 | LM_CPU_AVX2, "AVX2"},
    {"avxvnni", LM_CPU_SSE2 | LM_CPU_AVX2 | LM_CPU_AVXVNNI, "AVX-VNNI"},
    {"avx512", LM_CPU_SSE2 | LM_CPU_AVX2 | LM_CPU_AVX512, "AVX-512"},
    {"avx512vnni",
     LM_CPU_SSE2 | LM_CPU_AVX2 | LM_CPU_AVXVNNI | LM_CPU_AVX512 | LM_CPU_AVX512VNNI |
         LM_CPU_AVX512VBMI,
     "AVX-512 VNNI"},
#elif defined(__aarch64__)
    {"baseline", LM_CPU_NEON, "NEON"},
    {"neon", LM_CPU_NEON, "NEON"},
    {"dotprod", LM_CPU_NEON | LM_CPU_DOTPROD, "NEON dot product"},
    {"i8mm", LM_CPU_NEON | LM_CPU_DOTPROD | LM_CPU_I8MM, "NEON int8 matrix multiply"},
#endif
    {"native", UINT32_MAX, NULL},
};

#define LEVEL_COUNT (sizeof kLevels / sizeof kLevels[0])

lm_status lm__cpu_isa_mask(const char* level, size_t length, uint32_t* out_mask, lm_error* err) {
  *out_mask = UINT32_MAX;
  if (level == NULL) return LM_OK;
  for (size_t i = 0; i < LEVEL_COUNT; ++i) {
    if (strlen(kLevels[i].name) == length && memcmp(kLevels[i].name, level, length) == 0) {
      *out_mask = kLevels[i].mask;
      return LM_OK;
    }
  }
  char known[128] = "";
  size_t used = 0;
  for (size_t i = 0; i < LEVEL_COUNT && used < sizeof known; ++i) {
    used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i == 0 ? "" : ", ",
                             kLevels[i].name);
  }
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate cpu: isa=%.*s is unknown; known: %s",
                 (int)(length < 40 ? length : 40), level, known);
}

const char* lm__cpu_isa_name(uint32_t features) {
  const char* name = kLevels[0].title;
  for (size_t i = 0; i + 1 < LEVEL_COUNT; ++i) {
    // Side branches: AVX-512 machines need not have AVX-VNNI, nor those with VNNI byte permutations.
    const uint32_t optional = LM_CPU_AVX512VBMI | (features & LM_CPU_AVX512 ? LM_CPU_AVXVNNI : 0);
    const uint32_t needed = kLevels[i].mask & ~optional;
    if ((needed & ~features) == 0) name = kLevels[i].title;
  }
  return name;
}
