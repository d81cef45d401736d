// SPDX-License-Identifier: MIT
//
// Options of the delegate: isa=avx2,float=exact,winograd=off,strips=off,precision=fp32,amx=auto,
// cache=DIR. What they mean is in README.md.
#ifndef LITMARK_CPU_OPTIONS_H_
#define LITMARK_CPU_OPTIONS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "litmark/status.h"

/// Which chains run strip by strip, see cpu_strip.h.
typedef enum lm__cpu_strips {
  LM_CPU_STRIPS_OFF,
  LM_CPU_STRIPS_ON,     ///< those whose inner tensors leave the second-level cache
  LM_CPU_STRIPS_ALWAYS  ///< all that can: for tests
} lm__cpu_strips;

/// Whether 8-bit products run on AMX tiles, see tile_speed.h.
typedef enum lm__cpu_amx {
  LM_CPU_AMX_AUTO,  ///< where they are measured to be faster
  LM_CPU_AMX_ON,    ///< where a rule expects it
  LM_CPU_AMX_OFF
} lm__cpu_amx;

typedef struct lm__cpu_options {
  uint32_t isa;  ///< what the machine has and the options allow
  bool exact;
  bool winograd;
  lm__cpu_strips strips;
  lm__cpu_amx amx;
  int32_t products;   ///< bfloat16 products for one of floats: 3 or 6; 0: floats
  const char* cache;  ///< not terminated; NULL: none
  size_t cache_length;
} lm__cpu_options;

/// `text` may be NULL. The options point into it.
/// @retval LM_UNAVAILABLE  the machine cannot do what is asked for.
lm_status lm__cpu_options_parse(const char* text, lm__cpu_options* out, lm_error* err);

#endif  // LITMARK_CPU_OPTIONS_H_
