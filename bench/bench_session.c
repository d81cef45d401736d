// SPDX-License-Identifier: MIT
#include "bench_session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_input.h"

// Index of the input that `name` (not terminated) means: a number, a tensor name or a signature
// name; -1: none.
static int32_t find_input(lm_session* session, const char* name, size_t length) {
  lm_interpreter* interpreter = session->interpreter;
  const int32_t count = lm_interpreter_input_count(interpreter);
  const lm_model* model = session->model;
  for (int32_t i = 0; i < count; ++i) {
    char index[16];
    snprintf(index, sizeof index, "%d", i);
    const char* tensor = lm_interpreter_input(interpreter, i)->def->name;
    if ((strlen(index) == length && memcmp(index, name, length) == 0) ||
        (strlen(tensor) == length && memcmp(tensor, name, length) == 0)) {
      return i;
    }
    for (int32_t s = 0; s < model->signature_count; ++s) {
      const lm_signature_def* signature = &model->signatures[s];
      if (signature->subgraph_index != 0) continue;
      for (int32_t k = 0; k < signature->input_count; ++k) {
        const lm_signature_tensor* entry = &signature->inputs[k];
        if (entry->tensor_index == model->subgraphs[0].inputs[i] && strlen(entry->name) == length &&
            memcmp(entry->name, name, length) == 0) {
          return i;
        }
      }
    }
  }
  return -1;
}

// "1,96,96,3"; an empty text is a scalar.
static bool parse_shape(const char* text, lm_shape* out) {
  *out = (lm_shape){0};
  while (*text != '\0') {
    char* end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    const bool separated = *end == '\0' || ((*end == ',' || *end == 'x') && end[1] != '\0');
    if (errno != 0 || end == text || !separated || value < 1 || value > INT32_MAX ||
        out->rank == LM_MAX_RANK) {
      return false;
    }
    out->dims[out->rank++] = (int32_t)value;
    text = *end != '\0' ? end + 1 : end;
  }
  return true;
}

static lm_status resize_inputs(const bench_config* config, lm_session* session, lm_error* err) {
  const lm_list* specs = &config->options->input_shapes;
  for (int i = 0; i < specs->count; ++i) {
    const char* spec = specs->items[i];
    const char* equals = strrchr(spec, '=');
    lm_shape shape;
    if (equals == NULL || !parse_shape(equals + 1, &shape)) {
      return LM_FAIL(err, LM_INVALID_ARGUMENT,
                     "--input-shape '%.80s' is not INPUT=DIMS, as in 0=1,96,96,3", spec);
    }
    const int32_t input = find_input(session, spec, (size_t)(equals - spec));
    if (input < 0) {
      const int32_t count = lm_interpreter_input_count(session->interpreter);
      const lm_tensor* first = lm_interpreter_input(session->interpreter, 0);
      return LM_FAIL(err, LM_BAD_INPUT, "has no input '%.*s'; it has %d, number 0 is '%.80s'",
                     equals - spec > 80 ? 80 : (int)(equals - spec), spec, count,
                     first != NULL && first->def->name != NULL ? first->def->name : "");
    }
    const lm_status status = lm_interpreter_resize_input(session->interpreter, input, &shape, err);
    if (status != LM_OK) return status;
  }
  return LM_OK;
}

lm_status bench_session_open(const bench_config* config, lm_session* out_session, lm_error* err) {
  const lm_session_options options = {
      .model_path = config->model,
      .delegate = config->delegate,
      .threads = config->threads,
      .device = config->options->device,
      .flags = config->options->flags,
      .no_plan = true,
  };
  lm_status status = lm_session_open(&options, out_session, err);
  if (status != LM_OK) return status;
  status = resize_inputs(config, out_session, err);
  if (status != LM_OK) lm_session_close(out_session);
  return status;
}

lm_status bench_session_plan(const bench_config* config, lm_session* session, lm_error* err) {
  const lm_status status = lm_session_plan(session, err);
  if (status != LM_OK) return status;
  const int32_t count = lm_interpreter_input_count(session->interpreter);
  for (int32_t i = 0; i < count; ++i) {
    lm_tensor* input = lm_interpreter_input(session->interpreter, i);
    const uint64_t seed = (uint64_t)config->options->seed + (uint64_t)i;
    if (!lm_random_fill(input->data, input->bytes, input->type, seed)) {
      return LM_FAIL(err, LM_UNSUPPORTED, "input %d ('%.60s') is %s, which has no random values", i,
                     input->def->name, lm_type_name(input->type));
    }
  }
  return LM_OK;
}
