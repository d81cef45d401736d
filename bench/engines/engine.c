// SPDX-License-Identifier: MIT
#include "engine.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"
#include "litmark/model.h"

static const lm_engine_kind* const kKinds[] = {
    &lm_engine_kind_litmark,
    &lm_engine_kind_litert,
    &lm_engine_kind_litert_gpu,
    &lm_engine_kind_openvino,
};
enum { KIND_COUNT = sizeof kKinds / sizeof kKinds[0] };

const lm_engine_kind* lm_engine_kind_at(int32_t index) {
  return index >= 0 && index < KIND_COUNT ? kKinds[index] : NULL;
}

const lm_engine_kind* lm_engine_kind_find(const char* name) {
  for (int32_t i = 0; i < KIND_COUNT; ++i) {
    if (strcmp(kKinds[i]->name, name) == 0) return kKinds[i];
  }
  return NULL;
}

lm_status lm_engine_bind_symbols(lm_engine_library* library, const lm_engine_symbol* symbols,
                                 int count, size_t table_size, lm_error* err) {
  library->functions = calloc(1, table_size);
  if (library->functions == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "table of functions");
  for (int i = 0; i < count; ++i) {
    void* address = dlsym(library->handle, symbols[i].name);
    if (address == NULL) {
      return LM_FAIL(err, LM_UNAVAILABLE, "engine '%s': %.100s has no %s", library->kind->name,
                     library->path, symbols[i].name);
    }
    // ISO C has no conversion between pointers to data and to functions; POSIX has the bits agree.
    memcpy((char*)library->functions + symbols[i].offset, &address, sizeof address);
  }
  return LM_OK;
}

static lm_status load(lm_engine_library* library, const char* path, lm_error* err) {
  const lm_engine_kind* kind = library->kind;
  library->path = path != NULL ? strdup(path) : lm_engine_find_library(kind->pattern);
  if (library->path == NULL) {
    return LM_FAIL(err, path != NULL ? LM_OUT_OF_MEMORY : LM_UNAVAILABLE,
                   "engine '%s' is not installed: pip install %s in the active Python environment, "
                   "or --engine-lib %s=PATH",
                   kind->name, kind->package, kind->name);
  }
  library->handle = dlopen(library->path, RTLD_NOW | RTLD_LOCAL);
  if (library->handle == NULL) {
    const char* why = dlerror();
    return LM_FAIL(err, LM_UNAVAILABLE, "engine '%s' cannot be loaded: %s", kind->name,
                   why != NULL ? why : library->path);
  }
  return LM_OK;
}

lm_status lm_engine_library_open(const lm_engine_kind* kind, const char* path,
                                 lm_engine_library* out_library, lm_error* err) {
  *out_library = (lm_engine_library){.kind = kind};
  lm_status status = LM_OK;
  if (kind->package != NULL) status = load(out_library, path, err);
  if (status == LM_OK) status = kind->bind(out_library, err);
  if (status != LM_OK) lm_engine_library_close(out_library);
  return status;
}

void lm_engine_library_close(lm_engine_library* library) {
  // Never dlclose(): the threads of a pool may outlive the last model, and their code with them.
  free(library->path);
  free(library->version);
  free(library->functions);
  *library = (lm_engine_library){0};
}

int32_t lm_engine_count_threads(void) {
  DIR* folder = opendir("/proc/self/task");
  if (folder == NULL) return 0;
  int32_t count = 0;
  for (const struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    count += entry->d_name[0] != '.';
  }
  closedir(folder);
  return count;
}

lm_status lm_engine_make_tensors(lm_engine* engine, size_t inputs, size_t outputs, lm_error* err) {
  enum { MOST = 4096 };
  if (inputs > MOST || outputs > MOST) {
    return LM_FAIL(err, LM_UNSUPPORTED, "%zu inputs and %zu outputs", inputs, outputs);
  }
  engine->inputs = calloc(inputs + 1, sizeof *engine->inputs);
  engine->outputs = calloc(outputs + 1, sizeof *engine->outputs);
  if (engine->inputs == NULL || engine->outputs == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "inputs and outputs");
  }
  engine->input_count = (int32_t)inputs;
  engine->output_count = (int32_t)outputs;
  return LM_OK;
}

// Does the tensor of an engine carry the name of one in the file? OpenVINO may add ":0".
static bool same_name(const char* got, const char* want) {
  const size_t length = strlen(want);
  if (length == 0 || strncmp(got, want, length) != 0) return false;
  return got[length] == '\0' || strcmp(got + length, ":0") == 0;
}

// Sorts tensors into the order of `indices`. Signatures and other readers have orders of their own;
// names decide, and where they do not all tell, the engine's order stays.
static void sort_by_name(lm_engine_tensor* tensors, int32_t count, const lm_subgraph_def* graph,
                         const int32_t* indices, int32_t index_count) {
  if (count != index_count) return;
  lm_engine_tensor* sorted = calloc((size_t)count + 1, sizeof *sorted);
  bool* taken = calloc((size_t)count + 1, sizeof *taken);
  bool complete = sorted != NULL && taken != NULL;
  for (int32_t i = 0; complete && i < count; ++i) {
    int32_t found = -1;
    for (int32_t k = 0; k < count && found < 0; ++k) {
      if (!taken[k] && same_name(tensors[k].name, graph->tensors[indices[i]].name)) found = k;
    }
    complete = found >= 0;
    if (!complete) break;
    taken[found] = true;
    sorted[i] = tensors[found];
  }
  if (complete && count > 0) memcpy(tensors, sorted, (size_t)count * sizeof *tensors);
  free(sorted);
  free(taken);
}

static lm_status order_tensors(lm_engine* engine, const char* path, lm_error* err) {
  lm_model* model;
  const lm_status status = lm_model_open(path, lm_allocator_default(), &model, err);
  if (status != LM_OK) return status;
  const lm_subgraph_def* graph = &model->subgraphs[0];
  sort_by_name(engine->inputs, engine->input_count, graph, graph->inputs, graph->input_count);
  sort_by_name(engine->outputs, engine->output_count, graph, graph->outputs, graph->output_count);
  lm_model_destroy(model);
  return LM_OK;
}

lm_status lm_engine_open(const lm_engine_library* library, const lm_engine_options* options,
                         lm_engine** out_engine, lm_error* err) {
  const lm_engine_kind* kind = library->kind;
  *out_engine = NULL;
  lm_engine* engine = calloc(1, kind->engine_size);
  if (engine == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "engine");
  engine->kind = kind;
  engine->library = library;
  lm_status status = kind->open(engine, options, err);
  if (status == LM_OK && kind->package != NULL) {
    status = order_tensors(engine, options->model_path, err);
  }
  if (status != LM_OK) {
    lm_engine_close(engine);
    return status;
  }
  *out_engine = engine;
  return LM_OK;
}

void lm_engine_close(lm_engine* engine) {
  if (engine == NULL) return;
  engine->kind->close(engine);
  free(engine->inputs);
  free(engine->outputs);
  free(engine);
}

static lm_status check_tensor(const lm_engine_tensor* tensors, int32_t count, int32_t i,
                              size_t bytes, const char* what, lm_error* err) {
  if (i < 0 || i >= count) return LM_FAIL(err, LM_INVALID_ARGUMENT, "there is no %s %d", what, i);
  if (tensors[i].bytes == bytes) return LM_OK;
  return LM_FAIL(err, LM_BAD_INPUT, "%s %d ('%.60s') takes %zu bytes, not %zu", what, i,
                 tensors[i].name, tensors[i].bytes, bytes);
}

lm_status lm_engine_set_input(lm_engine* engine, int32_t i, const void* data, size_t bytes,
                              lm_error* err) {
  const lm_status status =
      check_tensor(engine->inputs, engine->input_count, i, bytes, "input", err);
  if (status != LM_OK) return status;
  return engine->kind->set_input(engine, &engine->inputs[i], data, err);
}

lm_status lm_engine_invoke(lm_engine* engine, lm_error* err) {
  return engine->kind->invoke(engine, err);
}

lm_status lm_engine_read_output(lm_engine* engine, int32_t i, void* buffer, size_t bytes,
                                lm_error* err) {
  const lm_status status =
      check_tensor(engine->outputs, engine->output_count, i, bytes, "output", err);
  if (status != LM_OK) return status;
  return engine->kind->read_output(engine, &engine->outputs[i], buffer, err);
}
