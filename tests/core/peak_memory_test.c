// SPDX-License-Identifier: MIT
//
// The highest resident memory of a program that only runs a model on the cpu delegate, against what
// the plan accounts for. Weights must not be in memory twice, packed and as the file has them.
//   peak_memory_test MODEL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/interpreter.h"

// Program, C library, the model's description, and whatever is not weights.
#define ROOM_BYTES ((double)(6 << 20))

enum { SKIPPED = 77 };

extern const lm_delegate_vtable lm_delegate_cpu;

// VmHWM; 0 where the system does not tell.
static double peak_bytes(void) {
  FILE* file = fopen("/proc/self/status", "re");
  if (file == NULL) return 0;
  char line[256];
  double bytes = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "VmHWM:", 6) == 0) bytes = 1024 * strtod(line + 6, NULL);
  }
  fclose(file);
  return bytes;
}

static lm_status run(const char* path, lm_plan_report* out_report, lm_error* err) {
  const lm_delegate_options options = {.struct_size = sizeof options, .threads = 1};
  const lm_allocator allocator = lm_allocator_default();
  lm_delegate* delegate = NULL;
  lm_model* model = NULL;
  lm_interpreter* it = NULL;
  lm_status status = lm_delegate_cpu.open(&options, allocator, &delegate, err);
  if (status == LM_OK) status = lm_model_open(path, allocator, &model, err);
  if (status == LM_OK) {
    const lm_interpreter_options how = {
        .struct_size = sizeof how, .delegates = &delegate, .delegate_count = 1};
    status = lm_interpreter_create(model, &how, allocator, &it, err);
  }
  if (status == LM_OK) status = lm_interpreter_plan(it, err);
  for (int i = 0; i < 2 && status == LM_OK; ++i) status = lm_interpreter_invoke(it, err);
  if (status == LM_OK) *out_report = *lm_interpreter_report(it);
  lm_interpreter_destroy(it);
  lm_model_destroy(model);
  if (delegate != NULL) delegate->vtable->close(delegate);
  return status;
}

int main(int argc, char** argv) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  puts("skipped: the sanitizer's memory is counted too");
  return SKIPPED;
#endif
  if (argc != 2) return 2;
  lm_plan_report report = {0};
  lm_error err = LM_ERROR_INIT;
  if (run(argv[1], &report, &err) != LM_OK) {
    fprintf(stderr, "%s: %s\n", argv[1], err.message);
    return 1;
  }
  const double peak = peak_bytes();
  if (peak == 0) return SKIPPED;
  const double planned = (double)report.packed_bytes + (double)report.arena_bytes;
  const double most = 1.05 * planned + ROOM_BYTES;
  printf("peak %.1f MB, packed weights and arena %.1f MB, allowed %.1f MB\n", peak * 1e-6,
         planned * 1e-6, most * 1e-6);
  return peak <= most ? 0 : 1;
}
