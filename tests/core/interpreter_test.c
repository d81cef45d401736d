// SPDX-License-Identifier: MIT
//
// Life of an interpreter: results, memory, refusals, and every allocation failing once.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "counting_allocator.h"
#include "small_graph.h"

static const lm_interpreter_options kPlain = {.struct_size = sizeof(lm_interpreter_options)};

static lm_interpreter* create(const small_graph* g, const lm_interpreter_options* options,
                              lm_allocator allocator) {
  lm_interpreter* it = NULL;
  lm_error err = LM_ERROR_INIT;
  if (lm_interpreter_create(&g->model, options, allocator, &it, &err) != LM_OK) {
    fail_msg("create: %s", err.message);
  }
  return it;
}

static void plan(lm_interpreter* it) {
  lm_error err = LM_ERROR_INIT;
  if (lm_interpreter_plan(it, &err) != LM_OK) fail_msg("plan: %s", err.message);
}

// Element i of the input is i; returns whether the outputs are those of the graph.
static void check_run(lm_interpreter* it, int32_t node_count) {
  float* in = lm_interpreter_input(it, 0)->data;
  const int64_t count = lm_shape_count(&lm_interpreter_input(it, 0)->shape);
  for (int64_t i = 0; i < count; ++i) in[i] = (float)i;
  lm_error err = LM_ERROR_INIT;
  if (lm_interpreter_invoke(it, &err) != LM_OK) fail_msg("invoke: %s", err.message);
  const float* out = lm_interpreter_output(it, 0)->data;
  for (int64_t i = 0; i < count; ++i) {
    const float want = (float)i + (float)(node_count - 1) + (float)i + 1.0f;
    if (out[i] != want) fail_msg("element %lld: %g, expected %g", (long long)i, out[i], want);
    if (in[i] != (float)i) fail_msg("input %lld was overwritten", (long long)i);
  }
}

static void test_results(void** state) {
  (void)state;
  for (int in_place = 0; in_place < 2; ++in_place) {
    small_graph g;
    small_graph_init(&g, 6);
    lm_interpreter_options options = kPlain;
    options.no_in_place = !in_place;
    lm_interpreter* it = create(&g, &options, lm_allocator_default());
    plan(it);
    check_run(it, 6);
    check_run(it, 6);
    lm_interpreter_destroy(it);
  }
}

static void test_arena(void** state) {
  (void)state;
  enum { BYTES = 192 };  // 40 floats, rounded up to 64
  small_graph g;
  small_graph_init(&g, 6);
  lm_interpreter_options options = kPlain;
  options.no_in_place = true;
  lm_interpreter* it = create(&g, &options, lm_allocator_default());
  plan(it);
  // Input and t1 live throughout, and two neighbours of the chain.
  assert_int_equal(lm_interpreter_report(it)->arena_lower_bound_bytes, 4 * BYTES);
  assert_int_equal(lm_interpreter_report(it)->arena_bytes, 4 * BYTES);
  assert_int_equal(lm_interpreter_report(it)->arena_naive_bytes, 7 * 160);
  lm_interpreter_destroy(it);
  it = create(&g, &kPlain, lm_allocator_default());
  plan(it);
  assert_int_equal(lm_interpreter_report(it)->arena_bytes, 3 * BYTES);  // the chain is in place
  lm_interpreter_destroy(it);
}

static void test_resize(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 4);
  lm_interpreter* it = create(&g, &kPlain, lm_allocator_default());
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_interpreter_invoke(it, &err), LM_INVALID_ARGUMENT);
  assert_null(lm_interpreter_report(it));
  const int32_t sizes[] = {1, 7, 1000, 40};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    const lm_shape shape = {.rank = 2, .dims = {1, sizes[i]}};
    assert_int_equal(lm_interpreter_resize_input(it, 0, &shape, NULL), LM_OK);
    assert_null(lm_interpreter_report(it));
    plan(it);
    assert_true(lm_shape_equal(&lm_interpreter_output(it, 0)->shape, &shape));
    check_run(it, 4);
  }
  const lm_shape bad = {.rank = 2, .dims = {1, -5}};
  assert_int_equal(lm_interpreter_resize_input(it, 0, &bad, NULL), LM_INVALID_ARGUMENT);
  assert_int_equal(lm_interpreter_resize_input(it, 1, &bad, NULL), LM_INVALID_ARGUMENT);
  lm_interpreter_destroy(it);
}

static void test_invoke_allocates_nothing(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 6);
  counting_allocator counter = {0};
  lm_interpreter* it = create(&g, &kPlain, counting_allocator_make(&counter));
  plan(it);
  const int before = counter.allocations;
  check_run(it, 6);
  assert_int_equal(counter.allocations, before);
  lm_interpreter_destroy(it);
  assert_int_equal(counter.live, 0);
}

static void test_every_allocation_fails_once(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 6);
  int failures = 0;
  for (int k = 1;; ++k) {
    counting_allocator counter = {.fail_at = k};
    lm_interpreter* it = NULL;
    lm_error err = LM_ERROR_INIT;
    lm_status status =
        lm_interpreter_create(&g.model, &kPlain, counting_allocator_make(&counter), &it, &err);
    if (status == LM_OK) status = lm_interpreter_plan(it, &err);
    const bool reached = counter.allocations >= k;
    if (reached) {
      assert_int_equal(status, LM_OUT_OF_MEMORY);
      assert_true(err.message[0] != '\0');
      ++failures;
    } else {
      assert_int_equal(status, LM_OK);
      check_run(it, 6);
    }
    lm_interpreter_destroy(it);
    assert_int_equal(counter.live, 0);
    if (!reached) break;
  }
  assert_true(failures >= 3);
}

// ---------------------------------------------------------------- refusals

static void expect_refusal(const small_graph* g, lm_status want, const char* text) {
  lm_interpreter* it = NULL;
  lm_error err = LM_ERROR_INIT;
  lm_status status = lm_interpreter_create(&g->model, &kPlain, lm_allocator_default(), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  lm_interpreter_destroy(it);
  if (status != want || strstr(err.message, text) == NULL) {
    fail_msg("status %d '%s', expected %d with '%s'", status, err.message, want, text);
  }
}

static void test_refusals(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 4);
  g.nodes[2].builtin = 9999;
  expect_refusal(&g, LM_UNSUPPORTED, "UNKNOWN (code 9999, node 2) has no kernel");

  small_graph_init(&g, 4);
  g.nodes[1].version = 77;
  expect_refusal(&g, LM_UNSUPPORTED, "ADD node 1 is version 77");

  small_graph_init(&g, 4);
  g.nodes[1].options_kind = LM_OPTIONS_POOL;
  expect_refusal(&g, LM_BAD_MODEL, "options table is that of another operator");

  small_graph_init(&g, 4);
  g.node_inputs[1][0] = 3;  // made by node 2 only
  expect_refusal(&g, LM_BAD_MODEL, "ADD node 1 reads tensor 'activation' before it is written");

  small_graph_init(&g, 4);
  g.node_outputs[2][0] = 2;  // node 1 wrote it
  expect_refusal(&g, LM_BAD_MODEL, "node 2 writes tensor");

  small_graph_init(&g, 4);
  g.node_outputs[2][0] = 5;  // the constant
  expect_refusal(&g, LM_BAD_MODEL, "node 2 writes tensor 'one'");

  small_graph_init(&g, 4);
  g.inputs[0] = 5;
  expect_refusal(&g, LM_BAD_MODEL, "is a constant");

  small_graph_init(&g, 4);
  g.subgraph.node_count = 3;  // nobody writes the output
  expect_refusal(&g, LM_BAD_MODEL, "graph output 0");

  small_graph_init(&g, 4);
  g.tensors[5].is_sparse = true;
  expect_refusal(&g, LM_UNSUPPORTED, "is sparse");
}

static void test_arena_beyond_the_machine(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 4);
  lm_interpreter* it = create(&g, &kPlain, lm_allocator_default());
  const lm_shape huge = {.rank = 2, .dims = {1 << 20, 1 << 24}};  // 64 TiB
  assert_int_equal(lm_interpreter_resize_input(it, 0, &huge, NULL), LM_OK);
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_interpreter_plan(it, &err), LM_OUT_OF_MEMORY);
  assert_non_null(strstr(err.message, "this machine has"));
  lm_interpreter_destroy(it);
}

static void test_constants_are_folded(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 4);
  // Node 1 adds the constant to itself; nobody reads t2 but node 2.
  g.node_inputs[1][0] = g.node_inputs[1][1] = 5;
  lm_interpreter* it = create(&g, &kPlain, lm_allocator_default());
  plan(it);
  const lm_plan_report* report = lm_interpreter_report(it);
  assert_string_equal(report->placements[1].delegate, "planner");
  assert_string_equal(report->placements[0].delegate, "reference");
  assert_true(lm_interpreter_graph(it)->nodes[1].folded);
  assert_true(*(const float*)lm_interpreter_graph(it)->tensors[2].data == 2.0f);
  lm_interpreter_destroy(it);
}

// The last node must not take over what the caller still looks at.
static void test_last_node_reads_input_and_output(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 2);
  g.node_inputs[1][0] = 0;  // t2 = t0 + 1
  g.node_inputs[1][1] = 3;
  const int32_t outputs[] = {1, 2};
  g.subgraph.outputs = outputs;
  g.subgraph.output_count = 2;
  for (int reads_output = 0; reads_output < 2; ++reads_output) {
    if (reads_output) g.node_inputs[1][0] = 1;  // t2 = t1 + 1
    lm_interpreter* it = create(&g, &kPlain, lm_allocator_default());
    plan(it);
    float* in = lm_interpreter_input(it, 0)->data;
    for (int i = 0; i < SMALL_GRAPH_ELEMENTS; ++i) in[i] = (float)i;
    assert_int_equal(lm_interpreter_invoke(it, NULL), LM_OK);
    const float* t1 = lm_interpreter_output(it, 0)->data;
    const float* t2 = lm_interpreter_output(it, 1)->data;
    for (int i = 0; i < SMALL_GRAPH_ELEMENTS; ++i) {
      assert_true(in[i] == (float)i);
      assert_true(t1[i] == (float)i + 1.0f);
      assert_true(t2[i] == (reads_output ? t1[i] : in[i]) + 1.0f);
    }
    lm_interpreter_destroy(it);
  }
}

static void test_profiler(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, 6);
  lm_interpreter* it = create(&g, &kPlain, lm_allocator_default());
  plan(it);
  lm_profiler profiler;
  assert_int_equal(lm_profiler_init(&profiler, 4, lm_allocator_default(), NULL), LM_OK);
  lm_interpreter_set_profiler(it, &profiler);
  check_run(it, 6);
  assert_int_equal(profiler.count, 4);
  assert_int_equal(profiler.dropped, 2);
  for (int32_t i = 0; i < profiler.count; ++i) {
    assert_int_equal(profiler.events[i].kind, LM_EVENT_NODE);
    assert_int_equal(profiler.events[i].node_index, i);
    assert_string_equal(profiler.events[i].name, "ADD");
    assert_true(profiler.events[i].end_ns >= profiler.events[i].begin_ns);
  }
  lm_profiler_deinit(&profiler);
  lm_interpreter_destroy(it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_results),
      cmocka_unit_test(test_arena),
      cmocka_unit_test(test_resize),
      cmocka_unit_test(test_invoke_allocates_nothing),
      cmocka_unit_test(test_every_allocation_fails_once),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_arena_beyond_the_machine),
      cmocka_unit_test(test_constants_are_folded),
      cmocka_unit_test(test_last_node_reads_input_and_output),
      cmocka_unit_test(test_profiler),
  };
  return cmocka_run_group_tests_name("interpreter", tests, NULL, NULL);
}
