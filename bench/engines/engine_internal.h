// SPDX-License-Identifier: MIT
//
// What the implementations of engine.h share.
#ifndef LITMARK_BENCH_ENGINES_ENGINE_INTERNAL_H_
#define LITMARK_BENCH_ENGINES_ENGINE_INTERNAL_H_

#include "engine.h"

extern const lm_engine_kind lm_engine_kind_litmark;
extern const lm_engine_kind lm_engine_kind_litert;
extern const lm_engine_kind lm_engine_kind_litert_gpu;
extern const lm_engine_kind lm_engine_kind_openvino;

/// A function of a library and where its pointer goes.
typedef struct lm_engine_symbol {
  const char* name;
  size_t offset;  ///< in the table of functions
} lm_engine_symbol;

/// Allocates the table and binds every symbol.
/// @retval LM_UNAVAILABLE  one is missing: another library, or another version.
lm_status lm_engine_bind_symbols(lm_engine_library* library, const lm_engine_symbol* symbols,
                                 int count, size_t table_size, lm_error* err);

/// Room for tensors; 0 is fine.
lm_status lm_engine_make_tensors(lm_engine* engine, size_t inputs, size_t outputs, lm_error* err);

/// Threads of this process; 0: unknown.
int32_t lm_engine_count_threads(void);

/// Diverts stderr, where some libraries leave their messages, into a file that nobody else sees.
typedef struct lm_engine_capture {
  int saved;  ///< -1: nothing is diverted
  void* file;
} lm_engine_capture;

void lm_engine_capture_begin(lm_engine_capture* capture);

/// Gives stderr back and copies the last line that speaks of an error, else the last line.
void lm_engine_capture_end(lm_engine_capture* capture, char* message, size_t message_size);

#endif  // LITMARK_BENCH_ENGINES_ENGINE_INTERNAL_H_
