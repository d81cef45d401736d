// SPDX-License-Identifier: MIT
//
// Engines without any other runtime: fake libraries that have the functions of the real ones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "comparison.h"
#include "engine_internal.h"
#include "engine_set.h"
#include "tflite_writer.h"

enum { WIDTH = 4 };
static char model_path[] = "/tmp/litmark_engine_XXXXXX";

// difference = a - b, sum = a + b: only their names tell the inputs and the outputs apart.
static int make_model(void** state) {
  (void)state;
  lm_writer* w = lm_writer_create("engine test");
  const lm_shape shape = lm_shape_make(2, (const int32_t[]){1, WIDTH});
  static const char* const kNames[] = {"a", "b", "difference", "sum"};
  int32_t tensors[4];
  for (int i = 0; i < 4; ++i) {
    tensors[i] = lm_writer_add_tensor(
        w, &(lm_writer_tensor){.name = kNames[i], .type = LM_FLOAT32, .shape = shape});
  }
  lm_writer_add_node(w, &(lm_writer_node){.builtin = LM_BUILTIN_SUB,
                                          .inputs = tensors,
                                          .input_count = 2,
                                          .outputs = tensors + 2,
                                          .output_count = 1});
  lm_writer_add_node(w, &(lm_writer_node){.builtin = LM_BUILTIN_ADD,
                                          .inputs = tensors,
                                          .input_count = 2,
                                          .outputs = tensors + 3,
                                          .output_count = 1});
  lm_writer_set_io(w, tensors, 2, tensors + 2, 2);
  void* data = NULL;
  size_t size = 0;
  lm_error err = LM_ERROR_INIT;
  const lm_status status = lm_writer_finish(w, lm_allocator_default(), &data, &size, &err);
  lm_writer_destroy(w);
  const int fd = mkstemp(model_path);
  if (status != LM_OK || fd < 0 || write(fd, data, size) != (ssize_t)size) return -1;
  lm_free(lm_allocator_default(), data);
  return close(fd);
}

static int remove_model(void** state) {
  (void)state;
  return unlink(model_path);
}

static int behave(void** state) {
  (void)state;
  return unsetenv("LITMARK_FAKE");
}

typedef struct fake_case {
  const char* kind;
  const char* path;
} fake_case;

static const fake_case kFakes[] = {
    {"litmark", NULL}, {"litert", LM_FAKE_LITERT}, {"openvino", LM_FAKE_OPENVINO}};
enum { FAKES = sizeof kFakes / sizeof kFakes[0] };

static lm_engine* open_fake(const fake_case* fake, lm_engine_library* library, int threads,
                            lm_error* err) {
  const lm_engine_kind* kind = lm_engine_kind_find(fake->kind);
  assert_non_null(kind);
  assert_int_equal(lm_engine_library_open(kind, fake->path, library, err), LM_OK);
  const lm_engine_options options = {.model_path = model_path, .threads = threads};
  lm_engine* engine = NULL;
  if (lm_engine_open(library, &options, &engine, err) != LM_OK) assert_null(engine);
  return engine;
}

static void run_once(const fake_case* fake) {
  static const float kA[WIDTH] = {1, 2, 3, 4}, kB[WIDTH] = {10, 20, 30, 40};
  lm_engine_library library;
  lm_error err = LM_ERROR_INIT;
  lm_engine* engine = open_fake(fake, &library, 2, &err);
  if (engine == NULL) fail_msg("%s: %s", fake->kind, err.message);
  assert_int_equal(engine->input_count, 2);
  assert_int_equal(engine->output_count, 2);
  assert_int_equal(engine->threads, 2);
  assert_int_equal(engine->inputs[0].type, LM_FLOAT32);
  assert_int_equal(engine->inputs[0].bytes, sizeof kA);
  assert_int_equal(engine->inputs[0].shape.rank, 2);
  assert_int_equal(lm_engine_set_input(engine, 0, kA, sizeof kA, &err), LM_OK);
  assert_int_equal(lm_engine_set_input(engine, 1, kB, sizeof kB, &err), LM_OK);
  for (int round = 0; round < 2; ++round) {
    float difference[WIDTH], sum[WIDTH];
    assert_int_equal(lm_engine_invoke(engine, &err), LM_OK);
    assert_int_equal(lm_engine_read_output(engine, 0, difference, sizeof difference, &err), LM_OK);
    assert_int_equal(lm_engine_read_output(engine, 1, sum, sizeof sum, &err), LM_OK);
    for (int i = 0; i < WIDTH; ++i) {
      assert_true(difference[i] == kA[i] - kB[i]);
      assert_true(sum[i] == kA[i] + kB[i]);
    }
  }
  assert_int_equal(lm_engine_set_input(engine, 2, kA, sizeof kA, &err), LM_INVALID_ARGUMENT);
  assert_int_equal(lm_engine_set_input(engine, 0, kA, sizeof kA - 1, &err), LM_BAD_INPUT);
  float unused[WIDTH];
  assert_int_equal(lm_engine_read_output(engine, -1, unused, sizeof unused, &err),
                   LM_INVALID_ARGUMENT);
  lm_engine_close(engine);
  lm_engine_library_close(&library);
}

static void same_results(void** state) {
  (void)state;
  for (int i = 0; i < FAKES; ++i) run_once(&kFakes[i]);
}

// Signatures and other readers have orders of their own.
static void order_by_name(void** state) {
  (void)state;
  setenv("LITMARK_FAKE", "reverse", 1);
  for (int i = 1; i < FAKES; ++i) run_once(&kFakes[i]);
}

static void older_numbers_of_types(void** state) {
  (void)state;
  setenv("LITMARK_FAKE", "old", 1);
  run_once(&kFakes[2]);
}

typedef struct refusal {
  const char* fake;
  const char* words;
  const char* want;  ///< part of the message
} refusal;

static void refusals(void** state) {
  (void)state;
  static const refusal kRefusals[] = {
      {"litert", "refuse", "ERROR: [fake.cc:1] no kernel for FAKE_OP"},
      {"litert", "refuse", "compiling the model: unsupported (status 5)"},
      {"litert", "type", "type 12"},
      {"openvino", "refuse", "Operation FAKE_OP is not supported: sorry"},
      {"openvino", "type", "type 31"},
  };
  for (size_t i = 0; i < sizeof kRefusals / sizeof kRefusals[0]; ++i) {
    setenv("LITMARK_FAKE", kRefusals[i].words, 1);
    const fake_case* fake = &kFakes[strcmp(kRefusals[i].fake, "litert") == 0 ? 1 : 2];
    lm_engine_library library;
    lm_error err = LM_ERROR_INIT;
    assert_null(open_fake(fake, &library, 1, &err));
    assert_int_equal(err.status, LM_UNSUPPORTED);
    if (strstr(err.message, kRefusals[i].want) == NULL) {
      fail_msg("refusal %zu: '%s' is not in '%s'", i, kRefusals[i].want, err.message);
    }
    lm_engine_library_close(&library);
  }
}

static void failing_runs(void** state) {
  (void)state;
  for (int i = 1; i < FAKES; ++i) {
    lm_engine_library library;
    lm_error err = LM_ERROR_INIT;
    lm_engine* engine = open_fake(&kFakes[i], &library, 1, &err);
    assert_non_null(engine);
    setenv("LITMARK_FAKE", "fail", 1);
    assert_int_equal(lm_engine_invoke(engine, &err), LM_UNSUPPORTED);
    assert_non_null(strstr(err.message, "running the model"));
    assert_non_null(strstr(err.message, i == 1 ? "runtime failure" : "it broke"));
    unsetenv("LITMARK_FAKE");
    lm_engine_close(engine);
    lm_engine_library_close(&library);
  }
}

// What was asked for is not taken for what is there.
static void threads_are_counted(void** state) {
  (void)state;
  setenv("LITMARK_FAKE", "lazy", 1);
  for (int i = 1; i < FAKES; ++i) {
    lm_engine_library library;
    lm_error err = LM_ERROR_INIT;
    lm_engine* engine = open_fake(&kFakes[i], &library, 3, &err);
    assert_non_null(engine);
    assert_int_equal(engine->threads, 1);
    lm_engine_close(engine);
    lm_engine_library_close(&library);
  }
}

static void broken_models(void** state) {
  (void)state;
  for (int i = 0; i < FAKES; ++i) {
    lm_engine_library library;
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(
        lm_engine_library_open(lm_engine_kind_find(kFakes[i].kind), kFakes[i].path, &library, &err),
        LM_OK);
    const lm_engine_options options = {.model_path = "/nowhere.tflite", .threads = 1};
    lm_engine* engine;
    assert_int_not_equal(lm_engine_open(&library, &options, &engine, &err), LM_OK);
    assert_null(engine);
    lm_engine_library_close(&library);
  }
}

static void libraries_that_do_not_fit(void** state) {
  (void)state;
  const lm_engine_kind* litert = lm_engine_kind_find("litert");
  lm_engine_library library;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_engine_library_open(litert, "/nowhere/libLiteRt.so", &library, &err),
                   LM_UNAVAILABLE);
  assert_non_null(strstr(err.message, "/nowhere/libLiteRt.so"));
  lm_error_clear(&err);
  assert_int_equal(lm_engine_library_open(litert, LM_FAKE_INCOMPLETE, &library, &err),
                   LM_UNAVAILABLE);
  assert_non_null(strstr(err.message, "has no LiteRtRunCompiledModel"));
  lm_error_clear(&err);
  assert_int_equal(lm_engine_library_open(litert, LM_FAKE_OPENVINO, &library, &err),
                   LM_UNAVAILABLE);
  assert_null(library.functions);
  lm_error_clear(&err);
  setenv("VIRTUAL_ENV", "/nowhere", 1);
  assert_int_equal(lm_engine_library_open(litert, NULL, &library, &err), LM_UNAVAILABLE);
  unsetenv("VIRTUAL_ENV");
  assert_non_null(strstr(err.message, "pip install ai-edge-litert"));
}

static void versions(void** state) {
  (void)state;
  char folder[] = "/tmp/litmark_wheel_XXXXXX", path[128], info[128];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/ai_edge_litert", folder);
  snprintf(info, sizeof info, "%s/ai_edge_litert-12.3.4.dist-info", folder);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/ai_edge_litert/libLiteRt.so", folder);
  assert_null(lm_engine_wheel_version(path));
  assert_int_equal(mkdir(info, 0700), 0);
  char* version = lm_engine_wheel_version(path);
  assert_non_null(version);
  assert_string_equal(version, "12.3.4");
  free(version);
  assert_null(lm_engine_wheel_version("libLiteRt.so"));
  assert_null(lm_engine_wheel_version("/libLiteRt.so"));
  rmdir(info);
  snprintf(path, sizeof path, "%s/ai_edge_litert", folder);
  rmdir(path);
  rmdir(folder);
  lm_engine_library library;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(
      lm_engine_library_open(lm_engine_kind_find("openvino"), LM_FAKE_OPENVINO, &library, &err),
      LM_OK);
  assert_string_equal(library.version, "2099.1.0-fake");
  lm_engine_library_close(&library);
}

static lm_status choose(const char* names, lm_engine_set* set, lm_error* err) {
  lm_list list = {0}, libs = {0};
  char copy[400];
  snprintf(copy, sizeof copy, "%s", names);
  for (char *rest = copy, *name; (name = strsep(&rest, ",")) != NULL;) {
    assert_true(lm_list_append(&list, name));
  }
  assert_true(lm_list_append(&libs, "litert=" LM_FAKE_LITERT));
  assert_true(lm_list_append(&libs, "openvino=" LM_FAKE_OPENVINO));
  *err = (lm_error)LM_ERROR_INIT;
  const lm_status status = lm_engine_set_open(set, &list, &libs, err);
  lm_list_free(&list);
  lm_list_free(&libs);
  return status;
}

static void choices(void** state) {
  (void)state;
  lm_engine_set set;
  lm_error err;
  assert_int_equal(
      choose("openvino,litmark:isa=avx2;float=exact,openvino-default,litmark", &set, &err), LM_OK);
  assert_int_equal(set.count, 4);
  assert_int_equal(set.library_count, 2);
  assert_int_equal(set.choices[0].precision, LM_ENGINE_FLOAT32);
  assert_int_equal(set.choices[2].precision, LM_ENGINE_DEFAULT);
  assert_ptr_equal(set.choices[0].library, set.choices[2].library);
  assert_string_equal(set.choices[1].options, "isa=avx2,float=exact");
  assert_int_equal(bench_comparison_baseline(&set), 3);
  lm_engine_set_close(&set);
  static const struct {
    const char *names, *want;
  } kBad[] = {
      {"opnvino", "did you mean 'openvino'"},
      {"litert-default", "no engine"},
      {"litert,litert", "twice"},
      {"litert:threads=2", "only litmark takes options"},
      {"litmark:", "only litmark takes"},
      {"", "no engine"},
      {"litmark:a,litmark:b,litmark:c,litmark:d,litmark:e,litmark:f,litmark:g,litmark:h,litmark:i",
       "one too many"},
  };
  for (size_t i = 0; i < sizeof kBad / sizeof kBad[0]; ++i) {
    assert_int_equal(choose(kBad[i].names, &set, &err), LM_INVALID_ARGUMENT);
    if (strstr(err.message, kBad[i].want) == NULL) {
      fail_msg("'%s': '%s' is not in '%s'", kBad[i].names, kBad[i].want, err.message);
    }
  }
}

static void captured_words(void** state) {
  (void)state;
  char said[40];
  lm_engine_capture capture;
  lm_engine_capture_begin(&capture);
  fprintf(stderr, "INFO: one\nERROR: two\nINFO: three\n");
  lm_engine_capture_end(&capture, said, sizeof said);
  assert_string_equal(said, "ERROR: two");
  lm_engine_capture_begin(&capture);
  fprintf(stderr, "one\n\ntwo without an end");
  lm_engine_capture_end(&capture, said, sizeof said);
  assert_string_equal(said, "two without an end");
  lm_engine_capture_begin(&capture);
  lm_engine_capture_end(&capture, said, sizeof said);
  assert_string_equal(said, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(same_results, behave, behave),
      cmocka_unit_test_setup_teardown(order_by_name, behave, behave),
      cmocka_unit_test_setup_teardown(older_numbers_of_types, behave, behave),
      cmocka_unit_test_setup_teardown(refusals, behave, behave),
      cmocka_unit_test_setup_teardown(failing_runs, behave, behave),
      cmocka_unit_test_setup_teardown(threads_are_counted, behave, behave),
      cmocka_unit_test_setup_teardown(broken_models, behave, behave),
      cmocka_unit_test(libraries_that_do_not_fit),
      cmocka_unit_test(versions),
      cmocka_unit_test(choices),
      cmocka_unit_test(captured_words),
  };
  return cmocka_run_group_tests_name("engine", tests, make_model, remove_model);
}
