// SPDX-License-Identifier: MIT
#include "test_files.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char g_root[64];

static void check(int ok, const char* what) {
  if (ok) return;
  perror(what);
  exit(2);
}

void test_files_begin(void) {
  snprintf(g_root, sizeof g_root, "/tmp/litmark-test-XXXXXX");
  check(mkdtemp(g_root) != NULL, "mkdtemp");
}

static int remove_entry(const char* path, const struct stat* info, int type, struct FTW* at) {
  (void)info;
  (void)type;
  (void)at;
  return remove(path);
}

void test_files_end(void) { nftw(g_root, remove_entry, 8, FTW_DEPTH | FTW_PHYS); }

const char* test_path(const char* name) {
  static char paths[8][TEST_PATH];
  static int next;
  char* path = paths[next++ % 8];
  snprintf(path, TEST_PATH, "%s/%s", g_root, name);
  return path;
}

void test_folder(const char* name) { check(mkdir(test_path(name), 0777) == 0, name); }

const char* test_write(const char* name, const void* data, size_t size) {
  const char* path = test_path(name);
  FILE* stream = fopen(path, "wb");
  check(stream != NULL, path);
  check(fwrite(data, 1, size, stream) == size, path);
  check(fclose(stream) == 0, path);
  return path;
}
