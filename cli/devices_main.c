// SPDX-License-Identifier: MIT
//
// `litmark devices`: which delegates this build has and what they find on this machine.
#include <stdio.h>

#include "args.h"
#include "commands.h"
#include "exit_code.h"
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

int lm_devices_main(int argc, char** argv) {
  bool ops = false, names = false;
  const lm_arg args[] = {
      {LM_ARG_FLAG, "ops", 0, &ops, NULL, "list the operators of the reference kernels, too", 0, 0},
      {LM_ARG_FLAG, "names", 0, &names, NULL,
       "only the names of the delegates that find a device, for scripts", 0, 0},
  };
  const lm_command command = {
      .name = "litmark devices",
      .synopsis = "[--ops | --names]",
      .summary = "Lists the delegates of this build and the devices that they find here.",
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
  };
  const int stop = lm_args_parse(&command, argc, argv, NULL);
  if (stop >= 0) return stop;
  if (names) return print_names();
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
  if (ops) print_ops();
  return LM_EXIT_OK;
}
