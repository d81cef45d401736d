// SPDX-License-Identifier: MIT
//
// `litmark run`: one inference, tensors as .npy files.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "atomic_file.h"
#include "commands.h"
#include "exit_code.h"
#include "npy.h"
#include "random_input.h"
#include "result.h"
#include "run.h"
#include "session.h"

static int check_delegate_flags(const run_options* o) {
  const bool own = o->engines.count == 0 || strncmp(o->engines.items[0], "litmark", 7) == 0;
  if (!own && o->flags.isa != NULL) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--isa needs the engine litmark");
  }
  lm_error err = LM_ERROR_INIT;
  if (lm_delegate_flags_check(&o->flags, &o->delegate, 1, &err) == LM_OK) return -1;
  return lm_report_error(NULL, &err);
}

static int parse(run_options* o, int argc, char** argv) {
  const lm_arg args[] = {
      {LM_ARG_STRING, "model", 'm', &o->model, "FILE", "the .tflite file", 0, 0},
      {LM_ARG_STRING, "delegate", 'd', &o->delegate, "NAME", LM_DELEGATE_HELP, 0, 0},
      {LM_ARG_INT, "threads", 't', &o->threads, "N", "threads of the delegate (default 1)", 1,
       1024},
      {LM_ARG_STRING, "device", 0, &o->device, "DEVICE", LM_DEVICE_HELP, 0, 0},
      LM_DELEGATE_FLAG_ARGS(o->flags),
      {LM_ARG_LIST, "engine", 'e', &o->engines, "NAME",
       "litmark (default), litert, litert-gpu or openvino:\n"
       "which runtime runs the model; see litmark devices",
       0, 0},
      {LM_ARG_REPEAT, "engine-lib", 0, &o->engine_libs, "NAME=PATH",
       "library of an engine that no Python environment has", 0, 0},
      {LM_ARG_REPEAT, "input", 'i', &o->inputs, "FILE.npy",
       "one for each input, in the model's order; an input of another\n"
       "shape resizes the model",
       0, 0},
      {LM_ARG_FLAG, "random-input", 0, &o->random_input, NULL,
       "seeded random inputs instead of files", 0, 0},
      {LM_ARG_INT, "seed", 0, &o->seed, "N", "seed of --random-input (default 1)", 0, 0},
      {LM_ARG_STRING, "output-dir", 'o', &o->output_dir, "DIR",
       "where output0.npy, output1.npy, ... go (made if missing)", 0, 0},
  };
  const lm_command command = {
      .name = "litmark run",
      .synopsis = "--model M {--input a.npy ... | --random-input} --output-dir DIR",
      .summary = "Runs a model once. Inputs and outputs are NumPy .npy files in the model's order.",
      .epilogue =
          "Example:\n"
          "  litmark run --model m.tflite --random-input --seed 7 --output-dir out\n"
          "  python3 -c 'import numpy; print(numpy.load(\"out/output0.npy\").argmax())'",
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
  };
  const int stop = lm_args_parse(&command, argc, argv, NULL);
  if (stop >= 0) return stop;
  const char* missing = o->model == NULL        ? "--model"
                        : o->output_dir == NULL ? "--output-dir"
                                                : NULL;
  if (missing != NULL) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "%s is missing (see litmark run --help)",
                             missing);
  }
  if (o->random_input == (o->inputs.count > 0)) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "give either --input or --random-input");
  }
  if (o->engines.count > 1) {
    return lm_report_failure(LM_EXIT_USAGE, NULL, "--engine: run takes one, bench compares");
  }
  return check_delegate_flags(o);
}

// Reads the arrays, checks them against the model, resizes where shapes differ.
static int load_inputs(const run_options* o, lm_session* session, lm_npy* arrays, int32_t count) {
  lm_error err = LM_ERROR_INIT;
  if (o->inputs.count != count) {
    return lm_report_failure(LM_EXIT_BAD_INPUT, o->model, "has %d inputs, %d files given", count,
                             o->inputs.count);
  }
  for (int32_t i = 0; i < count; ++i) {
    const char* path = o->inputs.items[i];
    if (lm_npy_read(path, &arrays[i], &err) != LM_OK) return lm_report_error(path, &err);
    const lm_tensor* input = lm_interpreter_input(session->interpreter, i);
    if (arrays[i].type != input->type) {
      return lm_report_failure(LM_EXIT_BAD_INPUT, path, "holds %s, input %d ('%.60s') is %s",
                               lm_type_name(arrays[i].type), i, input->def->name,
                               lm_type_name(input->type));
    }
    if (lm_shape_equal(&arrays[i].shape, &input->shape)) continue;
    if (lm_interpreter_resize_input(session->interpreter, i, &arrays[i].shape, &err) != LM_OK) {
      return lm_report_error(path, &err);
    }
  }
  return -1;
}

// `arrays` is NULL for random inputs.
static int fill_inputs(const run_options* o, lm_session* session, const lm_npy* arrays,
                       int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    lm_tensor* input = lm_interpreter_input(session->interpreter, i);
    if (arrays != NULL) {
      assert(arrays[i].data != NULL);
      memcpy(input->data, arrays[i].data, input->bytes);
    } else if (!lm_random_fill(input->data, input->bytes, input->type,
                               (uint64_t)o->seed + (uint64_t)i)) {
      return lm_report_failure(LM_EXIT_UNSUPPORTED, o->model,
                               "input %d ('%.60s') is %s, which has no random values", i,
                               input->def->name, lm_type_name(input->type));
    }
  }
  return -1;
}

void run_print_output(const char* path, lm_type type, const lm_shape* shape, const char* name) {
  char dims[LM_SHAPE_TEXT_SIZE], tensor[81];
  printf("%s  %s %s  %s\n", path, lm_type_name(type), lm_shape_format(shape, dims, sizeof dims),
         lm_printable(tensor, sizeof tensor, name));
}

static int write_outputs(const run_options* o, const lm_session* session) {
  lm_error err = LM_ERROR_INIT;
  if (lm_make_directories(o->output_dir, &err) != LM_OK)
    return lm_report_error(o->output_dir, &err);
  const int32_t count = lm_interpreter_output_count(session->interpreter);
  for (int32_t i = 0; i < count; ++i) {
    const lm_tensor* t = lm_interpreter_output(session->interpreter, i);
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/output%d.npy", o->output_dir, i);
    if (length < 0 || (size_t)length >= sizeof path) {
      return lm_report_failure(LM_EXIT_BAD_INPUT, o->output_dir, "name is too long");
    }
    if (lm_npy_write(path, t->type, &t->shape, t->data, t->bytes, &err) != LM_OK) {
      return lm_report_error(path, &err);
    }
    run_print_output(path, t->type, &t->shape, t->def->name);
  }
  return LM_EXIT_OK;
}

static int run_session(const run_options* o, lm_session* session, lm_npy* arrays, int32_t count) {
  lm_error err = LM_ERROR_INIT;
  const bool random = o->random_input;
  int stop = random ? -1 : load_inputs(o, session, arrays, count);
  if (stop >= 0) return stop;
  if (lm_session_plan(session, &err) != LM_OK) return lm_report_error(o->model, &err);
  stop = fill_inputs(o, session, random ? NULL : arrays, count);
  if (stop >= 0) return stop;
  if (lm_interpreter_invoke(session->interpreter, &err) != LM_OK) {
    return lm_report_error(o->model, &err);
  }
  char device[400];
  if (*lm_session_device_text(session, device, sizeof device) != '\0') printf("%s\n", device);
  return write_outputs(o, session);
}

static int run_here(const run_options* o) {
  const lm_session_options session_options = {
      .model_path = o->model,
      .delegate = o->delegate,
      .threads = o->threads,
      .device = o->device,
      .flags = o->flags,
      .no_plan = true,
  };
  lm_session session = {0};
  lm_error err = LM_ERROR_INIT;
  int exit_code;
  if (lm_session_open(&session_options, &session, &err) != LM_OK) {
    exit_code = lm_report_error(o->model, &err);
  } else {
    const int32_t count = lm_interpreter_input_count(session.interpreter);
    lm_npy* arrays = calloc(count > 0 ? (size_t)count : 1, sizeof *arrays);
    if (arrays == NULL) {
      exit_code = lm_report_failure(LM_EXIT_RESOURCES, NULL, "out of memory");
    } else {
      exit_code = run_session(o, &session, arrays, count);
      for (int32_t i = 0; i < count; ++i) lm_npy_free(&arrays[i]);
      free(arrays);
    }
  }
  lm_session_close(&session);
  return exit_code;
}

int lm_run_main(int argc, char** argv) {
  run_options o = {.delegate = "cpu", .threads = 1, .seed = 1};
  int exit_code = parse(&o, argc, argv);
  if (exit_code < 0) {
    const bool own = o.engines.count == 0 || strcmp(o.engines.items[0], "litmark") == 0;
    exit_code = own ? run_here(&o) : run_with_engine(&o);
  }
  lm_list_free(&o.inputs);
  lm_list_free(&o.engines);
  lm_list_free(&o.engine_libs);
  return exit_code;
}
