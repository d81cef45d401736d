// SPDX-License-Identifier: MIT
//
// A model opened on a delegate and planned: what run, bench, eval and inspect all begin with.
#ifndef LITMARK_HARNESS_SESSION_H_
#define LITMARK_HARNESS_SESSION_H_

#include "isa_option.h"
#include "litmark/interpreter.h"

#define LM_SESSION_MAX_DELEGATES 4

typedef struct lm_session_options {
  const char* model_path;
  /// "reference", or the name of a delegate of this build; the names that users type stand in
  /// lm_session_delegate_names(). What a GPU delegate does not take, the CPU delegate gets next;
  /// what nobody takes runs on the reference kernels, and the plan's report says so.
  const char* delegate;
  int32_t threads;             ///< 0: one for each processor this process may use
  const char* device;          ///< NULL: the delegate's choice
  const char* delegate_extra;  ///< "key=value,..." for the delegate; NULL: none
  bool no_plan;                ///< stop after create (inputs are to be resized first)
} lm_session_options;

typedef struct lm_session {
  const char* delegate_name;  ///< static: as asked for
  lm_model* model;
  lm_delegate* delegates[LM_SESSION_MAX_DELEGATES];
  int32_t delegate_count;
  lm_interpreter* interpreter;
  bool uses_cpu;              ///< the cpu delegate is among them, alone or behind another
  lm_isa isa;                 ///< what it may use; valid with uses_cpu
  uint64_t load_ns;           ///< map, verify and read the file
  uint64_t delegate_init_ns;  ///< open the delegates
  uint64_t plan_ns;           ///< create the interpreter, plan, compile
} lm_session;

/// @retval LM_UNAVAILABLE  this build or machine has no such delegate.
/// Other codes as lm_model_open() and lm_interpreter_plan(). On failure nothing is left open.
lm_status lm_session_open(const lm_session_options* options, lm_session* out_session,
                          lm_error* err);

/// Plans again, after inputs were resized.
lm_status lm_session_plan(lm_session* session, lm_error* err);

/// `session` may be zero-initialised or closed already.
void lm_session_close(lm_session* session);

/// Delegate names that lm_session_open() takes: number `index`; NULL past the last.
const char* lm_session_delegate_name_at(int32_t index);

/// What the plan really uses: "cpu", "cpu+reference", "reference". Writes into `buffer`.
const char* lm_session_ran_on(const lm_session* session, char* buffer, size_t buffer_size);

#endif  // LITMARK_HARNESS_SESSION_H_
