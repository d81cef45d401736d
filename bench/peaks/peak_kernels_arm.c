// SPDX-License-Identifier: MIT
//
// Instructions of extensions are spelled as numbers, so that one file holds all sets and any
// assembler takes it.
#include "peak_kernels.h"

#if defined(__aarch64__)

#include "cpu_features.h"

// Twenty-four accumulators hide a latency of 4 cycles at up to 6 instructions a cycle.
#define EACH_OF_24(op) \
  ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23\n" op "\n.endr\n"
#define UNROLL 2
#define VECTORS                                                                                  \
  "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", \
      "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v28", "v30", "v31", "cc",  \
      "memory"

typedef union factors {
  float f32[8];
  uint8_t u8[32];
} factors;

static const factors kFloats = {.f32 = {0.53f, -0.81f, 0.27f, 0.94f, -0.36f, 0.68f, -0.12f, 0.77f}};
static const factors kBytes = {.u8 = {53,  181, 27,  94,  136, 68,  212, 77,  45,  159, 83,
                                      224, 91,  38,  172, 16,  165, 49,  87,  231, 74,  193,
                                      22,  56,  147, 85,  218, 63,  34,  179, 96,  241}};

#define LOOP_OF_24(name, factor_table, op)                           \
  static void name(int64_t turns) {                                  \
    __asm__ volatile(EACH_OF_24("movi v\\r\\().4s, #0")            \
                     "ldp q30, q31, [%[factors]]\n"                          \
                     ".p2align 6\n"                                          \
                     "1:\n"                                                  \
                     ".rept 2\n" EACH_OF_24(op)                              \
                     ".endr\n"                                               \
                     "subs %[turns], %[turns], #1\n"                         \
                     "b.ne 1b\n"                                             \
                     : [turns] "+r"(turns)                                   \
                     : [factors] "r"(&(factor_table))                        \
                     : VECTORS); \
  }

LOOP_OF_24(float32_neon, kFloats, "fmla v\\r\\().4s, v30.4s, v31.4s")
LOOP_OF_24(int8_neon, kBytes, "smull v28.8h, v30.8b, v31.8b\nsadalp v\\r\\().4s, v28.8h")
// sdot and smmla vR.4s, v30.16b, v31.16b
LOOP_OF_24(int8_dotprod, kBytes, ".inst 0x4e9f97c0 + \\r")
LOOP_OF_24(int8_i8mm, kBytes, ".inst 0x4e9fa7c0 + \\r")

#define SETS(lanes) UNROLL * 24 * (lanes)

const bench_peak_kernel bench_peak_kernels_arm[] = {
    {LM_CPU_NEON, "neon", "fmla v.4s", BENCH_PEAK_FLOAT32, SETS(4), float32_neon},
    {LM_CPU_NEON, "neon", "smull, sadalp", BENCH_PEAK_INT8, SETS(8), int8_neon},
    {LM_CPU_DOTPROD, "dotprod", "sdot v.16b", BENCH_PEAK_INT8, SETS(16), int8_dotprod},
    {LM_CPU_I8MM, "i8mm", "smmla v.16b", BENCH_PEAK_INT8, SETS(32), int8_i8mm},
    {.run = NULL},
};

static void read_neon(const void* data, size_t bytes, int64_t turns) {
  const char *p, *stop = (const char*)data + bytes;
  __asm__ volatile(
      "1:\n"
      "mov %[p], %[data]\n"
      ".p2align 6\n"
      "2:\n"
      ".set lm_at, 0\n"
      ".rept 32\n"
      "ldp q0, q1, [%[p], lm_at]\n"
      ".set lm_at, lm_at + 32\n"
      ".endr\n"
      "add %[p], %[p], #1024\n"
      "cmp %[p], %[stop]\n"
      "b.lo 2b\n"
      "subs %[turns], %[turns], #1\n"
      "b.ne 1b\n"
      : [turns] "+&r"(turns), [p] "=&r"(p)
      : [data] "r"(data), [stop] "r"(stop)
      : VECTORS);
}

const bench_peak_reader bench_peak_readers_arm[] = {
    {LM_CPU_NEON, "neon", read_neon},
    {.run = NULL},
};

#else

// An empty file is no C.
typedef int lm_no_arm;

#endif
