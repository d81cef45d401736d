// SPDX-License-Identifier: MIT
#include "gpu_conv_run.h"

#include <string.h>

// Bytes of what each slot holds, with the room that regions have behind them.
static bool size_slots(const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan, size_t* bytes) {
  const size_t element = lm__gpu_type_bytes(conv->type), rows = (size_t)lm__gpu_conv_rows(conv);
  size_t filter;
  if (!lm__gpu_conv_filter_count(conv, plan, &filter)) return false;
  bytes[LM_GPU_SLOT_INPUT] = (size_t)conv->batches * (size_t)conv->in_h * (size_t)conv->in_w *
                             (size_t)conv->in_c * lm__gpu_type_bytes(lm__gpu_conv_image_type(conv));
  bytes[LM_GPU_SLOT_FILTER] = filter * lm__gpu_type_bytes(lm__gpu_conv_filter_type(conv));
  bytes[LM_GPU_SLOT_BIAS] = lm__gpu_conv_bias_count(conv, plan) * sizeof(float);
  bytes[LM_GPU_SLOT_RESIDUAL] =
      conv->tail == LM_GPU_TAIL_ADD ? rows * (size_t)conv->out_c * element : 64;
  bytes[LM_GPU_SLOT_OUTPUT] =
      (rows * (size_t)conv->out_stride + (size_t)conv->out_offset) * element;
  bytes[LM_GPU_SLOT_SCRATCH_0] = plan->scratch_bytes[0];
  bytes[LM_GPU_SLOT_SCRATCH_1] = plan->scratch_bytes[1];
  for (int i = 0; i < LM_GPU_SLOT_COUNT; ++i) bytes[i] = (bytes[i] + 63) / 64 * 64;
  return true;
}

static lm_status record_step(lm__gpu_conv_run* run, const lm__gpu_conv_step* step, lm_error* err) {
  lm__gpu_dispatch dispatch = {.arg_count = step->slot_count,
                               .writes = step->writes,
                               .params = step->params,
                               .params_bytes = step->params_bytes,
                               .groups = {step->groups[0], step->groups[1], step->groups[2]},
                               .label = step->label};
  for (int32_t i = 0; i < step->slot_count; ++i) {
    const uint8_t slot = step->slots[i];
    dispatch.args[i] = (lm__gpu_range){run->buffers[slot], 0, run->bytes[slot]};
  }
  const lm__gpu_device_vtable* driver = run->device->vtable;
  LM_GPU_TRY(driver->kernel(run->device, &step->key, &dispatch.kernel, err));
  return driver->record_dispatch(run->recording, &dispatch, err);
}

static lm_status make(lm__gpu_conv_run* run, const lm__gpu_conv_plan* plan, lm_error* err) {
  const lm__gpu_device_vtable* driver = run->device->vtable;
  for (int i = 0; i < LM_GPU_SLOT_COUNT; ++i) {
    if (run->bytes[i] == 0) continue;
    const bool weights = i == LM_GPU_SLOT_FILTER || i == LM_GPU_SLOT_BIAS;
    LM_GPU_TRY(driver->buffer_create(run->device, run->bytes[i],
                                     weights ? LM_GPU_MEMORY_WEIGHTS : LM_GPU_MEMORY_DEVICE,
                                     &run->buffers[i], err));
  }
  LM_GPU_TRY(driver->recording_create(run->device, &run->recording, err));
  for (int32_t i = 0; i < plan->step_count; ++i) {
    LM_GPU_TRY(record_step(run, &plan->steps[i], err));
  }
  return driver->finish(run->recording, err);
}

lm_status lm__gpu_conv_run_init(lm__gpu_conv_run* run, lm__gpu_device* device,
                                const lm__gpu_conv* conv, const lm__gpu_conv_plan* plan,
                                lm_error* err) {
  *run = (lm__gpu_conv_run){.device = device};
  if (!size_slots(conv, plan, run->bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "filters of a convolution: too large for the device");
  }
  const lm_status status = make(run, plan, err);
  if (status != LM_OK) lm__gpu_conv_run_deinit(run);
  return status;
}

void lm__gpu_conv_run_deinit(lm__gpu_conv_run* run) {
  const lm__gpu_device_vtable* driver = run->device->vtable;
  if (run->recording != NULL) driver->recording_destroy(run->device, run->recording);
  for (int i = 0; i < LM_GPU_SLOT_COUNT; ++i) {
    if (run->buffers[i] != NULL) driver->buffer_destroy(run->device, run->buffers[i]);
  }
  *run = (lm__gpu_conv_run){.device = run->device};
}

lm_status lm__gpu_conv_run_once(lm__gpu_conv_run* run, uint64_t* out_ns, lm_error* err) {
  lm__gpu_times times;
  memset(&times, 0, sizeof times);
  LM_GPU_TRY(run->device->vtable->run(run->recording, &times, NULL, err));
  *out_ns = times.device_ns > 0 ? times.device_ns : times.wall_ns;
  return LM_OK;
}
