// SPDX-License-Identifier: MIT
//
// The tuner on a driver's device: what it measures it remembers, in memory and in a file, and files
// that make no sense are as good as none.
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "counting_allocator.h"
#include "device_check.h"
#include "gpu_tune.h"

static counting_allocator counter;
static lm__gpu_device* device;
static char folder[] = "/tmp/litmark-tune-XXXXXX";
static lm__gpu_options options = {
    .timeout_seconds = 120, .tune = true, .tune_given = true, .tune_seconds = 60};

// ---- the folder

static char path[512];

// Path of the only file in the folder; NULL: it is empty.
static const char* only_file(void) {
  DIR* listing = opendir(folder);
  assert_non_null(listing);
  int count = 0;
  for (const struct dirent* e = readdir(listing); e != NULL; e = readdir(listing)) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%.200s", folder, e->d_name);
    ++count;
  }
  closedir(listing);
  assert_true(count <= 1);
  return count == 1 ? path : NULL;
}

static void write_text(const char* text) {
  FILE* file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void read_text(char* out, size_t bytes) {
  FILE* file = fopen(path, "r");
  assert_non_null(file);
  out[fread(out, 1, bytes - 1, file)] = '\0';
  fclose(file);
}

static int clean(void** state) {
  (void)state;
  if (only_file() != NULL) unlink(path);
  return 0;
}

// ---- work

static const lm__gpu_conv kConv = {.kind = LM_GPU_CONV_DEPTHWISE,
                                   .type = LM_GPU_F32,
                                   .batches = 1,
                                   .in_h = 12,
                                   .in_w = 13,
                                   .in_c = 16,
                                   .out_h = 12,
                                   .out_w = 13,
                                   .out_c = 16,
                                   .filter_c = 1,
                                   .taps_h = 3,
                                   .taps_w = 3,
                                   .stride_h = 1,
                                   .stride_w = 1,
                                   .dilation_h = 1,
                                   .dilation_w = 1,
                                   .pad_top = 1,
                                   .pad_left = 1,
                                   .out_stride = 16,
                                   .low = -1.0f,
                                   .high = 1.0f};

// Three plans, the first of which cannot run.
static void make_plans(lm__gpu_conv_plan* plans) {
  const lm__gpu_context context = {device, &options};
  for (int32_t i = 0; i < 3; ++i) {
    assert_true(lm__gpu_route_depthwise(&context, &kConv, i, &plans[i]));
  }
  plans[0].name = "none";
  plans[0].steps[0].key.name = "no such kernel";
}

static lm__gpu_tuner* open_tuner(void) {
  lm__gpu_tuner* tuner = NULL;
  OK(lm__gpu_tuner_create(device, &options, &tuner, &err));
  assert_non_null(tuner);
  return tuner;
}

// The entry of kConv: what stands behind the key.
static void stored_name(char* out, size_t bytes) {
  char text[4096];
  read_text(text, sizeof text);
  const char* line = strchr(text, '\n');
  assert_non_null(line);
  assert_true(strlen(line) > 18);
  snprintf(out, bytes, "%s", line + 18);
  out[strcspn(out, "\n")] = '\0';
}

// ---- cases

static void remembers(void** state) {
  (void)state;
  lm__gpu_conv_plan plans[3];
  make_plans(plans);
  lm__gpu_tuner* tuner = open_tuner();
  const int32_t best = lm__gpu_tuner_choose(tuner, &kConv, plans, 3);
  assert_true(best == 1 || best == 2);  // the one that does not run is never the best
  assert_int_equal(lm__gpu_tuner_choose(tuner, &kConv, plans, 3), best);
  assert_null(only_file());
  lm__gpu_tuner_destroy(tuner);
  assert_non_null(only_file());
  char name[64];
  stored_name(name, sizeof name);
  assert_string_equal(name, plans[best].name);
}

// A file that names the other plan is believed: nothing is measured, nothing is written.
static void believes_the_file(void** state) {
  (void)state;
  lm__gpu_conv_plan plans[3];
  make_plans(plans);
  lm__gpu_tuner* tuner = open_tuner();
  const int32_t other = 3 - lm__gpu_tuner_choose(tuner, &kConv, plans, 3);
  lm__gpu_tuner_destroy(tuner);
  assert_non_null(only_file());
  char text[256];
  read_text(text, sizeof text);
  snprintf(text + 15 + 17, sizeof text - 32, "%s\n", plans[other].name);
  write_text(text);
  tuner = open_tuner();
  assert_int_equal(lm__gpu_tuner_choose(tuner, &kConv, plans, 3), other);
  lm__gpu_tuner_destroy(tuner);
  char after[256];
  read_text(after, sizeof after);
  assert_string_equal(after, text);
}

static void ignores_nonsense(void** state) {
  (void)state;
  static const char* const kTexts[] = {
      "",
      "litmark-tune 2\n0000000000000000 rows\n",
      "litmark-tune 1\nzzzzzzzzzzzzzzzz rows\n",
      "litmark-tune 1\n0123456789abcdef",
      "litmark-tune 1\n0123456789abcdef \n\n\n",
      "litmark-tune 1\n0123456789abcdef a name that is far longer than the longest of a plan is\n",
      "litmark-tune 1\n0123456789ABCDEF rows\n0 \n",
  };
  lm__gpu_conv_plan plans[3];
  make_plans(plans);
  lm__gpu_tuner_destroy(open_tuner());
  lm__gpu_tuner* tuner = open_tuner();
  (void)lm__gpu_tuner_choose(tuner, &kConv, plans, 3);
  lm__gpu_tuner_destroy(tuner);
  assert_non_null(only_file());
  for (size_t i = 0; i < sizeof kTexts / sizeof *kTexts; ++i) {
    write_text(kTexts[i]);
    tuner = open_tuner();
    assert_true(lm__gpu_tuner_choose(tuner, &kConv, plans, 3) > 0);
    lm__gpu_tuner_destroy(tuner);
    char name[64];
    stored_name(name, sizeof name);
    assert_true(strcmp(name, plans[1].name) == 0 || strcmp(name, plans[2].name) == 0);
  }
}

// Without time the rule decides, and that is not remembered.
static void keeps_the_limit(void** state) {
  (void)state;
  lm__gpu_conv_plan plans[3];
  make_plans(plans);
  options.tune_seconds = 0;
  lm__gpu_tuner* tuner = open_tuner();
  options.tune_seconds = 60;
  assert_int_equal(lm__gpu_tuner_choose(tuner, &kConv, plans + 1, 2), 0);
  lm__gpu_tuner_destroy(tuner);
  assert_null(only_file());
}

static void is_off_where_nobody_asks(void** state) {
  (void)state;
  lm__gpu_options o = {.tune = false, .tune_given = true, .cache_folder = folder};
  lm__gpu_tuner* tuner = NULL;
  OK(lm__gpu_tuner_create(device, &o, &tuner, &err));
  assert_null(tuner);
  o = (lm__gpu_options){.tune = true, .tune_seconds = 1};
  OK(lm__gpu_tuner_create(device, &o, &tuner, &err));
  assert_int_equal(tuner == NULL, device->caps.info.type == LM_DEVICE_CPU);
  lm__gpu_tuner_destroy(tuner);
}

static int open_device(void** state) {
  (void)state;
  counter = (counting_allocator){0};
  lm_error err = LM_ERROR_INIT;
  if (mkdtemp(folder) == NULL ||
      device_factory_open(&options, counting_allocator_make(&counter), &device, &err) != LM_OK) {
    fprintf(stderr, "%s\n", err.message);
    return -1;
  }
  options.cache_folder = folder;
  return 0;
}

static int close_device(void** state) {
  (void)state;
  device->vtable->close(device);
  rmdir(folder);
  return counter.live == 0 ? 0 : -1;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(remembers, clean),
      cmocka_unit_test_teardown(believes_the_file, clean),
      cmocka_unit_test_teardown(ignores_nonsense, clean),
      cmocka_unit_test_teardown(keeps_the_limit, clean),
      cmocka_unit_test_teardown(is_off_where_nobody_asks, clean),
  };
  if (!device_check_exists(&options)) return 77;
  return cmocka_run_group_tests(tests, open_device, close_device);
}
