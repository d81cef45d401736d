// SPDX-License-Identifier: MIT
#include "gpu_tune.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash64.h"
#include "gpu_conv_run.h"

// Of the keys: to be raised when plans of old names are no longer what they were.
#define TUNE_VERSION 1
#define MAX_ENTRIES 4096
#define MAX_FILE_BYTES (1 << 20)
#define NAME_BYTES LM_GPU_TUNED_BYTES
#define PATH_BYTES 4096
#define LEAST_RUNS 3
#define MOST_RUNS 20
#define ENOUGH_NS 10000000u  // of one plan

typedef struct entry {
  uint64_t key;
  char name[NAME_BYTES];
} entry;

struct lm__gpu_tuner {
  lm__gpu_device* device;
  const char* folder;     // BORROWED from the options; NULL: nothing is kept
  const lm_graph* graph;  // being compiled; only its address counts
  uint64_t limit_ns, spent_ns;
  entry* entries;
  int32_t count;
  bool changed;
};

// ---- entries

static uint64_t key_of(const lm__gpu_conv* conv) {
  return lm__hash64(conv, sizeof *conv, TUNE_VERSION);
}

static const entry* find(const lm__gpu_tuner* tuner, uint64_t key) {
  for (int32_t i = 0; i < tuner->count; ++i) {
    if (tuner->entries[i].key == key) return &tuner->entries[i];
  }
  return NULL;
}

bool lm__gpu_tuner_recall(const lm__gpu_tuner* tuner, uint64_t key, char* out_text) {
  const entry* known = tuner != NULL ? find(tuner, key) : NULL;
  if (known != NULL) memcpy(out_text, known->name, sizeof known->name);
  return known != NULL;
}

void lm__gpu_tuner_keep(lm__gpu_tuner* tuner, uint64_t key, const char* name) {
  if (tuner == NULL) return;
  entry* e = (entry*)find(tuner, key);
  if (e == NULL) {
    if (tuner->count == MAX_ENTRIES) return;
    e = &tuner->entries[tuner->count++];
  }
  e->key = key;
  snprintf(e->name, sizeof e->name, "%s", name);
  tuner->changed = true;
}

// ---- the file: "litmark-tune 1", then lines "16 hex digits, space, name"

static bool path_of(const lm__gpu_tuner* tuner, const char* suffix, char* out) {
  const int n = snprintf(out, PATH_BYTES, "%s/litmark-%016" PRIx64 ".tune%s", tuner->folder,
                         tuner->device->caps.identity, suffix);
  return n > 0 && n < PATH_BYTES;
}

static void read_line(lm__gpu_tuner* tuner, const char* line, size_t length) {
  char text[17 + NAME_BYTES], name[NAME_BYTES];
  if (length < 18 || length >= sizeof text || line[16] != ' ') return;
  memcpy(text, line, length);
  text[length] = '\0';
  uint64_t key = 0;
  for (int i = 0; i < 16; ++i) {
    static const char kDigits[] = "0123456789abcdef";
    const char* digit = memchr(kDigits, text[i], 16);
    if (digit == NULL) return;
    key = key << 4 | (uint64_t)(digit - kDigits);
  }
  snprintf(name, sizeof name, "%s", text + 17);
  lm__gpu_tuner_keep(tuner, key, name);
}

static void read_file(lm__gpu_tuner* tuner) {
  char path[PATH_BYTES];
  if (!path_of(tuner, "", path)) return;
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return;
  struct stat info;
  const bool ours = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
                    (info.st_uid == geteuid() || info.st_uid == 0) &&
                    (info.st_mode & S_IWOTH) == 0 && info.st_size <= MAX_FILE_BYTES;
  FILE* file = ours ? fdopen(fd, "r") : NULL;
  if (file == NULL) {
    close(fd);
    return;
  }
  char line[256];
  if (fgets(line, sizeof line, file) != NULL && strcmp(line, "litmark-tune 1\n") == 0) {
    while (fgets(line, sizeof line, file) != NULL) read_line(tuner, line, strcspn(line, "\n"));
  }
  fclose(file);
  tuner->changed = false;
}

// Nobody ever sees half a file: it gets its name when it is whole. What cannot be written is
// measured again.
static void write_file(const lm__gpu_tuner* tuner) {
  char path[PATH_BYTES], temporary[PATH_BYTES], suffix[64];
  snprintf(suffix, sizeof suffix, ".%ld.%" PRIu64, (long)getpid(), lm_now_ns());
  if (!path_of(tuner, "", path) || !path_of(tuner, suffix, temporary)) return;
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return;
  FILE* file = fdopen(fd, "w");
  if (file == NULL) {
    close(fd);
    unlink(temporary);
    return;
  }
  bool ok = fputs("litmark-tune 1\n", file) >= 0;
  for (int32_t i = 0; i < tuner->count && ok; ++i) {
    ok = fprintf(file, "%016" PRIx64 " %s\n", tuner->entries[i].key, tuner->entries[i].name) > 0;
  }
  ok = fclose(file) == 0 && ok;
  if (!ok || rename(temporary, path) != 0) unlink(temporary);
}

// ---- open and close

// A processor's plans are known from measurements, so that searching is worth it only when it is
// asked for or kept.
static bool is_wanted(const lm__gpu_device* device, const lm__gpu_options* options) {
  if (!options->tune) return false;
  return options->tune_given || options->cache_folder != NULL ||
         device->caps.info.type != LM_DEVICE_CPU;
}

lm_status lm__gpu_tuner_create(lm__gpu_device* device, const lm__gpu_options* options,
                               lm__gpu_tuner** out_tuner, lm_error* err) {
  *out_tuner = NULL;
  if (!is_wanted(device, options)) return LM_OK;
  lm__gpu_tuner* tuner = lm_alloc(device->allocator, sizeof *tuner);
  if (tuner == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "tuner");
  tuner->device = device;
  tuner->folder = options->cache_folder;
  tuner->limit_ns = (uint64_t)(options->tune_seconds * 1e9);
  tuner->entries = lm_alloc_array(device->allocator, MAX_ENTRIES, sizeof *tuner->entries);
  if (tuner->entries == NULL) {
    lm_free(device->allocator, tuner);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "tuner: %d entries", MAX_ENTRIES);
  }
  if (tuner->folder != NULL) read_file(tuner);
  *out_tuner = tuner;
  return LM_OK;
}

void lm__gpu_tuner_destroy(lm__gpu_tuner* tuner) {
  if (tuner == NULL) return;
  if (tuner->changed && tuner->folder != NULL) write_file(tuner);
  const lm_allocator allocator = tuner->device->allocator;
  lm_free(allocator, tuner->entries);
  lm_free(allocator, tuner);
}

void lm__gpu_tuner_begin(lm__gpu_tuner* tuner, const lm_graph* graph) {
  if (tuner == NULL || tuner->graph == graph) return;
  tuner->graph = graph;
  tuner->spent_ns = 0;
}

// ---- measuring

static bool is_over(const lm__gpu_tuner* tuner, uint64_t begin_ns) {
  return tuner->spent_ns + (lm_now_ns() - begin_ns) >= tuner->limit_ns;
}

// Least time of a few runs, after one that warms up; UINT64_MAX: it does not run here. Stops early
// when it is far from `best_ns`.
static uint64_t time_plan(const lm__gpu_tuner* tuner, const lm__gpu_conv* conv,
                          const lm__gpu_conv_plan* plan, uint64_t best_ns) {
  lm__gpu_conv_run run;
  if (lm__gpu_conv_run_init(&run, tuner->device, conv, plan, NULL) != LM_OK) return UINT64_MAX;
  uint64_t least = UINT64_MAX, sum = 0, ns = 0;
  lm_status status = lm__gpu_conv_run_once(&run, &ns, NULL);
  for (int i = 0; status == LM_OK && i < MOST_RUNS; ++i) {
    status = lm__gpu_conv_run_once(&run, &ns, NULL);
    if (status != LM_OK) break;
    if (ns < least) least = ns;
    sum += ns;
    if (least / 2 > best_ns || (i + 1 >= LEAST_RUNS && sum >= ENOUGH_NS)) break;
  }
  lm__gpu_conv_run_deinit(&run);
  return status == LM_OK ? least : UINT64_MAX;
}

// The best of those there was time for. `out_all`: it was enough for all of them.
static int32_t measure(lm__gpu_tuner* tuner, const lm__gpu_conv* conv,
                       const lm__gpu_conv_plan* plans, int32_t count, bool* out_all) {
  const uint64_t begin_ns = lm_now_ns();
  uint64_t best_ns = UINT64_MAX;
  int32_t best = -1, i = 0;
  for (; i < count && !is_over(tuner, begin_ns); ++i) {
    const uint64_t ns = time_plan(tuner, conv, &plans[i], best_ns);
    if (ns < best_ns) {
      best_ns = ns;
      best = i;
    }
  }
  tuner->spent_ns += lm_now_ns() - begin_ns;
  *out_all = i == count;
  return best;
}

int32_t lm__gpu_tuner_choose(lm__gpu_tuner* tuner, const lm__gpu_conv* conv,
                             const lm__gpu_conv_plan* plans, int32_t count) {
  if (count < 2) return 0;
  const uint64_t key = key_of(conv);
  const entry* known = find(tuner, key);
  if (known != NULL) {
    for (int32_t i = 0; i < count; ++i) {
      if (strcmp(plans[i].name, known->name) == 0) return i;
    }
  }
  bool all = false;
  const int32_t best = measure(tuner, conv, plans, count, &all);
  if (all && best >= 0) lm__gpu_tuner_keep(tuner, key, plans[best].name);
  return best >= 0 ? best : 0;
}
