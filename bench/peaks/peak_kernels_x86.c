// SPDX-License-Identifier: MIT
//
// The assembler knows every instruction whatever the compiler's flags are, so one file holds all
// sets. A vector register is clobbered under the name of its lowest 128 bits.
#include "peak_kernels.h"

#if defined(__x86_64__)

#include "cpu_features.h"

// Fourteen accumulators hide a latency of 4 cycles at 2 or 3 instructions a cycle; two registers
// hold the factors. Twelve where a third and fourth are needed for products.
#define EACH_OF_14(op) ".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n" op "\n.endr\n"
#define EACH_OF_12(op) ".irp r,0,1,2,3,4,5,6,7,8,9,10,11\n" op "\n.endr\n"
#define UNROLL 4
#define LOOP(body)  \
  ".p2align 6\n"    \
  "1:\n"            \
  ".rept 4\n" body  \
  ".endr\n"         \
  "decq %[turns]\n" \
  "jnz 1b\n"
#define VECTORS                                                                            \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
      "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory"

// Factors that are neither 0 nor denormal and switch bits between lanes, as real ones do: zeros
// would draw less power and run at a higher clock.
typedef union factors {
  float f32[32];
  uint8_t u8[128];
} factors;

static const factors kFloats = {
    .f32 = {0.53f,  -0.81f, 0.27f,  0.94f,  -0.36f, 0.68f,  -0.12f, 0.77f,  0.45f,  -0.59f, 0.83f,
            -0.24f, 0.91f,  0.38f,  -0.72f, 0.16f,  -0.65f, 0.49f,  0.87f,  -0.31f, 0.74f,  -0.93f,
            0.22f,  0.56f,  -0.47f, 0.85f,  -0.18f, 0.63f,  0.34f,  -0.79f, 0.96f,  -0.41f}};
static const factors kBytes = {
    .u8 = {53,  181, 27,  94,  136, 68,  212, 77,  45,  159, 83,  224, 91, 38,  172, 16,
           165, 49,  87,  231, 74,  193, 22,  56,  147, 85,  218, 63,  34, 179, 96,  241,
           12,  205, 71,  133, 58,  190, 29,  102, 244, 17,  81,  163, 39, 226, 110, 5,
           188, 62,  149, 33,  97,  210, 44,  121, 7,   236, 78,  155, 19, 201, 66,  139,
           52,  115, 23,  94,  36,  68,  12,  77,  45,  59,  83,  24,  91, 38,  72,  16,
           65,  49,  87,  31,  74,  93,  22,  56,  47,  85,  18,  63,  34, 79,  96,  41,
           12,  105, 71,  33,  58,  90,  29,  102, 44,  17,  81,  63,  39, 26,  110, 5,
           88,  62,  49,  33,  97,  10,  44,  121, 7,   36,  78,  55,  19, 101, 66,  39}};

// `zero` and `op` for 14 accumulators r and the factors in registers 14 and 15.
#define LOOP_OF_14(name, factor_table, zero, load, op, end)         \
  static void name(int64_t turns) {                                 \
    __asm__ volatile(EACH_OF_14(zero) load LOOP(EACH_OF_14(op)) end \
                     : [turns] "+r"(turns)                          \
                     : [factors] "r"(&(factor_table))               \
                     : VECTORS);                                    \
  }
#define LOOP_OF_12(name, factor_table, zero, load, op, end)         \
  static void name(int64_t turns) {                                 \
    __asm__ volatile(EACH_OF_12(zero) load LOOP(EACH_OF_12(op)) end \
                     : [turns] "+r"(turns)                          \
                     : [factors] "r"(&(factor_table))               \
                     : VECTORS);                                    \
  }

#define ZERO_SSE "pxor %%xmm\\r, %%xmm\\r"
#define ZERO_AVX "vpxor %%xmm\\r, %%xmm\\r, %%xmm\\r"
#define LOAD_128 "movups (%[factors]), %%xmm14\nmovups 64(%[factors]), %%xmm15\n"
#define LOAD_256 "vmovups (%[factors]), %%ymm14\nvmovups 64(%[factors]), %%ymm15\n"
#define LOAD_512 "vmovups (%[factors]), %%zmm14\nvmovups 64(%[factors]), %%zmm15\n"
#define END_AVX "vzeroupper\n"

LOOP_OF_12(float32_sse2, kFloats, ZERO_SSE, LOAD_128,
           "movaps %%xmm14, %%xmm12\nmulps %%xmm15, %%xmm12\naddps %%xmm12, %%xmm\\r", "")
LOOP_OF_12(int8_sse2, kBytes, ZERO_SSE, LOAD_128,
           "movdqa %%xmm14, %%xmm12\npmaddwd %%xmm15, %%xmm12\npaddd %%xmm12, %%xmm\\r", "")
LOOP_OF_14(float32_avx2, kFloats, ZERO_AVX, LOAD_256, "vfmadd231ps %%ymm14, %%ymm15, %%ymm\\r",
           END_AVX)
LOOP_OF_12(int8_avx2, kBytes, ZERO_AVX, LOAD_256,
           "vpmaddwd %%ymm14, %%ymm15, %%ymm12\nvpaddd %%ymm12, %%ymm\\r, %%ymm\\r", END_AVX)
LOOP_OF_14(int8_avxvnni, kBytes, ZERO_AVX, LOAD_256, "%{vex%} vpdpbusd %%ymm14, %%ymm15, %%ymm\\r",
           END_AVX)
LOOP_OF_14(float32_avx512, kFloats, ZERO_AVX, LOAD_512, "vfmadd231ps %%zmm14, %%zmm15, %%zmm\\r",
           END_AVX)
LOOP_OF_12(int8_avx512, kBytes, ZERO_AVX, LOAD_512,
           "vpmaddwd %%zmm14, %%zmm15, %%zmm12\nvpaddd %%zmm12, %%zmm\\r, %%zmm\\r", END_AVX)
LOOP_OF_14(int8_avx512vnni, kBytes, ZERO_AVX, LOAD_512, "vpdpbusd %%zmm14, %%zmm15, %%zmm\\r",
           END_AVX)

// Six tiles accumulate, two hold the factors: 16 rows of 64 bytes each. A product takes the unit 16
// cycles and has a latency of 52, so four would do.
typedef struct tile_config {
  uint8_t palette, start_row, reserved[14];
  uint16_t column_bytes[16];
  uint8_t rows[16];
} tile_config;

static const tile_config kTiles = {
    .palette = 1,
    .column_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

// Every row of a tile is the same 64 bytes (stride 0).
#define LOOP_OF_TILES(name, factor_table, op)                                               \
  static void name(int64_t turns) {                                                         \
    __asm__ volatile(                                                                       \
        "ldtilecfg (%[config])\n"                                                           \
        ".irp r,0,1,2,3,4,5\n"                                                              \
        "tilezero %%tmm\\r\n"                                                               \
        ".endr\n"                                                                           \
        "tileloadd (%[factors],%[stride],1), %%tmm6\n"                                      \
        "tileloadd 64(%[factors],%[stride],1), %%tmm7\n" LOOP(                              \
            ".irp r,0,1,2,3,4,5\n" op " %%tmm7, %%tmm6, %%tmm\\r\n.endr\n") "tilerelease\n" \
        : [turns] "+r"(turns)                                                               \
        : [factors] "r"(&(factor_table)), [config] "r"(&kTiles), [stride] "r"((int64_t)0)   \
        : "cc", "memory");                                                                  \
  }
LOOP_OF_TILES(int8_amx, kBytes, "tdpbusd")
LOOP_OF_TILES(bfloat16_amx, kFloats, "tdpbf16ps")

#define FMA_SETS(lanes) UNROLL * 14 * (lanes)
#define PRODUCT_SETS(lanes) UNROLL * 12 * (lanes)

const bench_peak_kernel bench_peak_kernels_x86[] = {
    {LM_CPU_SSE2, "sse2", "mulps, addps", BENCH_PEAK_FLOAT32, PRODUCT_SETS(4), float32_sse2},
    {LM_CPU_SSE2, "sse2", "pmaddwd, paddd", BENCH_PEAK_INT8, PRODUCT_SETS(8), int8_sse2},
    {LM_CPU_AVX2, "avx2", "vfmadd231ps ymm", BENCH_PEAK_FLOAT32, FMA_SETS(8), float32_avx2},
    {LM_CPU_AVX2, "avx2", "vpmaddwd, vpaddd ymm", BENCH_PEAK_INT8, PRODUCT_SETS(16), int8_avx2},
    {LM_CPU_AVXVNNI, "avxvnni", "vpdpbusd ymm", BENCH_PEAK_INT8, FMA_SETS(32), int8_avxvnni},
    {LM_CPU_AVX512, "avx512", "vfmadd231ps zmm", BENCH_PEAK_FLOAT32, FMA_SETS(16), float32_avx512},
    {LM_CPU_AVX512, "avx512", "vpmaddwd, vpaddd zmm", BENCH_PEAK_INT8, PRODUCT_SETS(32),
     int8_avx512},
    {LM_CPU_AVX512VNNI, "avx512vnni", "vpdpbusd zmm", BENCH_PEAK_INT8, FMA_SETS(64),
     int8_avx512vnni},
    {LM_CPU_AMX_INT8, "amx_int8", "tdpbusd", BENCH_PEAK_INT8, UNROLL * 6 * 16 * 16 * 64, int8_amx},
    {LM_CPU_AMX_BF16, "amx_bf16", "tdpbf16ps", BENCH_PEAK_BFLOAT16, UNROLL * 6 * 16 * 16 * 32,
     bfloat16_amx},
    {.run = NULL},
};

// A block of loads into registers in turn.
#define READER(name, block, end)                                    \
  static void name(const void* data, size_t bytes, int64_t turns) { \
    const char *p, *stop = (const char*)data + bytes;               \
    __asm__ volatile(                                               \
        "1:\n"                                                      \
        "movq %[data], %[p]\n"                                      \
        ".p2align 6\n"                                              \
        "2:\n" block                                                \
        "addq $1024, %[p]\n"                                        \
        "cmpq %[stop], %[p]\n"                                      \
        "jb 2b\n"                                                   \
        "decq %[turns]\n"                                           \
        "jnz 1b\n" end                                              \
        : [turns] "+&r"(turns), [p] "=&r"(p)                        \
        : [data] "r"(data), [stop] "r"(stop)                        \
        : VECTORS);                                                 \
  }
#define LOAD_BLOCK(step, count, op) \
  ".set lm_at, 0\n.rept " count "\n" op "\n.set lm_at, lm_at + " step "\n.endr\n"

READER(read_sse2, LOAD_BLOCK("16", "64", "movaps lm_at(%[p]), %%xmm0"), "")
READER(read_avx2, LOAD_BLOCK("32", "32", "vmovaps lm_at(%[p]), %%ymm0"), END_AVX)
READER(read_avx512, LOAD_BLOCK("64", "16", "vmovaps lm_at(%[p]), %%zmm0"), END_AVX)

const bench_peak_reader bench_peak_readers_x86[] = {
    {LM_CPU_SSE2, "sse2", read_sse2},
    {LM_CPU_AVX2, "avx2", read_avx2},
    {LM_CPU_AVX512, "avx512", read_avx512},
    {.run = NULL},
};

#else

// An empty file is no C.
typedef int lm_no_x86;

#endif
