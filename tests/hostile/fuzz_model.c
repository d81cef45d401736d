// SPDX-License-Identifier: MIT
//
// libFuzzer target: reads and plans a model. Built with clang by -DLM_FUZZ=ON:
//   build/fuzz/tests/hostile/fuzz_model -max_len=65536 CORPUS_DIR
#include <stdint.h>
#include <string.h>

#include "litmark/interpreter.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Models are 16-byte aligned; libFuzzer's input need not be.
  void* copy = lm_alloc(lm_allocator_default(), size);
  if (copy == NULL) return 0;
  memcpy(copy, data, size);
  lm_model* model = NULL;
  if (lm_model_create(copy, size, lm_allocator_default(), &model, NULL) == LM_OK) {
    const lm_interpreter_options options = {.struct_size = sizeof options};
    lm_interpreter* it = NULL;
    if (lm_interpreter_create(model, &options, lm_allocator_default(), &it, NULL) == LM_OK) {
      lm_interpreter_plan(it, NULL);
    }
    lm_interpreter_destroy(it);
  }
  lm_model_destroy(model);
  lm_free(lm_allocator_default(), copy);
  return 0;
}
