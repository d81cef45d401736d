// SPDX-License-Identifier: MIT
#include "cold_start.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 4 };

// Counts regular files below `folder`. What cannot be read holds nothing of ours.
static void count_files(const char* folder, int depth, int64_t* files, int64_t* bytes) {
  DIR* stream = opendir(folder);
  if (stream == NULL) return;
  for (const struct dirent* entry; (entry = readdir(stream)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char path[4096];
    struct stat info;
    const int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (length < 0 || (size_t)length >= sizeof path || lstat(path, &info) != 0) continue;
    if (S_ISREG(info.st_mode)) {
      ++*files;
      *bytes += info.st_size;
    } else if (S_ISDIR(info.st_mode) && depth < MAX_DEPTH) {
      count_files(path, depth + 1, files, bytes);
    }
  }
  closedir(stream);
}

double bench_init_ms(const lm_session* session) {
  return 1e-6 * (double)(session->delegate_init_ns + session->plan_ns);
}

lm_status bench_cold_start_run(const bench_config* config, bench_cold_start* out, lm_error* err) {
  *out = (bench_cold_start){0};
  const char* folder = config->options->flags.cache;
  if (folder == NULL || strcmp(config->delegate, "reference") == 0) return LM_OK;
  int64_t files = 0, bytes = 0;
  count_files(folder, 0, &files, &bytes);
  lm_session session = {0};
  lm_status status = bench_session_open(config, &session, err);
  if (status == LM_OK) status = bench_session_plan(config, &session, err);
  out->first_ms = bench_init_ms(&session);
  // Some caches are written when their owner goes.
  lm_session_close(&session);
  if (status != LM_OK) return status;
  out->known = true;
  count_files(folder, 0, &out->files, &out->bytes);
  out->files -= files;
  out->bytes -= bytes;
  return LM_OK;
}

double bench_cold_start_ms(const bench_cold_start* start) {
  const bool cold = start->known && (start->files > 0 || start->bytes != 0);
  return cold ? start->first_ms : NAN;
}
