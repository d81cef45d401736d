// SPDX-License-Identifier: MIT
//
// One run of a recording, and where its time went.
#include <string.h>

#include "vk_recording.h"

static void upload_all(const lm__gpu_recording* r) {
  const lm__vk_transfer* uploads = r->uploads.items;
  for (int32_t i = 0; i < r->uploads.count; ++i) {
    const lm__gpu_range* range = &uploads[i].range;
    uint8_t* to = uploads[i].staged ? r->staging->mapped + uploads[i].staging_offset
                                    : range->buffer->mapped + range->offset;
    memcpy(to, uploads[i].source, range->bytes);
  }
}

static void download_all(const lm__gpu_recording* r) {
  const lm__vk_transfer* downloads = r->downloads.items;
  for (int32_t i = 0; i < r->downloads.count; ++i) {
    const lm__gpu_range* range = &downloads[i].range;
    const uint8_t* from = downloads[i].staged ? r->staging->mapped + downloads[i].staging_offset
                                              : range->buffer->mapped + range->offset;
    memcpy(downloads[i].target, from, range->bytes);
  }
}

// ---- the device's clock

// Nanoseconds between two readings of a counter that may have fewer than 64 bits and wraps.
static uint64_t elapsed_ns(const lm__vk_device* d, uint64_t begin, uint64_t end) {
  const uint32_t bits = d->physical.timestamp_bits;
  const uint64_t mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
  const double period = d->physical.properties.limits.timestampPeriod;
  return (uint64_t)((double)((end - begin) & mask) * period);
}

// False where the driver has no answer.
static bool read_ticks(const lm__gpu_recording* r, uint32_t count) {
  const lm__vk_device* d = r->device;
  // Without WAIT: the fence says that they are there, and a wait could be one forever.
  return d->vk.vkGetQueryPoolResults(d->handle, r->queries, 0, count, count * sizeof *r->ticks,
                                     r->ticks, sizeof *r->ticks,
                                     VK_QUERY_RESULT_64_BIT) == VK_SUCCESS;
}

static void collect_times(const lm__gpu_recording* r, lm__gpu_times* times, lm_profiler* profiler) {
  const lm__vk_device* d = r->device;
  const int32_t dispatches = r->dispatches.count;
  if (r->queries == VK_NULL_HANDLE) return;
  if (!read_ticks(r, profiler != NULL ? 2 + 2 * (uint32_t)dispatches : 2)) return;
  const uint64_t* ticks = r->ticks;
  times->device_ns = elapsed_ns(d, ticks[0], ticks[1]);
  if (profiler == NULL) return;
  const lm__vk_dispatch* all = r->dispatches.items;
  for (int32_t i = 0; i < dispatches; ++i) {
    const lm__vk_dispatch* dispatch = &all[r->order[i]];
    const uint64_t begin = elapsed_ns(d, ticks[0], ticks[2 + 2 * i]);
    const uint64_t length = elapsed_ns(d, ticks[2 + 2 * i], ticks[3 + 2 * i]);
    times->kernels_ns += length;
    lm_profiler_record(profiler, LM_EVENT_KERNEL, dispatch->node_index,
                       dispatch->label != NULL ? dispatch->label : dispatch->kernel->key.name,
                       begin, begin + length);
  }
}

// ---- run

static lm_status run(lm__gpu_recording* r, lm__gpu_times* times, lm_profiler* profiler,
                     lm_error* err) {
  lm__vk_device* d = r->device;
  if (!r->finished) return LM_FAIL(err, LM_INTERNAL, "vulkan: the recording is not finished");
  if (profiler != NULL && r->profiled == VK_NULL_HANDLE) {
    const lm_status status = lm__vk_record_commands(r, true, &r->profiled, err);
    if (status != LM_OK) return status;
  }
  const uint64_t begin = lm_now_ns();
  upload_all(r);
  const uint64_t uploaded = lm_now_ns();
  lm_status status = lm__vk_submit(d, profiler != NULL ? r->profiled : r->commands, err);
  const uint64_t submitted = lm_now_ns();
  if (status == LM_OK) status = lm__vk_wait(d, err);
  if (status != LM_OK) return status;
  // Asking what the device's clock said is part of waiting for it: on some drivers it takes tens of
  // microseconds, which would otherwise belong to nothing.
  collect_times(r, times, profiler);
  const uint64_t waited = lm_now_ns();
  download_all(r);
  const uint64_t downloaded = lm_now_ns();
  times->upload_ns = uploaded - begin;
  times->enqueue_ns = submitted - uploaded;
  times->wait_ns = waited - submitted;
  times->download_ns = downloaded - waited;
  times->dispatches = r->dispatches.count;
  times->submits = 1;
  times->wall_ns = lm_now_ns() - begin;
  return LM_OK;
}

lm_status lm__vk_run(lm__gpu_recording* recording, lm__gpu_times* out_times, lm_profiler* profiler,
                     lm_error* err) {
  *out_times = (lm__gpu_times){0};
  return lm__vk_validated(recording->device, run(recording, out_times, profiler, err), err);
}
