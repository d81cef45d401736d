// SPDX-License-Identifier: MIT
#include "model_metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static size_t read_sample(const char* name, uint8_t* data, size_t room) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s.bin", LM_TEST_SAMPLES, name);
  FILE* stream = fopen(path, "rb");
  if (stream == NULL) fail_msg("%s is missing", path);
  const size_t size = fread(data, 1, room, stream);
  fclose(stream);
  assert_true(size > 8 && size < room);
  return size;
}

static lm_status read_bytes(const uint8_t* data, size_t size, int32_t input,
                            lm_model_normalization* out, lm_error* err) {
  const lm_metadata_def entries[] = {
      {"min_runtime_version", (const uint8_t*)"1.5.0", 5},
      {"TFLITE_METADATA", data, size},
  };
  const lm_model model = {.metadata = entries, .metadata_count = 2};
  return lm_model_metadata_read(&model, input, out, err);
}

static void one_number(void** state) {
  (void)state;
  // One byte off, so that nothing relies on the file's alignment.
  uint8_t data[2048];
  const size_t size = read_sample("metadata_image", data + 1, sizeof data - 1);
  lm_model_normalization n;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(read_bytes(data + 1, size, 0, &n, &err), LM_OK);
  assert_true(n.present);
  assert_int_equal(n.count, 1);
  assert_true(n.mean[0] == 0.0f && n.std[0] == 255.0f);
  assert_int_equal(read_bytes(data + 1, size, 1, &n, &err), LM_OK);
  assert_false(n.present);
}

static void three_numbers(void** state) {
  (void)state;
  uint8_t data[2048];
  const size_t size = read_sample("metadata_three", data, sizeof data);
  lm_model_normalization n;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(read_bytes(data, size, 0, &n, &err), LM_OK);
  assert_int_equal(n.count, 3);
  assert_true(n.mean[0] == 123.675f && n.mean[2] == 103.53f);
  assert_true(n.std[0] == 58.5f && n.std[2] == 58.5f);
}

static void nothing_said(void** state) {
  (void)state;
  uint8_t data[2048];
  const size_t size = read_sample("metadata_no_input", data, sizeof data);
  lm_model_normalization n;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(read_bytes(data, size, 0, &n, &err), LM_OK);
  assert_false(n.present);
  const lm_model model = {0};
  assert_int_equal(lm_model_metadata_read(&model, 0, &n, &err), LM_OK);
  assert_false(n.present);
}

static void zero_std(void** state) {
  (void)state;
  uint8_t data[2048];
  const size_t size = read_sample("metadata_zero_std", data, sizeof data);
  lm_model_normalization n;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(read_bytes(data, size, 0, &n, &err), LM_BAD_MODEL);
  assert_non_null(strstr(err.message, "std of 0"));
  assert_false(n.present);
}

// Cut and flipped everywhere: refused or read, and nothing outside the bytes is touched (they end
// where a heap block ends, which ASan watches).
static void damage(void** state) {
  (void)state;
  uint8_t data[2048];
  const size_t size = read_sample("metadata_three", data, sizeof data);
  int refused = 0;
  for (size_t keep = 0; keep < size; ++keep) {
    uint8_t* copy = malloc(keep + 1);
    memcpy(copy, data, keep);
    lm_model_normalization n;
    lm_error err = LM_ERROR_INIT;
    if (keep < 8) assert_int_equal(read_bytes(copy, keep, 0, &n, &err), LM_BAD_MODEL);
    refused += read_bytes(copy, keep, 0, &n, &err) != LM_OK;
    free(copy);
  }
  assert_true(refused > (int)size / 2);
  for (size_t at = 0; at < size; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      data[at] ^= (uint8_t)(1 << bit);
      lm_model_normalization n;
      lm_error err = LM_ERROR_INIT;
      const lm_status status = read_bytes(data, size, 0, &n, &err);
      if (status == LM_OK && n.present) {
        for (int c = 0; c < n.count; ++c) assert_true(n.std[c] != 0);
      }
      if (at >= 4 && at < 8) assert_int_equal(status, LM_BAD_MODEL);  // the identifier
      data[at] ^= (uint8_t)(1 << bit);
    }
  }
}

// Models as published, where a collection of them lies beside the repository.
static void published_models(void** state) {
  (void)state;
  static const char* const kFiles[] = {"imagenet/mobilenet_v2_1.0_224_quant.tflite",
                                       "imagenet/mobilenet_v2_0.35_96_embedder_dynamic.tflite"};
  char path[1024];
  for (int i = 0; i < 2; ++i) {
    snprintf(path, sizeof path, "%s/%s", LM_TEST_ZOO, kFiles[i]);
    if (access(path, R_OK) != 0) {
      skip();
      return;
    }
    lm_model* model;
    lm_error err = LM_ERROR_INIT;
    assert_int_equal(lm_model_open(path, lm_allocator_default(), &model, &err), LM_OK);
    lm_model_normalization n;
    if (lm_model_metadata_read(model, 0, &n, &err) != LM_OK) fail_msg("%s: %s", path, err.message);
    assert_true(n.present);
    assert_int_equal(n.count, 1);
    assert_true(n.mean[0] == 127.5f && n.std[0] == 127.5f);
    lm_model_destroy(model);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_number),   cmocka_unit_test(three_numbers),
      cmocka_unit_test(nothing_said), cmocka_unit_test(zero_std),
      cmocka_unit_test(damage),       cmocka_unit_test(published_models),
  };
  return cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
}
