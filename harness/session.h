// SPDX-License-Identifier: MIT
//
// A model opened on a delegate and planned: what run, bench, eval and inspect all begin with.
#ifndef LITMARK_HARNESS_SESSION_H_
#define LITMARK_HARNESS_SESSION_H_

#include "delegate_flags.h"
#include "device_choice.h"
#include "litmark/interpreter.h"

#define LM_SESSION_MAX_DELEGATES 4

typedef struct lm_session_options {
  const char* model_path;
  /// "reference", "gpu" or the name of a delegate of this build, see lm_device_choose(). What a GPU
  /// delegate does not take, the CPU delegate gets next; what nobody takes runs on the reference
  /// kernels, and the plan's report says so.
  const char* delegate;
  int32_t threads;          ///< 0: one for each processor this process may use
  const char* device;       ///< as of --device; NULL: by the rule
  lm_delegate_flags flags;  ///< options of the delegate
  bool no_plan;             ///< stop after create (inputs are to be resized first)
} lm_session_options;

typedef struct lm_session {
  const char* delegate_name;  ///< static: what was asked for, resolved: "opencl", never "gpu"
  lm_device_choice choice;    ///< how that came about
  char* delegate_options;     ///< OWNED; merged, of the delegate that was asked for; NULL: none
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

/// The device that the delegate which was asked for has open; NULL: it lists none. Valid until
/// close.
const lm_device_info* lm_session_device(const lm_session* session);

/// What that delegate says about its device: "AVX-512 VNNI, 2 threads"; NULL: nothing.
const char* lm_session_device_name(const lm_session* session);

/// Where the work was sent and how that came about: "opencl:0 PoCL (cpu), OpenCL 1.2, driver 3.1;
/// fp16; gpu: the only usable device"; "" where nothing was chosen. Writes into `buffer`.
const char* lm_session_device_text(const lm_session* session, char* buffer, size_t size);

/// What the plan really uses: "cpu", "cpu+reference", "reference". Writes into `buffer`.
const char* lm_session_ran_on(const lm_session* session, char* buffer, size_t buffer_size);

#endif  // LITMARK_HARNESS_SESSION_H_
