// SPDX-License-Identifier: MIT
//
// `litmark devices`: which delegates this build has and what they find on this machine, and which
// other runtimes could be measured beside it.
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "device_choice.h"
#include "devices.h"
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

static bool finds_a_device(const lm_delegate_vtable* vtable) {
  const lm_delegate_options options = {.struct_size = sizeof options};
  if (vtable->device_at != NULL) {
    lm_device_choice choice;
    return lm_device_choose(vtable->name, NULL, &choice, NULL) == LM_OK;
  }
  lm_delegate* delegate;
  if (vtable->open(&options, lm_allocator_default(), &delegate, NULL) != LM_OK) return false;
  vtable->close(delegate);
  return true;
}

static int print_names(void) {
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) {
    if (finds_a_device(vtable)) puts(vtable->name);
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

static void print_delegate(const lm_delegate_vtable* vtable) {
  lm_error err = LM_ERROR_INIT;
  if (vtable->device_at != NULL) {
    lm_device_choice choice;
    const bool found = lm_device_choose(vtable->name, NULL, &choice, &err) == LM_OK;
    printf("%-10s %-40s %s\n", vtable->name, found ? choice.device.name : "none",
           found ? vtable->description : err.message);
    return;
  }
  const lm_delegate_options options = {.struct_size = sizeof options};
  lm_delegate* delegate;
  if (vtable->open(&options, lm_allocator_default(), &delegate, &err) != LM_OK) {
    printf("%-10s %-40s %s\n", vtable->name, "none", err.message);
    return;
  }
  const char* device = vtable->device_name != NULL ? vtable->device_name(delegate) : "";
  printf("%-10s %-40s %s\n", vtable->name, device, vtable->description);
  vtable->close(delegate);
}

static void print_delegates(void) {
  printf("%-10s %-40s %s\n", "delegate", "device", "what it is");
  printf("%-10s %-40s %s\n", "reference", "any CPU", "plain C kernels, the definition of correct");
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) print_delegate(vtable);
  if (!lm_device_has_gpu()) return;
  lm_device_choice choice;
  lm_error err = LM_ERROR_INIT;
  if (lm_device_choose("gpu", NULL, &choice, &err) != LM_OK) {
    printf("%-10s %-40s %s\n", "gpu", "none", "none of the above");
  } else {
    printf("%-10s %s:%-*s %s\n", "gpu", choice.vtable->name, 39 - (int)strlen(choice.vtable->name),
           choice.device_text, choice.why);
  }
}

int lm_devices_main(int argc, char** argv) {
  bool ops = false, names = false;
  const char* json = NULL;
  lm_list libs = {0};
  const lm_arg args[] = {
      {LM_ARG_FLAG, "ops", 0, &ops, NULL, "list the operators of the reference kernels, too", 0, 0},
      {LM_ARG_FLAG, "names", 0, &names, NULL,
       "only the names of the delegates that find a device, for scripts", 0, 0},
      {LM_ARG_STRING, "json", 'j', &json, "FILE",
       "delegates and devices for programs, nothing else; - is stdout", 0, 0},
      {LM_ARG_REPEAT, "engine-lib", 0, &libs, "NAME=PATH",
       "library of an engine that no Python environment has", 0, 0},
  };
  const lm_command command = {
      .name = "litmark devices",
      .synopsis = "[--ops | --names | --json FILE] [--engine-lib NAME=PATH]",
      .summary =
          "Lists the delegates of this build and the devices that they find here, and the "
          "runtimes\n"
          "that `litmark bench --engine` can measure beside it, and the instruction sets that\n"
          "--isa of the other commands takes.",
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
  };
  const int stop = lm_args_parse(&command, argc, argv, NULL);
  lm_error err = LM_ERROR_INIT;
  if (stop >= 0 || names || json != NULL) {
    lm_list_free(&libs);
    if (stop >= 0) return stop;
    if (json == NULL) return print_names();
    return devices_write_json(json, &err) == LM_OK ? LM_EXIT_OK : lm_report_error(json, &err);
  }
  if (lm_engine_set_check_libs(&libs, &err) != LM_OK) {
    lm_list_free(&libs);
    return lm_report_error(NULL, &err);
  }
  print_delegates();
  devices_print_all();
  print_engines(&libs);
  printf("\n");
  lm_isa_print_levels();
  lm_list_free(&libs);
  if (ops) print_ops();
  return LM_EXIT_OK;
}
