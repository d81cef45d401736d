// SPDX-License-Identifier: MIT
#include "session.h"

#include <stdio.h>
#include <string.h>

#include "litmark/delegates.h"

#include "args.h"

const char* lm_session_delegate_name_at(int32_t index) {
  if (index == 0) return "reference";
  const lm_delegate_vtable* vtable = lm_delegates_at(index - 1);
  return vtable == NULL ? NULL : vtable->name;
}

static lm_status unknown_delegate(const char* name, lm_error* err) {
  const char* names[16];
  int count = 0;
  char list[160] = "";
  for (const char* n; count < 16 && (n = lm_session_delegate_name_at(count)) != NULL; ++count) {
    names[count] = n;
    snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", count > 0 ? ", " : "", n);
  }
  if (strcmp(name, "gpu") == 0) {
    return LM_FAIL(err, LM_UNAVAILABLE, "delegate 'gpu': this build has no GPU delegate; it has %s",
                   list);
  }
  const char* near = lm_nearest(name, names, count);
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate '%.40s' is not in this build, which has %s%s%s%s",
                 name, list, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'?" : "");
}

static lm_status open_delegate(lm_session* session, const lm_delegate_vtable* vtable,
                               const lm_session_options* options, bool chosen, lm_error* err) {
  const lm_delegate_options delegate_options = {
      .struct_size = sizeof delegate_options,
      .threads = options->threads,
      // Device and extra options are meant for the delegate that was asked for.
      .device = chosen ? options->device : NULL,
      .extra = chosen ? options->delegate_extra : NULL,
  };
  lm_delegate* delegate;
  const lm_status status = vtable->open(&delegate_options, lm_allocator_default(), &delegate, err);
  if (status != LM_OK) return status;
  session->delegates[session->delegate_count++] = delegate;
  if (strcmp(vtable->name, "cpu") == 0) {
    session->uses_cpu = true;
    session->isa = lm_isa_of_options(delegate_options.extra);
  }
  return LM_OK;
}

static lm_status open_delegates(lm_session* session, const lm_session_options* options,
                                lm_error* err) {
  if (strcmp(options->delegate, "reference") == 0) {
    session->delegate_name = "reference";
    return LM_OK;
  }
  const lm_delegate_vtable* vtable = lm_delegates_find(options->delegate);
  if (vtable == NULL) return unknown_delegate(options->delegate, err);
  session->delegate_name = vtable->name;
  lm_status status = open_delegate(session, vtable, options, true, err);
  if (status != LM_OK || strcmp(vtable->name, "cpu") == 0) return status;
  const lm_delegate_vtable* cpu = lm_delegates_find("cpu");
  return cpu == NULL ? LM_OK : open_delegate(session, cpu, options, false, err);
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
  session->interpreter = NULL;
  session->delegate_count = 0;
  session->model = NULL;
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
