// SPDX-License-Identifier: MIT
#include "cl_scenario.h"

#include "cl_fake.h"

enum { COUNT = 256 };

static float in[COUNT], out[COUNT];

static lm_status record(lm__gpu_device* device, lm__gpu_buffer* buffer,
                        lm__gpu_recording* recording, lm_error* err) {
  const lm__gpu_device_vtable* v = device->vtable;
  const lm__gpu_kernel_key key = {.name = "copy_scaled", .type = LM_GPU_F32, .group = {64, 1, 1}};
  const lm__gpu_kernel* kernel = NULL;
  LM_CL_TRY(v->kernel(device, &key, &kernel, err));
  const struct {
    int32_t count;
    float scale, bias;
  } params = {COUNT, 1.0f, 0.0f};
  const lm__gpu_range first = {buffer, 0, sizeof in}, second = {buffer, 1024, sizeof in};
  LM_CL_TRY(v->record_upload(recording, first, in, err));
  const lm__gpu_dispatch dispatch = {.kernel = kernel,
                                     .arg_count = 2,
                                     .args = {first, second},
                                     .writes = 2,
                                     .params = &params,
                                     .params_bytes = sizeof params,
                                     .groups = {COUNT / 64, 1, 1},
                                     .label = "scaled"};
  for (int i = 0; i < 3; ++i) LM_CL_TRY(v->record_dispatch(recording, &dispatch, err));
  LM_CL_TRY(v->record_download(recording, first, out, err));
  return v->finish(recording, err);
}

static lm_status run(scenario* s, lm__gpu_device* device, lm__gpu_recording* recording,
                     lm_error* err) {
  for (int i = 0; i < COUNT; ++i) in[i] = (float)i;
  for (int r = 0; r < s->runs; ++r) {
    lm_profiler profiler;
    const bool last = r + 1 == s->runs;
    if (last) LM_CL_TRY(lm_profiler_init(&profiler, 8, lm_allocator_default(), err));
    lm__gpu_times times;
    const lm_status status = device->vtable->run(recording, &times, last ? &profiler : NULL, err);
    if (last) lm_profiler_deinit(&profiler);
    if (status != LM_OK) return status;
    if (out[COUNT - 1] != in[COUNT - 1]) return LM_FAIL(err, LM_INTERNAL, "not copied");
  }
  return LM_OK;
}

lm_status scenario_play(scenario* s, lm_allocator allocator, lm_error* err) {
  const lm_delegate_options options = {
      .struct_size = sizeof options, .threads = s->threads, .device = s->device};
  const lm__gpu_options gpu_options = {
      .timeout_seconds = s->timeout_seconds,
      .cache_folder = s->cache_folder[0] != '\0' ? s->cache_folder : NULL};
  lm__gpu_device* device = NULL;
  LM_CL_TRY(lm__cl_device_open(&options, &gpu_options, &kFakeSymbols, allocator, &device, err));
  const lm__gpu_device_vtable* v = device->vtable;
  s->caps = device->caps;
  lm__gpu_buffer* buffer = NULL;
  lm__gpu_recording* recording = NULL;
  lm_status status = v->buffer_create(device, 4096, LM_GPU_MEMORY_DEVICE, &buffer, err);
  if (status == LM_OK) status = v->write(device, buffer, 100, in, sizeof in, err);
  if (status == LM_OK) status = v->recording_create(device, &recording, err);
  if (status == LM_OK) status = record(device, buffer, recording, err);
  if (status == LM_OK) status = run(s, device, recording, err);
  if (status == LM_OK) status = v->read(device, buffer, 0, out, sizeof out, err);
  uint64_t ns;
  v->compile_stats(device, &s->compiled, &s->cached, &ns);
  if (recording != NULL) v->recording_destroy(device, recording);
  if (buffer != NULL) v->buffer_destroy(device, buffer);
  v->close(device);
  return status;
}
