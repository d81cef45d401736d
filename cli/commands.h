// SPDX-License-Identifier: MIT
//
// The commands that live in this folder. Each parses argv (argv[0] is "litmark NAME") and returns
// the program's exit code.
#ifndef LITMARK_CLI_COMMANDS_H_
#define LITMARK_CLI_COMMANDS_H_

int lm_run_main(int argc, char** argv);
int lm_inspect_main(int argc, char** argv);
int lm_devices_main(int argc, char** argv);

#endif  // LITMARK_CLI_COMMANDS_H_
