// SPDX-License-Identifier: MIT
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/delegates.h"

#include "atomic_file.h"

// `fallback`: device and most options are meant for the delegate that was asked for.
static lm_status open_delegate(lm_session* session, const lm_delegate_vtable* vtable,
                               const lm_session_options* options, bool fallback, lm_error* err) {
  const char* device = session->choice.has_device ? session->choice.device_text : options->device;
  char* extra;
  lm_status status = lm_delegate_flags_merge(&options->flags, vtable->name, fallback, &extra, err);
  if (status != LM_OK) return status;
  const lm_delegate_options delegate_options = {
      .struct_size = sizeof delegate_options,
      .threads = options->threads,
      .device = fallback ? NULL : device,
      .extra = extra,
  };
  lm_delegate* delegate;
  status = vtable->open(&delegate_options, lm_allocator_default(), &delegate, err);
  if (status == LM_OK) {
    session->delegates[session->delegate_count++] = delegate;
    if (strcmp(vtable->name, "cpu") == 0) {
      session->uses_cpu = true;
      session->isa = lm_isa_of_options(extra);
    }
  }
  if (fallback) {
    free(extra);
  } else {
    session->delegate_options = extra;
  }
  return status;
}

// gpu may have become a delegate that has no such flag; passing over it would be silent.
static lm_status check_resolved(const lm_session* session, const lm_delegate_flags* flags,
                                lm_error* err) {
  const char* name = session->delegate_name;
  if (strcmp(session->choice.requested, "gpu") != 0) return LM_OK;
  if (lm_delegate_flags_check(flags, &name, 1, err) == LM_OK) return LM_OK;
  char why[480];
  snprintf(why, sizeof why, "%s", err->message);
  lm_error_clear(err);
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate 'gpu' is %s here: %.400s", name, why);
}

// Delegates go on without a cache that they cannot write. A folder that cannot be is a mistake,
// which must not wait for the day on which somebody wonders about slow starts.
static lm_status make_cache(const char* folder, lm_error* err) {
  lm_error cause = LM_ERROR_INIT;
  if (folder == NULL || lm_make_directories(folder, &cause) == LM_OK) return LM_OK;
  return LM_FAIL(err, cause.status, "--cache %.300s: %s", folder, cause.message);
}

static lm_status open_delegates(lm_session* session, const lm_session_options* options,
                                lm_error* err) {
  lm_status status = lm_device_choose(options->delegate, options->device, &session->choice, err);
  if (status != LM_OK) return status;
  const lm_delegate_vtable* vtable = session->choice.vtable;
  session->delegate_name = vtable != NULL ? vtable->name : "reference";
  if (vtable == NULL) return LM_OK;
  status = check_resolved(session, &options->flags, err);
  if (status == LM_OK) status = make_cache(options->flags.cache, err);
  if (status == LM_OK) status = open_delegate(session, vtable, options, false, err);
  if (status != LM_OK || strcmp(vtable->name, "cpu") == 0) return status;
  const lm_delegate_vtable* cpu = lm_delegates_find("cpu");
  return cpu == NULL ? LM_OK : open_delegate(session, cpu, options, true, err);
}

lm_status lm_session_plan(lm_session* session, lm_error* err) {
  const uint64_t begin = lm_now_ns();
  const lm_status status = lm_interpreter_plan(session->interpreter, err);
  session->plan_ns += lm_now_ns() - begin;
  return status;
}

lm_status lm_session_open(const lm_session_options* options, lm_session* out_session,
                          lm_error* err) {
  lm_session* session = out_session;
  *session = (lm_session){0};
  const uint64_t begin = lm_now_ns();
  // The delegate first: a misspelt name should not wait for a large file.
  lm_status status = open_delegates(session, options, err);
  const uint64_t delegates_open = lm_now_ns();
  session->delegate_init_ns = delegates_open - begin;
  if (status != LM_OK) goto fail;
  status = lm_model_open(options->model_path, lm_allocator_default(), &session->model, err);
  const uint64_t loaded = lm_now_ns();
  session->load_ns = loaded - delegates_open;
  if (status != LM_OK) goto fail;
  const lm_interpreter_options interpreter_options = {
      .struct_size = sizeof interpreter_options,
      .delegates = session->delegates,
      .delegate_count = session->delegate_count,
  };
  status = lm_interpreter_create(session->model, &interpreter_options, lm_allocator_default(),
                                 &session->interpreter, err);
  session->plan_ns = lm_now_ns() - loaded;
  if (status == LM_OK && !options->no_plan) status = lm_session_plan(session, err);
  if (status != LM_OK) goto fail;
  return LM_OK;

fail:
  lm_session_close(session);
  return status;
}

void lm_session_close(lm_session* session) {
  lm_interpreter_destroy(session->interpreter);
  for (int32_t d = session->delegate_count - 1; d >= 0; --d) {
    session->delegates[d]->vtable->close(session->delegates[d]);
  }
  lm_model_destroy(session->model);
  free(session->delegate_options);
  session->delegate_options = NULL;
  session->interpreter = NULL;
  session->delegate_count = 0;
  session->model = NULL;
}

const lm_device_info* lm_session_device(const lm_session* session) {
  if (!session->choice.has_device || session->delegate_count == 0) return NULL;
  const lm_delegate* delegate = session->delegates[0];
  const lm_device_info* opened =
      delegate->vtable->device_info != NULL ? delegate->vtable->device_info(delegate) : NULL;
  return opened != NULL ? opened : &session->choice.device;
}

const char* lm_session_device_name(const lm_session* session) {
  if (session->delegate_count == 0) return NULL;
  const lm_delegate* delegate = session->delegates[0];
  return delegate->vtable->device_name != NULL ? delegate->vtable->device_name(delegate) : NULL;
}

// float16 is computed only where it does.
static void add_precision_used(const lm_session* session, char* settings, size_t size) {
  const char* used = lm_interpreter_report(session->interpreter)->precision;
  const size_t length = strlen(settings);
  if (used == NULL || strncmp(settings, "fp16", 4) != 0 || strcmp(used, "fp16") == 0) return;
  snprintf(settings + length, size - length, ", computed in %s",
           strcmp(used, "mixed") == 0 ? "fp16 and fp32" : used);
}

const char* lm_session_device_text(const lm_session* session, char* buffer, size_t size) {
  const lm_device_info* info = lm_session_device(session);
  char settings[128];
  lm_delegate_settings_text(session->delegate_name, session->delegate_options, settings,
                            sizeof settings);
  add_precision_used(session, settings, sizeof settings);
  if (info == NULL) {
    snprintf(buffer, size, "%s", settings);
    return buffer;
  }
  const char* requested = session->choice.requested;
  const bool is_gpu = strcmp(requested, "gpu") == 0;
  snprintf(buffer, size, "%s:%d %s (%s), %s, driver %s%s%s; %s%s", session->delegate_name,
           info->index, info->name, lm_device_type_name(info->type), info->api, info->driver,
           settings[0] != '\0' ? "; " : "", settings, is_gpu ? "gpu: " : "", session->choice.why);
  return buffer;
}

const char* lm_session_ran_on(const lm_session* session, char* buffer, size_t buffer_size) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  bool reference = false;
  bool used[LM_SESSION_MAX_DELEGATES] = {false};
  for (int32_t n = 0; n < report->node_count; ++n) {
    if (lm_interpreter_graph(session->interpreter)->nodes[n].folded) continue;
    const int32_t d = report->placements[n].delegate_index;
    if (d < 0) {
      reference = true;
    } else {
      used[d] = true;
    }
  }
  buffer[0] = '\0';
  for (int32_t d = 0; d < session->delegate_count; ++d) {
    if (!used[d]) continue;
    const size_t length = strlen(buffer);
    snprintf(buffer + length, buffer_size - length, "%s%s", length > 0 ? "+" : "",
             session->delegates[d]->vtable->name);
  }
  if (reference || buffer[0] == '\0') {
    const size_t length = strlen(buffer);
    snprintf(buffer + length, buffer_size - length, "%sreference", length > 0 ? "+" : "");
  }
  return buffer;
}
