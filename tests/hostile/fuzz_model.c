// SPDX-License-Identifier: MIT
//
// libFuzzer target: reads and plans a model, on the reference kernels and on the cpu delegate where
// the build has it, and runs it where that is quick. Built with clang (and Debian's
// libclang-rt-14-dev) by
//   CC=clang CXX=clang++ cmake --preset asan -B build/fuzz -DLM_FUZZ=ON
//   build/fuzz/tests/hostile/fuzz_model -max_len=65536 CORPUS_DIR
#include <stdint.h>
#include <string.h>

#include "litmark/delegates.h"
#include "litmark/interpreter.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

static void use(const lm_model* model, lm_delegate* delegate) {
  const lm_interpreter_options options = {.struct_size = sizeof options,
                                          .delegates = &delegate,
                                          .delegate_count = delegate != NULL ? 1 : 0};
  lm_interpreter* it = NULL;
  if (lm_interpreter_create(model, &options, lm_allocator_default(), &it, NULL) == LM_OK &&
      lm_interpreter_plan(it, NULL) == LM_OK && lm_interpreter_report(it)->macs < 1000000 &&
      lm_interpreter_report(it)->arena_bytes < 1u << 20) {
    lm_interpreter_invoke(it, NULL);
  }
  lm_interpreter_destroy(it);
}

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Models are 16-byte aligned; libFuzzer's input need not be.
  void* copy = lm_alloc(lm_allocator_default(), size);
  if (copy == NULL) return 0;
  memcpy(copy, data, size);
  lm_model* model = NULL;
  if (lm_model_create(copy, size, lm_allocator_default(), &model, NULL) == LM_OK) {
    const lm_delegate_options options = {.struct_size = sizeof options, .threads = 1};
    const lm_delegate_vtable* cpu = lm_delegates_find("cpu");
    lm_delegate* delegate = NULL;
    use(model, NULL);
    if (cpu != NULL && cpu->open(&options, lm_allocator_default(), &delegate, NULL) == LM_OK) {
      use(model, delegate);
      cpu->close(delegate);
    }
  }
  lm_model_destroy(model);
  lm_free(lm_allocator_default(), copy);
  return 0;
}
