// SPDX-License-Identifier: MIT
//
// LiteRT through the C interface of libLiteRt.so (wheel ai-edge-litert), as two engines: with
// XNNPACK, and with the GPU accelerator that lies beside the library. Declared here by hand after
// the public headers of github.com/google-ai-edge/LiteRT, litert/c/: litert_common.h,
// litert_environment.h, litert_layout.h, litert_model.h, litert_model_types.h, litert_any.h,
// litert_environment_options.h, litert_options.h, litert_opaque_options.h, litert_compiled_model.h,
// litert_tensor_buffer.h. Structs by value are those that these headers call ABI stable.
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"
#include "litmark/profiler.h"

typedef struct litert_object* litert_handle;

typedef struct litert_layout {
  unsigned int rank : 7;
  unsigned int has_strides : 1;
  int32_t dimensions[8];
  uint32_t strides[8];
} litert_layout;

typedef struct litert_tensor_type {
  int element_type;
  litert_layout layout;
} litert_tensor_type;

typedef struct litert_per_tensor {
  float scale;
  int64_t zero_point;
} litert_per_tensor;

typedef struct litert_environment_option {
  int tag;
  struct {
    int type;
    union {
      int64_t number;
      const char* text;
    } value;
  } any;
} litert_environment_option;

_Static_assert(sizeof(litert_environment_option) == 24, "litert_environment_options.h: 24 bytes");
_Static_assert(sizeof(litert_layout) == 68, "litert_layout.h states 68 bytes");
_Static_assert(sizeof(litert_tensor_type) == 72, "litert_model_types.h states 72 bytes");
_Static_assert(sizeof(litert_per_tensor) == 16, "litert_model_types.h states 16 bytes");

enum {
  LITERT_OK = 0,
  LITERT_ACCELERATOR_CPU = 1,
  LITERT_ACCELERATOR_GPU = 2,
  LITERT_OPTION_RUNTIME_FOLDER = 22,
  LITERT_ANY_STRING = 8,
  LITERT_PRECISION_FP32 = 2,
  LITERT_LOCK_READ = 0,
  LITERT_LOCK_WRITE = 1,
  LITERT_QUANTIZATION_PER_TENSOR = 1,
};

// Function, without the prefix LiteRt; result; parameters.
#define LITERT_LIST(X)                                                                             \
  X(CreateEnvironment, int, (int, const void*, litert_handle*))                                    \
  X(DestroyEnvironment, void, (litert_handle))                                                     \
  X(CreateModelFromFile, int, (litert_handle, const char*, litert_handle*))                        \
  X(DestroyModel, void, (litert_handle))                                                           \
  X(GetModelSignature, int, (litert_handle, size_t, litert_handle*))                               \
  X(GetNumSignatureInputs, int, (litert_handle, size_t*))                                          \
  X(GetNumSignatureOutputs, int, (litert_handle, size_t*))                                         \
  X(GetSignatureInputTensorByIndex, int, (litert_handle, size_t, litert_handle*))                  \
  X(GetSignatureOutputTensorByIndex, int, (litert_handle, size_t, litert_handle*))                 \
  X(GetTensorName, int, (litert_handle, const char**))                                             \
  X(GetRankedTensorType, int, (litert_handle, litert_tensor_type*))                                \
  X(GetQuantizationTypeId, int, (litert_handle, int*))                                             \
  X(GetPerTensorQuantization, int, (litert_handle, litert_per_tensor*))                            \
  X(CreateOptions, int, (litert_handle*))                                                          \
  X(DestroyOptions, void, (litert_handle))                                                         \
  X(SetOptionsHardwareAccelerators, int, (litert_handle, int))                                     \
  X(CreateOpaqueOptions, int, (const char*, void*, void (*)(void*), litert_handle*))               \
  X(DestroyOpaqueOptions, void, (litert_handle))                                                   \
  X(AddOpaqueOptions, int, (litert_handle, litert_handle))                                         \
  X(CreateCompiledModel, int, (litert_handle, litert_handle, litert_handle, litert_handle*))       \
  X(DestroyCompiledModel, void, (litert_handle))                                                   \
  X(GetCompiledModelInputBufferRequirements, int, (litert_handle, size_t, size_t, litert_handle*)) \
  X(GetCompiledModelOutputBufferRequirements, int,                                                 \
    (litert_handle, size_t, size_t, litert_handle*))                                               \
  X(CreateManagedTensorBufferFromRequirements, int,                                                \
    (litert_handle, const litert_tensor_type*, litert_handle, litert_handle*))                     \
  X(DestroyTensorBuffer, void, (litert_handle))                                                    \
  X(GetTensorBufferPackedSize, int, (litert_handle, size_t*))                                      \
  X(LockTensorBuffer, int, (litert_handle, void**, int))                                           \
  X(UnlockTensorBuffer, int, (litert_handle))                                                      \
  X(RunCompiledModel, int, (litert_handle, size_t, size_t, litert_handle*, size_t, litert_handle*))

typedef struct litert_functions {
#define LITERT_POINTER(name, result, parameters) result(*name) parameters;
  LITERT_LIST(LITERT_POINTER)
#undef LITERT_POINTER
  /// Of the GPU engine only: older libraries do not have it.
  int (*IsNonCpuFullyAccelerated)(litert_handle, bool*);
} litert_functions;

typedef struct litert_engine {
  lm_engine base;
  const litert_functions* f;
  litert_handle environment, model, signature, options, compiled;
  litert_handle* input_buffers;   ///< OWNED; by port
  litert_handle* output_buffers;  ///< OWNED; by port
  bool is_gpu;
  void** host_inputs;   ///< OWNED; of the GPU engine, by port: where a run begins ...
  void** host_outputs;  ///< ... and where it ends
} litert_engine;

static bool is_gpu(const lm_engine_kind* kind) { return kind == &lm_engine_kind_litert_gpu; }

// The folder of the library, where its accelerators lie; NULL: no memory. OWNED.
static char* folder_of(const lm_engine_library* library) {
  const char* slash = strrchr(library->path, '/');
  return slash != NULL ? strndup(library->path, (size_t)(slash - library->path)) : strdup(".");
}

static lm_status bind_gpu(lm_engine_library* library, lm_error* err) {
  litert_functions* f = library->functions;
  void* address = dlsym(library->handle, "LiteRtCompiledModelIsNonCpuFullyAccelerated");
  if (address == NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE, "engine '%s': %.100s is too old for its GPU accelerators",
                   library->kind->name, library->path);
  }
  memcpy(&f->IsNonCpuFullyAccelerated, &address, sizeof address);
  char* folder = folder_of(library);
  char pattern[4096];
  if (folder == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "path");
  snprintf(pattern, sizeof pattern, "%s/libLiteRt*Accelerator.so", folder);
  free(folder);
  glob_t found = {0};
  const bool present = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;
  globfree(&found);
  return present ? LM_OK
                 : LM_FAIL(err, LM_UNAVAILABLE,
                           "engine '%s': no GPU accelerator (libLiteRt...Accelerator.so) beside "
                           "%.200s",
                           library->kind->name, library->path);
}

static lm_status litert_bind(lm_engine_library* library, lm_error* err) {
  static const lm_engine_symbol kSymbols[] = {
#define LITERT_SYMBOL(name, result, parameters) {"LiteRt" #name, offsetof(litert_functions, name)},
      LITERT_LIST(LITERT_SYMBOL)
#undef LITERT_SYMBOL
  };
  // The library has no function that tells its version.
  library->version = lm_engine_wheel_version(library->path);
  const lm_status status = lm_engine_bind_symbols(
      library, kSymbols, sizeof kSymbols / sizeof kSymbols[0], sizeof(litert_functions), err);
  return status == LM_OK && is_gpu(library->kind) ? bind_gpu(library, err) : status;
}

// LiteRtStatus, litert_common.h.
static const char* status_text(int status) {
  static const struct {
    int status;
    const char* text;
  } kTexts[] = {
      {1, "invalid argument"},    {2, "out of memory"},        {3, "runtime failure"},
      {4, "missing input"},       {5, "unsupported"},          {6, "not found"},
      {8, "wrong version"},       {500, "file error"},         {501, "invalid flatbuffer"},
      {502, "library not found"}, {504, "compilation failed"}, {1001, "invalid type"},
  };
  for (size_t i = 0; i < sizeof kTexts / sizeof kTexts[0]; ++i) {
    if (kTexts[i].status == status) return kTexts[i].text;
  }
  return "unknown error";
}

static lm_status fail(int status, const char* what, lm_error* err) {
  const lm_status code = status == 2 ? LM_OUT_OF_MEMORY : LM_UNSUPPORTED;
  return LM_FAIL(err, code, "LiteRT: %s: %s (status %d)", what, status_text(status), status);
}

#define LITERT_TRY(call, what)                                       \
  do {                                                               \
    const int try_status = (call);                                   \
    if (try_status != LITERT_OK) return fail(try_status, what, err); \
  } while (0)

// LiteRtElementType has the values of TfLiteType, which are not those of the file format.
static bool element_type(int type, lm_type* out) {
  static const struct {
    int from;
    lm_type to;
  } kTypes[] = {
      {1, LM_FLOAT32},  {2, LM_INT32},   {3, LM_UINT8},   {4, LM_INT64},
      {6, LM_BOOL},     {7, LM_INT16},   {9, LM_INT8},    {10, LM_FLOAT16},
      {11, LM_FLOAT64}, {13, LM_UINT64}, {16, LM_UINT32}, {17, LM_UINT16},
  };
  for (size_t i = 0; i < sizeof kTypes / sizeof kTypes[0]; ++i) {
    if (kTypes[i].from != type) continue;
    *out = kTypes[i].to;
    return true;
  }
  return false;
}

static lm_status describe_tensor(const litert_functions* f, litert_handle tensor, int32_t port,
                                 lm_engine_tensor* out, litert_tensor_type* type, lm_error* err) {
  const char* name = NULL;
  if (f->GetTensorName(tensor, &name) == LITERT_OK && name != NULL) {
    snprintf(out->name, sizeof out->name, "%s", name);
  }
  LITERT_TRY(f->GetRankedTensorType(tensor, type), "tensor type");
  if (!element_type(type->element_type, &out->type) || type->layout.rank > LM_MAX_RANK) {
    return LM_FAIL(err, LM_UNSUPPORTED, "tensor '%.60s' has LiteRT's type %d", out->name,
                   type->element_type);
  }
  out->shape.rank = (int32_t)type->layout.rank;
  for (int32_t d = 0; d < out->shape.rank; ++d) {
    // Unknown dimensions run as 1, as they do in Litmark.
    if (type->layout.dimensions[d] < 0) type->layout.dimensions[d] = 1;
    out->shape.dims[d] = type->layout.dimensions[d];
  }
  if (!lm_shape_bytes(&out->shape, out->type, &out->bytes)) {
    return LM_FAIL(err, LM_UNSUPPORTED, "tensor '%.60s' has no sound shape", out->name);
  }
  int kind = 0;
  litert_per_tensor quantization;
  if (f->GetQuantizationTypeId(tensor, &kind) == LITERT_OK &&
      kind == LITERT_QUANTIZATION_PER_TENSOR &&
      f->GetPerTensorQuantization(tensor, &quantization) == LITERT_OK) {
    out->scale = quantization.scale;
    out->zero_point = (int32_t)quantization.zero_point;
  }
  out->port = port;
  return LM_OK;
}

static lm_status open_port(litert_engine* e, bool is_input, int32_t port, lm_error* err) {
  const litert_functions* f = e->f;
  litert_handle tensor = NULL, requirements = NULL;
  litert_tensor_type type;
  lm_engine_tensor* out = is_input ? &e->base.inputs[port] : &e->base.outputs[port];
  LITERT_TRY(is_input ? f->GetSignatureInputTensorByIndex(e->signature, (size_t)port, &tensor)
                      : f->GetSignatureOutputTensorByIndex(e->signature, (size_t)port, &tensor),
             "tensor of the signature");
  const lm_status status = describe_tensor(f, tensor, port, out, &type, err);
  if (status != LM_OK) return status;
  LITERT_TRY(is_input ? f->GetCompiledModelInputBufferRequirements(e->compiled, 0, (size_t)port,
                                                                   &requirements)
                      : f->GetCompiledModelOutputBufferRequirements(e->compiled, 0, (size_t)port,
                                                                    &requirements),
             "buffer requirements");
  litert_handle* buffer = is_input ? &e->input_buffers[port] : &e->output_buffers[port];
  LITERT_TRY(
      f->CreateManagedTensorBufferFromRequirements(e->environment, &type, requirements, buffer),
      "buffer");
  size_t packed = 0;
  LITERT_TRY(f->GetTensorBufferPackedSize(*buffer, &packed), "buffer size");
  if (packed != out->bytes) {
    return LM_FAIL(err, LM_UNSUPPORTED, "LiteRT: tensor '%.60s' takes %zu bytes, its shape %zu",
                   out->name, packed, out->bytes);
  }
  return LM_OK;
}

// Options of an accelerator are text in an opaque object (litert/c/options/litert_cpu_options.cc,
// litert_gpu_options.cc): an identifier and TOML.
static lm_status add_options(litert_engine* e, const char* identifier, const char* text,
                             lm_error* err) {
  const litert_functions* f = e->f;
  char* payload = strdup(text);
  if (payload == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "options");
  litert_handle opaque = NULL;
  const int status = f->CreateOpaqueOptions(identifier, payload, free, &opaque);
  if (status != LITERT_OK) {
    free(payload);
    return fail(status, "options of the accelerator", err);
  }
  const int added = f->AddOpaqueOptions(e->options, opaque);
  if (added != LITERT_OK) f->DestroyOpaqueOptions(opaque);
  LITERT_TRY(added, "options of the accelerator");
  return LM_OK;
}

static lm_status make_options(litert_engine* e, const lm_engine_options* options, lm_error* err) {
  const litert_functions* f = e->f;
  const int accelerator = e->is_gpu ? LITERT_ACCELERATOR_GPU : LITERT_ACCELERATOR_CPU;
  char text[40];
  LITERT_TRY(f->CreateOptions(&e->options), "options");
  LITERT_TRY(f->SetOptionsHardwareAccelerators(e->options, accelerator), "accelerator");
  if (!e->is_gpu) {
    // Without them XNNPACK runs on one thread, whatever anyone hoped.
    snprintf(text, sizeof text, "num_threads = %d\n", (int)options->threads);
    return add_options(e, "xnnpack", text, err);
  }
  if (options->precision == LM_ENGINE_DEFAULT) return LM_OK;
  snprintf(text, sizeof text, "precision = %d\n", LITERT_PRECISION_FP32);
  return add_options(e, "gpu_options", text, err);
}

// Accelerators are looked for in a folder that has to be named.
static lm_status make_environment(litert_engine* e, lm_error* err) {
  const litert_functions* f = e->f;
  if (!e->is_gpu) {
    LITERT_TRY(f->CreateEnvironment(0, NULL, &e->environment), "environment");
    return LM_OK;
  }
  char* folder = folder_of(e->base.library);
  if (folder == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "path");
  const litert_environment_option option = {
      .tag = LITERT_OPTION_RUNTIME_FOLDER,
      .any = {.type = LITERT_ANY_STRING, .value = {.text = folder}},
  };
  const int status = f->CreateEnvironment(1, &option, &e->environment);
  free(folder);
  LITERT_TRY(status, "environment");
  return LM_OK;
}

// A GPU that is not there is no fault of the model's. And what ran beside the GPU would be measured
// as its work.
static lm_status compile_for_gpu(litert_engine* e, lm_error* err) {
  const litert_functions* f = e->f;
  bool whole = false;
  const int status = f->CreateCompiledModel(e->environment, e->model, e->options, &e->compiled);
  if (status != LITERT_OK) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "LiteRT: its GPU accelerator cannot be used here: %s (status %d)",
                   status_text(status), status);
  }
  LITERT_TRY(f->IsNonCpuFullyAccelerated(e->compiled, &whole), "what the GPU takes");
  return whole ? LM_OK
               : LM_FAIL(err, LM_UNSUPPORTED, "LiteRT: its GPU accelerator takes not all of it");
}

static lm_status compile(litert_engine* e, const lm_engine_options* options, lm_error* err) {
  const litert_functions* f = e->f;
  const uint64_t begin = lm_now_ns();
  lm_status status = make_environment(e, err);
  if (status != LM_OK) return status;
  LITERT_TRY(f->CreateModelFromFile(e->environment, options->model_path, &e->model), "model");
  const uint64_t loaded = lm_now_ns();
  e->base.load_ns = loaded - begin;
  status = make_options(e, options, err);
  if (status != LM_OK) return status;
  const int32_t threads_before = lm_engine_count_threads();
  if (e->is_gpu) {
    status = compile_for_gpu(e, err);
    if (status != LM_OK) return status;
  } else {
    LITERT_TRY(f->CreateCompiledModel(e->environment, e->model, e->options, &e->compiled),
               "compiling the model");
  }
  e->base.compile_ns = lm_now_ns() - loaded;
  // XNNPACK's pool starts with the delegate: all threads but the caller's. Threads of a GPU's
  // driver say nothing about how many compute.
  const int32_t threads_after = lm_engine_count_threads();
  if (threads_before > 0 && !e->is_gpu) e->base.threads = 1 + threads_after - threads_before;
  LITERT_TRY(f->GetModelSignature(e->model, 0, &e->signature), "signature");
  return LM_OK;
}

// Tensors are in the order of their ports until the caller sorts them.
static void** host_memory(const lm_engine_tensor* tensors, int32_t count) {
  void** memory = calloc((size_t)count + 1, sizeof *memory);
  for (int32_t i = 0; memory != NULL && i < count; ++i) {
    memory[i] = calloc(1, tensors[i].bytes + 1);
    if (memory[i] != NULL) continue;
    while (i > 0) free(memory[--i]);
    free(memory);
    return NULL;
  }
  return memory;
}

static lm_status make_host_memory(litert_engine* e, lm_error* err) {
  e->host_inputs = host_memory(e->base.inputs, e->base.input_count);
  e->host_outputs = host_memory(e->base.outputs, e->base.output_count);
  return e->host_inputs != NULL && e->host_outputs != NULL
             ? LM_OK
             : LM_FAIL(err, LM_OUT_OF_MEMORY, "inputs and outputs");
}

static void free_host_memory(void** memory, int32_t count) {
  for (int32_t i = 0; memory != NULL && i < count; ++i) free(memory[i]);
  free(memory);
}

static lm_status open_ports(litert_engine* e, lm_error* err) {
  size_t inputs = 0, outputs = 0;
  LITERT_TRY(e->f->GetNumSignatureInputs(e->signature, &inputs), "inputs");
  LITERT_TRY(e->f->GetNumSignatureOutputs(e->signature, &outputs), "outputs");
  lm_status status = lm_engine_make_tensors(&e->base, inputs, outputs, err);
  if (status != LM_OK) return status;
  e->input_buffers = calloc(inputs + 1, sizeof(litert_handle));
  e->output_buffers = calloc(outputs + 1, sizeof(litert_handle));
  if (e->input_buffers == NULL || e->output_buffers == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "buffers");
  }
  for (int32_t i = 0; status == LM_OK && i < (int32_t)inputs; ++i) {
    status = open_port(e, true, i, err);
  }
  for (int32_t i = 0; status == LM_OK && i < (int32_t)outputs; ++i) {
    status = open_port(e, false, i, err);
  }
  return status == LM_OK && e->is_gpu ? make_host_memory(e, err) : status;
}

static lm_status litert_open(lm_engine* engine, const lm_engine_options* options, lm_error* err) {
  litert_engine* e = (litert_engine*)engine;
  e->f = engine->library->functions;
  e->is_gpu = is_gpu(engine->kind);
  lm_engine_capture capture;
  char said[200];
  lm_engine_capture_begin(&capture);
  lm_status status = compile(e, options, err);
  if (status == LM_OK) status = open_ports(e, err);
  lm_engine_capture_end(&capture, said, sizeof said);
  // The interface returns numbers only; the reason is in the log.
  if (status != LM_OK && err != NULL && said[0] != '\0') {
    char message[sizeof err->message];
    snprintf(message, sizeof message, "%s", err->message);
    lm_error_clear(err);
    status = LM_FAIL(err, status, "%s; it says: %s", message, said);
  }
  return status;
}

static lm_status copy_in(litert_engine* e, const lm_engine_tensor* input, const void* data,
                         lm_error* err) {
  litert_handle buffer = e->input_buffers[input->port];
  void* memory = NULL;
  LITERT_TRY(e->f->LockTensorBuffer(buffer, &memory, LITERT_LOCK_WRITE), "input");
  memcpy(memory, data, input->bytes);
  LITERT_TRY(e->f->UnlockTensorBuffer(buffer), "input");
  return LM_OK;
}

static lm_status copy_out(litert_engine* e, const lm_engine_tensor* output, void* data,
                          lm_error* err) {
  litert_handle buffer = e->output_buffers[output->port];
  void* memory = NULL;
  LITERT_TRY(e->f->LockTensorBuffer(buffer, &memory, LITERT_LOCK_READ), "output");
  memcpy(data, memory, output->bytes);
  LITERT_TRY(e->f->UnlockTensorBuffer(buffer), "output");
  return LM_OK;
}

static lm_status litert_set_input(lm_engine* engine, const lm_engine_tensor* input,
                                  const void* data, lm_error* err) {
  litert_engine* e = (litert_engine*)engine;
  if (!e->is_gpu) return copy_in(e, input, data, err);
  memcpy(e->host_inputs[input->port], data, input->bytes);
  return LM_OK;
}

static lm_status run_model(litert_engine* e, lm_error* err) {
  lm_engine* engine = &e->base;
  LITERT_TRY(e->f->RunCompiledModel(e->compiled, 0, (size_t)engine->input_count, e->input_buffers,
                                    (size_t)engine->output_count, e->output_buffers),
             "running the model");
  return LM_OK;
}

// On a GPU a run may return when the work has been handed over. What is timed is what Litmark's own
// GPU delegates are timed for: from inputs in host memory to outputs in host memory.
static lm_status litert_invoke(lm_engine* engine, lm_error* err) {
  litert_engine* e = (litert_engine*)engine;
  lm_status status = LM_OK;
  for (int32_t i = 0; e->is_gpu && status == LM_OK && i < engine->input_count; ++i) {
    const lm_engine_tensor* input = &engine->inputs[i];
    status = copy_in(e, input, e->host_inputs[input->port], err);
  }
  if (status == LM_OK) status = run_model(e, err);
  for (int32_t i = 0; e->is_gpu && status == LM_OK && i < engine->output_count; ++i) {
    const lm_engine_tensor* output = &engine->outputs[i];
    status = copy_out(e, output, e->host_outputs[output->port], err);
  }
  return status;
}

static lm_status litert_read_output(lm_engine* engine, const lm_engine_tensor* output, void* buffer,
                                    lm_error* err) {
  litert_engine* e = (litert_engine*)engine;
  if (!e->is_gpu) return copy_out(e, output, buffer, err);
  memcpy(buffer, e->host_outputs[output->port], output->bytes);
  return LM_OK;
}

static void litert_close(lm_engine* engine) {
  litert_engine* e = (litert_engine*)engine;
  const litert_functions* f = e->f;
  if (f == NULL) return;
  lm_engine_capture capture;  // it announces what it frees
  char said[8];
  lm_engine_capture_begin(&capture);
  for (int32_t i = 0; e->input_buffers != NULL && i < engine->input_count; ++i) {
    if (e->input_buffers[i] != NULL) f->DestroyTensorBuffer(e->input_buffers[i]);
  }
  for (int32_t i = 0; e->output_buffers != NULL && i < engine->output_count; ++i) {
    if (e->output_buffers[i] != NULL) f->DestroyTensorBuffer(e->output_buffers[i]);
  }
  free(e->input_buffers);
  free(e->output_buffers);
  free_host_memory(e->host_inputs, engine->input_count);
  free_host_memory(e->host_outputs, engine->output_count);
  if (e->compiled != NULL) f->DestroyCompiledModel(e->compiled);
  if (e->options != NULL) f->DestroyOptions(e->options);
  if (e->model != NULL) f->DestroyModel(e->model);
  if (e->environment != NULL) f->DestroyEnvironment(e->environment);
  lm_engine_capture_end(&capture, said, sizeof said);
}

const lm_engine_kind lm_engine_kind_litert = {
    .name = "litert",
    .what = "LiteRT (TensorFlow Lite) with XNNPACK",
    .package = "ai-edge-litert",
    .pattern = "ai_edge_litert/libLiteRt.so",
    .bind = litert_bind,
    .open = litert_open,
    .engine_size = sizeof(litert_engine),
    .set_input = litert_set_input,
    .invoke = litert_invoke,
    .read_output = litert_read_output,
    .close = litert_close,
};

const lm_engine_kind lm_engine_kind_litert_gpu = {
    .name = "litert-gpu",
    .what = "LiteRT with the GPU accelerator of its wheel",
    .package = "ai-edge-litert",
    .pattern = "ai_edge_litert/libLiteRt.so",
    .on_gpu = true,
    .bind = litert_bind,
    .open = litert_open,
    .engine_size = sizeof(litert_engine),
    .set_input = litert_set_input,
    .invoke = litert_invoke,
    .read_output = litert_read_output,
    .close = litert_close,
};
