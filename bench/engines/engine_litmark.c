// SPDX-License-Identifier: MIT
//
// Litmark's own runtime behind the interface of the others.
#include <stdio.h>
#include <string.h>

#include "engine_internal.h"
#include "session.h"

typedef struct litmark_engine {
  lm_engine base;
  lm_session session;
} litmark_engine;

static void describe(const lm_tensor* tensor, int32_t port, lm_engine_tensor* out) {
  const lm_quantization* q = &tensor->def->quantization;
  *out = (lm_engine_tensor){
      .type = tensor->type, .shape = tensor->shape, .bytes = tensor->bytes, .port = port};
  snprintf(out->name, sizeof out->name, "%s", tensor->def->name);
  if (q->count != 1) return;
  out->scale = q->scales[0];
  out->zero_point = q->zero_points[0];
}

static lm_status litmark_bind(lm_engine_library* library, lm_error* err) {
  library->version = strdup(LM_VERSION);
  return library->version != NULL ? LM_OK : LM_FAIL(err, LM_OUT_OF_MEMORY, "version");
}

static lm_status litmark_open(lm_engine* engine, const lm_engine_options* options, lm_error* err) {
  lm_session* session = &((litmark_engine*)engine)->session;
  const lm_session_options session_options = {
      .model_path = options->model_path,
      .delegate = options->delegate != NULL ? options->delegate : "cpu",
      .threads = options->threads,
      .device = options->device,
      .flags = options->flags,
  };
  const int32_t threads_before = lm_engine_count_threads();
  lm_status status = lm_session_open(&session_options, session, err);
  if (status != LM_OK) return status;
  engine->load_ns = session->load_ns;
  engine->compile_ns = session->delegate_init_ns + session->plan_ns;
  // The caller's thread is the first of the pool.
  if (threads_before > 0) engine->threads = 1 + lm_engine_count_threads() - threads_before;
  lm_interpreter* interpreter = session->interpreter;
  engine->float_tolerance = lm_interpreter_report(interpreter)->float_tolerance;
  engine->integer_steps = lm_interpreter_report(interpreter)->integer_steps;
  const int32_t inputs = lm_interpreter_input_count(interpreter);
  const int32_t outputs = lm_interpreter_output_count(interpreter);
  status = lm_engine_make_tensors(engine, (size_t)inputs, (size_t)outputs, err);
  if (status != LM_OK) return status;
  for (int32_t i = 0; i < inputs; ++i) {
    describe(lm_interpreter_input(interpreter, i), i, &engine->inputs[i]);
  }
  for (int32_t i = 0; i < outputs; ++i) {
    describe(lm_interpreter_output(interpreter, i), i, &engine->outputs[i]);
  }
  return LM_OK;
}

static lm_status litmark_set_input(lm_engine* engine, const lm_engine_tensor* input,
                                   const void* data, lm_error* err) {
  (void)err;
  lm_interpreter* interpreter = ((litmark_engine*)engine)->session.interpreter;
  if (input->bytes > 0) {
    memcpy(lm_interpreter_input(interpreter, input->port)->data, data, input->bytes);
  }
  return LM_OK;
}

static lm_status litmark_invoke(lm_engine* engine, lm_error* err) {
  return lm_interpreter_invoke(((litmark_engine*)engine)->session.interpreter, err);
}

static lm_status litmark_read_output(lm_engine* engine, const lm_engine_tensor* output,
                                     void* buffer, lm_error* err) {
  (void)err;
  lm_interpreter* interpreter = ((litmark_engine*)engine)->session.interpreter;
  if (output->bytes > 0) {
    memcpy(buffer, lm_interpreter_output(interpreter, output->port)->data, output->bytes);
  }
  return LM_OK;
}

static void litmark_close(lm_engine* engine) {
  lm_session_close(&((litmark_engine*)engine)->session);
}

const lm_session* lm_engine_litmark_session(const lm_engine* engine) {
  return engine->kind == &lm_engine_kind_litmark ? &((const litmark_engine*)engine)->session : NULL;
}

const lm_engine_kind lm_engine_kind_litmark = {
    .name = "litmark",
    .what = "this program's own runtime",
    .bind = litmark_bind,
    .open = litmark_open,
    .engine_size = sizeof(litmark_engine),
    .set_input = litmark_set_input,
    .invoke = litmark_invoke,
    .read_output = litmark_read_output,
    .close = litmark_close,
};
