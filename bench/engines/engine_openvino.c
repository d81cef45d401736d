// SPDX-License-Identifier: MIT
//
// OpenVINO's CPU plug-in through libopenvino_c.so (wheel openvino), which reads .tflite itself.
// Declared here by hand after the public headers of github.com/openvinotoolkit/openvino,
// src/bindings/c/include/openvino/c/: ov_common.h, ov_core.h, ov_compiled_model.h,
// ov_infer_request.h, ov_node.h, ov_shape.h, ov_tensor.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"
#include "litmark/profiler.h"

typedef struct ov_object* ov_handle;

typedef struct ov_version_text {
  const char* build;
  const char* description;
} ov_version_text;

typedef struct ov_shape_view {
  int64_t rank;
  int64_t* dims;
} ov_shape_view;

// Function, without the prefix ov_; result; parameters.
#define OV_LIST(X)                                                                         \
  X(get_openvino_version, int, (ov_version_text*))                                         \
  X(version_free, void, (ov_version_text*))                                                \
  X(get_last_err_msg, const char*, (void))                                                 \
  X(free, void, (const char*))                                                             \
  X(core_create, int, (ov_handle*))                                                        \
  X(core_free, void, (ov_handle))                                                          \
  X(core_read_model, int, (ov_handle, const char*, const char*, ov_handle*))               \
  X(core_compile_model, int, (ov_handle, ov_handle, const char*, size_t, ov_handle*, ...)) \
  X(model_free, void, (ov_handle))                                                         \
  X(compiled_model_free, void, (ov_handle))                                                \
  X(compiled_model_get_property, int, (ov_handle, const char*, char**))                    \
  X(compiled_model_inputs_size, int, (ov_handle, size_t*))                                 \
  X(compiled_model_outputs_size, int, (ov_handle, size_t*))                                \
  X(compiled_model_input_by_index, int, (ov_handle, size_t, ov_handle*))                   \
  X(compiled_model_output_by_index, int, (ov_handle, size_t, ov_handle*))                  \
  X(compiled_model_create_infer_request, int, (ov_handle, ov_handle*))                     \
  X(output_const_port_free, void, (ov_handle))                                             \
  X(port_get_any_name, int, (ov_handle, char**))                                           \
  X(port_get_element_type, int, (ov_handle, int*))                                         \
  X(const_port_get_shape, int, (ov_handle, ov_shape_view*))                                \
  X(shape_free, int, (ov_shape_view*))                                                     \
  X(infer_request_free, void, (ov_handle))                                                 \
  X(infer_request_infer, int, (ov_handle))                                                 \
  X(infer_request_get_input_tensor_by_index, int, (ov_handle, size_t, ov_handle*))         \
  X(infer_request_get_output_tensor_by_index, int, (ov_handle, size_t, ov_handle*))        \
  X(tensor_create, int, (int, ov_shape_view, ov_handle*))                                  \
  X(tensor_free, void, (ov_handle))                                                        \
  X(tensor_data, int, (ov_handle, void**))                                                 \
  X(tensor_get_byte_size, int, (ov_handle, size_t*))

typedef struct ov_functions {
#define OV_POINTER(name, result, parameters) result(*name) parameters;
  OV_LIST(OV_POINTER)
#undef OV_POINTER
} ov_functions;

typedef struct openvino_engine {
  lm_engine base;
  const ov_functions* f;
  ov_handle core, model, compiled, request;
  ov_handle* input_tensors;   ///< OWNED; by port
  ov_handle* output_tensors;  ///< OWNED; by port
  int u8;                     ///< the number of the element type u8; see find_element_types()
  int boolean;                ///< that of boolean
} openvino_engine;

static lm_status fail(const ov_functions* f, int status, const char* what, lm_error* err) {
  const char* said = f->get_last_err_msg();
  const bool known = said != NULL && said[0] != '\0';
  const lm_status code = LM_FAIL(err, LM_UNSUPPORTED, "OpenVINO: %s: %s (status %d)", what,
                                 known ? said : "no reason given", status);
  if (said != NULL) f->free(said);
  return code;
}

#define OV_TRY(f, call, what)                                   \
  do {                                                          \
    const int try_status = (call);                              \
    if (try_status != 0) return fail(f, try_status, what, err); \
  } while (0)

static lm_status openvino_bind(lm_engine_library* library, lm_error* err) {
  static const lm_engine_symbol kSymbols[] = {
#define OV_SYMBOL(name, result, parameters) {"ov_" #name, offsetof(ov_functions, name)},
      OV_LIST(OV_SYMBOL)
#undef OV_SYMBOL
  };
  const lm_status status = lm_engine_bind_symbols(
      library, kSymbols, sizeof kSymbols / sizeof kSymbols[0], sizeof(ov_functions), err);
  if (status != LM_OK) return status;
  const ov_functions* f = library->functions;
  ov_version_text version = {0};
  OV_TRY(f, f->get_openvino_version(&version), "version");
  if (version.build != NULL) library->version = strdup(version.build);
  f->version_free(&version);
  return LM_OK;
}

// Bytes of eight elements of type number `type`; 0: it is no type of fixed size.
static size_t bytes_of_eight(const ov_functions* f, int type) {
  int64_t dim = 8;
  const ov_shape_view shape = {1, &dim};
  ov_handle tensor = NULL;
  size_t bytes = 0;
  if (f->tensor_create(type, shape, &tensor) != 0) return 0;
  if (f->tensor_get_byte_size(tensor, &bytes) != 0) bytes = 0;
  f->tensor_free(tensor);
  return bytes;
}

// The numbers of the element types move between releases: "undefined" went in 2025, and types of
// a few bits were put between i64 and u8. Their order stays: boolean bf16 f16 f32 f64 i4 i8 i16 i32
// i64, some of less than a byte, u8 u16 u32 u64. Sizes tell where these begin.
static lm_status find_element_types(openvino_engine* e, lm_error* err) {
  static const size_t kSizes[] = {8, 16, 16, 32, 64, 4, 8, 16, 32, 64};
  enum { FIRST_MAX = 2, KNOWN = sizeof kSizes / sizeof kSizes[0], NARROW_MAX = 8 };
  for (int first = 1; first <= FIRST_MAX; ++first) {
    int same = 0;
    while (same < KNOWN && bytes_of_eight(e->f, first + same) == kSizes[same]) ++same;
    if (same < KNOWN) continue;
    for (int type = first + KNOWN; type < first + KNOWN + NARROW_MAX; ++type) {
      if (bytes_of_eight(e->f, type) != 8) continue;
      e->boolean = first;
      e->u8 = type;
      return LM_OK;
    }
  }
  return LM_FAIL(err, LM_UNSUPPORTED, "OpenVINO: this release numbers its types in an unknown way");
}

static bool element_type(const openvino_engine* e, int type, lm_type* out) {
  static const lm_type kFromBoolean[] = {LM_BOOL, LM_BFLOAT16, LM_FLOAT16, LM_FLOAT32, LM_FLOAT64,
                                         LM_INT4, LM_INT8,     LM_INT16,   LM_INT32,   LM_INT64};
  static const lm_type kFromU8[] = {LM_UINT8, LM_UINT16, LM_UINT32, LM_UINT64};
  if (type >= e->boolean && type < e->boolean + 10) {
    *out = kFromBoolean[type - e->boolean];
    return true;
  }
  if (type < e->u8 || type >= e->u8 + 4) return false;
  *out = kFromU8[type - e->u8];
  return true;
}

static lm_status describe_port(const openvino_engine* e, ov_handle port, int32_t number,
                               lm_engine_tensor* out, lm_error* err) {
  const ov_functions* f = e->f;
  char* name = NULL;
  if (f->port_get_any_name(port, &name) == 0 && name != NULL) {
    snprintf(out->name, sizeof out->name, "%s", name);
    f->free(name);
  }
  int type = 0;
  OV_TRY(f, f->port_get_element_type(port, &type), "element type");
  if (!element_type(e, type, &out->type)) {
    return LM_FAIL(err, LM_UNSUPPORTED, "tensor '%.60s' has OpenVINO's type %d", out->name, type);
  }
  ov_shape_view shape = {0};
  OV_TRY(f, f->const_port_get_shape(port, &shape), "shape (has it unknown dimensions?)");
  bool sound = shape.rank >= 0 && shape.rank <= LM_MAX_RANK;
  out->shape.rank = sound ? (int32_t)shape.rank : 0;
  for (int32_t d = 0; d < out->shape.rank; ++d) {
    sound = sound && shape.dims[d] >= 0 && shape.dims[d] <= INT32_MAX;
    out->shape.dims[d] = (int32_t)shape.dims[d];
  }
  f->shape_free(&shape);
  if (!sound || !lm_shape_bytes(&out->shape, out->type, &out->bytes)) {
    return LM_FAIL(err, LM_UNSUPPORTED, "tensor '%.60s' has no sound shape", out->name);
  }
  out->port = number;
  return LM_OK;
}

static lm_status open_port(openvino_engine* e, bool is_input, int32_t number, lm_error* err) {
  const ov_functions* f = e->f;
  ov_handle port = NULL;
  const size_t index = (size_t)number;
  OV_TRY(f,
         is_input ? f->compiled_model_input_by_index(e->compiled, index, &port)
                  : f->compiled_model_output_by_index(e->compiled, index, &port),
         "port");
  lm_engine_tensor* out = is_input ? &e->base.inputs[number] : &e->base.outputs[number];
  const lm_status status = describe_port(e, port, number, out, err);
  f->output_const_port_free(port);
  if (status != LM_OK) return status;
  ov_handle* tensor = is_input ? &e->input_tensors[number] : &e->output_tensors[number];
  OV_TRY(f,
         is_input ? f->infer_request_get_input_tensor_by_index(e->request, index, tensor)
                  : f->infer_request_get_output_tensor_by_index(e->request, index, tensor),
         "tensor");
  size_t bytes = 0;
  OV_TRY(f, f->tensor_get_byte_size(*tensor, &bytes), "tensor size");
  if (bytes != out->bytes) {
    return LM_FAIL(err, LM_UNSUPPORTED, "OpenVINO: tensor '%.60s' takes %zu bytes, its shape %zu",
                   out->name, bytes, out->bytes);
  }
  return LM_OK;
}

static lm_status compile(openvino_engine* e, const lm_engine_options* options, lm_error* err) {
  const ov_functions* f = e->f;
  const uint64_t begin = lm_now_ns();
  OV_TRY(f, f->core_create(&e->core), "core");
  OV_TRY(f, f->core_read_model(e->core, options->model_path, NULL, &e->model), "reading the model");
  const uint64_t loaded = lm_now_ns();
  e->base.load_ns = loaded - begin;
  char threads[16];
  snprintf(threads, sizeof threads, "%d", (int)options->threads);
  // The count is of arguments, two for each property.
  if (options->precision == LM_ENGINE_FLOAT32) {
    OV_TRY(f,
           f->core_compile_model(e->core, e->model, "CPU", (size_t)8, &e->compiled,
                                 "INFERENCE_NUM_THREADS", threads, "NUM_STREAMS", "1",
                                 "PERFORMANCE_HINT", "LATENCY", "INFERENCE_PRECISION_HINT", "f32"),
           "compiling the model");
  } else {
    OV_TRY(f,
           f->core_compile_model(e->core, e->model, "CPU", (size_t)6, &e->compiled,
                                 "INFERENCE_NUM_THREADS", threads, "NUM_STREAMS", "1",
                                 "PERFORMANCE_HINT", "LATENCY"),
           "compiling the model");
  }
  OV_TRY(f, f->compiled_model_create_infer_request(e->compiled, &e->request), "request");
  e->base.compile_ns = lm_now_ns() - loaded;
  char* said = NULL;
  if (f->compiled_model_get_property(e->compiled, "INFERENCE_NUM_THREADS", &said) == 0 &&
      said != NULL) {
    e->base.threads = (int32_t)strtol(said, NULL, 10);
    f->free(said);
  }
  return LM_OK;
}

static lm_status open_ports(openvino_engine* e, lm_error* err) {
  size_t inputs = 0, outputs = 0;
  OV_TRY(e->f, e->f->compiled_model_inputs_size(e->compiled, &inputs), "inputs");
  OV_TRY(e->f, e->f->compiled_model_outputs_size(e->compiled, &outputs), "outputs");
  lm_status status = lm_engine_make_tensors(&e->base, inputs, outputs, err);
  if (status != LM_OK) return status;
  e->input_tensors = calloc(inputs + 1, sizeof(ov_handle));
  e->output_tensors = calloc(outputs + 1, sizeof(ov_handle));
  if (e->input_tensors == NULL || e->output_tensors == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "tensors");
  }
  status = find_element_types(e, err);
  for (int32_t i = 0; status == LM_OK && i < (int32_t)inputs; ++i) {
    status = open_port(e, true, i, err);
  }
  for (int32_t i = 0; status == LM_OK && i < (int32_t)outputs; ++i) {
    status = open_port(e, false, i, err);
  }
  return status;
}

static lm_status openvino_open(lm_engine* engine, const lm_engine_options* options, lm_error* err) {
  openvino_engine* e = (openvino_engine*)engine;
  e->f = engine->library->functions;
  const lm_status status = compile(e, options, err);
  return status == LM_OK ? open_ports(e, err) : status;
}

static lm_status openvino_set_input(lm_engine* engine, const lm_engine_tensor* input,
                                    const void* data, lm_error* err) {
  openvino_engine* e = (openvino_engine*)engine;
  void* memory = NULL;
  OV_TRY(e->f, e->f->tensor_data(e->input_tensors[input->port], &memory), "input");
  memcpy(memory, data, input->bytes);
  return LM_OK;
}

static lm_status openvino_invoke(lm_engine* engine, lm_error* err) {
  openvino_engine* e = (openvino_engine*)engine;
  OV_TRY(e->f, e->f->infer_request_infer(e->request), "running the model");
  return LM_OK;
}

static lm_status openvino_read_output(lm_engine* engine, const lm_engine_tensor* output,
                                      void* buffer, lm_error* err) {
  openvino_engine* e = (openvino_engine*)engine;
  void* memory = NULL;
  OV_TRY(e->f, e->f->tensor_data(e->output_tensors[output->port], &memory), "output");
  memcpy(buffer, memory, output->bytes);
  return LM_OK;
}

static void openvino_close(lm_engine* engine) {
  openvino_engine* e = (openvino_engine*)engine;
  const ov_functions* f = e->f;
  if (f == NULL) return;
  for (int32_t i = 0; e->input_tensors != NULL && i < engine->input_count; ++i) {
    if (e->input_tensors[i] != NULL) f->tensor_free(e->input_tensors[i]);
  }
  for (int32_t i = 0; e->output_tensors != NULL && i < engine->output_count; ++i) {
    if (e->output_tensors[i] != NULL) f->tensor_free(e->output_tensors[i]);
  }
  free(e->input_tensors);
  free(e->output_tensors);
  if (e->request != NULL) f->infer_request_free(e->request);
  if (e->compiled != NULL) f->compiled_model_free(e->compiled);
  if (e->model != NULL) f->model_free(e->model);
  if (e->core != NULL) f->core_free(e->core);
}

const lm_engine_kind lm_engine_kind_openvino = {
    .name = "openvino",
    .what = "OpenVINO's CPU plug-in",
    .package = "openvino",
    .pattern = "openvino/libs/libopenvino_c.so*",
    .bind = openvino_bind,
    .open = openvino_open,
    .engine_size = sizeof(openvino_engine),
    .set_input = openvino_set_input,
    .invoke = openvino_invoke,
    .read_output = openvino_read_output,
    .close = openvino_close,
};
