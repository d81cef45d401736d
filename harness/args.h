// SPDX-License-Identifier: MIT
//
// Command lines as tables, over getopt_long: parsing, --help and suggestions from one description.
#ifndef LITMARK_HARNESS_ARGS_H_
#define LITMARK_HARNESS_ARGS_H_

#include <stdbool.h>

/// A list of strings. The items are OWNED by the list.
typedef struct lm_list {
  char** items;
  int count;
} lm_list;

bool lm_list_append(lm_list* list, const char* item);
void lm_list_free(lm_list* list);

typedef enum lm_arg_kind {
  LM_ARG_HEADING,  ///< no flag: `help` is a heading of the help text
  LM_ARG_FLAG,     ///< target: bool*
  LM_ARG_STRING,   ///< target: const char** (points into argv)
  LM_ARG_INT,      ///< target: int*
  LM_ARG_DOUBLE,   ///< target: double*
  LM_ARG_LIST,     ///< target: lm_list*; comma-separated, no entry empty; may be repeated
  LM_ARG_REPEAT,   ///< target: lm_list*; may be repeated, commas are part of the value
} lm_arg_kind;

typedef struct lm_arg {
  lm_arg_kind kind;
  const char* name;  ///< "threads", without dashes
  char letter;       ///< short form, 0: none
  void* target;
  const char* value;  ///< "N", "FILE" in the help text
  const char* help;   ///< may hold line breaks
  double min, max;    ///< range of INT and DOUBLE; both 0: any
} lm_arg;

typedef struct lm_command {
  const char* name;      ///< "litmark bench"
  const char* synopsis;  ///< what follows the name in the usage line
  const char* summary;   ///< what it does, a few lines
  const char* epilogue;  ///< examples, exit codes; may be NULL
  const lm_arg* args;
  int arg_count;
  int max_positional;  ///< -1: any number
} lm_command;

/// Parses argv. `positional` receives what is no flag (may be NULL when max_positional is 0).
/// @return -1 to go on; else the exit code to end with: 0 after --help, 2 after a usage error,
/// which
///         was reported on stderr with a suggestion where one is near.
int lm_args_parse(const lm_command* command, int argc, char** argv, lm_list* positional);

/// The candidate nearest to `word` by edit distance, or NULL when none is near.
const char* lm_nearest(const char* word, const char* const* candidates, int count);

#endif  // LITMARK_HARNESS_ARGS_H_
