// SPDX-License-Identifier: MIT
//
// The measuring side. What peaks mean is told in docs/measuring.md.
#include "memory_probe.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "exit_code.h"
#include "json_build.h"

enum { FIXED_ARGUMENTS = 13, STEADY_INVOCATIONS = 2 };

static const char* const kPhaseNames[] = {
#define PHASE_NAME(name, text) text,
    BENCH_PROBE_PHASES(PHASE_NAME)
#undef PHASE_NAME
};

const char* bench_probe_phase_name(bench_probe_phase phase) { return kPhaseNames[phase]; }

// Lets VmHWM, the high-water mark of resident memory, start again from what is resident now.
static bool reset_peak(void) {
  const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = write(fd, "5", 1) == 1;
  close(fd);
  return ok;
}

// The value of "KEY:   123 kB" in bytes; NAN when the file does not tell.
static double read_kilobytes(const char* path, const char* key) {
  FILE* file = fopen(path, "re");
  if (file == NULL) return NAN;
  char line[256];
  double bytes = NAN;
  const size_t length = strlen(key);
  while (isnan(bytes) && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, key, length) == 0 && line[length] == ':') {
      bytes = 1024.0 * strtod(line + length + 1, NULL);
    }
  }
  fclose(file);
  return bytes;
}

typedef struct recorder {
  lm_json json;
  cJSON* root;
  cJSON* peaks;
  bool can_reset;
} recorder;

static void end_phase(recorder* r, bench_probe_phase phase) {
  const double peak = r->can_reset ? read_kilobytes("/proc/self/status", "VmHWM") : NAN;
  lm_json_number(&r->json, r->peaks, kPhaseNames[phase], peak);
  if (r->can_reset) r->can_reset = reset_peak();
}

static lm_status measure(const bench_config* config, recorder* r, lm_session* session,
                         lm_error* err) {
  r->can_reset = reset_peak();
  end_phase(r, BENCH_PROBE_BASELINE);
  lm_status status = bench_session_open(config, session, err);
  if (status != LM_OK) return status;
  end_phase(r, BENCH_PROBE_LOAD);
  status = bench_session_plan(config, session, err);
  if (status != LM_OK) return status;
  end_phase(r, BENCH_PROBE_PLAN);
  const uint64_t begin = lm_now_ns();
  status = lm_interpreter_invoke(session->interpreter, err);
  const uint64_t end = lm_now_ns();
  if (status != LM_OK) return status;
  end_phase(r, BENCH_PROBE_FIRST);
  for (int i = 0; i < STEADY_INVOCATIONS && status == LM_OK; ++i) {
    status = lm_interpreter_invoke(session->interpreter, err);
  }
  end_phase(r, BENCH_PROBE_STEADY);
  const double resident = read_kilobytes("/proc/self/smaps_rollup", "Rss");
  const double anonymous = read_kilobytes("/proc/self/smaps_rollup", "Anonymous");
  lm_json_number(&r->json, r->root, "anonymous", anonymous);
  lm_json_number(&r->json, r->root, "file_backed", resident - anonymous);
  lm_json_number(&r->json, r->root, "load_ms", (double)session->load_ns * 1e-6);
  lm_json_number(&r->json, r->root, "delegate_init_ms", (double)session->delegate_init_ns * 1e-6);
  lm_json_number(&r->json, r->root, "plan_ms", (double)session->plan_ns * 1e-6);
  lm_json_number(&r->json, r->root, "first_ms", (double)(end - begin) * 1e-6);
  lm_json_bool(&r->json, r->root, "can_reset", r->can_reset);
  return status;
}

// "" stands for NULL; every other value has a '=' in front.
static const char* optional_argument(const char* text) { return *text == '=' ? text + 1 : NULL; }

int bench_probe_main(int argc, char** argv) {
  if (argc < FIXED_ARGUMENTS) return LM_EXIT_USAGE;
  // Without the process that reads the pipe there is nobody to measure for.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  bench_options options = {
      .seed = atoi(argv[4]),
      .device = optional_argument(argv[5]),
      .flags = {.isa = optional_argument(argv[6]),
                .precision = optional_argument(argv[7]),
                .quantized = optional_argument(argv[8]),
                .opencl_gemm = optional_argument(argv[9]),
                .cache = optional_argument(argv[10]),
                .no_tune = optional_argument(argv[11]) != NULL,
                .extra = optional_argument(argv[12])},
      .input_shapes = {.items = argv + FIXED_ARGUMENTS, .count = argc - FIXED_ARGUMENTS},
  };
  const bench_config config = {
      .options = &options, .model = argv[1], .delegate = argv[2], .threads = atoi(argv[3])};
  recorder r = {.root = cJSON_CreateObject()};
  r.peaks = lm_json_object(&r.json, r.root, "peak");
  lm_session session = {0};
  lm_error err = LM_ERROR_INIT;
  const lm_status status = measure(&config, &r, &session, &err);
  lm_session_close(&session);
  if (status != LM_OK) lm_json_string(&r.json, r.root, "error", err.message);
  char* text = r.json.failed ? NULL : cJSON_PrintUnformatted(r.root);
  cJSON_Delete(r.root);
  if (text == NULL) return LM_EXIT_RESOURCES;
  const bool written = fputs(text, stdout) >= 0 && fflush(stdout) == 0;
  cJSON_free(text);
  return status != LM_OK ? lm_exit_code(status) : written ? LM_EXIT_OK : LM_EXIT_RESOURCES;
}
