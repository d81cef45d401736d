// SPDX-License-Identifier: MIT
//
// What crosses between host and device. Bytes cross as they are; where the device has another type
// (halves, dequantized bytes) a dispatch converts there.
#include <string.h>

#include "gpu_program.h"
#include "litmark/kernel_math.h"

// The parameters of kernels/real_from_bytes.kernel and real_to_bytes.kernel.
typedef struct byte_params {
  int32_t count;
  int32_t zero_point;
  int32_t low, high;  // of the type
  float scale;
} byte_params;

typedef struct count_params {
  int32_t count;
} count_params;

static byte_params byte_params_of(const lm_tensor* tensor) {
  byte_params p = {.count = (int32_t)lm_shape_count(&tensor->shape),
                   .zero_point = tensor->quantization.zero_points[0],
                   .scale = tensor->quantization.scales[0]};
  lm_type_range(tensor->type, &p.low, &p.high);
  return p;
}

static lm_status convert(lm__gpu_build* build, const lm_node* node, const char* kernel,
                         lm__gpu_type type, lm__gpu_value from, lm__gpu_value to, uint32_t items,
                         const void* params, size_t params_bytes, lm_error* err) {
  const lm__gpu_call call = {.key = {.name = kernel, .type = type},
                             .arg_count = 2,
                             .args = {LM_GPU_READ(from), LM_GPU_WRITE(to)},
                             .params = params,
                             .params_bytes = params_bytes,
                             .items = {items, 0, 0}};
  return lm__gpu_launch_add(build, node, &call, err);
}

// Conversions of one element at a time: of floats and of indices.
static const char* element_kernel(const lm_tensor* tensor, const char* floats,
                                  const char* indices) {
  return tensor->type == LM_FLOAT32 ? floats : tensor->type == LM_INT64 ? indices : NULL;
}

// Bytes go through a kernel four at a time, in words: no device need store single ones.
static lm_status to_device(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_type type,
                           lm__gpu_value raw, lm__gpu_value value, lm_error* err) {
  const char* kernel = element_kernel(tensor, "real_from_f32", "int_from_int64");
  if (kernel != NULL) {
    const count_params p = {(int32_t)lm_shape_count(&tensor->shape)};
    return convert(build, build->node, kernel, type, raw, value, (uint32_t)p.count, &p, sizeof p,
                   err);
  }
  const byte_params p = byte_params_of(tensor);
  return convert(build, build->node, "real_from_bytes", type, raw, value,
                 ((uint32_t)p.count + 3) / 4, &p, sizeof p, err);
}

static lm_status to_host(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_type type,
                         lm__gpu_value value, lm__gpu_value raw, lm_error* err) {
  const lm_node* node = &build->graph->nodes[tensor->producer];
  const char* kernel = element_kernel(tensor, "real_to_f32", "int_to_int64");
  if (kernel != NULL) {
    const count_params p = {(int32_t)lm_shape_count(&tensor->shape)};
    return convert(build, node, kernel, type, value, raw, (uint32_t)p.count, &p, sizeof p, err);
  }
  const byte_params p = byte_params_of(tensor);
  return convert(build, node, "real_to_bytes", type, value, raw, ((uint32_t)p.count + 3) / 4, &p,
                 sizeof p, err);
}

static bool is_raw(const lm_tensor* tensor, lm__gpu_type type) {
  return tensor->bytes == (size_t)lm_shape_count(&tensor->shape) * lm__gpu_type_bytes(type);
}

lm_status lm__gpu_input(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_type type,
                        lm__gpu_value* out_value, lm_error* err) {
  lm__gpu_program* program = build->program;
  const size_t bytes = (size_t)lm_shape_count(&tensor->shape) * lm__gpu_type_bytes(type);
  lm__gpu_value raw;
  LM_GPU_TRY(lm__gpu_region_create(build, type, tensor->bytes, &raw, err));
  LM_GPU_TRY(LM_GPU_GROW(build->delegate->allocator, &program->uploads, err));
  program->uploads.items[program->uploads.count++] =
      (lm__gpu_copy){lm__gpu_index(build->graph, tensor), raw};
  lm__gpu_region_at(program, raw)->first = 0;  // from the upload on
  lm__gpu_region_at(program, raw)->last = 0;
  *out_value = raw;
  if (is_raw(tensor, type)) return LM_OK;
  LM_GPU_TRY(lm__gpu_region_create(build, type, bytes, out_value, err));
  return to_device(build, tensor, type, raw, *out_value, err);
}

static lm_status add_output(lm__gpu_build* build, const lm_tensor* tensor, lm_error* err) {
  lm__gpu_program* program = build->program;
  const int32_t index = lm__gpu_index(build->graph, tensor);
  const lm__gpu_value value = build->tensors[index];
  if (value < 0) {
    return LM_FAIL(err, LM_INTERNAL, "%s: nothing makes '%.80s'", build->delegate->name,
                   tensor->def->name);
  }
  const lm__gpu_type type = lm__gpu_value_type(build, value);
  lm__gpu_value raw = value;
  if (!is_raw(tensor, type)) {
    LM_GPU_TRY(lm__gpu_region_create(build, type, tensor->bytes, &raw, err));
    LM_GPU_TRY(to_host(build, tensor, type, value, raw, err));
  }
  LM_GPU_TRY(LM_GPU_GROW(build->delegate->allocator, &program->downloads, err));
  program->downloads.items[program->downloads.count++] = (lm__gpu_copy){index, raw};
  return LM_OK;
}

lm_status lm__gpu_outputs(lm__gpu_build* build, lm_error* err) {
  lm__gpu_program* program = build->program;
  for (int32_t i = 0; i < build->partition->output_count; ++i) {
    LM_GPU_TRY(add_output(build, &build->graph->tensors[build->partition->outputs[i]], err));
  }
  for (int32_t i = 0; i < program->downloads.count; ++i) {  // now the number of dispatches is known
    lm__gpu_region* region = lm__gpu_region_at(program, program->downloads.items[i].value);
    region = lm__gpu_region_at(program, region->root);
    region->last = program->launches.count + 1;
    if (region->first > region->last) region->first = region->last;
  }
  return LM_OK;
}

// ---- the recording

static lm__gpu_range range_of(const lm__gpu_program* program, lm__gpu_value value) {
  const lm__gpu_region* region = lm__gpu_region_at(program, value);
  region = lm__gpu_region_at(program, region->root);
  return (lm__gpu_range){program->buffers.items[region->buffer], region->offset, region->bytes};
}

static lm_status record_launch(const lm__gpu_program* program, const lm__gpu_launch* launch,
                               lm_error* err) {
  const lm__gpu_device* device = program->delegate->device;
  lm__gpu_dispatch dispatch = {.kernel = launch->kernel,
                               .arg_count = launch->arg_count,
                               .params = launch->params,
                               .params_bytes = launch->params_bytes,
                               .node_index = launch->node_index,
                               .label = launch->label};
  memcpy(dispatch.groups, launch->groups, sizeof dispatch.groups);
  for (int32_t i = 0; i < launch->arg_count; ++i) {
    dispatch.args[i] = range_of(program, launch->args[i].value);
    dispatch.args[i].bytes = lm__gpu_room(device, dispatch.args[i].bytes);
    if (launch->args[i].writes) dispatch.writes |= 1u << i;
  }
  return device->vtable->record_dispatch(program->recording, &dispatch, err);
}

lm_status lm__gpu_record(lm__gpu_program* program, const lm_graph* graph, lm_error* err) {
  lm__gpu_device* device = program->delegate->device;
  LM_GPU_TRY(device->vtable->recording_create(device, &program->recording, err));
  for (int32_t i = 0; i < program->uploads.count; ++i) {
    const lm__gpu_copy* copy = &program->uploads.items[i];
    LM_GPU_TRY(device->vtable->record_upload(program->recording, range_of(program, copy->value),
                                             graph->tensors[copy->tensor].data, err));
  }
  for (int32_t i = 0; i < program->launches.count; ++i) {
    LM_GPU_TRY(record_launch(program, &program->launches.items[i], err));
  }
  for (int32_t i = 0; i < program->downloads.count; ++i) {
    const lm__gpu_copy* copy = &program->downloads.items[i];
    LM_GPU_TRY(device->vtable->record_download(program->recording, range_of(program, copy->value),
                                               graph->tensors[copy->tensor].data, err));
  }
  return device->vtable->finish(program->recording, err);
}
