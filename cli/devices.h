// SPDX-License-Identifier: MIT
//
// Between the files of `litmark devices`: every device of every delegate that lists some.
#ifndef LITMARK_CLI_DEVICES_H_
#define LITMARK_CLI_DEVICES_H_

#include "litmark/status.h"

/// Prints a block for each device, or why there is none.
void devices_print_all(void);

/// Delegates and their devices as JSON.
/// @retval LM_OUT_OF_MEMORY, LM_IO
lm_status devices_write_json(const char* path, lm_error* err);

#endif  // LITMARK_CLI_DEVICES_H_
