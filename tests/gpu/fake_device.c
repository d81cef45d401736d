// SPDX-License-Identifier: MIT
#include "fake_device.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "litmark/kernel_math.h"

struct lm__gpu_buffer {
  uint8_t* data;
  size_t bytes;
};

typedef struct work {
  uint8_t* args[LM_GPU_MAX_ARGS];
  const void* params;
  lm__gpu_type type;
  int items;
} work;

struct lm__gpu_kernel {
  lm__gpu_kernel_key key;
  void (*function)(const work* w);
  struct lm__gpu_kernel* next;
};

typedef struct transfer {
  lm__gpu_range range;
  const void* from;  // upload
  void* to;          // download
} transfer;

struct lm__gpu_recording {
  fake_device* device;
  transfer transfers[16];
  int transfer_count;
  uint8_t params[FAKE_MAX_DISPATCHES][LM_GPU_MAX_PARAMS];
  bool finished;
};

// ---- kernels

static float get(const void* data, lm__gpu_type type, int i) {
  return type == LM_GPU_F16 ? lm_half_to_float(((const uint16_t*)data)[i])
                            : ((const float*)data)[i];
}

static void put(void* data, lm__gpu_type type, int i, float v) {
  if (type == LM_GPU_F16) {
    ((uint16_t*)data)[i] = lm_float_to_half(v);
  } else {
    ((float*)data)[i] = v;
  }
}

typedef struct byte_params {
  int32_t count, zero_point, low, high;
  float scale;
} byte_params;

static void real_from_bytes(const work* w) {
  const byte_params* p = w->params;
  for (int i = 0; i < p->count; ++i) {
    const int q = p->high > 127 ? w->args[0][i] : ((const int8_t*)w->args[0])[i];
    put(w->args[1], w->type, i, (float)(q - p->zero_point) * p->scale);
  }
}

static void real_to_bytes(const work* w) {
  const byte_params* p = w->params;
  for (int i = 0; i < p->count; ++i) {
    const int q = (int)roundf(get(w->args[0], w->type, i) / p->scale) + p->zero_point;
    w->args[1][i] = (uint8_t)(q < p->low ? p->low : q > p->high ? p->high : q);
  }
}

static void real_from_f32(const work* w) {
  for (int i = 0; i < *(const int32_t*)w->params; ++i) {
    put(w->args[1], w->type, i, ((const float*)w->args[0])[i]);
  }
}

static void real_to_f32(const work* w) {
  for (int i = 0; i < *(const int32_t*)w->params; ++i) {
    ((float*)w->args[1])[i] = get(w->args[0], w->type, i);
  }
}

static const struct {
  const char* name;
  void (*function)(const work* w);
} kKernels[] = {{"real_from_bytes", real_from_bytes},
                {"real_to_bytes", real_to_bytes},
                {"real_from_f32", real_from_f32},
                {"real_to_f32", real_to_f32}};

static lm_status fake_kernel(lm__gpu_device* device, const lm__gpu_kernel_key* key,
                             const lm__gpu_kernel** out_kernel, lm_error* err) {
  fake_device* self = (fake_device*)device;
  *out_kernel = NULL;
  lm__gpu_kernel* kernel = lm_alloc(device->allocator, sizeof *kernel);
  if (kernel == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "fake kernel %s", key->name);
  *kernel = (lm__gpu_kernel){.key = *key, .next = self->kernels};
  for (size_t i = 0; i < sizeof kKernels / sizeof kKernels[0]; ++i) {
    if (strcmp(kKernels[i].name, key->name) == 0) kernel->function = kKernels[i].function;
  }
  self->kernels = kernel;
  ++self->live;
  *out_kernel = kernel;
  return LM_OK;
}

static bool fake_has_kernel(const lm__gpu_device* device, const char* name, lm__gpu_type type) {
  (void)device, (void)type;
  return name != NULL;
}

// ---- buffers

static lm_status buffer_create(lm__gpu_device* device, size_t bytes, lm__gpu_memory memory,
                               lm__gpu_buffer** out_buffer, lm_error* err) {
  fake_device* self = (fake_device*)device;
  *out_buffer = NULL;
  if (bytes == 0 || bytes > device->caps.max_buffer_bytes) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "fake device: a buffer of %zu bytes", bytes);
  }
  lm__gpu_buffer* buffer = lm_alloc(device->allocator, sizeof *buffer);
  if (buffer != NULL) buffer->data = lm_alloc(device->allocator, bytes);
  if (buffer == NULL || buffer->data == NULL) {
    lm_free(device->allocator, buffer);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "fake device: a buffer of %zu bytes", bytes);
  }
  // Not zeros, although a driver gives them: what is read without being written shows.
  if (memory == LM_GPU_MEMORY_DEVICE) memset(buffer->data, 0xff, bytes);
  buffer->bytes = bytes;
  self->bytes += bytes;
  if (bytes > self->largest_buffer) self->largest_buffer = bytes;
  ++self->live;
  ++self->buffers;
  *out_buffer = buffer;
  return LM_OK;
}

static void buffer_destroy(lm__gpu_device* device, lm__gpu_buffer* buffer) {
  fake_device* self = (fake_device*)device;
  self->bytes -= buffer->bytes;
  --self->live;
  --self->buffers;
  lm_free(device->allocator, buffer->data);
  lm_free(device->allocator, buffer);
}

static lm_status fake_write(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset,
                            const void* data, size_t bytes, lm_error* err) {
  (void)device;
  if (offset + bytes > buffer->bytes) return LM_FAIL(err, LM_INTERNAL, "fake device: write");
  memcpy(buffer->data + offset, data, bytes);
  return LM_OK;
}

static lm_status fake_read(lm__gpu_device* device, lm__gpu_buffer* buffer, size_t offset,
                           void* data, size_t bytes, lm_error* err) {
  (void)device;
  if (offset + bytes > buffer->bytes) return LM_FAIL(err, LM_INTERNAL, "fake device: read");
  memcpy(data, buffer->data + offset, bytes);
  return LM_OK;
}

// ---- recordings

static lm_status recording_create(lm__gpu_device* device, lm__gpu_recording** out_recording,
                                  lm_error* err) {
  fake_device* self = (fake_device*)device;
  *out_recording = lm_alloc(device->allocator, sizeof **out_recording);
  if (*out_recording == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "fake recording");
  (*out_recording)->device = self;
  self->dispatch_count = self->uploads = self->downloads = 0;
  ++self->live;
  return LM_OK;
}

static void recording_destroy(lm__gpu_device* device, lm__gpu_recording* recording) {
  --((fake_device*)device)->live;
  lm_free(device->allocator, recording);
}

static bool is_sound(const fake_device* device, const lm__gpu_range* range) {
  return range->buffer != NULL && range->offset % device->base.caps.range_alignment == 0 &&
         range->bytes > 0 && range->offset + range->bytes <= range->buffer->bytes;
}

static lm_status add_transfer(lm__gpu_recording* recording, transfer t, lm_error* err) {
  if (!is_sound(recording->device, &t.range) || (t.from == NULL) == (t.to == NULL) ||
      recording->transfer_count == 16) {
    return LM_FAIL(err, LM_INTERNAL, "fake device: transfer %d", recording->transfer_count);
  }
  recording->transfers[recording->transfer_count++] = t;
  return LM_OK;
}

static lm_status record_upload(lm__gpu_recording* recording, lm__gpu_range to, const void* host,
                               lm_error* err) {
  ++recording->device->uploads;
  return add_transfer(recording, (transfer){.range = to, .from = host}, err);
}

static lm_status record_download(lm__gpu_recording* recording, lm__gpu_range from, void* host,
                                 lm_error* err) {
  ++recording->device->downloads;
  return add_transfer(recording, (transfer){.range = from, .to = host}, err);
}

// One range written over another as a whole is allowed to kernels that can (lm__gpu_call).
static bool overlap(const lm__gpu_range* a, const lm__gpu_range* b) {
  return a->buffer == b->buffer && a->offset < b->offset + b->bytes &&
         b->offset < a->offset + a->bytes && a->offset != b->offset;
}

static lm_status record_dispatch(lm__gpu_recording* recording, const lm__gpu_dispatch* d,
                                 lm_error* err) {
  fake_device* device = recording->device;
  bool sound = device->dispatch_count < FAKE_MAX_DISPATCHES && d->params_bytes <= 128;
  for (int i = 0; i < 3; ++i) {
    sound = sound && d->groups[i] > 0 && d->groups[i] <= device->base.caps.max_groups;
  }
  for (int32_t i = 0; sound && i < d->arg_count; ++i) {
    sound = is_sound(device, &d->args[i]);
    for (int32_t k = 0; k < d->arg_count; ++k) {
      if (k != i && (d->writes >> i & 1u) != 0 && overlap(&d->args[i], &d->args[k])) sound = false;
    }
  }
  if (!sound) {
    return LM_FAIL(err, LM_INTERNAL, "fake device: dispatch %d, %s", device->dispatch_count,
                   d->kernel->key.name);
  }
  if (d->params_bytes > 0) {
    memcpy(recording->params[device->dispatch_count], d->params, d->params_bytes);
  }
  fake_dispatch* kept = &device->dispatches[device->dispatch_count++];
  *kept = (fake_dispatch){.name = d->kernel->key.name, .type = d->kernel->key.type, .as_given = *d};
  memcpy(kept->group, d->kernel->key.group, sizeof kept->group);
  return LM_OK;
}

static lm_status fake_finish(lm__gpu_recording* recording, lm_error* err) {
  if (recording->finished) return LM_FAIL(err, LM_INTERNAL, "fake device: finished twice");
  recording->finished = true;
  return LM_OK;
}

static void run_dispatch(const lm__gpu_recording* recording, int i) {
  const fake_dispatch* d = &recording->device->dispatches[i];
  work w = {.params = recording->params[i], .type = d->type};
  for (int32_t a = 0; a < d->as_given.arg_count; ++a) {
    w.args[a] = d->as_given.args[a].buffer->data + d->as_given.args[a].offset;
  }
  if (d->as_given.kernel->function != NULL) d->as_given.kernel->function(&w);
}

static lm_status fake_run(lm__gpu_recording* recording, lm__gpu_times* out_times,
                          lm_profiler* profiler, lm_error* err) {
  fake_device* device = recording->device;
  *out_times = (lm__gpu_times){.dispatches = device->dispatch_count, .submits = 1};
  if (!recording->finished) return LM_FAIL(err, LM_INTERNAL, "fake device: not finished");
  if (device->run_status != LM_OK) {
    return LM_FAIL(err, device->run_status, "fake device: the device was lost");
  }
  for (int i = 0; i < recording->transfer_count; ++i) {
    const transfer* t = &recording->transfers[i];
    if (t->from != NULL) memcpy(t->range.buffer->data + t->range.offset, t->from, t->range.bytes);
  }
  for (int i = 0; i < device->dispatch_count; ++i) {
    run_dispatch(recording, i);
    lm_profiler_record(profiler, LM_EVENT_KERNEL, device->dispatches[i].as_given.node_index,
                       device->dispatches[i].as_given.label, (uint64_t)i, (uint64_t)i + 1);
  }
  for (int i = 0; i < recording->transfer_count; ++i) {
    const transfer* t = &recording->transfers[i];
    if (t->to != NULL) memcpy(t->to, t->range.buffer->data + t->range.offset, t->range.bytes);
  }
  return LM_OK;
}

// ---- device

static void fake_close(lm__gpu_device* device) {
  fake_device* self = (fake_device*)device;
  while (self->kernels != NULL) {
    lm__gpu_kernel* next = self->kernels->next;
    lm_free(device->allocator, self->kernels);
    self->kernels = next;
    --self->live;
  }
}

static size_t fake_device_bytes(const lm__gpu_device* device) {
  return ((const fake_device*)device)->bytes;
}

static void fake_compile_stats(const lm__gpu_device* device, int32_t* out_compiled,
                               int32_t* out_cached, uint64_t* out_ns) {
  (void)device;
  *out_compiled = 3;
  *out_cached = 2;
  *out_ns = 5000000;
}

static const lm__gpu_device_vtable kVtable = {
    .close = fake_close,
    .buffer_create = buffer_create,
    .buffer_destroy = buffer_destroy,
    .write = fake_write,
    .read = fake_read,
    .has_kernel = fake_has_kernel,
    .kernel = fake_kernel,
    .recording_create = recording_create,
    .recording_destroy = recording_destroy,
    .record_upload = record_upload,
    .record_dispatch = record_dispatch,
    .record_download = record_download,
    .finish = fake_finish,
    .run = fake_run,
    .device_bytes = fake_device_bytes,
    .compile_stats = fake_compile_stats,
};

void fake_device_init(fake_device* device, lm_allocator allocator) {
  *device = (fake_device){.base = {.vtable = &kVtable,
                                   .allocator = allocator,
                                   .caps = {.max_buffer_bytes = (size_t)1 << 30,
                                            .local_bytes = 32768,
                                            .range_alignment = 256,
                                            .max_group_items = 1024,
                                            .max_groups = 65535,
                                            .subgroup_items = 1,
                                            .compute_units = 2,
                                            .half_storage = true,
                                            .byte_storage = true}}};
  lm_device_info* info = &device->base.caps.info;
  info->type = LM_DEVICE_DISCRETE;
  snprintf(info->name, sizeof info->name, "Fake");
  snprintf(info->api, sizeof info->api, "Test 1.0");
}

static const lm_delegate_vtable kDelegate = {
    .abi = LM_DELEGATE_ABI, .name = "fake", .description = "for tests", LM_GPU_DELEGATE_SLOTS};

lm_status fake_delegate_open(fake_device* device, const char* options, lm_delegate** out_delegate,
                             lm_error* err) {
  *out_delegate = NULL;
  lm__gpu_options parsed;
  const lm_status status =
      lm__gpu_options_parse("fake", options, device->base.allocator, &parsed, err);
  if (status != LM_OK) return status;
  return lm__gpu_delegate_create(&kDelegate, &device->base, &parsed, out_delegate, err);
}
