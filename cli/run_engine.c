// SPDX-License-Identifier: MIT
//
// `litmark run --engine NAME`: the same inference by another runtime.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "engine.h"
#include "exit_code.h"
#include "npy.h"
#include "random_input.h"
#include "run.h"

// Input `i` from its file or from the seed, in a buffer that the caller frees.
static int make_input(const run_options* o, const lm_engine_tensor* input, int32_t i,
                      void** out_data) {
  lm_error err = LM_ERROR_INIT;
  *out_data = NULL;
  if (o->random_input) {
    void* data = malloc(input->bytes > 0 ? input->bytes : 1);
    if (data == NULL) return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
    *out_data = data;
    if (lm_random_fill(data, input->bytes, input->type, (uint64_t)o->seed + (uint64_t)i)) return -1;
    return lm_report_failure(LM_EXIT_UNSUPPORTED, o->model,
                             "input %d ('%.60s') is %s, which has no random values", i, input->name,
                             lm_type_name(input->type));
  }
  const char* path = o->inputs.items[i];
  lm_npy array;
  if (lm_npy_read(path, &array, &err) != LM_OK) return lm_report_error(path, &err);
  *out_data = array.data;
  if (array.type == input->type && lm_shape_equal(&array.shape, &input->shape)) return -1;
  char got[LM_SHAPE_TEXT_SIZE], want[LM_SHAPE_TEXT_SIZE];
  return lm_report_failure(LM_EXIT_BAD_INPUT, path, "holds %s %s, input %d ('%.60s') is %s %s",
                           lm_type_name(array.type), lm_shape_format(&array.shape, got, sizeof got),
                           i, input->name, lm_type_name(input->type),
                           lm_shape_format(&input->shape, want, sizeof want));
}

static int set_inputs(const run_options* o, lm_engine* engine) {
  if (!o->random_input && o->inputs.count != engine->input_count) {
    return lm_report_failure(LM_EXIT_BAD_INPUT, o->model, "has %d inputs, %d files given",
                             engine->input_count, o->inputs.count);
  }
  for (int32_t i = 0; i < engine->input_count; ++i) {
    lm_error err = LM_ERROR_INIT;
    void* data;
    int stop = make_input(o, &engine->inputs[i], i, &data);
    if (stop < 0 && lm_engine_set_input(engine, i, data, engine->inputs[i].bytes, &err) != LM_OK) {
      stop = lm_report_error(o->model, &err);
    }
    free(data);
    if (stop >= 0) return stop;
  }
  return -1;
}

static int write_output(const run_options* o, lm_engine* engine, int32_t i) {
  lm_error err = LM_ERROR_INIT;
  const lm_engine_tensor* output = &engine->outputs[i];
  void* data = malloc(output->bytes > 0 ? output->bytes : 1);
  if (data == NULL) return lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
  int stop = -1;
  char path[4096];
  const int length = snprintf(path, sizeof path, "%s/output%d.npy", o->output_dir, i);
  if (length < 0 || (size_t)length >= sizeof path) {
    stop = lm_report_failure(LM_EXIT_BAD_INPUT, o->output_dir, "name is too long");
  } else if (lm_engine_read_output(engine, i, data, output->bytes, &err) != LM_OK) {
    stop = lm_report_error(o->model, &err);
  } else if (lm_npy_write(path, output->type, &output->shape, data, output->bytes, &err) != LM_OK) {
    stop = lm_report_error(path, &err);
  } else {
    run_print_output(path, output->type, &output->shape, output->name);
  }
  free(data);
  return stop;
}

static int run_engine(const run_options* o, lm_engine* engine) {
  lm_error err = LM_ERROR_INIT;
  int stop = set_inputs(o, engine);
  if (stop >= 0) return stop;
  if (lm_engine_invoke(engine, &err) != LM_OK) return lm_report_error(o->model, &err);
  if (lm_make_directories(o->output_dir, &err) != LM_OK) {
    return lm_report_error(o->output_dir, &err);
  }
  for (int32_t i = 0; stop < 0 && i < engine->output_count; ++i) stop = write_output(o, engine, i);
  return stop < 0 ? LM_EXIT_OK : stop;
}

int run_with_engine(const run_options* o) {
  lm_error err = LM_ERROR_INIT;
  lm_engine_set set;
  if (lm_engine_set_open(&set, &o->engines, &o->engine_libs, &err) != LM_OK) {
    return lm_report_error(NULL, &err);
  }
  const lm_engine_choice* choice = &set.choices[0];
  const lm_engine_options options = {
      .model_path = o->model,
      .threads = o->threads,
      .precision = choice->precision,
      .delegate = o->delegate,
      .device = o->device,
      .flags = lm_delegate_flags_of_variant(&o->flags, choice->options),
  };
  lm_engine* engine;
  int exit_code;
  if (lm_engine_open(choice->library, &options, &engine, &err) != LM_OK) {
    exit_code = lm_report_error(o->model, &err);
  } else {
    exit_code = run_engine(o, engine);
    lm_engine_close(engine);
  }
  lm_engine_set_close(&set);
  return exit_code;
}
