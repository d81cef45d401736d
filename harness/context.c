// SPDX-License-Identifier: MIT
#include "context.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "build_info.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

// What decides which kernels can run; /proc/cpuinfo lists hundreds of others.
static const char* const kIsaNames[] = {
    "sse2",        "ssse3",    "sse4_1",   "sse4_2",   "avx",      "f16c",        "fma",
    "avx2",        "avx_vnni", "avx512f",  "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16",
    "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16", "asimd",    "asimdhp",     "asimddp",
    "i8mm",        "bf16",     "sve",      "sve2",     "sme",
};

// First line of a small file, without the line break; false when there is none.
static bool read_line(const char* path, char* buffer, size_t size) {
  buffer[0] = '\0';
  FILE* file = fopen(path, "re");
  if (file == NULL) return false;
  const bool ok = fgets(buffer, (int)size, file) != NULL;
  fclose(file);
  buffer[strcspn(buffer, "\n")] = '\0';
  return ok;
}

static double read_number(const char* path) {
  char line[64];
  char* end;
  if (!read_line(path, line, sizeof line)) return NAN;
  const double value = strtod(line, &end);
  return end == line ? NAN : value;
}

// Value of the first "key : value" line of /proc/cpuinfo with one of two keys.
static bool cpuinfo_value(const char* key, const char* other_key, char* buffer, size_t size) {
  buffer[0] = '\0';
  FILE* file = fopen("/proc/cpuinfo", "re");
  if (file == NULL) return false;
  char* line = NULL;
  size_t capacity = 0;
  bool found = false;
  while (!found && getline(&line, &capacity, file) >= 0) {
    const char* colon = strchr(line, ':');
    const bool match =
        strncmp(line, key, strlen(key)) == 0 || strncmp(line, other_key, strlen(other_key)) == 0;
    if (colon == NULL || !match) continue;
    snprintf(buffer, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
    buffer[strcspn(buffer, "\n")] = '\0';
    found = true;
  }
  free(line);
  fclose(file);
  return found;
}

static void add_isa(lm_json* json, cJSON* cpu) {
  char flags[8192];
  cJSON* isa = lm_json_array(json, cpu, "isa");
  if (!cpuinfo_value("flags", "Features", flags, sizeof flags)) return;
  char* rest = flags;
  for (char* word; (word = strsep(&rest, " ")) != NULL;) {
    for (size_t i = 0; i < sizeof kIsaNames / sizeof kIsaNames[0]; ++i) {
      if (strcmp(word, kIsaNames[i]) == 0) lm_json_string(json, isa, NULL, word);
    }
  }
}

enum { MAX_CACHES = 8 };

typedef struct cache_facts {
  double level, bytes;
  char type[32];  // "Data", "Instruction", "Unified"
} cache_facts;

// Cache number `index` of the first processor; false past the last.
static bool read_cache(int index, cache_facts* out) {
  char path[96], size[32];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", index);
  out->level = read_number(path);
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", index);
  const bool has_type = read_line(path, out->type, sizeof out->type);
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
  if (!has_type || !read_line(path, size, sizeof size)) return false;
  // "32K", "1024K", "32M".
  char* unit;
  out->bytes = strtod(size, &unit);
  if (*unit == 'K') out->bytes *= 1024;
  if (*unit == 'M') out->bytes *= 1024 * 1024;
  return true;
}

static void add_caches(lm_json* json, cJSON* cpu) {
  cJSON* caches = lm_json_array(json, cpu, "caches");
  cache_facts facts;
  for (int i = 0; i < MAX_CACHES && read_cache(i, &facts); ++i) {
    cJSON* cache = lm_json_object(json, caches, NULL);
    lm_json_number(json, cache, "level", facts.level);
    lm_json_string(json, cache, "type", facts.type);
    lm_json_number(json, cache, "bytes", facts.bytes);
  }
}

int64_t lm_context_cache_bytes(int level) {
  cache_facts facts;
  for (int i = 0; i < MAX_CACHES && read_cache(i, &facts); ++i) {
    const bool holds_data = strcmp(facts.type, "Instruction") != 0;
    if (facts.level == level && holds_data && facts.bytes > 0 && facts.bytes < 1e15) {
      return (int64_t)facts.bytes;
    }
  }
  return 0;
}

static void add_frequency(lm_json* json, cJSON* cpu) {
  static const char kFolder[] = "/sys/devices/system/cpu/cpu0/cpufreq";
  char path[96], governor[64];
  snprintf(path, sizeof path, "%s/scaling_governor", kFolder);
  lm_json_string(json, cpu, "governor",
                 read_line(path, governor, sizeof governor) ? governor : NULL);
  snprintf(path, sizeof path, "%s/scaling_min_freq", kFolder);
  const double low = read_number(path);
  snprintf(path, sizeof path, "%s/scaling_max_freq", kFolder);
  const double high = read_number(path);
  if (isnan(low) || isnan(high)) {
    lm_json_null(json, cpu, "frequency_mhz");
    return;
  }
  cJSON* range = lm_json_array(json, cpu, "frequency_mhz");
  lm_json_number(json, range, NULL, low / 1000);
  lm_json_number(json, range, NULL, high / 1000);
}

int lm_processors_allowed(void) {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 0;
}

static void add_cpu(lm_json* json, cJSON* context) {
  cJSON* cpu = lm_json_object(json, context, "cpu");
  char model[256];
  const bool named = cpuinfo_value("model name", "Model", model, sizeof model);
  lm_json_string(json, cpu, "model", named ? model : NULL);
  lm_json_integer(json, cpu, "logical", sysconf(_SC_NPROCESSORS_ONLN));
  if (lm_processors_allowed() > 0) {
    lm_json_integer(json, cpu, "allowed", lm_processors_allowed());
  } else {
    lm_json_null(json, cpu, "allowed");
  }
  add_isa(json, cpu);
  add_frequency(json, cpu);
  add_caches(json, cpu);
}

void lm_context_add_tool(lm_json* json, cJSON* root) {
  cJSON* tool = lm_json_object(json, root, "tool");
  lm_json_string(json, tool, "name", "litmark");
  lm_json_string(json, tool, "version", LM_BUILD_VERSION);
  lm_json_string(json, tool, "git", LM_BUILD_GIT[0] != '\0' ? LM_BUILD_GIT : NULL);
  lm_json_string(json, tool, "build_type", LM_BUILD_TYPE);
  lm_json_string(json, tool, "compiler", COMPILER);
  lm_json_string(json, tool, "flags", LM_BUILD_FLAGS);
}

static void add_date(lm_json* json, cJSON* context) {
  const time_t now = time(NULL);
  struct tm utc;
  char text[32] = "";
  if (gmtime_r(&now, &utc) != NULL) strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  lm_json_string(json, context, "date", text);
}

static void add_load(lm_json* json, cJSON* context) {
  double load[3];
  const int count = getloadavg(load, 3);
  cJSON* array = lm_json_array(json, context, "load_average");
  for (int i = 0; i < count; ++i) lm_json_number(json, array, NULL, load[i]);
}

static void add_aslr(lm_json* json, cJSON* context) {
  const double setting = read_number("/proc/sys/kernel/randomize_va_space");
  const int persona = personality(0xffffffff);
  if (isnan(setting) || persona == -1) {
    lm_json_null(json, context, "aslr");
  } else {
    lm_json_bool(json, context, "aslr", setting > 0 && (persona & ADDR_NO_RANDOMIZE) == 0);
  }
}

void lm_context_add_machine(lm_json* json, cJSON* root, int argc, char* const* argv) {
  cJSON* context = lm_json_object(json, root, "context");
  add_date(json, context);
  struct utsname names;
  if (uname(&names) == 0) {
    char os[sizeof names.sysname + sizeof names.release + sizeof names.machine + 3];
    snprintf(os, sizeof os, "%s %s %s", names.sysname, names.release, names.machine);
    lm_json_string(json, context, "host", names.nodename);
    lm_json_string(json, context, "os", os);
  } else {
    lm_json_null(json, context, "host");
    lm_json_null(json, context, "os");
  }
  add_cpu(json, context);
  const double pages = (double)sysconf(_SC_PHYS_PAGES), page = (double)sysconf(_SC_PAGESIZE);
  lm_json_number(json, context, "memory_bytes", pages > 0 && page > 0 ? pages * page : NAN);
  add_load(json, context);
  add_aslr(json, context);
  cJSON* command = lm_json_array(json, context, "command");
  // The dispatcher passes subcommands their own name as argv[0].
  if (argc > 0 && strchr(argv[0], '/') == NULL) lm_json_string(json, command, NULL, "litmark");
  for (int i = 0; i < argc; ++i) lm_json_string(json, command, NULL, argv[i]);
}
