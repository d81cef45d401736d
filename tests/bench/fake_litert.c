// SPDX-License-Identifier: MIT
//
// A libLiteRt.so for tests: the functions that engine_litert.c uses, over the reference kernels.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "fake_model.h"

#define EXPORT __attribute__((visibility("default")))
enum { STATUS_OK = 0, RUNTIME_FAILURE = 3, UNSUPPORTED = 5, FILE_ERROR = 500, MAX_THREADS = 16 };

// Everything is one kind of object here; a real library has many.
typedef struct fake_object {
  lm_session* session;  // OWNED by the model
  const lm_tensor* tensor;
  void* memory;  // OWNED by buffers
  size_t port;
  bool is_input;
  int threads;                  // of options
  bool gpu;                     // options and what is compiled with them
  struct fake_object* pending;  // of outputs: what has been handed over and not run yet
  char* payload;                // OWNED by opaque options and, once added, by options
  void (*free_payload)(void*);
  pthread_t pool[MAX_THREADS];
  int pool_count;
  volatile int stop;
} fake_object;

// LiteRtEnvOption with text in it.
typedef struct fake_option {
  int tag, unused_1, type, unused_2;
  const char* text;
} fake_option;

typedef struct fake_layout {
  unsigned int rank : 7;
  unsigned int has_strides : 1;
  int32_t dimensions[8];
  uint32_t strides[8];
} fake_layout;

typedef struct fake_type {
  int element_type;
  fake_layout layout;
} fake_type;

typedef struct fake_quantization {
  float scale;
  int64_t zero_point;
} fake_quantization;

static fake_object* make(void) { return calloc(1, sizeof(fake_object)); }

static int hand_out(fake_object* object, fake_object** out) {
  *out = object;
  return object != NULL ? STATUS_OK : RUNTIME_FAILURE;
}

EXPORT int LiteRtCreateEnvironment(int count, const void* options, fake_object** out) {
  // With one option it is the folder of the accelerators: LiteRtEnvOption.
  if (count == 0) return hand_out(make(), out);
  const fake_option* folder = options;
  const bool sound = count == 1 && folder->tag == 22 && folder->type == 8 && folder->text[0] == '/';
  return sound ? hand_out(make(), out) : RUNTIME_FAILURE;
}
EXPORT void LiteRtDestroyEnvironment(fake_object* environment) { free(environment); }

// Tensors handed out live with the model.
typedef struct fake_model {
  fake_object base;
  fake_object inputs[8], outputs[8];
} fake_model;

EXPORT int LiteRtCreateModelFromFile(fake_object* environment, const char* path,
                                     fake_object** out) {
  (void)environment;
  fake_model* model = calloc(1, sizeof *model);
  if (model != NULL) model->base.session = fake_open(path);
  if (model == NULL || model->base.session == NULL) {
    free(model);
    return FILE_ERROR;
  }
  for (int pass = 0; pass < 2; ++pass) {
    fake_object* tensors = pass == 0 ? model->inputs : model->outputs;
    const int32_t count = fake_count(model->base.session, pass == 0);
    for (int32_t i = 0; i < count && i < 8; ++i) {
      tensors[i].tensor = fake_tensor(model->base.session, pass == 0, (size_t)i);
    }
  }
  return hand_out(&model->base, out);
}
EXPORT void LiteRtDestroyModel(fake_object* model) {
  fake_close(model->session);
  free(model);
}

EXPORT int LiteRtGetModelSignature(fake_object* model, size_t index, fake_object** out) {
  return index == 0 ? hand_out(model, out) : UNSUPPORTED;
}
EXPORT int LiteRtGetNumSignatureInputs(fake_object* signature, size_t* out) {
  *out = (size_t)fake_count(signature->session, true);
  return STATUS_OK;
}
EXPORT int LiteRtGetNumSignatureOutputs(fake_object* signature, size_t* out) {
  *out = (size_t)fake_count(signature->session, false);
  return STATUS_OK;
}
EXPORT int LiteRtGetSignatureInputTensorByIndex(fake_object* signature, size_t i,
                                                fake_object** out) {
  return hand_out(&((fake_model*)signature)->inputs[i], out);
}
EXPORT int LiteRtGetSignatureOutputTensorByIndex(fake_object* signature, size_t i,
                                                 fake_object** out) {
  return hand_out(&((fake_model*)signature)->outputs[i], out);
}

EXPORT int LiteRtGetTensorName(fake_object* tensor, const char** out) {
  *out = tensor->tensor->def->name;
  return STATUS_OK;
}
EXPORT int LiteRtGetRankedTensorType(fake_object* tensor, fake_type* out) {
  const lm_tensor* t = tensor->tensor;
  *out = (fake_type){.element_type = fake_is("type")         ? 12
                                     : t->type == LM_FLOAT32 ? 1
                                     : t->type == LM_UINT8   ? 3
                                     : t->type == LM_INT8    ? 9
                                                             : 2};
  out->layout.rank = (unsigned)t->shape.rank & 0x7fu;
  for (int32_t d = 0; d < t->shape.rank; ++d) out->layout.dimensions[d] = t->shape.dims[d];
  return STATUS_OK;
}
EXPORT int LiteRtGetQuantizationTypeId(fake_object* tensor, int* out) {
  *out = tensor->tensor->def->quantization.count == 1;
  return STATUS_OK;
}
EXPORT int LiteRtGetPerTensorQuantization(fake_object* tensor, fake_quantization* out) {
  const lm_quantization* q = &tensor->tensor->def->quantization;
  *out = (fake_quantization){q->scales[0], q->zero_points[0]};
  return STATUS_OK;
}

EXPORT int LiteRtCreateOptions(fake_object** out) { return hand_out(make(), out); }
EXPORT void LiteRtDestroyOptions(fake_object* options) {
  if (options->payload != NULL) options->free_payload(options->payload);
  free(options);
}
EXPORT int LiteRtSetOptionsHardwareAccelerators(fake_object* options, int set) {
  options->gpu = set == 2;
  return set == 1 || set == 2 ? STATUS_OK : UNSUPPORTED;
}
EXPORT int LiteRtCreateOpaqueOptions(const char* identifier, void* payload,
                                     void (*destructor)(void*), fake_object** out) {
  const bool gpu = strcmp(identifier, "gpu_options") == 0;
  if (strcmp(identifier, "xnnpack") != 0 && !gpu) return UNSUPPORTED;
  if (gpu && strcmp(payload, "precision = 2\n") != 0) return UNSUPPORTED;
  fake_object* opaque = make();
  if (opaque == NULL) return RUNTIME_FAILURE;
  opaque->payload = payload;
  opaque->free_payload = destructor;
  return hand_out(opaque, out);
}
EXPORT void LiteRtDestroyOpaqueOptions(fake_object* opaque) {
  opaque->free_payload(opaque->payload);
  free(opaque);
}
EXPORT int LiteRtAddOpaqueOptions(fake_object* options, fake_object* opaque) {
  options->payload = opaque->payload;
  options->free_payload = opaque->free_payload;
  free(opaque);
  if (options->gpu) return STATUS_OK;
  return sscanf(options->payload, "num_threads = %d\n", &options->threads) == 1 ? STATUS_OK
                                                                                : UNSUPPORTED;
}

static void* idle(void* argument) {
  fake_object* compiled = argument;
  while (!__atomic_load_n(&compiled->stop, __ATOMIC_ACQUIRE)) usleep(1000);
  return NULL;
}

EXPORT int LiteRtCreateCompiledModel(fake_object* environment, fake_object* model,
                                     fake_object* options, fake_object** out) {
  (void)environment;
  if (fake_is("refuse")) {
    fprintf(stderr, "INFO: looking at it\nERROR: [fake.cc:1] no kernel for FAKE_OP\nINFO: done\n");
    return UNSUPPORTED;
  }
  if (options->gpu && fake_is("no-adapter")) {
    fprintf(stderr, "ERROR: [fake.cc:2] no adapters found\n");
    return RUNTIME_FAILURE;
  }
  fake_object* compiled = make();
  if (compiled == NULL) return RUNTIME_FAILURE;
  compiled->session = model->session;
  compiled->gpu = options->gpu;
  const int wanted = fake_is("lazy") ? 1 : options->threads;
  while (compiled->pool_count < wanted - 1 && compiled->pool_count < MAX_THREADS) {
    if (pthread_create(&compiled->pool[compiled->pool_count], NULL, idle, compiled) != 0) break;
    ++compiled->pool_count;
  }
  return hand_out(compiled, out);
}
EXPORT int LiteRtCompiledModelIsNonCpuFullyAccelerated(fake_object* compiled, bool* out) {
  *out = compiled->gpu && !fake_is("partly");
  return STATUS_OK;
}
EXPORT void LiteRtDestroyCompiledModel(fake_object* compiled) {
  __atomic_store_n(&compiled->stop, 1, __ATOMIC_RELEASE);
  for (int i = 0; i < compiled->pool_count; ++i) pthread_join(compiled->pool[i], NULL);
  free(compiled);
}

EXPORT int LiteRtGetCompiledModelInputBufferRequirements(fake_object* compiled, size_t signature,
                                                         size_t port, fake_object** out) {
  (void)signature;
  compiled->port = port;
  compiled->is_input = true;
  return hand_out(compiled, out);
}
EXPORT int LiteRtGetCompiledModelOutputBufferRequirements(fake_object* compiled, size_t signature,
                                                          size_t port, fake_object** out) {
  (void)signature;
  compiled->port = port;
  compiled->is_input = false;
  return hand_out(compiled, out);
}
EXPORT int LiteRtCreateManagedTensorBufferFromRequirements(fake_object* environment,
                                                           const fake_type* type,
                                                           fake_object* requirements,
                                                           fake_object** out) {
  (void)environment;
  (void)type;
  fake_object* buffer = make();
  if (buffer == NULL) return RUNTIME_FAILURE;
  buffer->tensor = fake_tensor(requirements->session, requirements->is_input, requirements->port);
  buffer->memory = calloc(1, buffer->tensor->bytes + 1);
  return hand_out(buffer, out);
}
EXPORT void LiteRtDestroyTensorBuffer(fake_object* buffer) {
  free(buffer->memory);
  free(buffer);
}
EXPORT int LiteRtGetTensorBufferPackedSize(fake_object* buffer, size_t* out) {
  *out = buffer->tensor->bytes;
  return STATUS_OK;
}
EXPORT int LiteRtLockTensorBuffer(fake_object* buffer, void** out, int mode) {
  // A GPU has done nothing before somebody wants to read.
  if (mode == 0 && buffer->pending != NULL) {
    if (!fake_run(buffer->pending->session)) return RUNTIME_FAILURE;
    memcpy(buffer->memory, buffer->tensor->data, buffer->tensor->bytes);
    buffer->pending = NULL;
  }
  *out = buffer->memory;
  return buffer->memory != NULL ? STATUS_OK : RUNTIME_FAILURE;
}
EXPORT int LiteRtUnlockTensorBuffer(fake_object* buffer) {
  (void)buffer;
  return STATUS_OK;
}

#ifndef LM_FAKE_INCOMPLETE  // the library of another version, which lacks a function
EXPORT int LiteRtRunCompiledModel(fake_object* compiled, size_t signature, size_t input_count,
                                  fake_object** inputs, size_t output_count,
                                  fake_object** outputs) {
  (void)signature;
  for (size_t i = 0; i < input_count; ++i) {
    memcpy(inputs[i]->tensor->data, inputs[i]->memory, inputs[i]->tensor->bytes);
  }
  for (size_t i = 0; compiled->gpu && i < output_count; ++i) outputs[i]->pending = compiled;
  if (compiled->gpu) return STATUS_OK;
  if (!fake_run(compiled->session)) return RUNTIME_FAILURE;
  for (size_t i = 0; i < output_count; ++i) {
    memcpy(outputs[i]->memory, outputs[i]->tensor->data, outputs[i]->tensor->bytes);
  }
  return STATUS_OK;
}
#endif
