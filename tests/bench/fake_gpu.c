// SPDX-License-Identifier: MIT
//
// A registry with GPU delegates that need no driver: for tests of everything around them, which
// devices there are and how they behave is said by the environment.
//
//   LITMARK_FAKE_OPENCL, LITMARK_FAKE_VULKAN
//       "discrete:Name,cpu:Name!too old": devices of a type, after '!' why they cannot be used;
//       "": a loader without devices; not set: no driver
//   LITMARK_FAKE_TIMES  what the times of a run say, see fill_times()
//
// The delegates take SOFTMAX. Their cache is a file in the folder that cache= names.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/delegates.h"

enum { MAX_DEVICES = 8, MAX_CLASSES = 4096 };

typedef struct fake_delegate {
  lm_delegate base;
  lm_device_info info;
  char cache[200];
  bool quantized_as_float;
  bool half;
} fake_delegate;

typedef struct fake_program {
  lm_program base;
  const lm_tensor *input, *output;
  int32_t node;
  lm_program_times times;
} fake_program;

static const struct {
  const char* word;
  lm_device_type type;
} kTypes[] = {{"cpu", LM_DEVICE_CPU},
              {"virtual", LM_DEVICE_VIRTUAL},
              {"integrated", LM_DEVICE_INTEGRATED},
              {"discrete", LM_DEVICE_DISCRETE},
              {"accelerator", LM_DEVICE_ACCELERATOR}};

// Device `index` of a list as above. The text of why_not is kept, as it must be.
static lm_status device_of(const char* delegate, const char* variable, int32_t index,
                           lm_device_info* out, lm_error* err) {
  static char kept[2 * MAX_DEVICES][96];
  const char* text = getenv(variable);
  if (text == NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE, "delegate %s: no libFake%s.so.1; install libfake-%s",
                   delegate, delegate, delegate);
  }
  for (int32_t i = 0; i < index && text != NULL; ++i) {
    text = strchr(text, ',');
    if (text != NULL) ++text;
  }
  if (text == NULL || *text == '\0' || index >= MAX_DEVICES) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate %s: no device %d", delegate, index);
  }
  *out = (lm_device_info){.index = index,
                          .type = LM_DEVICE_OTHER,
                          .platform = "Fake",
                          .driver = "1.2.3",
                          .memory_bytes = 1u << 30,
                          .max_buffer_bytes = 1u << 28,
                          .max_group_items = 256,
                          .local_memory_bytes = 32768,
                          .compute_units = 4,
                          .can_fp16 = true,
                          .can_int8 = true};
  snprintf(out->api, sizeof out->api, "%s 1.2", delegate);
  const size_t type_length = strcspn(text, ":");
  for (size_t t = 0; t < sizeof kTypes / sizeof kTypes[0]; ++t) {
    if (strncmp(text, kTypes[t].word, type_length) == 0) out->type = kTypes[t].type;
  }
  const char* name = text + type_length + 1;
  const size_t length = strcspn(name, ",!");
  snprintf(out->name, sizeof out->name, "%.*s", (int)length, name);
  if (name[length] != '!') return LM_OK;
  char* why = kept[(*delegate == 'v' ? MAX_DEVICES : 0) + index];
  snprintf(why, sizeof kept[0], "%.*s", (int)strcspn(name + length + 1, ","), name + length + 1);
  out->why_not = why;
  return LM_OK;
}

static bool option(const char* options, const char* key, char* value, size_t size) {
  const char* found = options != NULL ? strstr(options, key) : NULL;
  if (found == NULL) return false;
  found += strlen(key);
  snprintf(value, size, "%.*s", (int)strcspn(found, ","), found);
  return true;
}

static lm_status open_fake(const lm_delegate_vtable* vtable, const lm_delegate_options* options,
                           lm_allocator allocator, lm_delegate** out_delegate, lm_error* err) {
  (void)allocator;
  *out_delegate = NULL;
  fake_delegate* fake = calloc(1, sizeof *fake);
  if (fake == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "fake");
  fake->base.vtable = vtable;
  const int32_t index = options->device != NULL ? atoi(options->device) : 0;
  const lm_status status = vtable->device_at(index, &fake->info, err);
  if (status != LM_OK) {
    free(fake);
    return status;
  }
  char value[16];
  fake->quantized_as_float =
      option(options->extra, "quantized=", value, sizeof value) && strcmp(value, "float") == 0;
  fake->half =
      option(options->extra, "precision=", value, sizeof value) && strcmp(value, "fp16") == 0;
  option(options->extra, "cache=", fake->cache, sizeof fake->cache);
  *out_delegate = &fake->base;
  return LM_OK;
}

static void fake_close(lm_delegate* delegate) { free(delegate); }

static bool fake_supports(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                          const char** out_why) {
  (void)delegate, (void)graph;
  *out_why = "the fake takes SOFTMAX only";
  return node->def->builtin == LM_BUILTIN_SOFTMAX;
}

static lm_status fake_compile(lm_delegate* delegate, const lm_graph* graph,
                              const lm_partition* partition, lm_compiler* compiler,
                              lm_program** out_program, lm_error* err) {
  fake_program* program = calloc(1, sizeof *program);
  if (program == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "fake program");
  program->base.delegate = delegate;
  program->node = partition->nodes[0];
  lm_compiler_note(compiler, program->node, "fake_softmax");
  (void)graph;
  const fake_delegate* fake = (const fake_delegate*)delegate;
  if (fake->cache[0] != '\0') {
    char path[256];
    snprintf(path, sizeof path, "%s/fake.bin", fake->cache);
    FILE* file = fopen(path, "wxe");  // kept from an earlier run
    if (file != NULL) fclose(file);
  }
  *out_program = &program->base;
  return LM_OK;
}

static lm_status fake_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                           lm_error* err) {
  (void)buffers, (void)err;
  fake_program* p = (fake_program*)program;
  const lm_node* node = &graph->nodes[p->node];
  p->input = lm_graph_input(graph, node, 0);
  p->output = lm_graph_output(graph, node, 0);
  return LM_OK;
}

// Splits a run's wall time so that it adds up, or as LITMARK_FAKE_TIMES says does not.
static void fill_times(fake_program* p, uint64_t wall, bool profiled) {
  const char* mode = getenv("LITMARK_FAKE_TIMES");
  if (mode == NULL) mode = "";
  lm_program_times* t = &p->times;
  *t = (lm_program_times){.wall_ns = wall,
                          .upload_ns = wall / 10,
                          .enqueue_ns = wall / 20,
                          .wait_ns = wall - 3 * (wall / 10),
                          .download_ns = wall / 10,
                          .device_ns = wall / 2,
                          .kernels_ns = profiled ? wall / 4 : 0,
                          .dispatches = 2,
                          .submits = 1};
  if (strcmp(mode, "device") == 0) t->device_ns = 2 * wall + 100000;    // longer than it took
  if (strcmp(mode, "parts") == 0) t->wait_ns = 2 * wall + 100000;       // more than the whole
  if (strcmp(mode, "lost") == 0) t->wait_ns = t->wall_ns = wall / 100;  // less than the whole ...
  if (strcmp(mode, "lost") == 0) t->wall_ns = wall + 1000000;           // ... by a millisecond
  if (strcmp(mode, "no-clock") == 0) t->device_ns = 0;
  static int runs;
  if (strcmp(mode, "zero") == 0 && ++runs % 2 == 0) t->device_ns = 0;  // a clock that stands
}

static void softmax(const fake_program* p) {
  static float values[MAX_CLASSES];
  const lm_tensor *in = p->input, *out = p->output;
  const size_t count = in->bytes / (in->type == LM_FLOAT32 ? 4 : 1);
  const fake_delegate* fake = (const fake_delegate*)p->base.delegate;
  float largest = -INFINITY, sum = 0;
  for (size_t i = 0; i < count && i < MAX_CLASSES; ++i) {
    values[i] = in->type == LM_FLOAT32 ? ((const float*)in->data)[i]
                                       : in->quantization.scales[0] * ((const int8_t*)in->data)[i];
    largest = fmaxf(largest, values[i]);
  }
  for (size_t i = 0; i < count && i < MAX_CLASSES; ++i) {
    sum += values[i] = expf(values[i] - largest);
  }
  for (size_t i = 0; i < count && i < MAX_CLASSES; ++i) {
    float value = values[i] / sum;
    if (fake->half) value += 1e-3f;  // within what it is held to
    if (out->type == LM_FLOAT32) {
      ((float*)out->data)[i] = value;
      continue;
    }
    long step = lrintf(value / out->quantization.scales[0]) + out->quantization.zero_points[0];
    // Two steps off, but for the best: what a float route may do to integers.
    if (fake->quantized_as_float && step < 100) step += 2;
    ((int8_t*)out->data)[i] = (int8_t)(step > 127 ? 127 : step);
  }
}

static lm_status fake_run(lm_program* program, lm_profiler* profiler, lm_error* err) {
  fake_program* p = (fake_program*)program;
  (void)err;
  const uint64_t begin = lm_now_ns();
  // Long enough for a share to mean something.
  while (lm_now_ns() - begin < 50000) softmax(p);
  fill_times(p, lm_now_ns() - begin, profiler != NULL);
  lm_profiler_record(profiler, LM_EVENT_KERNEL, p->node, "fake_softmax", begin,
                     begin + p->times.kernels_ns);
  return LM_OK;
}

static void fake_destroy(lm_program* program) { free(program); }

static void fake_stats(const lm_program* program, lm_program_stats* out) {
  const fake_delegate* fake = (const fake_delegate*)program->delegate;
  *out = (lm_program_stats){.device_bytes = 4096,
                            .float_tolerance = fake->half ? 2e-2 : 1e-4,
                            .integer_steps = fake->quantized_as_float ? -1 : 0};
}

static void fake_times(const lm_program* program, lm_program_times* out) {
  *out = ((const fake_program*)program)->times;
}

static const char* fake_name(const lm_delegate* delegate) {
  return ((const fake_delegate*)delegate)->info.name;
}

static const lm_device_info* fake_info(const lm_delegate* delegate) {
  return &((const fake_delegate*)delegate)->info;
}

#define FAKE_DELEGATE(id, variable)                                                      \
  static const lm_delegate_vtable k_##id;                                                \
  static lm_status id##_device_at(int32_t index, lm_device_info* out, lm_error* err) {   \
    return device_of(#id, variable, index, out, err);                                    \
  }                                                                                      \
  static lm_status id##_open(const lm_delegate_options* options, lm_allocator allocator, \
                             lm_delegate** out, lm_error* err) {                         \
    return open_fake(&k_##id, options, allocator, out, err);                             \
  }                                                                                      \
  static const lm_delegate_vtable k_##id = {                                             \
      .abi = LM_DELEGATE_ABI,                                                            \
      .name = #id,                                                                       \
      .description = "a stand-in for tests",                                             \
      .open = id##_open,                                                                 \
      .close = fake_close,                                                               \
      .supports = fake_supports,                                                         \
      .compile = fake_compile,                                                           \
      .bind = fake_bind,                                                                 \
      .run = fake_run,                                                                   \
      .destroy_program = fake_destroy,                                                   \
      .stats = fake_stats,                                                               \
      .device_name = fake_name,                                                          \
      .times = fake_times,                                                               \
      .device_at = id##_device_at,                                                       \
      .device_info = fake_info,                                                          \
  };
FAKE_DELEGATE(opencl, "LITMARK_FAKE_OPENCL")
FAKE_DELEGATE(vulkan, "LITMARK_FAKE_VULKAN")

#ifdef LM_FAKE_WITH_CPU
extern const lm_delegate_vtable lm_delegate_cpu;
#endif

static const lm_delegate_vtable* const kDelegates[] = {
#ifdef LM_FAKE_WITH_CPU
    &lm_delegate_cpu,
#endif
    &k_opencl,
    &k_vulkan,
    NULL,
};

const lm_delegate_vtable* lm_delegates_at(int32_t index) {
  const int32_t count = (int32_t)(sizeof kDelegates / sizeof kDelegates[0]) - 1;
  return index >= 0 && index < count ? kDelegates[index] : NULL;
}

const lm_delegate_vtable* lm_delegates_find(const char* name) {
  for (const lm_delegate_vtable* const* d = kDelegates; *d != NULL; ++d) {
    if (strcmp((*d)->name, name) == 0) return *d;
  }
  return NULL;
}
