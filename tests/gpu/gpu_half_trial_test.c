// SPDX-License-Identifier: MIT
//
// precision=fp16 where halves do and where they do not (gpu_half_trial.h), on every GPU driver that
// is there: what was computed, what is said of it, and what is remembered.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "each_driver.h"
#include "small_net.h"

enum { COUNT = 1 * 4 * 4 * 2, NOTE_BYTES = 600, PATH = 512 };

typedef struct halves_net {
  small_net net;
  lm_arithmetic_options none;
  float addend;
  float scale;
  int32_t zero_point;
} halves_net;

static int32_t add_image(halves_net* n, lm_type type) {
  memset(n, 0, sizeof *n);
  net_init(&n->net);
  const int32_t image = net_tensor(&n->net, type, NET_SHAPE(1, 4, 4, 2));
  net_input(&n->net, image);
  return image;
}

// x + addend - addend: of 4096 halves have no fractions.
static void make_sum(halves_net* n, float addend) {
  const int32_t image = add_image(n, LM_FLOAT32);
  n->addend = addend;
  const int32_t by = net_constant(&n->net, LM_FLOAT32, NET_SHAPE(1), &n->addend);
  const int32_t sum = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 4, 4, 2));
  const int32_t output = net_tensor(&n->net, LM_FLOAT32, NET_SHAPE(1, 4, 4, 2));
  net_node(&n->net, LM_BUILTIN_ADD, LM_OPTIONS_ARITHMETIC, &n->none, NET_INPUTS(image, by), sum);
  net_node(&n->net, LM_BUILTIN_SUB, LM_OPTIONS_ARITHMETIC, &n->none, NET_INPUTS(sum, by), output);
  net_output(&n->net, output);
}

static void make_sensitive(halves_net* n) { make_sum(n, 4096.0f); }
static void make_harmless(halves_net* n) { make_sum(n, 0.1f); }

// Nothing but bytes.
static void make_bytes(halves_net* n) {
  const int32_t image = add_image(n, LM_INT8);
  n->scale = 0.5f;
  const int32_t output = net_tensor(&n->net, LM_INT8, NET_SHAPE(1, 4, 4, 2));
  net_quantize(&n->net, image, &n->scale, &n->zero_point);
  net_quantize(&n->net, output, &n->scale, &n->zero_point);
  net_node(&n->net, LM_BUILTIN_RELU, LM_OPTIONS_NONE, NULL, NET_INPUTS(image), output);
  net_output(&n->net, output);
}

typedef struct outcome {
  char precision[16];  // "": nothing was said
  char note[NOTE_BYTES];
  double tolerance;
  float most;  // largest difference from the input, which is the right output
} outcome;

static outcome run(const lm_delegate_vtable* vtable, void (*make)(halves_net*), const char* extra) {
  halves_net n;
  make(&n);
  lm_error err = LM_ERROR_INIT;
  lm_delegate* delegate = open_driver(vtable, extra);
  const lm_interpreter_options with = {
      .struct_size = sizeof with, .delegates = &delegate, .delegate_count = 1};
  lm_interpreter* it = NULL;
  lm_status status = lm_interpreter_create(&n.net.model, &with, lm_allocator_default(), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  if (status != LM_OK) fail_msg("%s: %s", vtable->name, err.message);
  outcome out = {.tolerance = lm_interpreter_report(it)->float_tolerance};
  const lm_plan_report* report = lm_interpreter_report(it);
  assert_string_equal(report->placements[0].delegate, vtable->name);
  snprintf(out.note, sizeof out.note, "%s", report->note);
  snprintf(out.precision, sizeof out.precision, "%s",
           report->precision != NULL ? report->precision : "");
  lm_tensor* input = lm_interpreter_input(it, 0);
  if (input->type == LM_FLOAT32) {
    for (int i = 0; i < COUNT; ++i) ((float*)input->data)[i] = (float)(i + 1) / 64;
    if (lm_interpreter_invoke(it, &err) != LM_OK) fail_msg("%s", err.message);
    const float* got = lm_interpreter_output(it, 0)->data;
    for (int i = 0; i < COUNT; ++i) out.most = fmaxf(out.most, fabsf(got[i] - (float)(i + 1) / 64));
  }
  lm_interpreter_destroy(it);
  delegate->vtable->close(delegate);
  return out;
}

static void must_say(const outcome* out, const char* text) {
  if (strstr(out->note, text) == NULL) fail_msg("'%s' is not in: %s", text, out->note);
}

static void where_halves_do(void** state) {
  const outcome out = run(*state, make_harmless, "precision=fp16");
  assert_string_equal(out.precision, "fp16");
  assert_true(out.tolerance == 2e-2);
  assert_true(out.most > 0 && out.most < 1e-3f);
  must_say(&out,
           "; in float32: 0 of 0 filters, 0 of 3 tensors; float16 changes outputs of 6 test "
           "images by ");
}

static void where_they_do_not(void** state) {
  const outcome out = run(*state, make_sensitive, "precision=fp16");
  assert_string_equal(out.precision, "fp32");
  assert_true(out.tolerance == 1e-4);
  assert_true(out.most <= 1e-3f);
  must_say(&out, "; in float32, because float16 changes outputs of test image 1 by ");
  must_say(&out, " of the largest, more than 1.0e-02");
}

static void by_request_without_a_trial(void** state) {
  const outcome out = run(*state, make_sensitive, "precision=fp16,trial=off");
  assert_string_equal(out.precision, "fp16");
  assert_true(out.tolerance == 2e-2);
  assert_true(out.most > 0.1f);  // what the trial is there for
  assert_null(strstr(out.note, "test image"));
}

static void nothing_to_choose(void** state) {
  const outcome bytes = run(*state, make_bytes, "precision=fp16");
  assert_string_equal(bytes.precision, "");
  assert_null(strstr(bytes.note, "test image"));
  const outcome floats = run(*state, make_sensitive, NULL);
  assert_string_equal(floats.precision, "fp32");
  assert_null(strstr(floats.note, "float32"));
}

// ---- what is remembered

static void find_file(const char* folder, char* path) {
  DIR* dir = opendir(folder);
  assert_non_null(dir);
  path[0] = '\0';
  for (struct dirent* e; (e = readdir(dir)) != NULL;) {
    if (strstr(e->d_name, ".tune") != NULL) snprintf(path, PATH, "%s/%.200s", folder, e->d_name);
  }
  closedir(dir);
  if (path[0] == '\0') fail_msg("%s: nothing was kept", folder);
}

// Writes the one line with another value behind its key.
static void rewrite(const char* path, const char* value) {
  char text[256] = "";
  FILE* file = fopen(path, "r");
  assert_non_null(file);
  char header[64] = "", line[128] = "";
  assert_non_null(fgets(header, sizeof header, file));
  assert_non_null(fgets(line, sizeof line, file));
  assert_null(fgets(text, sizeof text, file));
  fclose(file);
  assert_memory_equal(line + 16, " halves-6-", 10);
  file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file, "%s%.16s %s\n", header, line, value);
  fclose(file);
}

static void empty(const char* folder) {
  DIR* dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent* e; (e = readdir(dir)) != NULL;) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%.200s", folder, e->d_name);
    if (e->d_name[0] != '.') unlink(path);
  }
  closedir(dir);
  rmdir(folder);
}

static void what_is_remembered_counts(void** state) {
  char folder[] = "/tmp/half_trial_XXXXXX", options[PATH], path[PATH];
  assert_non_null(mkdtemp(folder));
  snprintf(options, sizeof options, "precision=fp16,cache=%s", folder);
  outcome out = run(*state, make_harmless, options);
  assert_string_equal(out.precision, "fp16");
  find_file(folder, path);
  rewrite(path, "halves-2-900000");
  out = run(*state, make_harmless, options);
  assert_string_equal(out.precision, "fp32");
  must_say(&out, "; in float32, because float16 changes outputs of test image 2 by 9.0e-01");
  empty(folder);
}

// Another line than ours is no answer, and is replaced by one.
static void nonsense_is_tried_again(void** state) {
  static const char* const kLines[] = {"halves-0-900000",  "halves-7-900000", "halves-6--900000",
                                       "halves-6-900000x", "halves-6-",       "block/8x4"};
  char folder[] = "/tmp/half_trial_XXXXXX", options[PATH], path[PATH];
  assert_non_null(mkdtemp(folder));
  snprintf(options, sizeof options, "precision=fp16,cache=%s", folder);
  run(*state, make_harmless, options);
  for (size_t i = 0; i < sizeof kLines / sizeof kLines[0]; ++i) {
    find_file(folder, path);
    rewrite(path, kLines[i]);
    const outcome out = run(*state, make_harmless, options);
    if (strcmp(out.precision, "fp16") != 0) fail_msg("%s: %s", kLines[i], out.note);
  }
  empty(folder);
}

static int run_group(const lm_delegate_vtable* vtable) {
  void* state;
  memcpy(&state, &vtable, sizeof state);  // cmocka takes no pointer to const
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_prestate(where_halves_do, state),
      cmocka_unit_test_prestate(where_they_do_not, state),
      cmocka_unit_test_prestate(by_request_without_a_trial, state),
      cmocka_unit_test_prestate(nothing_to_choose, state),
      cmocka_unit_test_prestate(what_is_remembered_counts, state),
      cmocka_unit_test_prestate(nonsense_is_tried_again, state),
  };
  return cmocka_run_group_tests_name(vtable->name, tests, NULL, NULL);
}

int main(void) { return each_driver(run_group); }
