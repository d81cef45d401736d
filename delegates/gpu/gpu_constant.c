// SPDX-License-Identifier: MIT
//
// Constants: equal ones are kept once; they are uploaded whenever a few megabytes have come
// together, so that the host never holds a second copy of all weights.
#include <string.h>

#include "base/hash64.h"
#include "gpu_program.h"
#include "litmark/kernel_math.h"

#define UPLOAD_BYTES ((size_t)8 << 20)

// Whether `block`, whose hash is right, holds `data`. What was uploaded is read back.
static lm_status is_equal(const lm__gpu_build* build, const lm__gpu_block* block, const void* data,
                          bool* out_equal, lm_error* err) {
  if (block->data != NULL) {
    *out_equal = memcmp(block->data, data, block->bytes) == 0;
    return LM_OK;
  }
  const lm_allocator allocator = build->delegate->allocator;
  lm__gpu_device* device = build->delegate->device;
  const lm__gpu_region* region = lm__gpu_region_at(build->program, block->value);
  void* there = lm_alloc(allocator, block->bytes);
  if (there == NULL)
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu constants: %zu bytes", block->bytes);
  const lm_status status =
      device->vtable->read(device, build->program->buffers.items[region->buffer], region->offset,
                           there, block->bytes, err);
  *out_equal = status == LM_OK && memcmp(there, data, block->bytes) == 0;
  lm_free(allocator, there);
  return status;
}

// Takes `data` over, also on failure.
static lm_status take_block(lm__gpu_build* build, void* data, size_t bytes, lm__gpu_type type,
                            lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = build->delegate->allocator;
  const uint64_t hash = lm__hash64(data, bytes, 0);
  lm_status status = LM_OK;
  *out_value = -1;
  for (int32_t i = 0; status == LM_OK && i < build->blocks.count; ++i) {
    const lm__gpu_block* block = &build->blocks.items[i];
    if (block->hash != hash || block->bytes != bytes) continue;
    bool equal;
    status = is_equal(build, block, data, &equal, err);
    if (status != LM_OK || !equal) continue;
    lm_free(allocator, data);
    data = NULL;
    const lm__gpu_value root = block->value;
    LM_GPU_TRY(lm__gpu_region_create(build, type, bytes, out_value, err));
    lm__gpu_region_at(build->program, *out_value)->root = root;
    lm__gpu_region_at(build->program, *out_value)->is_constant = true;
    return LM_OK;
  }
  if (status == LM_OK) status = LM_GPU_GROW(allocator, &build->blocks, err);
  if (status == LM_OK) status = lm__gpu_region_create(build, type, bytes, out_value, err);
  if (status != LM_OK) {
    lm_free(allocator, data);
    return status;
  }
  lm__gpu_region_at(build->program, *out_value)->is_constant = true;
  build->blocks.items[build->blocks.count++] =
      (lm__gpu_block){.hash = hash, .bytes = bytes, .data = data, .value = *out_value};
  build->waiting_bytes += bytes;
  return build->waiting_bytes >= UPLOAD_BYTES ? lm__gpu_blocks_upload(build, err) : LM_OK;
}

lm_status lm__gpu_constant(lm__gpu_build* build, const void* data, size_t bytes,
                           lm__gpu_value* out_value, lm_error* err) {
  *out_value = -1;
  void* copy = lm_alloc(build->delegate->allocator, bytes);
  if (copy == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu constants: %zu bytes", bytes);
  memcpy(copy, data, bytes);
  return take_block(build, copy, bytes, LM_GPU_I32, out_value, err);
}

lm_status lm__gpu_constant_floats(lm__gpu_build* build, const float* data, size_t count,
                                  lm__gpu_type type, lm__gpu_value* out_value, lm_error* err) {
  *out_value = -1;
  const size_t bytes = count * lm__gpu_type_bytes(type);
  void* copy = lm_alloc(build->delegate->allocator, bytes);
  if (copy == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu constants: %zu bytes", bytes);
  if (type == LM_GPU_F16) {
    for (size_t i = 0; i < count; ++i) ((uint16_t*)copy)[i] = lm_float_to_half(data[i]);
  } else {
    memcpy(copy, data, bytes);
  }
  return take_block(build, copy, bytes, type, out_value, err);
}

// ---- tensors

static float byte_at(const lm_tensor* tensor, size_t i) {
  return tensor->type == LM_INT8 ? (float)((const int8_t*)tensor->data)[i]
                                 : (float)((const uint8_t*)tensor->data)[i];
}

static void dequantize(const lm_tensor* tensor, size_t count, float* out) {
  const lm_quantization* q = &tensor->quantization;
  size_t inner = 1;  // elements from one index of the axis to the next
  for (int32_t d = q->axis + 1; q->count > 1 && d < tensor->shape.rank; ++d) {
    inner *= (size_t)tensor->shape.dims[d];
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t channel = q->count > 1 ? i / inner % (size_t)q->count : 0;
    out[i] = q->count == 0
                 ? byte_at(tensor, i)
                 : q->scales[channel] * (byte_at(tensor, i) - (float)q->zero_points[channel]);
  }
}

lm_status lm__gpu_constant_as_floats(const lm__gpu_build* build, const lm_tensor* tensor,
                                     float** out_data, lm_error* err) {
  *out_data = NULL;
  const size_t count = (size_t)lm_shape_count(&tensor->shape);
  float* data = lm_alloc_array(build->delegate->allocator, count, sizeof *data);
  if (data == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu constants: %zu floats", count);
  switch (tensor->type) {
    case LM_FLOAT32:
      memcpy(data, tensor->data, count * sizeof *data);
      break;
    case LM_FLOAT16:
      for (size_t i = 0; i < count; ++i) {
        data[i] = lm_half_to_float(((const uint16_t*)tensor->data)[i]);
      }
      break;
    case LM_INT8:
    case LM_UINT8:
      build->program->dequantized = true;
      dequantize(tensor, count, data);
      break;
    case LM_INT32:
      for (size_t i = 0; i < count; ++i) data[i] = (float)((const int32_t*)tensor->data)[i];
      break;
    default:
      lm_free(build->delegate->allocator, data);
      return LM_FAIL(err, LM_INTERNAL, "%s: constant '%.80s' of type %s", build->delegate->name,
                     tensor->def->name, lm_type_name(tensor->type));
  }
  *out_data = data;
  return LM_OK;
}

lm_status lm__gpu_constant_tensor(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_type type,
                                  lm__gpu_value* out_value, lm_error* err) {
  const bool raw =
      tensor->bytes == (size_t)lm_shape_count(&tensor->shape) * lm__gpu_type_bytes(type);
  if (raw) {  // every conversion changes the size of elements
    LM_GPU_TRY(lm__gpu_constant(build, tensor->data, tensor->bytes, out_value, err));
    lm__gpu_region_at(build->program, *out_value)->type = type;
    return LM_OK;
  }
  float* floats;
  LM_GPU_TRY(lm__gpu_constant_as_floats(build, tensor, &floats, err));
  const size_t count = (size_t)lm_shape_count(&tensor->shape);
  const lm_status status = lm__gpu_constant_floats(build, floats, count, type, out_value, err);
  lm_free(build->delegate->allocator, floats);
  return status;
}

// ---- upload

// One buffer for the blocks from *from on, as many as fit.
static lm_status upload_some(lm__gpu_build* build, int32_t* from, lm_error* err) {
  lm__gpu_program* program = build->program;
  lm__gpu_device* device = build->delegate->device;
  size_t total = 0;
  int32_t end = *from;
  for (; end < build->blocks.count; ++end) {
    const size_t room = lm__gpu_room(device, build->blocks.items[end].bytes);
    if (end > *from && total + room > device->caps.max_buffer_bytes) break;
    lm__gpu_region_at(program, build->blocks.items[end].value)->offset = total;
    total += room;
  }
  int32_t buffer;
  LM_GPU_TRY(lm__gpu_buffer_add(program, total, LM_GPU_MEMORY_WEIGHTS, &buffer, err));
  program->weights_bytes += total;
  for (int32_t i = *from; i < end; ++i) {
    lm__gpu_block* block = &build->blocks.items[i];
    lm__gpu_region* region = lm__gpu_region_at(program, block->value);
    region->buffer = buffer;
    LM_GPU_TRY(device->vtable->write(device, program->buffers.items[buffer], region->offset,
                                     block->data, block->bytes, err));
    lm_free(build->delegate->allocator, block->data);
    block->data = NULL;
  }
  *from = end;
  return LM_OK;
}

lm_status lm__gpu_blocks_upload(lm__gpu_build* build, lm_error* err) {
  int32_t from = build->blocks.count;  // blocks that wait are the last ones
  while (from > 0 && build->blocks.items[from - 1].data != NULL) --from;
  while (from < build->blocks.count) LM_GPU_TRY(upload_some(build, &from, err));
  build->waiting_bytes = 0;
  return LM_OK;
}

void lm__gpu_blocks_release(lm__gpu_build* build) {
  for (int32_t i = 0; i < build->blocks.count; ++i) {
    lm_free(build->delegate->allocator, build->blocks.items[i].data);
  }
  lm_free(build->delegate->allocator, build->blocks.items);
}
