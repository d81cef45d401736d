// SPDX-License-Identifier: MIT
//
// `litmark devices`: which delegates this build has and what they find on this machine, and which
// other runtimes could be measured beside it.
#include <stdio.h>

#include "args.h"
#include "commands.h"
#include "engine_set.h"
#include "exit_code.h"
#include "isa_option.h"
#include "litmark/delegates.h"
#include "litmark/op.h"

static void print_ops(void) {
  const lm_op* op;
  int column = 0;
  printf("\nops with a reference kernel\n ");
  for (int32_t i = 0; (op = lm_op_at(i)) != NULL; ++i) {
    column += printf(" %s", op->name);
    if (column > 84) {
      printf("\n ");
      column = 0;
    }
  }
  printf("\n");
}

static int print_names(void) {
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) {
    const lm_delegate_options options = {.struct_size = sizeof options};
    lm_delegate* delegate;
    if (vtable->open(&options, lm_allocator_default(), &delegate, NULL) != LM_OK) continue;
    vtable->close(delegate);
    puts(vtable->name);
  }
  return LM_EXIT_OK;
}

static void print_engines(const lm_list* libs) {
  printf("\n%-10s %-40s %s\n", "engine", "version", "what it is");
  const lm_engine_kind* kind;
  for (int32_t i = 0; (kind = lm_engine_kind_at(i)) != NULL; ++i) {
    lm_engine_library library;
    lm_error err = LM_ERROR_INIT;
    if (lm_engine_library_open(kind, lm_engine_set_path(libs, kind), &library, &err) != LM_OK) {
      printf("%-10s %-40s %s\n", kind->name, "none", err.message);
      continue;
    }
    printf("%-10s %-40s %s%s%s\n", kind->name,
           library.version != NULL ? library.version : "unknown", kind->what,
           library.path != NULL ? ": " : "", library.path != NULL ? library.path : "");
    lm_engine_library_close(&library);
  }
}

static void print_delegates(void) {
  printf("%-10s %-40s %s\n", "delegate", "device", "what it is");
  printf("%-10s %-40s %s\n", "reference", "any CPU", "plain C kernels, the definition of correct");
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) {
    const lm_delegate_options options = {.struct_size = sizeof options};
    lm_delegate* delegate;
    lm_error err = LM_ERROR_INIT;
    if (vtable->open(&options, lm_allocator_default(), &delegate, &err) != LM_OK) {
      printf("%-10s %-40s %s\n", vtable->name, "none", err.message);
      continue;
    }
    const char* device = vtable->device_name != NULL ? vtable->device_name(delegate) : "";
    printf("%-10s %-40s %s\n", vtable->name, device, vtable->description);
    vtable->close(delegate);
  }
}

int lm_devices_main(int argc, char** argv) {
  bool ops = false, names = false;
  lm_list libs = {0};
  const lm_arg args[] = {
      {LM_ARG_FLAG, "ops", 0, &ops, NULL, "list the operators of the reference kernels, too", 0, 0},
      {LM_ARG_FLAG, "names", 0, &names, NULL,
       "only the names of the delegates that find a device, for scripts", 0, 0},
      {LM_ARG_REPEAT, "engine-lib", 0, &libs, "NAME=PATH",
       "library of an engine that no Python environment has", 0, 0},
  };
  const lm_command command = {
      .name = "litmark devices",
      .synopsis = "[--ops | --names] [--engine-lib NAME=PATH]",
      .summary =
          "Lists the delegates of this build and the devices that they find here, and the "
          "runtimes\n"
          "that `litmark bench --engine` can measure beside it, and the instruction sets that\n"
          "--isa of the other commands takes.",
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
  };
  const int stop = lm_args_parse(&command, argc, argv, NULL);
  if (stop >= 0 || names) {
    lm_list_free(&libs);
    return stop >= 0 ? stop : print_names();
  }
  lm_error err = LM_ERROR_INIT;
  if (lm_engine_set_check_libs(&libs, &err) != LM_OK) {
    lm_list_free(&libs);
    return lm_report_error(NULL, &err);
  }
  print_delegates();
  print_engines(&libs);
  printf("\n");
  lm_isa_print_levels();
  lm_list_free(&libs);
  if (ops) print_ops();
  return LM_EXIT_OK;
}
