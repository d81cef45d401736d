// SPDX-License-Identifier: MIT
//
// The engines that a command line asks for, with their libraries loaded.
#ifndef LITMARK_BENCH_ENGINES_ENGINE_SET_H_
#define LITMARK_BENCH_ENGINES_ENGINE_SET_H_

#include "args.h"
#include "engine.h"

enum { LM_ENGINE_SET_MAX = 8 };

/// One entry of --engine: "litert", "openvino-default", "litmark:precision=fp32-split3".
typedef struct lm_engine_choice {
  char name[80];  ///< as it was given
  const lm_engine_kind* kind;
  lm_engine_precision precision;
  char* options;               ///< OWNED; delegate options after the colon; NULL: none
  lm_engine_library* library;  ///< BORROWED from the set
} lm_engine_choice;

typedef struct lm_engine_set {
  lm_engine_choice choices[LM_ENGINE_SET_MAX];
  int count;
  lm_engine_library libraries[LM_ENGINE_SET_MAX];  ///< each is loaded once
  int library_count;
} lm_engine_set;

/// Loads what `names` asks for.
///
/// @param libs  "NAME=PATH" for libraries that are not where lm_engine_find_library() looks.
/// @retval LM_INVALID_ARGUMENT  no such engine, one twice, or a `libs` entry that is no NAME=PATH.
/// @retval LM_UNAVAILABLE       a library is missing or does not fit.
lm_status lm_engine_set_open(lm_engine_set* set, const lm_list* names, const lm_list* libs,
                             lm_error* err);
void lm_engine_set_close(lm_engine_set* set);

/// The path that `libs` gives for an engine; NULL: none.
const char* lm_engine_set_path(const lm_list* libs, const lm_engine_kind* kind);

/// Are all of `libs` NAME=PATH with the name of an engine that has a library?
lm_status lm_engine_set_check_libs(const lm_list* libs, lm_error* err);

#endif  // LITMARK_BENCH_ENGINES_ENGINE_SET_H_
