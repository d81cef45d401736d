// SPDX-License-Identifier: MIT
//
// What the fake libraries have in common: a real model, run by the reference kernels, and the ways
// in which a test can make them misbehave. The environment variable LITMARK_FAKE holds any of the
// words below.
#ifndef LITMARK_TESTS_BENCH_FAKE_MODEL_H_
#define LITMARK_TESTS_BENCH_FAKE_MODEL_H_

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/// "refuse" a model, "fail" to run it, give "wrong" outputs, have one thread ("lazy"), state inputs
/// and outputs in "reverse", number types as "old" releases did, give another "type"; have
/// "no-adapter" for a GPU or take models only "partly" there.
static inline bool fake_is(const char* word) {
  const char* words = getenv("LITMARK_FAKE");
  return words != NULL && strstr(words, word) != NULL;
}

static inline lm_session* fake_open(const char* path) {
  lm_session* session = calloc(1, sizeof *session);
  const lm_session_options options = {.model_path = path, .delegate = "reference", .threads = 1};
  if (session == NULL || lm_session_open(&options, session, NULL) == LM_OK) return session;
  free(session);
  return NULL;
}

static inline void fake_close(lm_session* session) {
  if (session != NULL) lm_session_close(session);
  free(session);
}

static inline int32_t fake_count(const lm_session* session, bool is_input) {
  return is_input ? lm_interpreter_input_count(session->interpreter)
                  : lm_interpreter_output_count(session->interpreter);
}

/// Port `i` as the library numbers it.
static inline const lm_tensor* fake_tensor(const lm_session* session, bool is_input, size_t port) {
  const int32_t count = fake_count(session, is_input);
  const int32_t i = fake_is("reverse") ? count - 1 - (int32_t)port : (int32_t)port;
  return is_input ? lm_interpreter_input(session->interpreter, i)
                  : lm_interpreter_output(session->interpreter, i);
}

static inline bool fake_run(lm_session* session) {
  if (fake_is("fail") || lm_interpreter_invoke(session->interpreter, NULL) != LM_OK) return false;
  if (fake_is("wrong")) {
    const lm_tensor* output = lm_interpreter_output(session->interpreter, 0);
    ((unsigned char*)output->data)[0] ^= 0x40;
  }
  return true;
}

#endif  // LITMARK_TESTS_BENCH_FAKE_MODEL_H_
