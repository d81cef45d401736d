// SPDX-License-Identifier: MIT
#include "args.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit_code.h"

enum { MAX_ARGS = 64, MAX_WORD = 64 };

bool lm_list_append(lm_list* list, const char* item) {
  char** items = realloc(list->items, ((size_t)list->count + 1) * sizeof *items);
  if (items == NULL) return false;
  list->items = items;
  items[list->count] = strdup(item);
  if (items[list->count] == NULL) return false;
  ++list->count;
  return true;
}

void lm_list_free(lm_list* list) {
  for (int i = 0; i < list->count; ++i) free(list->items[i]);
  free(list->items);
  *list = (lm_list){0};
}

// Levenshtein distance of two short words.
static int distance(const char* a, const char* b) {
  const size_t n = strlen(a), m = strlen(b);
  if (n >= MAX_WORD || m >= MAX_WORD) return INT_MAX;
  int row[MAX_WORD];
  for (size_t j = 0; j <= m; ++j) row[j] = (int)j;
  for (size_t i = 1; i <= n; ++i) {
    int diagonal = row[0];
    row[0] = (int)i;
    for (size_t j = 1; j <= m; ++j) {
      const int above = row[j];
      int best = diagonal + (a[i - 1] != b[j - 1]);
      if (above + 1 < best) best = above + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
      diagonal = above;
    }
  }
  return row[m];
}

const char* lm_nearest(const char* word, const char* const* candidates, int count) {
  const char* best = NULL;
  int best_distance = (int)strlen(word) / 3 + 2;
  for (int i = 0; i < count; ++i) {
    const int d = distance(word, candidates[i]);
    if (d < best_distance) {
      best = candidates[i];
      best_distance = d;
    }
  }
  return best;
}

static void print_help(const lm_command* command) {
  printf("Usage: %s %s\n\n%s\n", command->name, command->synopsis, command->summary);
  for (int i = 0; i < command->arg_count; ++i) {
    const lm_arg* a = &command->args[i];
    if (a->kind == LM_ARG_HEADING) {
      printf("\n%s:\n", a->help);
      continue;
    }
    char left[64];
    snprintf(left, sizeof left, "%s%c%s--%s%s%s", a->letter ? "-" : "  ",
             a->letter ? a->letter : ' ', a->letter ? ", " : " ", a->name, a->value ? " " : "",
             a->value ? a->value : "");
    const char* line = a->help;
    bool first = true;
    while (line != NULL) {
      const char* end = strchr(line, '\n');
      const int length = end != NULL ? (int)(end - line) : (int)strlen(line);
      // Long flags get a line of their own.
      if (first && strlen(left) > 27) {
        printf("  %s\n", left);
        left[0] = '\0';
      }
      printf("  %-27s %.*s\n", first ? left : "", length, line);
      first = false;
      line = end != NULL ? end + 1 : NULL;
    }
  }
  printf("  %-27s %s\n", "-h, --help", "this text");
  if (command->epilogue != NULL) printf("\n%s\n", command->epilogue);
}

static int usage_error(const lm_command* command, const char* what, const char* word,
                       const char* near) {
  if (near != NULL) {
    fprintf(stderr, "litmark: %s '%s'; did you mean '--%s'? (see %s --help)\n", what, word, near,
            command->name);
  } else {
    fprintf(stderr, "litmark: %s '%s' (see %s --help)\n", what, word, command->name);
  }
  return LM_EXIT_USAGE;
}

static int unknown_flag(const lm_command* command, const char* word) {
  const char* names[MAX_ARGS];
  int count = 0;
  for (int i = 0; i < command->arg_count && count < MAX_ARGS; ++i) {
    if (command->args[i].name != NULL) names[count++] = command->args[i].name;
  }
  char name[MAX_WORD];
  snprintf(name, sizeof name, "%s", word + strspn(word, "-"));
  name[strcspn(name, "=")] = '\0';
  return usage_error(command, "unknown flag", word, lm_nearest(name, names, count));
}

static bool append_split(lm_list* list, const char* text) {
  char* copy = strdup(text);
  if (copy == NULL) return false;
  bool ok = true;
  char* rest = copy;
  for (char* item; ok && (item = strsep(&rest, ",")) != NULL;) ok = lm_list_append(list, item);
  free(copy);
  return ok;
}

// "", "a,,b", "a,": what a script with an empty variable says. Taken for the default, it would
// measure something else than was meant.
static bool has_empty_entry(const char* text) {
  const size_t length = strlen(text);
  return length == 0 || text[0] == ',' || text[length - 1] == ',' || strstr(text, ",,") != NULL;
}

static int number_error(const lm_command* command, const lm_arg* arg, const char* text) {
  char what[160];
  if (arg->min == 0 && arg->max == 0) {
    snprintf(what, sizeof what, "--%s wants a number, not", arg->name);
  } else {
    snprintf(what, sizeof what, "--%s wants a number from %g to %g, not", arg->name, arg->min,
             arg->max);
  }
  return usage_error(command, what, text, NULL);
}

// -1: fine.
static int store(const lm_command* command, const lm_arg* arg, const char* text) {
  char* end = NULL;
  errno = 0;
  switch (arg->kind) {
    case LM_ARG_FLAG:
      *(bool*)arg->target = true;
      return -1;
    case LM_ARG_STRING:
      *(const char**)arg->target = text;
      return -1;
    case LM_ARG_INT: {
      const long value = strtol(text, &end, 10);
      const bool ranged = arg->min != 0 || arg->max != 0;
      if (errno != 0 || end == text || *end != '\0' || value < INT_MIN || value > INT_MAX ||
          (ranged && ((double)value < arg->min || (double)value > arg->max))) {
        return number_error(command, arg, text);
      }
      *(int*)arg->target = (int)value;
      return -1;
    }
    case LM_ARG_DOUBLE: {
      const double value = strtod(text, &end);
      const bool ranged = arg->min != 0 || arg->max != 0;
      if (errno != 0 || end == text || *end != '\0' ||
          (ranged && !(value >= arg->min && value <= arg->max))) {
        return number_error(command, arg, text);
      }
      *(double*)arg->target = value;
      return -1;
    }
    case LM_ARG_LIST:
    case LM_ARG_REPEAT: {
      lm_list* list = arg->target;
      if (arg->kind == LM_ARG_LIST && has_empty_entry(text)) {
        char what[160];
        snprintf(what, sizeof what, "--%s has an empty entry in", arg->name);
        return usage_error(command, what, text, NULL);
      }
      const bool ok =
          arg->kind == LM_ARG_LIST ? append_split(list, text) : lm_list_append(list, text);
      return ok ? -1 : lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
    }
    case LM_ARG_HEADING:
      break;
  }
  return -1;
}

// Builds getopt's tables out of ours. Values from 256: index of the argument.
static void build_tables(const lm_command* command, struct option* longs, char* shorts) {
  int n = 0;
  *shorts++ = ':';
  *shorts++ = 'h';
  for (int i = 0; i < command->arg_count && n < MAX_ARGS; ++i) {
    const lm_arg* a = &command->args[i];
    if (a->kind == LM_ARG_HEADING) continue;
    longs[n++] = (struct option){a->name, a->kind == LM_ARG_FLAG ? no_argument : required_argument,
                                 NULL, 256 + i};
    if (a->letter == 0) continue;
    *shorts++ = a->letter;
    if (a->kind != LM_ARG_FLAG) *shorts++ = ':';
  }
  longs[n++] = (struct option){"help", no_argument, NULL, 'h'};
  longs[n] = (struct option){0};
  *shorts = '\0';
}

static const lm_arg* find_arg(const lm_command* command, int code) {
  if (code >= 256) return &command->args[code - 256];
  for (int i = 0; i < command->arg_count; ++i) {
    if (command->args[i].letter == code) return &command->args[i];
  }
  return NULL;
}

static const lm_arg* find_name(const lm_command* command, const char* name, size_t length) {
  for (int i = 0; i < command->arg_count; ++i) {
    const lm_arg* a = &command->args[i];
    if (a->name != NULL && strlen(a->name) == length && strncmp(a->name, name, length) == 0) {
      return a;
    }
  }
  return NULL;
}

// getopt_long takes any unique beginning of a flag for the flag; a script that relies on one breaks
// when the next flag arrives. Returns the first word that is no flag in full, NULL when all are.
static const char* abbreviated_flag(const lm_command* command, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const char* word = argv[i];
    if (strcmp(word, "--") == 0) return NULL;
    if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--help") == 0) continue;
    const lm_arg* arg;
    bool value_follows;
    if (word[1] == '-') {
      const size_t length = strcspn(word + 2, "=");
      arg = find_name(command, word + 2, length);
      if (arg == NULL) return word;
      value_follows = word[2 + length] == '\0';
    } else {
      arg = find_arg(command, word[1]);
      value_follows = word[2] == '\0';
    }
    if (arg != NULL && arg->kind != LM_ARG_FLAG && value_follows) ++i;
  }
  return NULL;
}

int lm_args_parse(const lm_command* command, int argc, char** argv, lm_list* positional) {
  const char* abbreviated = abbreviated_flag(command, argc, argv);
  if (abbreviated != NULL) return unknown_flag(command, abbreviated);
  struct option longs[MAX_ARGS + 2];
  char shorts[2 * MAX_ARGS + 3];
  build_tables(command, longs, shorts);
  optind = 0;  // glibc: start over, whatever another command parsed before
  opterr = 0;
  for (;;) {
    const int at = optind == 0 ? 1 : optind;
    const int code = getopt_long(argc, argv, shorts, longs, NULL);
    if (code == -1) break;
    if (code == 'h') {
      print_help(command);
      return LM_EXIT_OK;
    }
    const char* word = optind > 0 && optind <= argc ? argv[optind - 1] : argv[at];
    if (code == ':') return usage_error(command, "a value is missing after", word, NULL);
    const lm_arg* arg = code == '?' ? NULL : find_arg(command, code);
    if (arg == NULL) return unknown_flag(command, word);
    const int stop = store(command, arg, optarg);
    if (stop >= 0) return stop;
  }
  const int count = argc - optind;
  if (command->max_positional >= 0 && count > command->max_positional) {
    return usage_error(command, "unexpected argument", argv[optind + command->max_positional],
                       NULL);
  }
  for (int i = optind; i < argc; ++i) {
    if (!lm_list_append(positional, argv[i])) {
      return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
    }
  }
  return -1;
}
