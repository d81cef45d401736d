// SPDX-License-Identifier: MIT
#include "gpu_half_trial.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash64.h"
#include "gpu_test_image.h"
#include "gpu_tune.h"

// Of what is remembered: to be raised when other images, or other arithmetic, may judge otherwise.
#define TRIAL_VERSION 1
#define MOST_IMAGES 6
#define ENOUGH_NS 2000000000u  // no further image after that
#define MILLION 1e6

typedef struct trial {
  lm__gpu_delegate* delegate;
  const lm_graph* graph;
  const lm_partition* partition;
  lm_graph host;         // `graph` with memory of ours for what crosses the border
  float* wanted;         // outputs in float32, image after image
  size_t wanted_floats;  // of one image
  int32_t images;
  double error;
} trial;

// ---- the host's side

static bool makes_floats(const lm_graph* graph, const lm_partition* partition) {
  for (int32_t i = 0; i < partition->output_count; ++i) {
    if (graph->tensors[partition->outputs[i]].type == LM_FLOAT32) return true;
  }
  return false;
}

static lm_status add_memory(trial* t, const int32_t* tensors, int32_t count, lm_error* err) {
  for (int32_t i = 0; i < count; ++i) {
    lm_tensor* tensor = &t->host.tensors[tensors[i]];
    tensor->data = lm_alloc(t->delegate->allocator, tensor->bytes);
    if (tensor->data == NULL) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes for '%.80s'", tensor->bytes,
                     tensor->def->name);
    }
  }
  return LM_OK;
}

static void release_memory(trial* t, const int32_t* tensors, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    lm_free(t->delegate->allocator, t->host.tensors[tensors[i]].data);
  }
}

static lm_status begin(trial* t, lm_error* err) {
  const lm_allocator allocator = t->delegate->allocator;
  const lm_partition* p = t->partition;
  t->host = *t->graph;
  const size_t tensors = (size_t)t->graph->tensor_count;
  t->host.tensors = lm_alloc_array(allocator, tensors, sizeof *t->host.tensors);
  if (t->host.tensors == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu tensors", tensors);
  memcpy(t->host.tensors, t->graph->tensors, tensors * sizeof *t->host.tensors);
  for (int32_t i = 0; i < p->input_count; ++i) t->host.tensors[p->inputs[i]].data = NULL;
  for (int32_t i = 0; i < p->output_count; ++i) {
    lm_tensor* output = &t->host.tensors[p->outputs[i]];
    output->data = NULL;
    if (output->type == LM_FLOAT32) t->wanted_floats += output->bytes / sizeof(float);
  }
  LM_GPU_TRY(add_memory(t, p->inputs, p->input_count, err));
  LM_GPU_TRY(add_memory(t, p->outputs, p->output_count, err));
  t->wanted = lm_alloc_array(allocator, t->wanted_floats * MOST_IMAGES, sizeof *t->wanted);
  if (t->wanted == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu outputs", t->wanted_floats * MOST_IMAGES);
  }
  return LM_OK;
}

static void end(trial* t) {
  if (t->host.tensors == NULL) return;
  release_memory(t, t->partition->inputs, t->partition->input_count);
  release_memory(t, t->partition->outputs, t->partition->output_count);
  lm_free(t->delegate->allocator, t->host.tensors);
  lm_free(t->delegate->allocator, t->wanted);
}

// ---- runs

// Difference of one output, relative to its largest element; infinite where only one is finite.
static double difference(const float* wanted, const float* got, size_t count) {
  double most = 0, largest = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!isfinite(wanted[i])) continue;
    if (!isfinite(got[i])) return INFINITY;
    most = fmax(most, fabs((double)got[i] - wanted[i]));
    largest = fmax(largest, fabs((double)wanted[i]));
  }
  return most > 0 ? most / largest : 0;
}

static void keep_or_compare(trial* t, int32_t image, bool half) {
  float* wanted = t->wanted + t->wanted_floats * (size_t)image;
  for (int32_t i = 0; i < t->partition->output_count; ++i) {
    const lm_tensor* output = &t->host.tensors[t->partition->outputs[i]];
    if (output->type != LM_FLOAT32) continue;
    const size_t count = output->bytes / sizeof *wanted;
    if (half) {
      t->error = fmax(t->error, difference(wanted, output->data, count));
    } else {
      memcpy(wanted, output->data, output->bytes);
    }
    wanted += count;
  }
}

static lm_status run_image(trial* t, lm__gpu_program* program, int32_t image, lm_error* err) {
  for (int32_t i = 0; i < t->partition->input_count; ++i) {
    lm_tensor* input = &t->host.tensors[t->partition->inputs[i]];
    lm__gpu_test_image(input, image, input->data);
  }
  return lm__gpu_run(&program->base, NULL, err);
}

// In float32 as many images as there is time for; in float16 these, unless one says enough.
static lm_status run_all(trial* t, bool half, lm_error* err) {
  lm__gpu_program* program;
  LM_GPU_TRY(lm__gpu_program_make(t->delegate, t->graph, t->partition, NULL, half, &program, err));
  lm_status status = lm__gpu_record(program, &t->host, err);
  const uint64_t begin_ns = lm_now_ns();
  const int32_t most = half ? t->images : MOST_IMAGES;
  for (int32_t image = 0; image < most && status == LM_OK; ++image) {
    status = run_image(t, program, image, err);
    if (status != LM_OK) break;
    keep_or_compare(t, image, half);
    const bool enough = half ? t->error > LM_GPU_HALF_LIMIT : lm_now_ns() - begin_ns > ENOUGH_NS;
    if (!half || enough) t->images = image + 1;
    if (enough) break;
  }
  lm__gpu_destroy_program(&program->base);
  return status;
}

// ---- what is remembered: "halves-IMAGES-MILLIONTHS"

static uint64_t add_tensor(uint64_t key, const lm_tensor* tensor) {
  if (tensor == NULL) return lm__hash64("", 1, key);
  key = lm__hash64(&tensor->type, sizeof tensor->type, key);
  key =
      lm__hash64(tensor->shape.dims, (size_t)tensor->shape.rank * sizeof *tensor->shape.dims, key);
  const bool constant = tensor->storage == LM_STORAGE_CONSTANT && tensor->data != NULL;
  return constant ? lm__hash64(tensor->data, tensor->bytes, key) : key;
}

static uint64_t key_of(const trial* t) {
  const lm__gpu_options* o = &t->delegate->options;
  const int32_t how[] = {TRIAL_VERSION, o->gemm, o->dequantize, t->partition->node_count};
  uint64_t key = lm__hash64(how, sizeof how, 0);
  for (int32_t n = 0; n < t->partition->node_count; ++n) {
    const lm_node* node = &t->graph->nodes[t->partition->nodes[n]];
    const int32_t what[] = {node->def->builtin, node->def->input_count, node->def->output_count};
    key = lm__hash64(what, sizeof what, key);
    for (int32_t i = 0; i < node->def->input_count; ++i) {
      key = lm__hash64(&node->def->inputs[i], sizeof node->def->inputs[i], key);
      key = add_tensor(key, lm_graph_input(t->graph, node, i));
    }
    for (int32_t i = 0; i < node->def->output_count; ++i) {
      key = add_tensor(key, lm_graph_output(t->graph, node, i));
    }
  }
  return key;
}

static bool recall(trial* t, uint64_t key) {
  char text[LM_GPU_TUNED_BYTES];
  if (!lm__gpu_tuner_recall(t->delegate->tuner, key, text)) return false;
  int32_t images = 0, millionths = 0;
  int used = 0;
  if (sscanf(text, "halves-%2" SCNd32 "-%10" SCNd32 "%n", &images, &millionths, &used) != 2 ||
      text[used] != '\0' || images < 1 || images > MOST_IMAGES || millionths < 0) {
    return false;
  }
  t->images = images;
  t->error = millionths == INT32_MAX ? INFINITY : (double)millionths / MILLION;
  return true;
}

static void remember(const trial* t, uint64_t key) {
  const double millionths = ceil(t->error * MILLION);
  char text[LM_GPU_TUNED_BYTES];
  snprintf(text, sizeof text, "halves-%" PRId32 "-%" PRId32, t->images,
           millionths < INT32_MAX ? (int32_t)millionths : INT32_MAX);
  lm__gpu_tuner_keep(t->delegate->tuner, key, text);
}

void lm__gpu_half_trial_run(lm__gpu_delegate* delegate, const lm_graph* graph,
                            const lm_partition* partition, lm__gpu_half_trial* out_trial) {
  *out_trial = (lm__gpu_half_trial){0};
  if (!makes_floats(graph, partition)) return;
  trial t = {.delegate = delegate, .graph = graph, .partition = partition};
  const uint64_t key = delegate->tuner != NULL ? key_of(&t) : 0;
  if (!recall(&t, key)) {
    lm_error err = LM_ERROR_INIT;
    lm_status status = begin(&t, &err);
    if (status == LM_OK) status = run_all(&t, false, &err);
    if (status == LM_OK) status = run_all(&t, true, &err);
    end(&t);
    if (status != LM_OK) {
      snprintf(out_trial->why_not, sizeof out_trial->why_not, "%.190s", err.message);
      return;
    }
    remember(&t, key);
  }
  out_trial->images = t.images;
  out_trial->error = t.error;
}
