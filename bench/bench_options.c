// SPDX-License-Identifier: MIT
#include "bench_options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "device_choice.h"
#include "exit_code.h"

static const char kGbenchPrefix[] = "--benchmark_";

static const char kSummary[] =
    "Measures every combination of models, delegates and thread counts: load, first inference,\n"
    "steady latency, memory, size and placement. The output is compared with the reference\n"
    "kernels before anything is timed.";

static const char kEpilogue[] =
    "Flags of Google Benchmark (--benchmark_repetitions=5, --benchmark_out=FILE, ...) are taken\n"
    "as they are.\n\n"
    "Examples:\n"
    "  litmark bench --model inception_v3_quant.tflite --delegate cpu --threads 1,2\n"
    "  litmark bench --model a.tflite,b.tflite --delegate cpu,reference --json out.json\n"
    "  litmark bench --model a.tflite --engine litmark,litert,openvino --threads 1,2\n\n"
    "Exit codes: 0 measured, 1 an output differs from the reference kernels or a node stayed\n"
    "behind with --require-full-delegation, 2 usage, 3 bad model, 4 no such delegate or op,\n"
    "5 out of memory or time.";

static int parse_table(bench_options* o, int argc, char** argv) {
  const lm_arg args[] = {
      {LM_ARG_LIST, "model", 'm', &o->models, "FILE,...", "the .tflite files", 0, 0},
      {LM_ARG_LIST, "delegate", 'd', &o->delegates, "NAME,...", LM_DELEGATE_HELP, 0, 0},
      {LM_ARG_LIST, "threads", 't', &o->threads_text, "N,...",
       "threads of the delegate (default 1)", 0, 0},
      {LM_ARG_STRING, "device", 0, &o->device, "DEVICE", LM_DEVICE_HELP, 0, 0},
      LM_DELEGATE_FLAG_ARGS(o->flags),
      {LM_ARG_REPEAT, "input-shape", 0, &o->input_shapes, "INPUT=DIMS",
       "shape of an input, by name or index: 0=1,96,96,3", 0, 0},
      {LM_ARG_INT, "seed", 0, &o->seed, "N", "seed of the random inputs (default 1)", 0, 0},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Measuring", 0, 0},
      {LM_ARG_DOUBLE, "min-time", 0, &o->min_time_s, "SECONDS",
       "least measured time of a configuration (default 1)", 1e-6, 1e6},
      {LM_ARG_INT, "min-samples", 0, &o->min_samples, "N",
       "least samples of a configuration (default 10)", 1, 1e6},
      {LM_ARG_DOUBLE, "warmup-time", 0, &o->warmup_time_s, "SECONDS",
       "longest warm-up; it ends when latency is steady (default 5)", 0, 1e6},
      {LM_ARG_INT, "repetitions", 0, &o->repetitions, "N",
       "measure each configuration N times (default 1)", 1, 10000},
      {LM_ARG_FLAG, "random-interleaving", 0, &o->interleave, NULL,
       "repetitions of all configurations in random order", 0, 0},
      {LM_ARG_FLAG, "profile", 0, &o->profile, NULL,
       "time of every op, from invocations of its own", 0, 0},
      {LM_ARG_FLAG, "peak", 0, &o->peak, NULL,
       "measure the machine's peak in full: every instruction set and\n"
       "the memory; what the fractions need is measured in any case",
       0, 0},
      {LM_ARG_FLAG, "no-probe", 0, &o->no_probe, NULL,
       "do not measure memory (it takes a process of its own)", 0, 0},
      {LM_ARG_DOUBLE, "probe-timeout", 0, &o->probe_timeout_s, "SECONDS",
       "give that process up after so long (default 300)", 0.001, 1e6},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Comparing with other runtimes", 0, 0},
      {LM_ARG_LIST, "engine", 'e', &o->engines, "NAME,...",
       "litmark, litert, litert-gpu, openvino, openvino-default: runs\n"
       "them on the same data in interleaved blocks, states ratios",
       0, 0},
      {LM_ARG_REPEAT, "engine-lib", 0, &o->engine_libs, "NAME=PATH",
       "library of an engine that no Python environment has", 0, 0},
      {LM_ARG_INT, "blocks", 0, &o->blocks, "N", "blocks (default 15; an interval takes 6)", 1,
       10000},
      {LM_ARG_DOUBLE, "block-time", 0, &o->block_time_s, "SECONDS",
       "least measured time of an engine in a block (default 0.12)", 1e-6, 1e6},
      {LM_ARG_INT, "block-samples", 0, &o->block_samples, "N",
       "least samples of an engine in a block (default 5)", 1, 1e6},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Checks", 0, 0},
      {LM_ARG_FLAG, "no-check", 0, &o->no_check, NULL, "do not compare with the reference kernels",
       0, 0},
      {LM_ARG_DOUBLE, "tolerance", 0, &o->tolerance, "X",
       "allowed difference of float outputs, relative to the\n"
       "largest output (default 1e-5, or what the kernels\n"
       "that run are held to; float16 2e-3)",
       0, 1},
      {LM_ARG_FLAG, "require-full-delegation", 0, &o->require_full_delegation, NULL,
       "exit code 1 when a node stays on the reference kernels", 0, 0},
      {LM_ARG_HEADING, NULL, 0, NULL, NULL, "Output", 0, 0},
      {LM_ARG_STRING, "json", 'j', &o->json, "FILE", "results, raw samples included; - is stdout",
       0, 0},
      {LM_ARG_STRING, "gbench-json", 0, &o->gbench_json, "FILE",
       "the same rows as Google Benchmark writes them", 0, 0},
      {LM_ARG_FLAG, "quiet", 'q', &o->quiet, NULL, "no table and no progress line", 0, 0},
  };
  const lm_command command = {
      .name = "litmark bench",
      .synopsis = "--model M[,M...] [--delegate D[,D...]] [--threads N[,N...]] [options]",
      .summary = kSummary,
      .epilogue = kEpilogue,
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
  };
  return lm_args_parse(&command, argc, argv, NULL);
}

static int usage(const char* flag, const char* wants, const char* value) {
  return lm_report_failure(LM_EXIT_USAGE, NULL, "%s wants %s, not '%s' (see litmark bench --help)",
                           flag, wants, value);
}

static bool parse_number(const char* text, double min, double max, double* out) {
  char* end;
  errno = 0;
  *out = strtod(text, &end);
  return errno == 0 && end != text && *end == '\0' && *out >= min && *out <= max;
}

static bool parse_bool(const char* text, bool* out) {
  static const char* const kTrue[] = {"true", "1", "yes", "on"};
  static const char* const kFalse[] = {"false", "0", "no", "off"};
  for (int i = 0; i < 4; ++i) {
    if (strcmp(text, kTrue[i]) == 0 || strcmp(text, kFalse[i]) == 0) {
      *out = strcmp(text, kTrue[i]) == 0;
      return true;
    }
  }
  return false;
}

// Value of "--benchmark_NAME=VALUE" or of "--benchmark_NAME" (a switch); NULL for other flags.
static const char* gbench_value(const char* flag, const char* name) {
  const char* rest = flag + sizeof kGbenchPrefix - 1;
  const size_t length = strlen(name);
  if (strncmp(rest, name, length) != 0) return NULL;
  if (rest[length] == '=') return rest + length + 1;
  return rest[length] == '\0' ? "true" : NULL;
}

// Flags that we must know ourselves, because samples, names or files are ours. Everything else is
// the library's business.
static int take_gbench_flag(bench_options* o, const char* flag) {
  const char* value;
  double number;
  if ((value = gbench_value(flag, "min_time")) != NULL) {
    if (!parse_number(value, 1e-6, 1e6, &o->min_time_s)) return usage(flag, "seconds", value);
  } else if ((value = gbench_value(flag, "repetitions")) != NULL) {
    if (!parse_number(value, 1, 10000, &number)) return usage(flag, "a number up to 10000", value);
    o->repetitions = (int)number;
  } else if ((value = gbench_value(flag, "enable_random_interleaving")) != NULL) {
    if (!parse_bool(value, &o->interleave)) return usage(flag, "true or false", value);
  } else if ((value = gbench_value(flag, "list_tests")) != NULL) {
    if (!parse_bool(value, &o->list_names)) return usage(flag, "true or false", value);
  } else if ((value = gbench_value(flag, "filter")) != NULL) {
    o->filter = value;
  } else if ((value = gbench_value(flag, "out")) != NULL) {
    o->gbench_json = value;
  } else if ((value = gbench_value(flag, "out_format")) != NULL) {
    if (strcmp(value, "json") != 0) return usage("--benchmark_out_format", "json", value);
  } else if (gbench_value(flag, "format") != NULL) {
    return lm_report_failure(LM_EXIT_USAGE, NULL,
                             "--benchmark_format has no effect here: use --benchmark_out=FILE");
  } else if (!lm_list_append(&o->gbench_flags, flag)) {
    return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
  }
  return -1;
}

// The library's flags do not go through our table: takes them out of argv.
static int split_flags(bench_options* o, int argc, char** argv, char** own, int* own_count) {
  bool flags_ended = false;
  for (int i = 0; i < argc; ++i) {
    flags_ended |= strcmp(argv[i], "--") == 0;
    if (flags_ended || strncmp(argv[i], kGbenchPrefix, sizeof kGbenchPrefix - 1) != 0) {
      own[(*own_count)++] = argv[i];
      continue;
    }
    const int stop = take_gbench_flag(o, argv[i]);
    if (stop >= 0) return stop;
  }
  own[*own_count] = NULL;
  return -1;
}

// Comparisons have a loop of their own; a flag that it ignored would be a lie.
static int check_engine_flags(const bench_options* o) {
  if (o->engines.count == 0) {
    if (o->engine_libs.count == 0) return -1;
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--engine-lib needs --engine");
  }
  const char* flag = o->input_shapes.count > 0    ? "--input-shape"
                     : o->gbench_json != NULL     ? "--gbench-json"
                     : o->interleave              ? "--random-interleaving"
                     : o->repetitions > 0         ? "--repetitions"
                     : o->require_full_delegation ? "--require-full-delegation"
                     : o->delegates.count > 1     ? "more than one --delegate"
                     : o->filter != NULL          ? "--benchmark_filter"
                     : o->list_names              ? "--benchmark_list_tests"
                     : o->gbench_flags.count > 0  ? o->gbench_flags.items[0]
                                                  : NULL;
  if (flag == NULL) return -1;
  return lm_report_failure(LM_EXIT_USAGE, NULL, "%s does not go with --engine", flag);
}

// Where no delegate would look at a flag, it is a mistake.
static int check_delegate_flags(const bench_options* o) {
  bool own_engine = o->engines.count == 0;
  for (int e = 0; e < o->engines.count; ++e) {
    own_engine |= strncmp(o->engines.items[e], "litmark", 7) == 0;
  }
  if (!own_engine && o->flags.isa != NULL) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--isa needs the engine litmark");
  }
  lm_error err = LM_ERROR_INIT;
  const char* const* names = (const char* const*)o->delegates.items;
  if (lm_delegate_flags_check(&o->flags, names, o->delegates.count, &err) == LM_OK) return -1;
  return lm_report_error(NULL, &err);
}

static int finish(bench_options* o) {
  if (o->models.count == 0) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--model is missing (see litmark bench --help)");
  }
  int stop = check_engine_flags(o);
  if (stop >= 0) return stop;
  if (o->delegates.count == 0 && !lm_list_append(&o->delegates, "cpu")) goto no_memory;
  stop = check_delegate_flags(o);
  if (stop >= 0) return stop;
  if (o->threads_text.count == 0 && !lm_list_append(&o->threads_text, "1")) goto no_memory;
  o->threads = calloc((size_t)o->threads_text.count, sizeof *o->threads);
  if (o->threads == NULL) goto no_memory;
  for (int i = 0; i < o->threads_text.count; ++i) {
    double number;
    const char* text = o->threads_text.items[i];
    if (!parse_number(text, 1, 1024, &number) || number != (double)(int)number) {
      return usage("--threads", "numbers from 1 to 1024", text);
    }
    o->threads[i] = (int)number;
  }
  // Interleaving is about repetitions; one of each would only shuffle the rows.
  if (o->repetitions == 0) o->repetitions = o->interleave ? 5 : 1;
  if (o->json != NULL && o->gbench_json != NULL && strcmp(o->json, o->gbench_json) == 0) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--json and --gbench-json name the same file");
  }
  // Machine text on stdout leaves no room there for a table.
  if (o->json != NULL && strcmp(o->json, "-") == 0) o->quiet = true;
  if (o->gbench_json != NULL && strcmp(o->gbench_json, "-") == 0) o->quiet = true;
  return -1;

no_memory:
  return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
}

int bench_options_parse(bench_options* options, int argc, char** argv) {
  *options = (bench_options){
      .min_time_s = 1,
      .min_samples = 10,
      .warmup_time_s = 5,
      .probe_timeout_s = 300,
      .tolerance = -1,
      .block_time_s = 0.12,
      .blocks = 15,
      .block_samples = 5,
      .seed = 1,
  };
  char** own = calloc((size_t)argc + 1, sizeof *own);
  if (own == NULL) return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
  int own_count = 0;
  int stop = split_flags(options, argc, argv, own, &own_count);
  if (stop < 0) stop = parse_table(options, own_count, own);
  free(own);
  return stop < 0 ? finish(options) : stop;
}

void bench_peak_of_options(const bench_options* options, bench_peak* out) {
  const bench_peak_request request = {
      .isa = lm_delegate_flags_isa(&options->flags).allowed,
      .threads = options->threads,
      .thread_count = options->threads_text.count,
      .thorough = options->peak,
  };
  bench_peak_measure(&request, out);
}

void bench_options_free(bench_options* options) {
  lm_list_free(&options->models);
  lm_list_free(&options->delegates);
  lm_list_free(&options->threads_text);
  lm_list_free(&options->input_shapes);
  lm_list_free(&options->gbench_flags);
  lm_list_free(&options->engines);
  lm_list_free(&options->engine_libs);
  free(options->threads);
  options->threads = NULL;
}
