// SPDX-License-Identifier: MIT
//
// --isa of the commands: the instruction sets that the cpu delegate may use.
#ifndef LITMARK_HARNESS_ISA_OPTION_H_
#define LITMARK_HARNESS_ISA_OPTION_H_

#include "json_build.h"
#include "litmark/status.h"

/// Help text of --isa.
#define LM_ISA_HELP                                                       \
  "what the cpu delegate may use: scalar, sse2, avx2, avxvnni, avx512,\n" \
  "avx512vnni, amx, neon, dotprod, i8mm, native; see litmark devices"

/// Which sets a delegate was allowed.
typedef struct lm_isa {
  char limit[16];    ///< the name that was given; "": none
  uint32_t allowed;  ///< LM_CPU_...: by the limit alone
  uint32_t sets;     ///< of these, what machine and build have
} lm_isa;

/// What delegate options leave to the cpu delegate; an unknown name leaves everything.
lm_isa lm_isa_of_options(const char* options);

/// Adds "isa" to a result: the limit, and the names of the sets.
void lm_isa_json(lm_json* json, cJSON* result, const lm_isa* isa);

/// "scalar sse2 avx2"; writes into `buffer`.
const char* lm_isa_text(const lm_isa* isa, char* buffer, size_t size);

/// Prints the levels of this architecture, which this machine has and which this build.
void lm_isa_print_levels(void);

#endif  // LITMARK_HARNESS_ISA_OPTION_H_
