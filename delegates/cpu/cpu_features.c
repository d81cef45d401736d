// SPDX-License-Identifier: MIT
#include "cpu_features.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
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

// Tiles take 8 KiB a thread, which Linux gives to processes that ask. Asking again changes nothing.
static bool tiles_granted(void) {
#if defined(__linux__)
  const long request_permission = 0x1023,
             tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

uint32_t lm__cpu_features(void) {
  uint32_t features = LM_CPU_SSE2;  // part of the architecture
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return features;
  const bool fma = (c & bit_FMA) != 0, f16c = (c & bit_F16C) != 0;
  if ((c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return features;
  const uint64_t xcr0 = read_xcr0();
  if ((xcr0 & XCR0_AVX) != XCR0_AVX) return features;

  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return features;
  const uint32_t leaf7_subleaves = a, leaf7_b = b, leaf7_c = c, leaf7_d = d;
  if (!fma || !f16c || (leaf7_b & bit_AVX2) == 0) return features;
  features |= LM_CPU_AVX2;
  bool bf16 = false;
  if (leaf7_subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    if ((a & (1u << 4)) != 0) features |= LM_CPU_AVXVNNI;
    bf16 = (a & (1u << 5)) != 0;
  }
  const uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
  if ((xcr0 & XCR0_AVX512) == XCR0_AVX512 && (leaf7_b & avx512) == avx512) {
    features |= LM_CPU_AVX512;
    if ((leaf7_c & bit_AVX512VNNI) != 0) features |= LM_CPU_AVX512VNNI;
    if ((leaf7_c & bit_AVX512VBMI) != 0) features |= LM_CPU_AVX512VBMI;
  }
  const bool has_tiles = (xcr0 & XCR0_AMX) == XCR0_AMX && (leaf7_d & (1u << 24)) != 0;
  if (has_tiles && tiles_granted()) {
    if ((leaf7_d & (1u << 25)) != 0) features |= LM_CPU_AMX_INT8;
    if (bf16 && (leaf7_d & (1u << 22)) != 0) features |= LM_CPU_AMX_BF16;
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

// CMake defines LM_HAVE_<SET> as 0 or 1; a set that it does not know yet has no kernels.
uint32_t lm__cpu_built(void) {
  uint32_t built = 0;
#if defined(LM_HAVE_SSE2) && LM_HAVE_SSE2
  built |= LM_CPU_SSE2;
#endif
#if defined(LM_HAVE_AVX2) && LM_HAVE_AVX2
  built |= LM_CPU_AVX2;
#endif
#if defined(LM_HAVE_AVXVNNI) && LM_HAVE_AVXVNNI
  built |= LM_CPU_AVXVNNI;
#endif
#if defined(LM_HAVE_AVX512) && LM_HAVE_AVX512
  built |= LM_CPU_AVX512;
#endif
#if defined(LM_HAVE_AVX512VNNI) && LM_HAVE_AVX512VNNI
  built |= LM_CPU_AVX512VNNI;
#endif
#if defined(LM_HAVE_AVX512VBMI) && LM_HAVE_AVX512VBMI
  built |= LM_CPU_AVX512VBMI;
#endif
#if defined(LM_HAVE_AMXINT8) && LM_HAVE_AMXINT8
  built |= LM_CPU_AMX_INT8;
#endif
#if defined(LM_HAVE_AMXBF16) && LM_HAVE_AMXBF16
  built |= LM_CPU_AMX_BF16;
#endif
#if defined(LM_HAVE_NEON) && LM_HAVE_NEON
  built |= LM_CPU_NEON;
#endif
#if defined(LM_HAVE_DOTPROD) && LM_HAVE_DOTPROD
  built |= LM_CPU_DOTPROD;
#endif
#if defined(LM_HAVE_I8MM) && LM_HAVE_I8MM
  built |= LM_CPU_I8MM;
#endif
  return built;
}

typedef struct set_name {
  uint32_t bit;
  const char* name;
} set_name;

static const set_name kSetNames[] = {
    {LM_CPU_SSE2, "sse2"},
    {LM_CPU_AVX2, "avx2"},
    {LM_CPU_AVXVNNI, "avxvnni"},
    {LM_CPU_AVX512, "avx512"},
    {LM_CPU_AVX512VNNI, "avx512vnni"},
    {LM_CPU_AVX512VBMI, "avx512vbmi"},
    {LM_CPU_AMX_INT8, "amx_int8"},
    {LM_CPU_AMX_BF16, "amx_bf16"},
    {LM_CPU_NEON, "neon"},
    {LM_CPU_DOTPROD, "dotprod"},
    {LM_CPU_I8MM, "i8mm"},
};

const char* lm__cpu_set_name_at(uint32_t sets, int32_t index) {
  if (index == 0) return "scalar";
  for (size_t i = 0; i < sizeof kSetNames / sizeof kSetNames[0]; ++i) {
    if ((sets & kSetNames[i].bit) != 0 && --index == 0) return kSetNames[i].name;
  }
  return NULL;
}

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
    {"amx",
     LM_CPU_SSE2 | LM_CPU_AVX2 | LM_CPU_AVXVNNI | LM_CPU_AVX512 | LM_CPU_AVX512VNNI |
         LM_CPU_AVX512VBMI | LM_CPU_AMX_INT8 | LM_CPU_AMX_BF16,
     "AMX"},
#elif defined(__aarch64__)
    {"baseline", LM_CPU_NEON, "NEON"},
    {"neon", LM_CPU_NEON, "NEON"},
    {"dotprod", LM_CPU_NEON | LM_CPU_DOTPROD, "NEON dot product"},
    {"i8mm", LM_CPU_NEON | LM_CPU_DOTPROD | LM_CPU_I8MM, "NEON int8 matrix multiply"},
#endif
    {"native", UINT32_MAX, NULL},
};

#define LEVEL_COUNT (sizeof kLevels / sizeof kLevels[0])

static const isa_level* find_level(const char* name, size_t length) {
  for (size_t i = 0; i < LEVEL_COUNT; ++i) {
    if (strlen(kLevels[i].name) == length && memcmp(kLevels[i].name, name, length) == 0) {
      return &kLevels[i];
    }
  }
  return NULL;
}

// Side branches: AVX-512 machines need not have AVX-VNNI, nor those with VNNI byte permutations.
static bool has_level(uint32_t features, const isa_level* level) {
  if (level->mask == UINT32_MAX) return true;
  const uint32_t optional =
      LM_CPU_AVX512VBMI | LM_CPU_AMX_BF16 | (features & LM_CPU_AVX512 ? LM_CPU_AVXVNNI : 0);
  // What the level is named for is never optional; of AMX, bytes are what counts.
  const uint32_t needed = level->mask == (LM_CPU_SSE2 | LM_CPU_AVX2 | LM_CPU_AVXVNNI)
                              ? level->mask
                              : level->mask & ~optional;
  return (needed & ~features) == 0;
}

lm_status lm__cpu_isa_mask(const char* level, size_t length, uint32_t* out_mask, lm_error* err) {
  *out_mask = UINT32_MAX;
  if (level == NULL) return LM_OK;
  const isa_level* found = find_level(level, length);
  if (found != NULL) {
    *out_mask = found->mask;
    return LM_OK;
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

bool lm__cpu_level_at(int32_t index, lm__cpu_level* out_level) {
  const uint32_t features = lm__cpu_features(), built = lm__cpu_built();
  for (size_t i = 0; i < LEVEL_COUNT; ++i) {
    const isa_level* level = &kLevels[i];
    if (level->mask == UINT32_MAX || strcmp(level->name, "baseline") == 0 || index-- > 0) continue;
    *out_level = (lm__cpu_level){level->name, level->title, has_level(features, level),
                                 has_level(built, level)};
    return true;
  }
  return false;
}

lm_status lm__cpu_isa_require(const char* level, size_t length, lm_error* err) {
  uint32_t mask;
  const lm_status status = lm__cpu_isa_mask(level, length, &mask, err);
  if (status != LM_OK || level == NULL) return status;
  if (has_level(lm__cpu_features(), find_level(level, length))) return LM_OK;
  char list[128] = "";
  size_t used = 0;
  lm__cpu_level at;
  for (int32_t i = 0; lm__cpu_level_at(i, &at) && used < sizeof list; ++i) {
    if (!at.machine) continue;
    used +=
        (size_t)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? ", " : "", at.name);
  }
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate cpu: this machine has no %.*s; it has %s",
                 (int)length, level, list);
}

const char* lm__cpu_isa_name(uint32_t features) {
  const char* name = kLevels[0].title;
  for (size_t i = 0; i + 1 < LEVEL_COUNT; ++i) {
    if (has_level(features, &kLevels[i])) name = kLevels[i].title;
  }
  return name;
}
