// SPDX-License-Identifier: MIT
//
// Kernels on disk: found again, made anew when anything about them is wrong or different, and a
// folder that cannot be used is an error. The fake driver aborts when bytes reach it that it did
// not write.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

#include "cl_fake.h"
#include "cl_scenario.h"
#include "counting_allocator.h"

enum { MAX_FILE = 4096 };

static char folder[] = "/tmp/litmark_cl_cache_XXXXXX";
static unsigned char whole[MAX_FILE];  // the file as it was written
static size_t whole_bytes;
static char path[512];

static lm_status play(const char* where, scenario* out, lm_error* err) {
  counting_allocator counter = {0};
  *out = (scenario){.timeout_seconds = 30, .runs = 1};
  snprintf(out->cache_folder, sizeof out->cache_folder, "%s", where);
  const lm_status status = scenario_play(out, counting_allocator_make(&counter), err);
  assert_int_equal(counter.live, 0);
  assert_int_equal(fake.live, 0);
  return status;
}

static void expect(int compiled, int cached) {
  scenario s;
  lm_error err = LM_ERROR_INIT;
  if (play(folder, &s, &err) != LM_OK) fail_msg("%s", err.message);
  assert_int_equal(s.compiled, compiled);
  assert_int_equal(s.cached, cached);
}

// Number of files; the last one's path in `path`.
static int list_files(void) {
  DIR* dir = opendir(folder);
  assert_non_null(dir);
  int count = 0;
  for (struct dirent* entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    ++count;
  }
  closedir(dir);
  return count;
}

static void remove_files(void) {
  while (list_files() > 0) {
    if (remove(path) != 0) fail_msg("%s: %s", path, strerror(errno));
  }
}

static size_t read_file(unsigned char* to) {
  FILE* file = fopen(path, "rb");
  assert_non_null(file);
  const size_t bytes = fread(to, 1, MAX_FILE, file);
  fclose(file);
  return bytes;
}

static void write_file(const unsigned char* data, size_t bytes) {
  FILE* file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, bytes, file), bytes);
  assert_int_equal(fclose(file), 0);
}

// The file was made anew, as it had been.
static void expect_repaired(void) {
  expect(1, 0);
  unsigned char now[MAX_FILE];
  assert_int_equal(read_file(now), whole_bytes);
  assert_memory_equal(now, whole, whole_bytes);
  expect(0, 1);
}

static int setup(void** state) {
  (void)state;
  fake_reset(CL_DEVICE_TYPE_GPU);
  remove_files();
  expect(1, 0);
  if (list_files() != 1) return -1;
  whole_bytes = read_file(whole);
  return 0;
}

static void test_found_again(void** state) {
  (void)state;
  expect(0, 1);
  expect(0, 1);
  assert_int_equal(fake.builds, 1);
  assert_int_equal(fake.binary_builds, 2);
  assert_int_equal(list_files(), 1);
}

static void test_other_devices(void** state) {
  (void)state;
  fake.driver_version = "1.1";
  expect(1, 0);
  fake.platforms[0].name = "Fake 2";
  expect(1, 0);
  fake.platforms[0].devices[0].name = "Another";
  expect(1, 0);
  fake.extensions = "cl_khr_integer_dot_product";  // another macro
  expect(1, 0);
  assert_int_equal(list_files(), 5);
  fake_reset(CL_DEVICE_TYPE_GPU);
  expect(0, 1);
}

static void test_damage(void** state) {
  (void)state;
  for (size_t bytes = 0; bytes < whole_bytes; ++bytes) {
    write_file(whole, bytes);
    expect_repaired();
  }
  unsigned char bad[MAX_FILE + 1];
  for (size_t i = 0; i < whole_bytes; ++i) {
    memcpy(bad, whole, whole_bytes);
    bad[i] ^= (unsigned char)(1u << i % 8);
    write_file(bad, whole_bytes);
    expect_repaired();
  }
  memcpy(bad, whole, whole_bytes);
  bad[whole_bytes] = 0;
  write_file(bad, whole_bytes + 1);
  expect_repaired();
}

// A sound file of another key under this name.
static void test_exchanged(void** state) {
  (void)state;
  char first[512];
  memcpy(first, path, sizeof first);
  fake.driver_version = "1.1";
  expect(1, 0);
  fake.driver_version = "1.0";
  DIR* dir = opendir(folder);
  assert_non_null(dir);
  for (struct dirent* entry; (entry = readdir(dir)) != NULL;) {
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] != '.' && strcmp(path, first) != 0) {
      assert_int_equal(rename(path, first), 0);
      break;
    }
  }
  closedir(dir);
  memcpy(path, first, sizeof path);
  expect_repaired();
}

static void test_not_files(void** state) {
  (void)state;
  char target[512];
  snprintf(target, sizeof target, "%s/.target", folder);
  // Somebody else may write it.
  assert_int_equal(chmod(path, 0646), 0);
  expect_repaired();
  assert_int_equal(chmod(path, 0664), 0);
  expect_repaired();
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 0022, 0);
  // A link is not followed, and replaced.
  assert_int_equal(rename(path, target), 0);
  assert_int_equal(symlink(target, path), 0);
  expect_repaired();
  assert_int_equal(unlink(target), 0);
  // A pipe: nobody waits for a writer.
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkfifo(path, 0600), 0);
  expect_repaired();
  // A folder cannot be replaced: an error that names it.
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkdir(path, 0700), 0);
  scenario s;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(play(folder, &s, &err), LM_IO);
  assert_non_null(strstr(err.message, folder));
  assert_int_equal(list_files(), 1);  // nothing half-written is left
  assert_int_equal(rmdir(path), 0);
}

static void test_folders(void** state) {
  (void)state;
  scenario s;
  char where[64];
  static const char* const kBad[] = {"/dev/null", "/dev/null/x", "/proc/no/such/folder"};
  for (size_t i = 0; i < sizeof kBad / sizeof kBad[0]; ++i) {
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(play(kBad[i], &s, &err), LM_IO);
    assert_non_null(strstr(err.message, kBad[i]));
  }
  // One that is not there yet is made.
  lm_error err = LM_ERROR_INIT;
  snprintf(where, sizeof where, "%s/new", folder);
  assert_int_equal(play(where, &s, &err), LM_OK);
  assert_int_equal(play(where, &s, &err), LM_OK);
  assert_int_equal(s.cached, 1);
  DIR* dir = opendir(where);
  assert_non_null(dir);
  for (struct dirent* entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", where, entry->d_name);
    assert_int_equal(unlink(path), 0);
  }
  closedir(dir);
  assert_int_equal(rmdir(where), 0);
}

// A driver that gives no binary is used without the cache; one that refuses its own compiles.
static void test_drivers(void** state) {
  (void)state;
  fake.fail_name = "clCreateProgramWithBinary";
  fake.fail_code = CL_INVALID_BINARY;
  expect(1, 0);
  remove_files();
  fake.fail_name = "clGetProgramInfo";
  fake.fail_code = CL_INVALID_VALUE;
  expect(1, 0);
  assert_int_equal(list_files(), 0);
}

#define WITH_FILE(test) cmocka_unit_test_setup(test, setup)

int main(void) {
  if (mkdtemp(folder) == NULL) return 1;
  const struct CMUnitTest tests[] = {
      WITH_FILE(test_found_again), WITH_FILE(test_other_devices), WITH_FILE(test_damage),
      WITH_FILE(test_exchanged),   WITH_FILE(test_not_files),     WITH_FILE(test_folders),
      WITH_FILE(test_drivers),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  remove_files();
  rmdir(folder);
  return failed;
}
