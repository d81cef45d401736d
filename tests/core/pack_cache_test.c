// SPDX-License-Identifier: MIT
//
// Packed weights on disk: files that are damaged, foreign or written by two processes at once, and
// models whose outputs must not know where their weights came from.
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash64.h"
#include "pack_cache.h"
#include "pack_region.h"
#include "random_input.h"
#include "session.h"

enum { BLOCKS = 3, NAME = 77 };

static uint8_t contents[BLOCKS][5000];
static const size_t kBytes[BLOCKS] = {4096, 100, 5000};
static char folder[] = "/tmp/litmark_pack_cache_XXXXXX";

static void fill_blocks(lm__pack_block* blocks) {
  for (int i = 0; i < BLOCKS; ++i) {
    for (size_t k = 0; k < kBytes[i]; ++k) contents[i][k] = (uint8_t)(k * 7 + (size_t)i * 31);
    blocks[i] = (lm__pack_block){1000 + (uint64_t)i, (uint64_t)i, contents[i], kBytes[i]};
  }
}

static lm__pack_cache* open_cache(const char* where, uint64_t name) {
  lm__pack_cache* cache = NULL;
  assert_int_equal(lm__pack_cache_open(where, name, lm_allocator_default(), &cache, NULL), LM_OK);
  assert_non_null(cache);
  return cache;
}

// How many blocks the cache has. What it gives out must be right.
static int find_all(lm__pack_cache* cache) {
  int found = 0;
  for (int i = 0; i < BLOCKS; ++i) {
    uint64_t tag = 99;
    const void* data = lm__pack_cache_find(cache, 1000 + (uint64_t)i, kBytes[i], &tag);
    if (data == NULL) continue;
    ++found;
    assert_int_equal((uintptr_t)data % LM_ALIGNMENT, 0);
    assert_memory_equal(data, contents[i], kBytes[i]);
    assert_int_equal(tag, i);
    const volatile uint8_t* tail = (const uint8_t*)data + kBytes[i];  // may be read, by kernels
    for (size_t k = 0; k < LM_TAIL_BYTES; ++k) (void)tail[k];
  }
  return found;
}

static void write_cache(const char* where) {
  lm__pack_block blocks[BLOCKS];
  fill_blocks(blocks);
  lm__pack_cache* cache = open_cache(where, NAME);
  find_all(cache);
  lm__pack_cache_keep(cache, blocks, BLOCKS);
  lm__pack_cache_close(cache);
}

static const char* file_path(void) {
  static char path[128];
  snprintf(path, sizeof path, "%s/litmark-%016x.pack", folder, NAME);
  return path;
}

static size_t read_file(uint8_t* to, size_t room) {
  FILE* file = fopen(file_path(), "rb");
  assert_non_null(file);
  const size_t bytes = fread(to, 1, room, file);
  fclose(file);
  return bytes;
}

static void write_bytes(const uint8_t* from, size_t bytes) {
  FILE* file = fopen(file_path(), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(from, 1, bytes, file), bytes);
  fclose(file);
}

static int count_files(void) {
  DIR* dir = opendir(folder);
  assert_non_null(dir);
  int count = 0;
  for (const struct dirent* e; (e = readdir(dir)) != NULL;) {
    count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  }
  closedir(dir);
  return count;
}

static int set_up(void** state) {
  (void)state;
  memset(folder + strlen(folder) - 6, 'X', 6);
  return mkdtemp(folder) == NULL;
}

static int tear_down(void** state) {
  (void)state;
  DIR* dir = opendir(folder);
  for (const struct dirent* e; dir != NULL && (e = readdir(dir)) != NULL;) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    if (e->d_name[0] != '.' || strlen(e->d_name) > 2) unlink(path);
  }
  if (dir != NULL) closedir(dir);
  return rmdir(folder);
}

// Values of the reference implementation.
static void test_hash(void** state) {
  (void)state;
  assert_true(lm__hash64("", 0, 0) == UINT64_C(0xEF46DB3751D8E999));
  assert_true(lm__hash64("a", 1, 0) == UINT64_C(0xD24EC4F1A98C6E5B));
  assert_true(lm__hash64("abc", 3, 0) == UINT64_C(0x44BC2CF5AD770999));
  uint8_t bytes[101];
  for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] = (uint8_t)i;
  // Every length and every bit counts.
  for (size_t n = 1; n <= sizeof bytes; ++n) {
    const uint64_t hash = lm__hash64(bytes, n, 5);
    assert_true(hash != lm__hash64(bytes, n - 1, 5));
    for (size_t bit = 0; bit < 8 * n; ++bit) {
      bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
      assert_true(hash != lm__hash64(bytes, n, 5));
      bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
  }
}

static void test_region(void** state) {
  (void)state;
  lm__pack_region region;
  lm__pack_region_init(&region, 1000);
  assert_null(lm__pack_region_take(&region, 100));
  lm__pack_region_finish(&region);
  lm__pack_region_release(&region);
  const size_t expected = (size_t)5 << 20;
  lm__pack_region_init(&region, expected);
  size_t total = 0;
  for (size_t bytes = 1; region.base != NULL && total < 3 * expected; bytes = bytes * 3 + 1) {
    uint8_t* block = lm__pack_region_take(&region, bytes);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % LM_ALIGNMENT, 0);
    for (size_t i = 0; i < bytes; ++i) assert_int_equal(block[i], 0);
    memset(block, 0xee, bytes);  // shows in the next one if they overlap
    total += bytes;
  }
  assert_null(lm__pack_region_take(&region, 100 * expected));
  assert_null(lm__pack_region_take(&region, SIZE_MAX - 8));
  lm__pack_region_finish(&region);
  for (size_t i = 0; region.base != NULL && i < LM_TAIL_BYTES; ++i) {
    assert_int_equal(region.base[region.used + i] & 0x11, 0);
  }
  lm__pack_region_release(&region);
}

static void test_kept(void** state) {
  (void)state;
  lm__pack_cache* cache = open_cache(folder, NAME);
  assert_int_equal(find_all(cache), 0);
  lm__pack_cache_close(cache);
  write_cache(folder);
  cache = open_cache(folder, NAME);
  assert_int_equal(find_all(cache), BLOCKS);
  uint64_t tag;
  assert_null(lm__pack_cache_find(cache, 1000, kBytes[0] - 1, &tag));
  assert_null(lm__pack_cache_find(cache, 5, kBytes[0], &tag));
  lm__pack_block blocks[BLOCKS];
  fill_blocks(blocks);
  lm__pack_cache_keep(cache, blocks, BLOCKS);
  assert_string_equal(lm__pack_cache_note(cache), "pack cache: 3 blocks read, 0.0 MB");
  lm__pack_cache_close(cache);
  assert_int_equal(count_files(), 1);
  cache = open_cache(folder, NAME + 1);
  assert_int_equal(find_all(cache), 0);
  lm__pack_cache_close(cache);
}

// Whatever is in the file: no crash, no wrong block, and a good file afterwards.
static void expect_rewritten(const uint8_t* bytes, size_t count) {
  write_bytes(bytes, count);
  lm__pack_cache* cache = open_cache(folder, NAME);
  assert_in_range(find_all(cache), 0, BLOCKS - 1);
  lm__pack_block blocks[BLOCKS];
  fill_blocks(blocks);
  lm__pack_cache_keep(cache, blocks, BLOCKS);
  assert_non_null(strstr(lm__pack_cache_note(cache), "3 blocks written, 0.0 MB; the file "));
  lm__pack_cache_close(cache);
  cache = open_cache(folder, NAME);
  assert_int_equal(find_all(cache), BLOCKS);
  lm__pack_cache_close(cache);
}

static void test_damaged(void** state) {
  (void)state;
  static uint8_t good[32768], bad[32768];
  write_cache(folder);
  const size_t size = read_file(good, sizeof good);
  assert_in_range(size, 9000, sizeof good - 1);
  for (size_t length = 0; length < size; length += length < 300 ? 7 : 501) {
    expect_rewritten(good, length);
  }
  // Header (56 bytes) and table (3 entries of 40), then some of the contents of each block.
  for (size_t at = 0; at < size; at += at < 176 ? 1 : 1300) {
    if (at >= 176 && at < 256) at = 256;  // the first block
    memcpy(bad, good, size);
    bad[at] ^= (uint8_t)(1u << at % 8);
    expect_rewritten(bad, size);
  }
  memset(bad, 'x', size);
  expect_rewritten(bad, size);
  memcpy(bad, good, size);
  memset(bad + size, 0, 64);
  expect_rewritten(bad, size + 64);
}

static void test_other_kinds(void** state) {
  (void)state;
  assert_int_equal(mkfifo(file_path(), 0600), 0);
  write_cache(folder);
  struct stat info;
  assert_int_equal(stat(file_path(), &info), 0);
  assert_true(S_ISREG(info.st_mode));
  unlink(file_path());
  // A link is not followed: it gives way to a file.
  assert_int_equal(symlink("/dev/zero", file_path()), 0);
  write_cache(folder);
  assert_int_equal(lstat(file_path(), &info), 0);
  assert_true(S_ISREG(info.st_mode));
  unlink(file_path());
  assert_int_equal(mkdir(file_path(), 0700), 0);
  lm__pack_block blocks[BLOCKS];
  fill_blocks(blocks);
  lm__pack_cache* cache = open_cache(folder, NAME);
  lm__pack_cache_keep(cache, blocks, BLOCKS);
  assert_non_null(strstr(lm__pack_cache_note(cache), "not written"));
  lm__pack_cache_close(cache);
  assert_int_equal(rmdir(file_path()), 0);
  assert_int_equal(count_files(), 0);
}

static void test_nowhere_to_write(void** state) {
  (void)state;
  static const char* const kFolders[] = {"/dev/null", "/dev/null/x", "/nonexistent/a/b"};
  for (size_t i = 0; i < sizeof kFolders / sizeof kFolders[0]; ++i) {
    lm__pack_block blocks[BLOCKS];
    fill_blocks(blocks);
    lm__pack_cache* cache = open_cache(kFolders[i], NAME);
    assert_int_equal(find_all(cache), 0);
    lm__pack_cache_keep(cache, blocks, BLOCKS);
    assert_non_null(strstr(lm__pack_cache_note(cache), "pack cache: not written: "));
    lm__pack_cache_close(cache);
  }
}

// A limit on file sizes stands for a full disk: write() stops half way and fails.
static void test_full_disk(void** state) {
  (void)state;
  struct rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  for (rlim_t limit = 0; limit < 9000; limit += 1100) {
    const struct rlimit small = {limit, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    lm__pack_block blocks[BLOCKS];
    fill_blocks(blocks);
    lm__pack_cache* cache = open_cache(folder, NAME);
    lm__pack_cache_keep(cache, blocks, BLOCKS);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_non_null(strstr(lm__pack_cache_note(cache), "pack cache: not written: "));
    lm__pack_cache_close(cache);
    assert_int_equal(count_files(), 0);
  }
}

static void test_processes(void** state) {
  (void)state;
  pid_t pids[4];
  for (int p = 0; p < 4; ++p) {
    pids[p] = fork();
    assert_true(pids[p] >= 0);
    if (pids[p] > 0) continue;
    lm__pack_block blocks[BLOCKS];
    fill_blocks(blocks);
    int bad = 0;
    for (int i = 0; i < 40; ++i) {
      lm__pack_cache* cache = open_cache(folder, NAME);
      const int found = find_all(cache);
      bad += found != 0 && found != BLOCKS;  // half a file is never seen
      if (i % 4 == p) unlink(file_path());
      lm__pack_cache_keep(cache, blocks, BLOCKS);
      bad += find_all(cache) != found;  // what was mapped stays
      lm__pack_cache_close(cache);
    }
    _exit(bad != 0);
  }
  for (int p = 0; p < 4; ++p) {
    int status = -1;
    assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  assert_in_range(count_files(), 0, 1);
}

// ---- models

static void run_model(const char* path, const char* extra, uint8_t* output, size_t room,
                      size_t* out_bytes, char* note, size_t note_room) {
  const lm_session_options options = {
      .model_path = path, .delegate = "cpu", .threads = 1, .flags = {.extra = extra}};
  lm_session session;
  lm_error err = LM_ERROR_INIT;
  if (lm_session_open(&options, &session, &err) != LM_OK) fail_msg("%s: %s", path, err.message);
  lm_tensor* in = lm_interpreter_input(session.interpreter, 0);
  assert_true(lm_random_fill(in->data, in->bytes, in->type, 3));
  assert_int_equal(lm_interpreter_invoke(session.interpreter, &err), LM_OK);
  const lm_tensor* out = lm_interpreter_output(session.interpreter, 0);
  assert_in_range(out->bytes, 1, room);
  memcpy(output, out->data, out->bytes);
  *out_bytes = out->bytes;
  const char* text = lm_interpreter_report(session.interpreter)->note;
  snprintf(note, note_room, "%s", text != NULL ? text : "");
  lm_session_close(&session);
}

static void test_models(void** state) {
  (void)state;
  static const char* const kModels[] = {LM_GLYPHS "/glyphs_float32.tflite",
                                        LM_GLYPHS "/glyphs_int8.tflite",
                                        LM_GLYPHS "/glyphs_float16.tflite"};
  static const char* const kExtra[] = {"", "float=exact,", "isa=scalar,", "winograd=off,"};
  char note[512];
  for (size_t m = 0; m < sizeof kModels / sizeof kModels[0]; ++m) {
    if (access(kModels[m], R_OK) != 0) fail_msg("%s is missing", kModels[m]);
    for (size_t e = 0; e < sizeof kExtra / sizeof kExtra[0]; ++e) {
      static uint8_t want[65536], got[65536];
      size_t want_bytes, got_bytes;
      char extra[256];
      run_model(kModels[m], kExtra[e], want, sizeof want, &want_bytes, note, sizeof note);
      assert_string_equal(note, "");
      snprintf(extra, sizeof extra, "%scache=%s", kExtra[e], folder);
      for (int round = 0; round < 2; ++round) {
        run_model(kModels[m], extra, got, sizeof got, &got_bytes, note, sizeof note);
        assert_int_equal(got_bytes, want_bytes);
        assert_memory_equal(got, want, want_bytes);
        assert_non_null(strstr(note, round == 0 ? "blocks written" : "blocks read"));
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hash),
      cmocka_unit_test(test_region),
      cmocka_unit_test_setup_teardown(test_kept, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_other_kinds, set_up, tear_down),
      cmocka_unit_test(test_nowhere_to_write),
      cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_processes, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_models, set_up, tear_down),
  };
  return cmocka_run_group_tests_name("pack_cache", tests, NULL, NULL);
}
