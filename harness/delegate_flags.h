// SPDX-License-Identifier: MIT
//
// The flags of bench, run, eval and inspect that end up in a delegate's options. Which delegate
// takes which flag with which values is one table; in a list of delegates each gets what it takes,
// and a flag that none of them takes is a mistake of the user's.
#ifndef LITMARK_HARNESS_DELEGATE_FLAGS_H_
#define LITMARK_HARNESS_DELEGATE_FLAGS_H_

#include <stdbool.h>

#include "isa_option.h"
#include "litmark/status.h"

/// All point into argv; NULL: not given.
typedef struct lm_delegate_flags {
  const char* isa;
  const char* precision;
  const char* quantized;
  const char* opencl_gemm;
  const char* cache;
  bool no_tune;
  const char* extra;  ///< --delegate-options: "key=value,..." for every delegate that is asked for
} lm_delegate_flags;

/// Rows of a command's table of flags, for `flags` of type lm_delegate_flags.
#define LM_DELEGATE_FLAG_ARGS(flags)                                             \
  {LM_ARG_STRING,                                                                \
   "precision",                                                                  \
   0,                                                                            \
   &(flags).precision,                                                           \
   "TYPE",                                                                       \
   "arithmetic of floats: fp32 (default); fp16 on GPUs, where\n"                 \
   "a trial says it does; fp32-split6, fp32-split3 (within 1e-4)\n"              \
   "on cpu (AMX)",                                                               \
   0,                                                                            \
   0},                                                                           \
      {LM_ARG_STRING,                                                            \
       "quantized",                                                              \
       0,                                                                        \
       &(flags).quantized,                                                       \
       "HOW",                                                                    \
       "8-bit models on GPUs: int (default, exact) or float",                    \
       0,                                                                        \
       0},                                                                       \
      {LM_ARG_STRING,                                                            \
       "opencl-gemm",                                                            \
       0,                                                                        \
       &(flags).opencl_gemm,                                                     \
       "HOW",                                                                    \
       "matrix products of opencl: auto (default: the faster),\nown or clblast", \
       0,                                                                        \
       0},                                                                       \
      {LM_ARG_STRING,                                                            \
       "cache",                                                                  \
       0,                                                                        \
       &(flags).cache,                                                           \
       "DIR",                                                                    \
       "keep packed weights, compiled kernels and tuning there",                 \
       0,                                                                        \
       0},                                                                       \
      {LM_ARG_FLAG, "no-tune",                                                   \
       0,           &(flags).no_tune,                                            \
       NULL,        "GPUs: no search for the best work-group sizes",             \
       0,           0},                                                          \
      {LM_ARG_STRING, "isa", 0, &(flags).isa, "NAME", LM_ISA_HELP, 0, 0}, {      \
    LM_ARG_STRING, "delegate-options", 0, &(flags).extra, "K=V,...",             \
        "more options of the delegate, e.g. winograd=off", 0, 0                  \
  }

/// Are all flags taken by some of the delegates, with values that exist?
///
/// @param delegates  names as the user gave them; unknown ones are left to lm_device_choose().
/// @retval LM_INVALID_ARGUMENT  no; the message says which delegates take what.
/// @retval LM_UNAVAILABLE       this machine lacks the instruction set of --isa.
lm_status lm_delegate_flags_check(const lm_delegate_flags* flags, const char* const* delegates,
                                  int count, lm_error* err);

/// What a delegate gets out of the flags: "precision=fp16,cache=DIR".
///
/// @param delegate  resolved: "opencl", not "gpu".
/// @param fallback  the cpu delegate behind another: it gets --isa and --cache.
/// @param[out] out_options  OWNED, for free(); NULL: nothing.
lm_status lm_delegate_flags_merge(const lm_delegate_flags* flags, const char* delegate,
                                  bool fallback, char** out_options, lm_error* err);

/// The flags for a variant with options of its own: those come instead of --delegate-options, and a
/// key that they name instead of its flag.
lm_delegate_flags lm_delegate_flags_of_variant(const lm_delegate_flags* flags, const char* options);

/// What the flags leave to the cpu delegate.
lm_isa lm_delegate_flags_isa(const lm_delegate_flags* flags);

/// Value of the last `key` in "key=value,..."; false: there is none. Cut to fit.
bool lm_delegate_option(const char* options, const char* key, char* buffer, size_t size);

/// Adds "settings": how a delegate with these (merged) options computes. `precision_used`: of the
/// plan's report, NULL: it says nothing of its own.
void lm_delegate_settings_json(lm_json* json, cJSON* result, const char* delegate,
                               const char* options, const char* precision_used);

/// "fp16, quantized as float, gemm clblast": what is not the default; "" where all is.
const char* lm_delegate_settings_text(const char* delegate, const char* options, char* buffer,
                                      size_t size);

#endif  // LITMARK_HARNESS_DELEGATE_FLAGS_H_
