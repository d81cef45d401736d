// SPDX-License-Identifier: MIT
//
// A program of somebody else: one inference of an int8 classifier on the cpu delegate.
#include <stdio.h>
#include <stdlib.h>

#include <litmark/delegates.h>
#include <litmark/interpreter.h>

int main(int argc, char** argv) {
  lm_error err = LM_ERROR_INIT;
  const lm_allocator heap = lm_allocator_default();
  const lm_delegate_options options = {.struct_size = sizeof options, .threads = 1};
  lm_delegate* cpu = NULL;
  lm_model* model = NULL;
  lm_interpreter* interpreter = NULL;
  lm_status status = argc == 2 ? LM_OK : LM_INVALID_ARGUMENT;
  if (status == LM_OK) status = lm_delegates_find("cpu")->open(&options, heap, &cpu, &err);
  if (status == LM_OK) status = lm_model_open(argv[1], heap, &model, &err);
  const lm_interpreter_options with_cpu = {
      .struct_size = sizeof with_cpu, .delegates = &cpu, .delegate_count = 1};
  if (status == LM_OK) {
    status = lm_interpreter_create(model, &with_cpu, heap, &interpreter, &err);
  }
  if (status == LM_OK) status = lm_interpreter_plan(interpreter, &err);
  if (status == LM_OK) status = lm_interpreter_invoke(interpreter, &err);
  if (status == LM_OK) {
    const lm_tensor* output = lm_interpreter_output(interpreter, 0);
    const lm_quantization* q = &output->quantization;
    double sum = 0;
    for (size_t i = 0; i < output->bytes; ++i) {
      sum += q->scales[0] * (((const int8_t*)output->data)[i] - q->zero_points[0]);
    }
    printf("ran on %s, %zu classes, probabilities add up to %.0f\n",
           lm_interpreter_report(interpreter)->placements[0].delegate, output->bytes, sum);
  } else {
    fprintf(stderr, "%s: %s\n", lm_status_text(status), err.message);
  }
  lm_interpreter_destroy(interpreter);
  lm_model_destroy(model);
  if (cpu != NULL) cpu->vtable->close(cpu);
  return status == LM_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
