// SPDX-License-Identifier: MIT
//
// What results are made of: hashes, JSON, the progress line, files.
#include <dirent.h>
#include <math.h>
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

#include "atomic_file.h"
#include "exit_code.h"
#include "file_hash.h"
#include "progress.h"
#include "result.h"

static void known_hashes(void** state) {
  (void)state;
  // FIPS 180-4 examples.
  char hex[LM_HASH_TEXT_SIZE], other[LM_HASH_TEXT_SIZE];
  lm_hash hash;
  lm_hash_begin(&hash);
  lm_hash_end(&hash, hex);
  assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  lm_hash_begin(&hash);
  lm_hash_add(&hash, "a", 1);
  lm_hash_add(&hash, "bc", 2);
  lm_hash_end(&hash, hex);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  lm_hash_begin(&hash);
  lm_hash_add_text(&hash, "ab");
  lm_hash_add_text(&hash, "c");
  lm_hash_end(&hash, hex);
  lm_hash_begin(&hash);
  lm_hash_add_text(&hash, "a");
  lm_hash_add_text(&hash, "bc");
  lm_hash_end(&hash, other);
  assert_string_not_equal(hex, other);
}

static void file_hash(void** state) {
  (void)state;
  char path[] = "/tmp/litmark-hash-XXXXXX", hex[LM_HASH_TEXT_SIZE];
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "abc", 3), 3);
  close(fd);
  uint64_t bytes;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_hash_file(path, hex, &bytes, &err), LM_OK);
  assert_int_equal(bytes, 3);
  assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  unlink(path);
  assert_int_equal(lm_hash_file(path, hex, &bytes, &err), LM_IO);
  assert_string_equal(hex, "");
  lm_error_clear(&err);
  assert_int_equal(lm_hash_file("/", hex, NULL, &err), LM_IO);
}

static char* print(const lm_json* json, cJSON* root) {
  assert_false(json->failed);
  char* text = cJSON_PrintUnformatted(root);
  assert_non_null(text);
  cJSON_Delete(root);
  return text;
}

static void json_values(void** state) {
  (void)state;
  lm_json json = {false};
  cJSON* root = cJSON_CreateObject();
  lm_json_number(&json, root, "nan", NAN);
  lm_json_number(&json, root, "infinite", -INFINITY);
  lm_json_integer(&json, root, "large", INT64_C(9007199254740992));
  lm_json_string(&json, root, "none", NULL);
  lm_json_string(&json, root, "text", "gr\xc3\xbc\xc3\x9f");
  // A lone continuation, an overlong slash, a surrogate, a truncated sequence.
  lm_json_string(&json, root, "bytes",
                 "a\x80"
                 "b\xc0\xaf\xed\xa0\x80"
                 "c\xe2\x82");
  lm_json_interval(&json, root, "no_interval", (lm_interval){NAN, NAN});
  lm_json_interval(&json, root, "interval", (lm_interval){1, 2.5});
  char* text = print(&json, root);
  assert_string_equal(text,
                      "{\"nan\":null,\"infinite\":null,\"large\":9007199254740992,\"none\":null,"
                      "\"text\":\"gr\xc3\xbc\xc3\x9f\","
                      "\"bytes\":\"a\xef\xbf\xbd"
                      "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                      "\xef\xbf\xbd"
                      "c\xef\xbf\xbd\xef\xbf\xbd\","
                      "\"no_interval\":null,\"interval\":[1,2.5]}");
  cJSON_free(text);
}

static void json_remembers_failures(void** state) {
  (void)state;
  lm_json json = {false};
  lm_json_number(&json, NULL, "x", 1);
  assert_true(json.failed);
  assert_null(lm_json_object(&json, NULL, "y"));
  lm_result_file file = {.json = {.failed = true}, .root = cJSON_CreateObject()};
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_result_write(&file, "/dev/null", &err), LM_OUT_OF_MEMORY);
  lm_result_free(&file);
}

static void names(void** state) {
  (void)state;
  char name[300];
  assert_string_equal(lm_result_name(name, sizeof name, "dir/a model.tflite", "cpu", 4),
                      "a_model/cpu/threads:4");
  assert_string_equal(lm_model_base_name(name, sizeof name, "/x/net.v2.tflite"), "net.v2");
  assert_string_equal(lm_model_base_name(name, sizeof name, "plain.bin"), "plain.bin");
  assert_string_equal(lm_model_base_name(name, sizeof name, ".tflite"), ".tflite");
  assert_string_equal(lm_model_base_name(name, sizeof name, "a\nb\033[2J\x7f\xc3\xbc"),
                      "a b [2J \xc3\xbc");
}

static void progress_line(void** state) {
  (void)state;
  char line[256];
  assert_string_equal(
      lm_progress_format(line, sizeof line, 79, "a.png", 5, 20, UINT64_C(10000000000)),
      "[#####...............] 5/20, 30 s left  a.png");
  assert_string_equal(lm_progress_format(line, sizeof line, 79, "x", 1, 1000, UINT64_C(5000000000)),
                      "[....................] 1/1000, 1 h 23 min left  x");
  assert_string_equal(lm_progress_format(line, sizeof line, 79, "y", 20, 20, 1),
                      "[####################] 20/20  y");
  assert_string_equal(lm_progress_format(line, sizeof line, 79, "no total", 3, 0, 1), "no total");
  // Nothing of a file name may move the cursor, and characters are not split.
  assert_string_equal(lm_progress_format(line, sizeof line, 79, "a\r\n\x1b[2Jb", 0, 0, 1),
                      "a   [2Jb");
  assert_string_equal(lm_progress_format(line, sizeof line, 2, "\xc3\xa4\xc3\xb6\xc3\xbc", 0, 0, 1),
                      "\xc3\xa4\xc3\xb6");
}

static void special_files_stay(void** state) {
  (void)state;
  struct stat info;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_result_check_path("/dev/null", NULL, 0, &err), LM_OK);
  assert_int_equal(lm_result_write_text("/dev/null", "{}", &err), LM_OK);
  assert_int_equal(stat("/dev/null", &info), 0);
  assert_true(S_ISCHR(info.st_mode));
  assert_int_equal(lm_result_check_path("/", NULL, 0, &err), LM_IO);
  lm_error_clear(&err);
  assert_int_equal(lm_result_check_path("/nowhere/at/all.json", NULL, 0, &err), LM_IO);
  lm_error_clear(&err);
  assert_int_equal(lm_result_check_path("-", NULL, 0, &err), LM_OK);
}

// What a failure looks like on stderr.
static void error_lines(void** state) {
  (void)state;
  static const struct {
    const char *message, *want;
    lm_status status;
    int exit_code;
  } kCases[] = {
      {"statistics", "litmark: m: out of memory: statistics\n", LM_OUT_OF_MEMORY, 5},
      {"no memory for 7 bytes", "litmark: m: no memory for 7 bytes\n", LM_OUT_OF_MEMORY, 5},
      {"cannot be written: x", "litmark: m: cannot be written: x\n", LM_OUT_OF_MEMORY, 5},
      {"", "litmark: m: out of memory\n", LM_OUT_OF_MEMORY, 5},
      {"two\nlines", "litmark: m: two lines\n", LM_BAD_INPUT, 3},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    lm_error err = LM_ERROR_INIT;
    if (kCases[i].message[0] != '\0') {
      (void)LM_FAIL(&err, kCases[i].status, "%s", kCases[i].message);
    }
    err.status = kCases[i].status;
    char line[128] = "";
    FILE* file = tmpfile();
    assert_non_null(file);
    fflush(stderr);
    const int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    const int exit_code = lm_report_error("m", &err);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    assert_non_null(fgets(line, sizeof line, file));
    fclose(file);
    assert_string_equal(line, kCases[i].want);
    assert_int_equal(exit_code, kCases[i].exit_code);
  }
}

static int entries_of(const char* folder) {
  DIR* dir = opendir(folder);
  assert_non_null(dir);
  int count = 0;
  for (const struct dirent* e; (e = readdir(dir)) != NULL;) count += e->d_name[0] != '.';
  closedir(dir);
  return count;
}

static void files_appear_whole(void** state) {
  (void)state;
  char folder[] = "/tmp/lm_whole_XXXXXX", path[64], model[64], text[16] = "";
  lm_error err = LM_ERROR_INIT;
  struct stat info;
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/a.json", folder);
  snprintf(model, sizeof model, "%s/m.tflite", folder);
  lm_atomic_file file;
  assert_int_equal(lm_atomic_open(path, &file, &err), LM_OK);
  fputs("half", file.stream);
  fflush(file.stream);
  // Where there are nameless files, a program that is killed here leaves nothing.
  assert_int_equal(entries_of(folder), file.nameless ? 0 : 1);
  lm_atomic_abandon(&file);
  assert_int_equal(entries_of(folder), 0);
  const mode_t mask = umask(0027);
  for (int round = 0; round < 2; ++round) {  // the second time there is one to replace
    assert_int_equal(lm_result_write_text(path, "whole", &err), LM_OK);
    assert_int_equal(entries_of(folder), 1);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(info.st_size, 6);
  }
  umask(mask);
  // The file that is read is not replaced by its result, whatever it is called.
  assert_int_equal(link(path, model), 0);
  const char* inputs[] = {NULL, "/nowhere", model};
  assert_int_equal(lm_result_check_path(path, inputs, 2, &err), LM_OK);
  assert_int_equal(lm_result_check_path(path, inputs, 3, &err), LM_INVALID_ARGUMENT);
  assert_int_equal(lm_result_check_path(NULL, inputs, 3, &err), LM_OK);
  FILE* read = fopen(path, "r");
  assert_non_null(read);
  assert_non_null(fgets(text, sizeof text, read));
  assert_string_equal(text, "whole\n");
  fclose(read);
  unlink(path);
  unlink(model);
  assert_int_equal(rmdir(folder), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_appear_whole),
      cmocka_unit_test(error_lines),
      cmocka_unit_test(known_hashes),
      cmocka_unit_test(file_hash),
      cmocka_unit_test(json_values),
      cmocka_unit_test(json_remembers_failures),
      cmocka_unit_test(names),
      cmocka_unit_test(progress_line),
      cmocka_unit_test(special_files_stay),
  };
  return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
