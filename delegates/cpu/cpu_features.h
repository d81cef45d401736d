// SPDX-License-Identifier: MIT
//
// Which instruction sets this processor and its operating system offer.
#ifndef LITMARK_CPU_FEATURES_H_
#define LITMARK_CPU_FEATURES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "litmark/status.h"

// One bit each. A set includes what its kernels may use beside it: LM_CPU_AVX2 stands for AVX2,
// FMA3 and F16C, LM_CPU_AVX512 for F, BW, DQ and VL. The same names serve on every architecture, so
// that lists of kernels read alike; bits of another architecture are never set.
#define LM_CPU_SSE2 (1u << 0)
#define LM_CPU_AVX2 (1u << 1)
#define LM_CPU_AVXVNNI (1u << 2)
#define LM_CPU_AVX512 (1u << 3)
#define LM_CPU_AVX512VNNI (1u << 4)
#define LM_CPU_AMX_INT8 (1u << 5)
#define LM_CPU_AMX_BF16 (1u << 6)
#define LM_CPU_AVX512VBMI (1u << 7)
// LM_CPU_AMX_BF16 stands for AVX512_BF16 too, which does the conversions.
#define LM_CPU_NEON (1u << 16)
#define LM_CPU_DOTPROD (1u << 17)
#define LM_CPU_I8MM (1u << 18)

/// What this machine can run: the processor has it and the system saves its registers.
uint32_t lm__cpu_features(void);

/// What `level` ("baseline", "avx2", "native", ...) allows; the caller intersects it with what
/// there is. NULL and "native" allow everything.
/// @retval LM_INVALID_ARGUMENT  the name is unknown here; the message lists the known ones.
lm_status lm__cpu_isa_mask(const char* level, size_t length, uint32_t* out_mask, lm_error* err);

/// Fails when this machine lacks what `level` is named for.
/// @retval LM_UNAVAILABLE       it does; the message lists the levels that it has.
/// @retval LM_INVALID_ARGUMENT  as lm__cpu_isa_mask().
lm_status lm__cpu_isa_require(const char* level, size_t length, lm_error* err);

/// One level of the isa option.
typedef struct lm__cpu_level {
  const char* name;   ///< "avx512vnni"; static
  const char* title;  ///< "AVX-512 VNNI"; static
  bool machine;       ///< this machine has it
  bool build;         ///< this build has kernels for it
} lm__cpu_level;

/// Number `index` of this architecture's levels, weakest first; false past the last. Names that
/// mean another level ("baseline", "native") are left out.
bool lm__cpu_level_at(int32_t index, lm__cpu_level* out_level);

/// The sets for which this build has kernels.
uint32_t lm__cpu_built(void);

/// "scalar" for index 0, then the name of each set in `sets`; NULL past the last. Static strings.
const char* lm__cpu_set_name_at(uint32_t sets, int32_t index);

/// The best of `features` in words: "AVX-512 VNNI". Static string.
const char* lm__cpu_isa_name(uint32_t features);

#endif  // LITMARK_CPU_FEATURES_H_
