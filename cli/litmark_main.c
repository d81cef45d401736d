// SPDX-License-Identifier: MIT
//
// One executable with subcommands. Under the name `bench` it is `litmark bench`.
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "bench.h"
#include "commands.h"
#include "eval.h"
#include "exit_code.h"
#include "mkmodel.h"
#include "report.h"

typedef struct command {
  const char* name;
  int (*main)(int argc, char** argv);
  const char* summary;
} command;

static const command kCommands[] = {
#define LM_COMMAND(name, function, summary) {name, function, summary},
#include "command_list.inc"
#undef LM_COMMAND
};
enum { COMMAND_COUNT = sizeof kCommands / sizeof kCommands[0] };

static void print_help(void) {
  puts(
      "Litmark measures .tflite models: latency, memory, size and accuracy, float against\n"
      "quantized, on every delegate that this machine has.\n\n"
      "Usage: litmark COMMAND [ARGUMENTS]\n\nCommands:");
  for (int i = 0; i < COMMAND_COUNT; ++i) {
    printf("  %-10s %s\n", kCommands[i].name, kCommands[i].summary);
  }
  puts(
      "\n  litmark COMMAND --help   what a command does and takes\n"
      "  litmark --version\n\n"
      "Exit codes: 0 fine, 1 a finding (a wrong output, an expectation not met), 2 usage,\n"
      "3 bad input, 4 unsupported op, delegate or device, 5 out of memory, space or time.");
}

static int run_command(const char* name, int argc, char** argv) {
  const char* names[COMMAND_COUNT];
  for (int i = 0; i < COMMAND_COUNT; ++i) {
    names[i] = kCommands[i].name;
    if (strcmp(name, kCommands[i].name) == 0) return kCommands[i].main(argc, argv);
  }
  const char* near = lm_nearest(name, names, COMMAND_COUNT);
  if (near != NULL) {
    fprintf(stderr, "litmark: unknown command '%s'; did you mean '%s'? (see litmark --help)\n",
            name, near);
  } else {
    fprintf(stderr, "litmark: unknown command '%s' (see litmark --help)\n", name);
  }
  return LM_EXIT_USAGE;
}

// What was printed must have arrived: a full disk behind stdout is an error.
static int finish(int exit_code) {
  if (fflush(stdout) == 0 && ferror(stdout) == 0) return exit_code;
  if (exit_code != LM_EXIT_OK) return exit_code;
  return lm_report_failure(LM_EXIT_RESOURCES, NULL, "standard output cannot be written");
}

int main(int argc, char** argv) {
  // A limit on the size of files is an error of the file that meets it.
  signal(SIGXFSZ, SIG_IGN);
  const char* slash = strrchr(argc > 0 ? argv[0] : "litmark", '/');
  const char* self = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "litmark";
  if (strcmp(self, "bench") == 0) return finish(run_command("bench", argc, argv));
  if (argc < 2) {
    print_help();
    return finish(LM_EXIT_USAGE);
  }
  if (strcmp(argv[1], "help") == 0 && argc > 2) {
    char* words[] = {argv[2], "--help", NULL};
    return finish(run_command(argv[2], 2, words));
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
      strcmp(argv[1], "help") == 0) {
    print_help();
    return finish(LM_EXIT_OK);
  }
  if (strcmp(argv[1], "--version") == 0) {
    puts("litmark " LM_VERSION);
    return finish(LM_EXIT_OK);
  }
  return finish(run_command(argv[1], argc - 1, argv + 1));
}
