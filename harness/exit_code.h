// SPDX-License-Identifier: MIT
#ifndef LITMARK_HARNESS_EXIT_CODE_H_
#define LITMARK_HARNESS_EXIT_CODE_H_

#include "litmark/status.h"

/// What scripts may rely on.
enum {
  LM_EXIT_OK = 0,
  LM_EXIT_FINDING = 1,      ///< the program worked; what it measured fails an expectation
  LM_EXIT_USAGE = 2,        ///< unknown flag, missing argument
  LM_EXIT_BAD_INPUT = 3,    ///< a file is missing, broken or does not fit
  LM_EXIT_UNSUPPORTED = 4,  ///< an op, delegate or device that this build or machine does not have
  LM_EXIT_RESOURCES = 5,    ///< out of memory, disk space or time
};

/// The exit code of a failure.
int lm_exit_code(lm_status status);

/// Prints "litmark: FILE: MESSAGE" as one line on stderr and returns the exit code. `file` may be
/// NULL.
int lm_report_error(const char* file, const lm_error* err);

/// The same for a message of the program's own.
int lm_report_failure(int exit_code, const char* file, const char* format, ...) LM_PRINTF(3, 4);

#endif  // LITMARK_HARNESS_EXIT_CODE_H_
