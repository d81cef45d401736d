// SPDX-License-Identifier: MIT
//
// `litmark inspect`: what is in a model file, and who would run it.
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "exit_code.h"
#include "inspect.h"
#include "result.h"
#include "session.h"

typedef struct inspect_options {
  const char* delegate;
  const char* device;
  lm_delegate_flags flags;
  const char* json;
  int threads;
  int subgraph;
  bool tensors;
} inspect_options;

static int show(const inspect_options* o, inspection* in) {
  lm_error err = LM_ERROR_INIT;
  // JSON on stdout leaves no room for text.
  if (o->json == NULL || strcmp(o->json, "-") != 0) inspect_print(in, o->tensors, stdout);
  if (o->json != NULL && inspect_write_json(in, o->json, &err) != LM_OK) {
    return lm_report_error(o->json, &err);
  }
  return in->failure->status == LM_OK ? LM_EXIT_OK : lm_report_error(in->path, in->failure);
}

static int inspect_file(const inspect_options* o, const char* path) {
  lm_error err = LM_ERROR_INIT;
  if (lm_result_check_path(o->json, &path, 1, &err) != LM_OK) return lm_report_error(o->json, &err);
  lm_model* model;
  if (lm_model_open(path, lm_allocator_default(), &model, &err) != LM_OK) {
    return lm_report_error(path, &err);
  }
  int exit_code;
  if (o->subgraph >= model->subgraph_count) {
    exit_code = lm_report_failure(LM_EXIT_USAGE, path, "has %d subgraphs, not one numbered %d",
                                  model->subgraph_count, o->subgraph);
  } else {
    // Planning may fail, on an op without a kernel say: the file is shown all the same.
    const lm_session_options options = {.model_path = path,
                                        .delegate = o->delegate,
                                        .threads = o->threads,
                                        .device = o->device,
                                        .flags = o->flags};
    lm_session session = {0};
    inspection in = {.path = path, .delegate = o->delegate, .model = model, .failure = &err};
    in.subgraph = &model->subgraphs[o->subgraph];
    if (o->subgraph == 0 && lm_session_open(&options, &session, &err) == LM_OK) {
      in.graph = lm_interpreter_graph(session.interpreter);
      in.report = lm_interpreter_report(session.interpreter);
      in.session = &session;
      in.delegate = session.delegate_name;
    }
    exit_code = show(o, &in);
    lm_session_close(&session);
  }
  lm_model_destroy(model);
  return exit_code;
}

int lm_inspect_main(int argc, char** argv) {
  inspect_options o = {.delegate = "cpu", .threads = 1};
  lm_list files = {0};
  const lm_arg args[] = {
      {LM_ARG_STRING, "delegate", 'd', &o.delegate, "NAME",
       "who would run it: reference, cpu (default), opencl, vulkan, gpu;\n"
       "reasons are given for the nodes that it leaves",
       0, 0},
      {LM_ARG_INT, "threads", 't', &o.threads, "N", "threads of the delegate (default 1)", 1, 1024},
      {LM_ARG_STRING, "device", 0, &o.device, "DEVICE", LM_DEVICE_HELP, 0, 0},
      LM_DELEGATE_FLAG_ARGS(o.flags),
      {LM_ARG_INT, "subgraph", 0, &o.subgraph, "N", "which subgraph (default 0, the main one)", 0,
       1000000},
      {LM_ARG_FLAG, "tensors", 0, &o.tensors, NULL, "list every tensor, not only the nodes", 0, 0},
      {LM_ARG_STRING, "json", 'j', &o.json, "FILE", "write everything as JSON; - is stdout", 0, 0},
  };
  const lm_command command = {
      .name = "litmark inspect",
      .synopsis = "MODEL.tflite [--delegate NAME] [--tensors] [--json FILE]",
      .summary =
          "Lists a model's operators, tensors, quantization, multiply-accumulates, memory\n"
          "plan and placement: which node runs where, and why not on the delegate.",
      .epilogue =
          "Example:\n  litmark inspect m.tflite --json - | jq '.nodes[] | select(.why_not)'",
      .args = args,
      .arg_count = sizeof args / sizeof args[0],
      .max_positional = 1,
  };
  int exit_code = lm_args_parse(&command, argc, argv, &files);
  if (exit_code < 0) {
    exit_code = files.count == 1 ? inspect_file(&o, files.items[0])
                                 : lm_report_failure(LM_EXIT_USAGE, NULL,
                                                     "no model given (see litmark inspect --help)");
  }
  lm_list_free(&files);
  return exit_code;
}
