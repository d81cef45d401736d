// SPDX-License-Identifier: MIT
#ifndef LITMARK_CLI_RUN_H_
#define LITMARK_CLI_RUN_H_

#include <stdbool.h>

#include "args.h"
#include "engine_set.h"

/// What the command line of `litmark run` says.
typedef struct run_options {
  const char* model;
  const char* delegate;
  const char* device;
  lm_delegate_flags flags;
  const char* output_dir;
  lm_list inputs;
  lm_list engines;  ///< one, or none
  lm_list engine_libs;
  bool random_input;
  int seed;
  int threads;
} run_options;

/// Says where an output went: "out/output0.npy  int8 [1,36]  Identity".
void run_print_output(const char* path, lm_type type, const lm_shape* shape, const char* name);

/// Runs the model once on the engine. @return the exit code.
int run_with_engine(const run_options* options);

#endif  // LITMARK_CLI_RUN_H_
