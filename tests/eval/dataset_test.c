// SPDX-License-Identifier: MIT
#include "dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_files.h"

static char g_culprit[LM_CULPRIT_SIZE];

static lm_status open_text(const char* text, lm_dataset* d, lm_error* err) {
  *err = (lm_error)LM_ERROR_INIT;
  test_write("list/labels.csv", text, strlen(text));
  return lm_dataset_open(test_path("list"), NULL, d, g_culprit, err);
}

static void list_in_any_column_order(void** state) {
  (void)state;
  lm_dataset d;
  lm_error err;
  char path[LM_CULPRIT_SIZE];
  assert_int_equal(open_text("\xef\xbb\xbf"
                             "name,label_index,file\r\n"
                             "\"tench, Tinca\",0,a.png\r\n"
                             "x, 7 ,\"b, c.png\"\r\n"
                             "y,7,/abs/d.png,further,columns\r\n",
                             &d, &err),
                   LM_OK);
  assert_int_equal(d.count, 3);
  assert_int_equal(d.class_count, 2);
  assert_int_equal(d.label_max, 7);
  assert_int_equal(d.samples[0].label, 0);
  assert_int_equal(d.samples[1].label, 7);
  assert_int_equal(d.samples[2].line, 4);
  assert_string_equal(d.samples[1].file, "b, c.png");
  assert_string_equal(lm_dataset_path(&d, 2, path), "/abs/d.png");
  assert_int_equal(lm_dataset_check_files(&d, g_culprit, &err), LM_IO);
  assert_non_null(strstr(g_culprit, "list/a.png"));
  assert_non_null(strstr(err.message, "line 2"));
  lm_dataset_close(&d);
}

typedef struct bad_list {
  const char *name, *text, *message;
} bad_list;

static const bad_list kBad[] = {
    {"empty", "", "is empty"},
    {"header only", "file,label_index\n", "lists no images"},
    {"no file column", "label_index,path\n0,a\n", "no column 'file'"},
    {"no label column", "file,label\na,0\n", "no column 'label_index'"},
    {"two label columns", "file,label_index,label_index\na,0,0\n", "two columns"},
    {"short row", "file,label_index\na.png\n", "line 2: 1 fields"},
    {"empty file name", "file,label_index\n,1\n", "line 2: no file name"},
    {"negative", "file,label_index\na,0\nb,-1\n", "line 3: label_index -1 is not in"},
    {"beyond 32 bits", "file,label_index\na,4294967296\n", "label_index 4294967296 is not in"},
    {"beyond 64 bits", "file,label_index\na,99999999999999999999\n", "is not in"},
    {"largest", "file,label_index\na,2147483647\n", "is not in"},
    {"fraction", "file,label_index\na,1.0\n", "'1.0' is no whole number"},
    {"word", "file,label_index\na,cat\n", "'cat' is no whole number"},
    {"no label", "file,label_index\na,\n", "'' is no whole number"},
    {"open quote", "file,label_index\n\"a,1\n", "quote is not closed"},
};

static void bad_lists(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kBad / sizeof *kBad; ++i) {
    lm_dataset d;
    lm_error err;
    const lm_status status = open_text(kBad[i].text, &d, &err);
    if (status != LM_BAD_INPUT || strstr(err.message, kBad[i].message) == NULL) {
      fail_msg("%s: status %d, '%s', want '%s'", kBad[i].name, status, err.message,
               kBad[i].message);
    }
    assert_non_null(strstr(g_culprit, "labels.csv"));
  }
}

static void class_folders(void** state) {
  (void)state;
  test_folder("folders");
  test_folder("folders/b");
  test_folder("folders/a");
  test_folder("folders/.hidden");
  test_folder("folders/empty");
  test_write("folders/b/2.JPG", "x", 1);
  test_write("folders/b/1.jpeg", "x", 1);
  test_write("folders/a/z.png", "x", 1);
  test_write("folders/a/notes.txt", "x", 1);
  test_write("folders/a/.hidden.png", "x", 1);
  test_write("folders/stray.png", "x", 1);
  lm_dataset d;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_dataset_open(test_path("folders"), NULL, &d, g_culprit, &err), LM_OK);
  assert_int_equal(d.count, 3);
  assert_int_equal(d.class_count, 3);
  assert_int_equal(d.ignored, 1);
  assert_null(d.note);
  assert_string_equal(d.samples[0].file, "a/z.png");
  assert_int_equal(d.samples[0].label, 0);
  assert_string_equal(d.samples[1].file, "b/1.jpeg");
  assert_string_equal(d.samples[2].file, "b/2.JPG");
  assert_int_equal(d.samples[2].label, 1);
  assert_int_equal(lm_dataset_check_files(&d, g_culprit, &err), LM_OK);
  lm_dataset_close(&d);
}

static void numbered_folders_are_noted(void** state) {
  (void)state;
  test_folder("numbers");
  test_folder("numbers/2");
  test_folder("numbers/10");
  test_write("numbers/2/a.png", "x", 1);
  test_write("numbers/10/a.png", "x", 1);
  lm_dataset d;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_dataset_open(test_path("numbers"), NULL, &d, g_culprit, &err), LM_OK);
  assert_non_null(d.note);
  assert_string_equal(d.samples[0].file, "10/a.png");
  lm_dataset_close(&d);
}

static void unusable_folders(void** state) {
  (void)state;
  lm_dataset d;
  lm_error err = LM_ERROR_INIT;
  test_folder("flat");
  test_write("flat/a.png", "x", 1);
  assert_int_equal(lm_dataset_open(test_path("flat"), NULL, &d, g_culprit, &err), LM_BAD_INPUT);
  lm_error_clear(&err);
  test_folder("flat/class");
  assert_int_equal(lm_dataset_open(test_path("flat"), NULL, &d, g_culprit, &err), LM_BAD_INPUT);
  lm_error_clear(&err);
  assert_int_equal(lm_dataset_open(test_path("missing"), NULL, &d, g_culprit, &err), LM_IO);
  lm_error_clear(&err);
  assert_int_equal(lm_dataset_open(test_path("flat/a.png"), NULL, &d, g_culprit, &err), LM_IO);
  lm_error_clear(&err);
  assert_int_equal(lm_dataset_open(test_path("flat"), "/no/list.csv", &d, g_culprit, &err), LM_IO);
  assert_string_equal(g_culprit, "/no/list.csv");
}

static void limit_spreads(void** state) {
  (void)state;
  char text[4096] = "file,label_index\n";
  for (int i = 0; i < 10; ++i) {
    snprintf(text + strlen(text), sizeof text - strlen(text), "%d.png,%d\n", i, i);
  }
  lm_dataset d;
  lm_error err;
  assert_int_equal(open_text(text, &d, &err), LM_OK);
  lm_dataset_limit(&d, 20);
  assert_int_equal(d.count, 10);
  lm_dataset_limit(&d, 4);
  assert_int_equal(d.count, 4);
  assert_int_equal(d.listed, 10);
  static const int32_t kWant[] = {0, 2, 5, 7};
  for (int i = 0; i < 4; ++i) assert_int_equal(d.samples[i].label, kWant[i]);
  lm_dataset_close(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(list_in_any_column_order),
      cmocka_unit_test(bad_lists),
      cmocka_unit_test(class_folders),
      cmocka_unit_test(numbered_folders_are_noted),
      cmocka_unit_test(unusable_folders),
      cmocka_unit_test(limit_spreads),
  };
  test_files_begin();
  test_folder("list");
  const int failed = cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
  test_files_end();
  return failed;
}
