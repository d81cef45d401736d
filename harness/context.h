// SPDX-License-Identifier: MIT
#ifndef LITMARK_HARNESS_CONTEXT_H_
#define LITMARK_HARNESS_CONTEXT_H_

#include <stdint.h>

#include "json_build.h"

/// Adds "tool": name, version, git commit, build type, compiler, flags.
void lm_context_add_tool(lm_json* json, cJSON* root);

/// Adds "context": date, host, operating system, processor, memory, load, address space
/// randomisation and the command. What this machine does not tell is null.
void lm_context_add_machine(lm_json* json, cJSON* root, int argc, char* const* argv);

/// Bytes of the data cache of a level that the first processor uses; 0: not told.
int64_t lm_context_cache_bytes(int level);

/// Processors that this process may use; 0: not told.
int lm_processors_allowed(void);

#endif  // LITMARK_HARNESS_CONTEXT_H_
