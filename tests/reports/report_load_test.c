// SPDX-License-Identifier: MIT
//
// Reading result files, good and hostile, and what merging makes of them.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "findings.h"
#include "load_results.h"
#include "merge.h"

static void test_fixture(void** state) {
  (void)state;
  lm_pool pool = {0};
  lm_results results = {0};
  lm_error err = LM_ERROR_INIT;
  if (lm__results_load(LM_FIXTURE, &pool, &results, &err) != LM_OK) fail_msg("%s", err.message);
  assert_int_equal(results.count, 28);
  assert_int_equal(results.failure_count, 1);
  const lm_result* first = &results.items[0];
  assert_false(first->is_eval);
  assert_string_equal(first->delegate, "cpu");
  assert_true(fabs(first->latency.median - 24.812) < 1e-9);
  assert_true(fabs(first->latency.ci95.low - 24.6631) < 1e-9);
  assert_string_equal(first->model.inputs, "1×224×224×3 float32");
  assert_string_equal(results.files[0].command,
                      "litmark bench --model 'it'\\''s $HOME.tflite' --threads 1,2");
  const lm_file_context* file = &results.files[0];
  assert_int_equal(file->rate_count, 5);
  assert_string_equal(file->rates[0].type, "float32");
  assert_true(file->rates[0].macs.best > file->rates[0].macs.median);
  assert_int_equal(file->read_count, 8);
  assert_true(fabs(first->fraction_of_peak - first->macs_per_second / 1.2e11) < 1e-9);
  assert_true(first->winograd);
  assert_true(first->ops[1].macs == 8e6 && isnan(first->ops[0].fraction_of_peak));
  // The float16 rows have 48 samples: a p90, no p95.
  assert_false(isnan(results.items[4].latency.p90));
  assert_true(isnan(results.items[4].latency.p95));
  lm__pool_deinit(&pool);
}

static const lm_comparison* find(const lm_merged* m, const char* precision, const char* delegate) {
  for (int i = 0; i < m->comparison_count; ++i) {
    const lm_comparison* c = &m->comparisons[i];
    if (strcmp(c->model->precision, precision) == 0 && strcmp(c->delegate, delegate) == 0) return c;
  }
  return NULL;
}

static void test_merge(void** state) {
  (void)state;
  lm_pool pool = {0};
  lm_results results = {0};
  lm_merged merged;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm__results_load(LM_FIXTURE, &pool, &results, &err), LM_OK);
  lm__merge_results(&pool, &results, &merged);
  assert_int_equal(merged.model_count, 9);
  assert_int_equal(merged.family_count, 6);
  assert_int_equal(merged.comparison_count, 8);
  assert_false(merged.several_machines);
  assert_string_equal(merged.families[0].title, "mobilenet_v2_1.0_224");
  const lm_comparison* int8 = find(&merged, "int8", "cpu");
  assert_non_null(int8);
  assert_true(int8->bench->threads == 2 && int8->base_bench->threads == 2);
  assert_true(fabs(int8->speedup - 24.812 / 8.3315) < 1e-3);
  assert_true(int8->speedup_bounds.low < int8->speedup);
  assert_true(int8->speedup_bounds.high > int8->speedup);
  assert_true(fabs(int8->top1_delta + 6.0 / 500) < 1e-12);
  assert_non_null(int8->agreement);
  assert_true(int8->lost == 15 && int8->won == 9);
  assert_false(int8->top1_differs);
  const lm_comparison* unseen = find(&merged, "dynamic", "vulkan");
  assert_non_null(unseen);
  assert_null(unseen->eval);
  assert_true(isnan(unseen->top1_delta));
  const lm_result* fastest = lm__merge_fastest(&merged, 0);
  assert_string_equal(fastest->name, "mobilenet_v2_1.0_224_int8/vulkan/threads:2");
  // The first hostile model has only an INVALID row: nothing is said about it.
  assert_null(lm__merge_fastest(&merged, 1));
  lm__pool_deinit(&pool);
}

static void test_order_and_unpaired(void** state) {
  (void)state;
  lm_pool pool = {0};
  lm_results results = {0};
  lm_merged merged;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm__results_load(LM_FIXTURE, &pool, &results, &err), LM_OK);
  for (int i = 0, k = results.count - 1; i < k; ++i, --k) {
    const lm_result swap = results.items[i];
    results.items[i] = results.items[k];
    results.items[k] = swap;
  }
  for (int i = 0; i < results.count; ++i) {
    lm_result* r = &results.items[i];
    r->agreement_count = 0;
    // Far enough from the others that the intervals do not touch.
    if (strcmp(r->model.precision, "dynamic") == 0) r->top1.ci95 = (lm_interval){0.2, 0.3};
  }
  lm__merge_results(&pool, &results, &merged);
  // Whatever order the rows came in: the base first, then by precision.
  static const char* const kOrder[] = {"float32", "float16", "dynamic", "int8"};
  int at = 0;
  for (int i = 0; i < merged.comparison_count && at < 4; ++i) {
    if (strcmp(merged.comparisons[i].delegate, "cpu") != 0) continue;
    assert_string_equal(merged.comparisons[i].model->precision, kOrder[at++]);
  }
  assert_int_equal(at, 4);
  assert_false(find(&merged, "int8", "cpu")->top1_differs);
  assert_true(find(&merged, "dynamic", "cpu")->top1_differs);
  assert_null(find(&merged, "int8", "cpu")->agreement);
  for (int i = 0; i < results.count; ++i) {
    const lm_result* r = &results.items[i];
    assert_string_equal(merged.models[lm__merge_model_of(&merged, r)].facts->sha256,
                        r->model.sha256);
  }
  lm__pool_deinit(&pool);
}

static void test_two_machines(void** state) {
  (void)state;
  lm_pool pool = {0};
  lm_results results = {0};
  lm_merged merged;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm__results_load(LM_FIXTURE, &pool, &results, &err), LM_OK);
  assert_int_equal(lm__results_load(LM_FIXTURE, &pool, &results, &err), LM_OK);
  assert_int_equal(results.count, 56);
  results.files[1].host = "other";
  // Only the other machine ran the float model.
  for (int i = 0; i < 28; ++i) {
    if (strcmp(results.items[i].model.precision, "float32") == 0)
      results.items[i].latency.median = NAN;
  }
  lm__merge_results(&pool, &results, &merged);
  assert_true(merged.several_machines);
  const lm_comparison* int8 = find(&merged, "int8", "cpu");
  assert_non_null(int8);
  assert_int_equal(int8->bench->source, 1);
  assert_int_equal(int8->base_bench->source, 1);
  lm_findings findings;
  lm__findings_collect(&pool, &merged, &findings);
  assert_true(findings.warning_count > 0);
  assert_non_null(strstr(findings.warnings[0], "more than one machine"));
  lm__pool_deinit(&pool);
}

// Loads text as a file. Returns the status; the message lands in err.
static lm_status load_text(const char* text, size_t length, lm_error* err) {
  char path[] = "/tmp/litmark_report_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, text, length), (ssize_t)length);
  close(fd);
  lm_pool pool = {0};
  lm_results results = {0};
  const lm_status status = lm__results_load(path, &pool, &results, err);
  unlink(path);
  lm__pool_deinit(&pool);
  return status;
}

#define MODEL "\"model\":{\"name\":\"m\",\"sha256\":\"a\"}"
#define ROW(more)                                                                       \
  "{\"schema_version\":1,\"results\":[{\"kind\":\"bench\",\"name\":\"n\",\"delegate\":" \
  "\"cpu\"," MODEL "," more "}]}"

static const struct {
  const char *name, *text, *message;
} kHostile[] = {
    {"empty", "", "is not JSON"},
    {"cut", "{\"schema_version\":1,\"results\":[", "is not JSON"},
    {"two values", "{\"schema_version\":1,\"results\":[]} x", "something behind the JSON"},
    {"array", "[1]", "the file: wants an object, found an array"},
    {"no version", "{\"results\":[]}", "schema_version: wants the number 1, found nothing"},
    {"text version", "{\"schema_version\":\"1\"}",
     "schema_version: wants the number 1, found a string"},
    {"later version", "{\"schema_version\":2,\"results\":[]}",
     "schema_version is 2, this program reads 1"},
    {"no results", "{\"schema_version\":1}", "results: wants an array, found nothing"},
    {"results object", "{\"schema_version\":1,\"results\":{}}",
     "results: wants an array, found an object"},
    {"row is number", "{\"schema_version\":1,\"results\":[3]}",
     "results[0]: wants an object, found a number"},
    {"no kind", "{\"schema_version\":1,\"results\":[{}]}", "results[0].kind: wants a text"},
    {"other kind", "{\"schema_version\":1,\"results\":[{\"kind\":\"x\"}]}",
     "results[0].kind: wants \"bench\""},
    {"no model",
     "{\"schema_version\":1,\"results\":[{\"kind\":\"eval\",\"name\":\"n\",\"delegate\":\"d\"}]}",
     "results[0].model: wants an object, found nothing"},
    {"twice", "{\"schema_version\":1,\"schema_version\":1,\"results\":[]}",
     "\"schema_version\" stands twice"},
    {"twice inside", ROW("\"x\":{\"a\":1,\"b\":2,\"a\":3}"), "\"a\" stands twice"},
    {"NaN word", ROW("\"threads\":NaN"), "is not JSON"},
    {"NaN text", ROW("\"threads\":\"NaN\""), "results[0].threads: wants a number, found a string"},
    {"infinite", ROW("\"latency_ms\":{\"median\":1e999}"),
     "results[0].latency_ms.median: inf is not within"},
    {"huge", ROW("\"latency_ms\":{\"median\":1e300}"),
     "results[0].latency_ms.median: 1e+300 is not within"},
    {"negative", ROW("\"memory_bytes\":{\"peak\":{\"load\":-1}}"),
     "results[0].memory_bytes.peak.load: -1 is not"},
    {"interval of one", ROW("\"latency_ms\":{\"ci95\":[1]}"),
     "results[0].latency_ms.ci95: wants two numbers"},
    {"interval turned", ROW("\"latency_ms\":{\"ci95\":[2,1]}"),
     "results[0].latency_ms.ci95: wants two numbers"},
    {"interval empty", ROW("\"latency_ms\":{\"ci95\":[]}"),
     "results[0].latency_ms.ci95: wants two numbers"},
    {"list for object", ROW("\"latency_ms\":[]"),
     "results[0].latency_ms: wants an object, found an array"},
    {"reasons", ROW("\"verdict\":{\"status\":\"VALID\",\"reasons\":[{}]}"),
     "results[0].verdict.reasons[0]: wants a string or a number, found an object"},
    {"node is text", ROW("\"placement\":{\"nodes\":[1,\"a\"]}"),
     "results[0].placement.nodes[0]: wants an object"},
    {"more right than images", ROW("\"accuracy\":{\"top1\":{\"correct\":5,\"total\":4}}"),
     "results[0].accuracy.top1: wants correct to be at most total"},
    {"ratio", ROW("\"accuracy\":{\"top1\":{\"ratio\":1.5}}"),
     "results[0].accuracy.top1.ratio: 1.5 is not within"},
    {"context", "{\"schema_version\":1,\"results\":[],\"context\":{\"command\":[1]}}",
     "context.command[0]: wants a string, found a number"},
    {"peak", "{\"schema_version\":1,\"results\":[],\"peak\":[]}", "peak: wants an object"},
    {"rate without a type", "{\"schema_version\":1,\"results\":[],\"peak\":{\"rates\":[{}]}}",
     "peak.rates[0].type"},
    {"negative rate",
     "{\"schema_version\":1,\"results\":[],\"peak\":{\"rates\":[{\"type\":\"int8\","
     "\"macs_per_second\":{\"best\":-1}}]}}",
     "peak.rates[0].macs_per_second.best: -1 is not within"},
    {"level", "{\"schema_version\":1,\"results\":[],\"peak\":{\"reads\":[{\"level\":1}]}}",
     "peak.reads[0].level: wants a string"},
    {"winograd", ROW("\"throughput\":{\"winograd\":1}"),
     "results[0].throughput.winograd: wants true or false"},
    {"failure", "{\"schema_version\":1,\"results\":[],\"failures\":[{\"model\":3}]}",
     "failures[0].model: wants a string, found a number"},
};

static void test_hostile(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kHostile / sizeof kHostile[0]; ++i) {
    lm_error err = LM_ERROR_INIT;
    const lm_status status = load_text(kHostile[i].text, strlen(kHostile[i].text), &err);
    if (status != LM_BAD_INPUT || strstr(err.message, kHostile[i].message) == NULL) {
      fail_msg("%s: status %d, message \"%s\"", kHostile[i].name, status, err.message);
    }
    assert_null(strchr(err.message, '\n'));
  }
}

static void test_deep_nesting(void** state) {
  (void)state;
  enum { DEPTH = 200000 };
  char* text = malloc(DEPTH);
  assert_non_null(text);
  memset(text, '[', DEPTH);
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(load_text(text, DEPTH, &err), LM_BAD_INPUT);
  free(text);
}

static void test_every_cut(void** state) {
  (void)state;
  static const char kText[] = ROW("\"latency_ms\":{\"median\":1.5,\"ci95\":[1,2]},\"threads\":1");
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(load_text(kText, strlen(kText), &err), LM_OK);
  for (size_t length = 0; length < strlen(kText); ++length) {
    lm_error_clear(&err);
    assert_int_equal(load_text(kText, length, &err), LM_BAD_INPUT);
  }
}

static void test_missing_file(void** state) {
  (void)state;
  lm_pool pool = {0};
  lm_results results = {0};
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm__results_load("/nonexistent/a.json", &pool, &results, &err), LM_IO);
  lm_error_clear(&err);
  assert_int_equal(lm__results_load("/", &pool, &results, &err), LM_IO);
  lm__pool_deinit(&pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fixture),      cmocka_unit_test(test_merge),
      cmocka_unit_test(test_two_machines), cmocka_unit_test(test_order_and_unpaired),
      cmocka_unit_test(test_hostile),      cmocka_unit_test(test_deep_nesting),
      cmocka_unit_test(test_every_cut),    cmocka_unit_test(test_missing_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
