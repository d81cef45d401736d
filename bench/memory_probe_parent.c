// SPDX-License-Identifier: MIT
//
// The asking side of the memory probe: starts the process, reads the pipe, watches the clock.
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "litmark/profiler.h"

#include <cjson/cJSON.h>

#include "memory_probe.h"

extern char** environ;

enum { ANSWER_MAX = 65536 };

enum { PLAIN_ARGUMENTS = 7, OPTION_COUNT = 8 };

static char* option_text(const char* value) {
  if (value == NULL) return strdup("");
  const size_t size = strlen(value) + 2;
  char* text = malloc(size);
  if (text != NULL) snprintf(text, size, "=%s", value);
  return text;
}

// The values that bench_probe_main() reads behind the plain ones, in its order.
static int option_texts(const bench_options* o, char** out) {
  const char* values[OPTION_COUNT] = {o->device,
                                      o->flags.isa,
                                      o->flags.precision,
                                      o->flags.quantized,
                                      o->flags.opencl_gemm,
                                      o->flags.cache,
                                      o->flags.no_tune ? "" : NULL,
                                      o->flags.extra};
  int code = 0;
  for (int i = 0; i < OPTION_COUNT; ++i) {
    out[i] = option_text(values[i]);
    if (out[i] == NULL) code = ENOMEM;
  }
  return code;
}

static int start(char** argv, int out_fd, pid_t* out_pid) {
  char self[4096];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) return errno;
  self[length] = '\0';
  posix_spawn_file_actions_t actions;
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return code;
  code = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
  // The real path, not /proc/self/exe, which would name another program in the new process.
  if (code == 0) code = posix_spawn(out_pid, self, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

// Starts this program again with its stdout on a pipe. Returns 0 or an errno value.
static int spawn_probe(const bench_config* config, pid_t* out_pid, int* out_fd) {
  char threads[16], seed[16];
  snprintf(threads, sizeof threads, "%d", config->threads);
  snprintf(seed, sizeof seed, "%d", config->options->seed);
  const lm_list* shapes = &config->options->input_shapes;
  char* options[OPTION_COUNT] = {NULL};
  char** argv = calloc((size_t)shapes->count + PLAIN_ARGUMENTS + OPTION_COUNT + 1, sizeof *argv);
  int pipe_fds[2] = {-1, -1};
  int code = option_texts(config->options, options);
  if (argv == NULL) code = ENOMEM;
  if (code == 0 && pipe2(pipe_fds, O_CLOEXEC) != 0) code = errno;
  if (code == 0) {
    char* const plain[PLAIN_ARGUMENTS] = {(char*)"litmark",
                                          (char*)"bench",
                                          (char*)BENCH_PROBE_FLAG,
                                          (char*)config->model,
                                          (char*)config->delegate,
                                          threads,
                                          seed};
    memcpy(argv, plain, sizeof plain);
    memcpy(argv + PLAIN_ARGUMENTS, options, sizeof options);
    for (int i = 0; i < shapes->count; ++i) {
      argv[PLAIN_ARGUMENTS + OPTION_COUNT + i] = shapes->items[i];
    }
    code = start(argv, pipe_fds[1], out_pid);
  }
  if (pipe_fds[1] >= 0) close(pipe_fds[1]);
  if (code != 0 && pipe_fds[0] >= 0) close(pipe_fds[0]);
  *out_fd = pipe_fds[0];
  for (int i = 0; i < OPTION_COUNT; ++i) free(options[i]);
  free(argv);
  return code;
}

// Reads until the end of the pipe. False when time ran out or the answer is too long.
static bool read_answer(int fd, double timeout_s, char* answer) {
  const uint64_t deadline = lm_now_ns() + (uint64_t)(timeout_s * 1e9);
  size_t used = 0;
  for (;;) {
    const uint64_t now = lm_now_ns();
    if (now >= deadline || used == ANSWER_MAX - 1) return false;
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    const uint64_t wait_ms = (deadline - now) / 1000000u + 1;
    const int ready = poll(&poll_fd, 1, wait_ms < 60000 ? (int)wait_ms : 60000);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    const ssize_t got = read(fd, answer + used, ANSWER_MAX - 1 - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    used += (size_t)got;
  }
  answer[used] = '\0';
  return true;
}

static double number_of(const cJSON* object, const char* name) {
  const cJSON* item = cJSON_GetObjectItemCaseSensitive(object, name);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void read_figures(const cJSON* root, bench_probe* out) {
  out->measured = true;
  out->load_ms = number_of(root, "load_ms");
  out->delegate_init_ms = number_of(root, "delegate_init_ms");
  out->plan_ms = number_of(root, "plan_ms");
  out->first_ms = number_of(root, "first_ms");
  out->anonymous_bytes = number_of(root, "anonymous");
  out->file_backed_bytes = number_of(root, "file_backed");
  const cJSON* peaks = cJSON_GetObjectItemCaseSensitive(root, "peak");
  for (int p = 0; p < BENCH_PROBE_PHASE_COUNT; ++p) {
    out->peak_bytes[p] = number_of(peaks, bench_probe_phase_name((bench_probe_phase)p));
  }
  const bool reset = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "can_reset"));
  snprintf(out->method, sizeof out->method,
           "%s; a process of its own; anonymous and file-backed: "
           "smaps_rollup after the last invocation",
           reset ? "peak: VmHWM, reset through /proc/self/clear_refs at the border of each phase"
                 : "peak: not measured, /proc/self/clear_refs may not be written here");
}

static void interpret(const char* answer, int wait_status, bench_probe* out) {
  cJSON* root = cJSON_Parse(answer);
  const cJSON* error = cJSON_GetObjectItemCaseSensitive(root, "error");
  if (WIFSIGNALED(wait_status)) {
    snprintf(out->method, sizeof out->method, "not measured: the process ended with signal %d",
             WTERMSIG(wait_status));
  } else if (cJSON_IsString(error)) {
    snprintf(out->method, sizeof out->method, "not measured: %.180s", error->valuestring);
  } else if (root == NULL || !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) {
    snprintf(out->method, sizeof out->method, "not measured: the process ended with exit code %d",
             WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1);
  } else {
    read_figures(root, out);
  }
  cJSON_Delete(root);
}

void bench_probe_run(const bench_config* config, bench_probe* out) {
  *out = (bench_probe){0};
  pid_t pid = -1;
  int fd = -1;
  char* answer = malloc(ANSWER_MAX);
  const int code = answer == NULL ? ENOMEM : spawn_probe(config, &pid, &fd);
  if (code != 0) {
    snprintf(out->method, sizeof out->method, "not measured: no process could be started: %s",
             strerror(code));
    free(answer);
    return;
  }
  const bool complete = read_answer(fd, config->options->probe_timeout_s, answer);
  close(fd);
  if (!complete) kill(pid, SIGKILL);
  int wait_status = 0;
  while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
  }
  if (complete) {
    interpret(answer, wait_status, out);
  } else {
    snprintf(out->method, sizeof out->method, "not measured: no answer within %g s",
             config->options->probe_timeout_s);
  }
  free(answer);
}

double bench_probe_peak(const bench_probe* probe) {
  double peak = NAN;
  for (int p = 0; probe->measured && p < BENCH_PROBE_PHASE_COUNT; ++p) {
    peak = fmax(peak, probe->peak_bytes[p]);
  }
  return peak;
}
