// SPDX-License-Identifier: MIT
#include "waiting.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// "time on a processor, time waiting for one, times that it got one": both times in nanoseconds.
static bool waited_ns(const char* thread, uint64_t* out) {
  char path[300];
  snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", thread);
  FILE* file = fopen(path, "r");
  if (file == NULL) return false;
  uint64_t ran;
  const bool told = fscanf(file, "%" SCNu64 " %" SCNu64, &ran, out) == 2;
  fclose(file);
  return told;
}

double bench_waited_s(void) {
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == NULL) return NAN;
  double sum = 0;
  bool told = false;
  for (const struct dirent* entry; (entry = readdir(tasks)) != NULL;) {
    uint64_t ns;
    if (entry->d_name[0] == '.' || !waited_ns(entry->d_name, &ns)) continue;
    sum += 1e-9 * (double)ns;
    told = true;
  }
  closedir(tasks);
  return told ? sum : NAN;
}
