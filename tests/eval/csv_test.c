// SPDX-License-Identifier: MIT
#include "csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "test_files.h"

// Rows joined with '|' between fields and '\n' between rows, or the error.
static const char* parsed(const char* text, size_t size) {
  static char out[512];
  out[0] = '\0';
  const char* path = test_write("t.csv", text, size);
  lm_error err = LM_ERROR_INIT;
  lm_csv csv;
  if (lm_csv_open(path, &csv, &err) != LM_OK) {
    snprintf(out, sizeof out, "open: %s", err.message);
    return out;
  }
  for (bool end = false;;) {
    if (lm_csv_next(&csv, &end, &err) != LM_OK) {
      snprintf(out, sizeof out, "%s", err.message);
      break;
    }
    if (end) break;
    for (int32_t i = 0; i < csv.field_count; ++i) {
      strncat(out, i > 0 ? "|" : "", sizeof out - strlen(out) - 1);
      strncat(out, csv.fields[i], sizeof out - strlen(out) - 1);
    }
    strncat(out, "\n", sizeof out - strlen(out) - 1);
  }
  lm_csv_close(&csv);
  return out;
}

typedef struct csv_case {
  const char *name, *text, *want;
} csv_case;

static const csv_case kCases[] = {
    {"plain", "a,b\n1,2\n", "a|b\n1|2\n"},
    {"no line break at the end", "a,b\n1,2", "a|b\n1|2\n"},
    {"crlf", "a,b\r\n1,2\r\n", "a|b\n1|2\n"},
    {"cr alone", "a,b\r1,2\r", "a|b\n1|2\n"},
    {"blank lines", "\n\r\na,b\n\n1,2\n\n", "a|b\n1|2\n"},
    {"quotes", "\"a\",\"b,\"\"c\"\"\"\n", "a|b,\"c\"\n"},
    {"line break in quotes", "\"a\nb\",c\n", "a\nb|c\n"},
    {"empty fields", ",,\n\"\",x\n", "||\n|x\n"},
    {"comma at the very end", "a,", "a|\n"},
    {"byte order mark",
     "\xef\xbb\xbf"
     "a,b\n",
     "a|b\n"},
    {"quote inside a field is a character", "a\"b,c\n", "a\"b|c\n"},
    {"nothing", "", ""},
    {"only line breaks", "\n\n\r\n", ""},
    {"open quote", "a\n\"b", "line 2: a quote is not closed"},
    {"text after a quote", "a,b\n\n\"x\"y,1\n", "line 3: text after a closing quote"},
    {"lines count inside quotes", "\"a\n\nb\"\n\"", "line 4: a quote is not closed"},
};

static void rows(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kCases / sizeof *kCases; ++i) {
    const char* got = parsed(kCases[i].text, strlen(kCases[i].text));
    if (strcmp(got, kCases[i].want) != 0) {
      fail_msg("%s: got '%s', want '%s'", kCases[i].name, got, kCases[i].want);
    }
  }
}

static void zero_byte(void** state) {
  (void)state;
  assert_string_equal(parsed("a,b\0c\n", 6), "open: holds a zero byte, so it is no text");
}

static void not_a_file(void** state) {
  (void)state;
  lm_error err = LM_ERROR_INIT;
  lm_csv csv;
  assert_int_equal(lm_csv_open(test_path("."), &csv, &err), LM_IO);
  lm_error_clear(&err);
  assert_int_equal(lm_csv_open(test_path("missing.csv"), &csv, &err), LM_IO);
}

static void many_fields(void** state) {
  (void)state;
  char text[2001];
  memset(text, ',', sizeof text);
  lm_error err = LM_ERROR_INIT;
  lm_csv csv;
  bool end;
  assert_int_equal(lm_csv_open(test_write("t.csv", text, 2000), &csv, &err), LM_OK);
  assert_int_equal(lm_csv_next(&csv, &end, &err), LM_OK);
  assert_int_equal(csv.field_count, 2001);
  lm_csv_close(&csv);
}

static void written_fields_read_back(void** state) {
  (void)state;
  static const char* const kFields[] = {"plain", "a,b", "\"", "x\ny", ""};
  FILE* stream = fopen(test_path("w.csv"), "wb");
  assert_non_null(stream);
  for (size_t i = 0; i < 5; ++i) {
    if (i > 0) fputc(',', stream);
    lm_csv_write_field(stream, kFields[i]);
  }
  assert_int_equal(fclose(stream), 0);
  lm_error err = LM_ERROR_INIT;
  lm_csv csv;
  bool end;
  assert_int_equal(lm_csv_open(test_path("w.csv"), &csv, &err), LM_OK);
  assert_int_equal(lm_csv_next(&csv, &end, &err), LM_OK);
  assert_int_equal(csv.field_count, 5);
  for (int32_t i = 0; i < 5; ++i) assert_string_equal(csv.fields[i], kFields[i]);
  lm_csv_close(&csv);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows),
      cmocka_unit_test(zero_byte),
      cmocka_unit_test(not_a_file),
      cmocka_unit_test(many_fields),
      cmocka_unit_test(written_fields_read_back),
  };
  test_files_begin();
  const int failed = cmocka_run_group_tests_name("csv", tests, NULL, NULL);
  test_files_end();
  return failed;
}
