// SPDX-License-Identifier: MIT
#include "mkmodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "atomic_file.h"
#include "exit_code.h"
#include "net_emit.h"
#include "net_weights.h"

typedef struct options {
  const char* net;
  const char* type;
  const char* output;
  int size;  // 0: the network's own
  double width;
  int classes;
  int seed;
  bool list;
} options;

static const struct {
  const char* name;
  lm_type type;
} kTypes[] = {
    {"float32", LM_FLOAT32}, {"float16", LM_FLOAT16}, {"int8", LM_INT8}, {"uint8", LM_UINT8}};

enum { kTypeCount = sizeof kTypes / sizeof kTypes[0], kMaxNets = 64 };

// One line for each network at its default size.
static void format_table(char* text, size_t room) {
  size_t used = (size_t)snprintf(text, room, "%-20s %5s %12s %10s  %s", "network", "size",
                                 "parameters", "MACs", "paper");
  for (int32_t i = 0; lm_net_at(i) != NULL && used < room; ++i) {
    const lm_net_def* def = lm_net_at(i);
    const lm_net_config config = lm_net_default_config(def);
    lm_net net;
    if (lm_net_init(&net, def, &config, NULL) != LM_OK) continue;  // no memory: leave the line out
    used += (size_t)snprintf(text + used, room - used, "\n%-20s %5d %10.2f M %8.0f M  %s",
                             def->name, def->default_size, (double)lm_net_parameters(&net) / 1e6,
                             (double)lm_net_macs(&net) / 1e6, def->paper);
    lm_net_deinit(&net);
  }
}

static int parse(int argc, char** argv, options* o, lm_list* words) {
  char table[4096], epilogue[6144];
  format_table(table, sizeof table);
  snprintf(epilogue, sizeof epilogue,
           "Networks (at width 1 with 1000 classes):\n%s\n\n"
           "Examples:\n"
           "  litmark mkmodel mobilenet_v2 -o mobilenet_v2.tflite\n"
           "  litmark mkmodel inception_v3 --type uint8 -o inception_v3_quant.tflite\n"
           "  litmark mkmodel mobilenet_v1 --type int8 --size 128 --width 0.25 -o small.tflite\n\n"
           "Exit codes: 0 fine, 2 usage, 3 the file cannot be written, 5 out of memory or space.",
           table);
  const lm_arg args[] = {
      {LM_ARG_STRING, "output", 'o', &o->output, "FILE", "where to write; - is standard output", 0,
       0},
      {LM_ARG_STRING, "type", 't', &o->type, "TYPE",
       "float32 (default);\n"
       "float16: weights of half the size, computed with in float32;\n"
       "int8: per-channel weights, what today's converters write;\n"
       "uint8: asymmetric weights, what the first quantized models were",
       0, 0},
      {LM_ARG_INT, "size", 's', &o->size, "N", "height and width of the image", 1, 100000},
      {LM_ARG_DOUBLE, "width", 'w', &o->width, "W",
       "width multiplier: channels in every layer times W (default 1)", 0, 0},
      {LM_ARG_INT, "classes", 'c', &o->classes, "N", "outputs (default 1000)", 0, 0},
      {LM_ARG_INT, "seed", 0, &o->seed, "N",
       "another seed gives other weights; the same gives the same file, on every machine", 0, 0},
      {LM_ARG_FLAG, "list", 'l', &o->list, NULL, "print the networks and end", 0, 0},
  };
  const lm_command command = {
      .name = "litmark mkmodel",
      .synopsis = "NETWORK [--type TYPE] [--size N] [--width W] -o FILE",
      .summary =
          "Writes a well-known image network as a .tflite file, for measuring without a download.\n"
          "Weights are random, but scaled layer by layer as training would leave them, and the\n"
          "quantized types are calibrated: time, memory and numeric behaviour are those of the\n"
          "real network, its answers are not.",
      .epilogue = epilogue,
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
      .max_positional = 1,
  };
  const int stop = lm_args_parse(&command, argc, argv, words);
  if (stop >= 0) return stop;
  if (o->list) {
    puts(table);
    return LM_EXIT_OK;
  }
  return -1;
}

static int unknown_net(const char* name) {
  const char* names[kMaxNets];
  char list[512];
  int count = 0;
  size_t used = 0;
  for (int32_t i = 0; lm_net_at(i) != NULL && i < kMaxNets && used < sizeof list; ++i) {
    names[count++] = lm_net_at(i)->name;
    used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                             lm_net_at(i)->name);
  }
  const char* near = lm_nearest(name, names, count);
  if (near != NULL) {
    return lm_report_failure(LM_EXIT_USAGE, NULL,
                             "unknown network '%s'; did you mean '%s'? (there are %s)", name, near,
                             list);
  }
  return lm_report_failure(LM_EXIT_USAGE, NULL, "unknown network '%s' (there are %s)", name, list);
}

static bool find_type(const char* name, lm_type* out_type) {
  for (int i = 0; i < kTypeCount; ++i) {
    if (strcmp(kTypes[i].name, name) != 0) continue;
    *out_type = kTypes[i].type;
    return true;
  }
  return false;
}

static lm_status save(const char* path, const void* data, size_t bytes, lm_error* err) {
  lm_atomic_file file;
  const lm_status status = lm_atomic_open(path, &file, err);
  if (status != LM_OK) return status;
  fwrite(data, 1, bytes, file.stream);  // commit sees whether it failed
  return lm_atomic_commit(&file, err);
}

static void show_progress(int32_t done, int32_t total) {
  fprintf(stderr, "\rlitmark mkmodel: layer %d of %d ", done + 1, total);
}

static void clear_progress(void) { fprintf(stderr, "\r%48s\r", ""); }

static int build_and_save(const lm_net_def* def, const lm_net_config* config, lm_type type,
                          const char* path) {
  const bool to_stdout = strcmp(path, "-") == 0;
  const bool interactive = isatty(STDERR_FILENO) != 0;
  lm_error err = LM_ERROR_INIT;
  lm_net net;
  void* data = NULL;
  size_t bytes = 0;
  lm_status status = lm_net_init(&net, def, config, &err);
  if (status != LM_OK) return lm_report_error(NULL, &err);
  status = lm_net_make_weights(&net, interactive ? show_progress : NULL, &err);
  if (interactive) clear_progress();
  if (status == LM_OK) {
    status = lm_net_emit(&net, type, lm_allocator_default(), &data, &bytes, &err);
  }
  int code = LM_EXIT_OK;
  if (status != LM_OK) {
    code = lm_report_error(def->name, &err);
  } else {
    const char* target = to_stdout ? "/dev/stdout" : path;
    status = save(target, data, bytes, &err);
    if (status != LM_OK) code = lm_report_error(path, &err);
  }
  if (status == LM_OK && !to_stdout) {
    printf("%s: %s %s, %dx%d, %.2f M parameters, %.1f M MACs, %.2f MB\n", path, def->name,
           lm_type_name(type), config->size, config->size, (double)lm_net_parameters(&net) / 1e6,
           (double)lm_net_macs(&net) / 1e6, (double)bytes / 1e6);
  }
  lm_free(lm_allocator_default(), data);
  lm_net_deinit(&net);
  return code;
}

static int run(const options* o) {
  lm_type type;
  const lm_net_def* def = lm_net_find(o->net);
  if (def == NULL) return unknown_net(o->net);
  if (!find_type(o->type, &type)) {
    return lm_report_failure(LM_EXIT_USAGE, NULL,
                             "unknown type '%s' (there are float32, float16, int8, uint8)",
                             o->type);
  }
  if (o->output == NULL || o->output[0] == '\0') {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "mkmodel wants -o FILE: where to write %s",
                             o->net);
  }
  const lm_net_config config = {.size = o->size != 0 ? o->size : def->default_size,
                                .width = o->width,
                                .classes = o->classes,
                                .seed = (uint64_t)(int64_t)o->seed};
  return build_and_save(def, &config, type, o->output);
}

int lm_mkmodel_main(int argc, char** argv) {
  options o = {.type = "float32", .width = 1.0, .classes = 1000};
  lm_list words = {0};
  int code = parse(argc, argv, &o, &words);
  if (code < 0 && words.count == 0) {
    code = lm_report_failure(LM_EXIT_USAGE, NULL,
                             "mkmodel wants the name of a network (see litmark mkmodel --list)");
  }
  if (code < 0) {
    o.net = words.items[0];
    code = run(&o);
  }
  lm_list_free(&words);
  return code;
}
