// SPDX-License-Identifier: MIT
//
// A libopenvino_c.so for tests: the functions that engine_openvino.c uses, over the reference
// kernels.
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "fake_model.h"

#define EXPORT __attribute__((visibility("default")))
enum { STATUS_OK = 0, GENERAL_ERROR = -1 };

typedef struct fake_shape {
  int64_t rank;
  int64_t* dims;
} fake_shape;

typedef struct fake_version {
  const char* build;
  const char* description;
} fake_version;

// Cores, models, compiled models, requests, ports and tensors are all this here.
typedef struct fake_object {
  lm_session* session;  // OWNED by the model
  const lm_tensor* tensor;
  size_t bytes;
  char threads[16], precision[16];
} fake_object;

static char last_error[200];

static fake_object* make(void) { return calloc(1, sizeof(fake_object)); }
static int hand_out(fake_object* object, fake_object** out) {
  *out = object;
  return object != NULL ? STATUS_OK : GENERAL_ERROR;
}

EXPORT int ov_get_openvino_version(fake_version* out) {
  *out = (fake_version){strdup("2099.1.0-fake"), strdup("a fake")};
  return STATUS_OK;
}
EXPORT void ov_version_free(fake_version* version) {
  free((void*)version->build);
  free((void*)version->description);
}
EXPORT const char* ov_get_last_err_msg(void) { return strdup(last_error); }
EXPORT void ov_free(const char* text) { free((void*)text); }

EXPORT int ov_core_create(fake_object** out) { return hand_out(make(), out); }
EXPORT void ov_core_free(fake_object* core) { free(core); }

EXPORT int ov_core_read_model(fake_object* core, const char* path, const char* weights,
                              fake_object** out) {
  (void)core;
  (void)weights;
  fake_object* model = make();
  if (model != NULL) model->session = fake_open(path);
  if (model != NULL && model->session != NULL) return hand_out(model, out);
  free(model);
  snprintf(last_error, sizeof last_error, "cannot read it");
  return GENERAL_ERROR;
}
EXPORT void ov_model_free(fake_object* model) {
  fake_close(model->session);
  free(model);
}

EXPORT int ov_core_compile_model(fake_object* core, fake_object* model, const char* device,
                                 size_t count, fake_object** out, ...) {
  (void)core;
  fake_object* compiled = make();
  if (compiled == NULL) return GENERAL_ERROR;
  compiled->session = model->session;
  snprintf(compiled->precision, sizeof compiled->precision, "bf16");
  va_list arguments;
  va_start(arguments, out);
  for (size_t i = 0; i < count; i += 2) {
    const char* key = va_arg(arguments, const char*);
    const char* value = va_arg(arguments, const char*);
    if (strcmp(key, "INFERENCE_NUM_THREADS") == 0) {
      snprintf(compiled->threads, sizeof compiled->threads, "%s", fake_is("lazy") ? "1" : value);
    }
    if (strcmp(key, "INFERENCE_PRECISION_HINT") == 0) {
      snprintf(compiled->precision, sizeof compiled->precision, "%s", value);
    }
  }
  va_end(arguments);
  if (strcmp(device, "CPU") == 0 && !fake_is("refuse")) return hand_out(compiled, out);
  free(compiled);
  snprintf(last_error, sizeof last_error, "Operation FAKE_OP is not supported:\nsorry");
  return GENERAL_ERROR;
}
EXPORT void ov_compiled_model_free(fake_object* compiled) { free(compiled); }
EXPORT int ov_compiled_model_get_property(fake_object* compiled, const char* key, char** out) {
  *out = strcmp(key, "INFERENCE_NUM_THREADS") == 0 ? strdup(compiled->threads) : NULL;
  return *out != NULL ? STATUS_OK : GENERAL_ERROR;
}
EXPORT int ov_compiled_model_inputs_size(fake_object* compiled, size_t* out) {
  *out = (size_t)fake_count(compiled->session, true);
  return STATUS_OK;
}
EXPORT int ov_compiled_model_outputs_size(fake_object* compiled, size_t* out) {
  *out = (size_t)fake_count(compiled->session, false);
  return STATUS_OK;
}

static int make_view(fake_object* of, bool is_input, size_t i, fake_object** out) {
  fake_object* view = make();
  if (view != NULL) {
    view->tensor = fake_tensor(of->session, is_input, i);
    view->bytes = view->tensor->bytes;
  }
  return hand_out(view, out);
}
EXPORT int ov_compiled_model_input_by_index(fake_object* compiled, size_t i, fake_object** out) {
  return make_view(compiled, true, i, out);
}
EXPORT int ov_compiled_model_output_by_index(fake_object* compiled, size_t i, fake_object** out) {
  return make_view(compiled, false, i, out);
}
EXPORT void ov_output_const_port_free(fake_object* port) { free(port); }
EXPORT int ov_port_get_any_name(fake_object* port, char** out) {
  char name[300];
  snprintf(name, sizeof name, "%.200s:0", port->tensor->def->name);
  *out = strdup(name);
  return STATUS_OK;
}

// Element types in the order of a release, with the bits of one element; 0: none of fixed size.
static const int kNewBits[] = {0,  8, 16, 16, 32, 64, 4, 8,  16, 32,
                               64, 1, 2,  3,  4,  6,  8, 16, 32, 64};
static const int kOldBits[] = {0, 0, 8, 16, 16, 32, 64, 4, 8, 16, 32, 64, 1, 4, 8, 16, 32, 64};
static const int* type_bits(int* count) {
  const bool old = fake_is("old");
  *count =
      old ? (int)(sizeof kOldBits / sizeof *kOldBits) : (int)(sizeof kNewBits / sizeof *kNewBits);
  return old ? kOldBits : kNewBits;
}
EXPORT int ov_port_get_element_type(fake_object* port, int* out) {
  const bool old = fake_is("old");
  const lm_type type = port->tensor->type;
  *out = fake_is("type")      ? 31
         : type == LM_FLOAT32 ? (old ? 5 : 4)
         : type == LM_INT8    ? (old ? 8 : 7)
         : type == LM_UINT8   ? (old ? 14 : 16)
                              : (old ? 10 : 9);
  return STATUS_OK;
}
EXPORT int ov_const_port_get_shape(fake_object* port, fake_shape* out) {
  const lm_shape* shape = &port->tensor->shape;
  out->rank = shape->rank;
  out->dims = calloc((size_t)shape->rank + 1, sizeof *out->dims);
  if (out->dims == NULL) return GENERAL_ERROR;
  for (int32_t d = 0; d < shape->rank; ++d) out->dims[d] = shape->dims[d];
  return STATUS_OK;
}
EXPORT int ov_shape_free(fake_shape* shape) {
  free(shape->dims);
  return STATUS_OK;
}

EXPORT int ov_compiled_model_create_infer_request(fake_object* compiled, fake_object** out) {
  fake_object* request = make();
  if (request != NULL) request->session = compiled->session;
  return hand_out(request, out);
}
EXPORT void ov_infer_request_free(fake_object* request) { free(request); }
EXPORT int ov_infer_request_infer(fake_object* request) {
  if (fake_run(request->session)) return STATUS_OK;
  snprintf(last_error, sizeof last_error, "it broke");
  return GENERAL_ERROR;
}
EXPORT int ov_infer_request_get_input_tensor_by_index(fake_object* request, size_t i,
                                                      fake_object** out) {
  return make_view(request, true, i, out);
}
EXPORT int ov_infer_request_get_output_tensor_by_index(fake_object* request, size_t i,
                                                       fake_object** out) {
  return make_view(request, false, i, out);
}
EXPORT int ov_tensor_create(int type, fake_shape shape, fake_object** out) {
  int count;
  const int* bits = type_bits(&count);
  if (type < 0 || type >= count || bits[type] == 0 || shape.rank != 1) return GENERAL_ERROR;
  fake_object* tensor = make();
  if (tensor != NULL) tensor->bytes = ((size_t)bits[type] * (size_t)shape.dims[0] + 7) / 8;
  return hand_out(tensor, out);
}
EXPORT void ov_tensor_free(fake_object* tensor) { free(tensor); }
EXPORT int ov_tensor_data(fake_object* tensor, void** out) {
  *out = tensor->tensor->data;
  return STATUS_OK;
}
EXPORT int ov_tensor_get_byte_size(fake_object* tensor, size_t* out) {
  *out = tensor->bytes;
  return STATUS_OK;
}
