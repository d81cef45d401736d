// SPDX-License-Identifier: MIT
//
// Placement and the delegate interface, with a delegate that takes the nodes it is told to take. It
// doubles as the commented skeleton of a delegate: every slot is here.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "small_graph.h"

// ---------------------------------------------------------------- the delegate

typedef struct test_delegate {
  lm_delegate base;  // first: the runtime sees this part
  uint32_t takes;    // bit n: node n
  int open_programs;
  bool elide;             // keeps inner tensors in a buffer of its own
  const char* precision;  // what it says of its floats
} test_delegate;

enum { MAX_RUN = SMALL_GRAPH_MAX_NODES };

typedef struct test_program {
  lm_program base;
  const lm_graph* graph;
  int32_t nodes[MAX_RUN];
  int32_t node_count;
  int32_t request;  // of the buffer that inner tensors share, -1: none
  float* buffer;
} test_program;

static bool test_supports(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                          const char** out_why) {
  (void)graph;
  *out_why = "not in the test's list";
  return (((const test_delegate*)delegate)->takes >> node->index & 1u) != 0;
}

static bool is_output(const lm_partition* p, int32_t tensor) {
  for (int32_t i = 0; i < p->output_count; ++i) {
    if (p->outputs[i] == tensor) return true;
  }
  return false;
}

static lm_status test_compile(lm_delegate* delegate, const lm_graph* graph,
                              const lm_partition* partition, lm_compiler* compiler,
                              lm_program** out_program, lm_error* err) {
  test_delegate* d = (test_delegate*)delegate;
  test_program* program = lm_alloc(lm_allocator_default(), sizeof *program);
  if (program == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "test program");
  program->base.delegate = delegate;
  program->request = -1;
  program->node_count = partition->node_count;
  for (int32_t i = 0; i < partition->node_count; ++i) {
    program->nodes[i] = partition->nodes[i];
    lm_compiler_note(compiler, partition->nodes[i], "test_add");
    const int32_t tensor = graph->nodes[partition->nodes[i]].def->outputs[0];
    if (d->elide && !is_output(partition, tensor)) lm_compiler_elide(compiler, tensor);
  }
  if (d->elide) {
    const lm_status status = lm_compiler_request(
        compiler, MAX_RUN * SMALL_GRAPH_ELEMENTS * sizeof(float), partition->nodes[0],
        partition->nodes[partition->node_count - 1], &program->request, err);
    if (status != LM_OK) {
      lm_free(lm_allocator_default(), program);
      return status;
    }
  }
  ++d->open_programs;
  *out_program = &program->base;
  return LM_OK;
}

static lm_status test_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                           lm_error* err) {
  (void)err;
  test_program* p = (test_program*)program;
  p->graph = graph;
  p->buffer = p->request >= 0 ? buffers[p->request] : NULL;
  return LM_OK;
}

// Host memory where there is some, else this program's slot for the tensor.
static float* locate(const test_program* p, int32_t tensor) {
  float* host = p->graph->tensors[tensor].data;
  return host != NULL ? host : p->buffer + (size_t)tensor * SMALL_GRAPH_ELEMENTS;
}

static lm_status test_run(lm_program* program, lm_profiler* profiler, lm_error* err) {
  (void)err;
  const test_program* p = (const test_program*)program;
  for (int32_t n = 0; n < p->node_count; ++n) {
    const uint64_t begin = lm_now_ns();
    const lm_node_def* def = p->graph->nodes[p->nodes[n]].def;
    const float* a = locate(p, def->inputs[0]);
    const float* b = locate(p, def->inputs[1]);
    float* out = locate(p, def->outputs[0]);
    const bool scalar = p->graph->tensors[def->inputs[1]].shape.rank == 0;
    for (int i = 0; i < SMALL_GRAPH_ELEMENTS; ++i) out[i] = a[i] + b[scalar ? 0 : i];
    lm_profiler_record(profiler, LM_EVENT_KERNEL, p->nodes[n], "test_add", begin, lm_now_ns());
  }
  return LM_OK;
}

static void test_destroy(lm_program* program) {
  --((test_delegate*)program->delegate)->open_programs;
  lm_free(lm_allocator_default(), program);
}

static void test_stats(const lm_program* program, lm_program_stats* out_stats) {
  const test_delegate* d = (const test_delegate*)program->delegate;
  *out_stats =
      (lm_program_stats){.packed_bytes = 100, .device_bytes = 7, .precision = d->precision};
}

// The test makes its delegate on the stack, so open and close have nothing to do.
static lm_status test_open(const lm_delegate_options* options, lm_allocator allocator,
                           lm_delegate** out_delegate, lm_error* err) {
  (void)options, (void)allocator;
  *out_delegate = NULL;
  return LM_FAIL(err, LM_UNAVAILABLE, "the test delegate is made by its test");
}
static void test_close(lm_delegate* delegate) { (void)delegate; }

static const lm_delegate_vtable kVtable = {
    .abi = LM_DELEGATE_ABI,
    .name = "test",
    .description = "takes what it is told to take",
    .open = test_open,
    .close = test_close,
    .supports = test_supports,
    .compile = test_compile,
    .bind = test_bind,
    .run = test_run,
    .destroy_program = test_destroy,
    .stats = test_stats,
};

// ---------------------------------------------------------------- tests

enum { NODES = 8 };

// Plans and runs with two delegates; writes one character a node: a, b, or r for reference.
static void place(uint32_t first, uint32_t second, bool elide, char* out_map, int* out_partitions) {
  small_graph g;
  small_graph_init(&g, NODES);
  test_delegate a = {.base = {&kVtable}, .takes = first, .elide = elide};
  test_delegate b = {.base = {&kVtable}, .takes = second, .elide = elide};
  lm_delegate* delegates[] = {&a.base, &b.base};
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = delegates, .delegate_count = 2};
  lm_interpreter* it = NULL;
  lm_error err = LM_ERROR_INIT;
  if (lm_interpreter_create(&g.model, &options, lm_allocator_default(), &it, &err) != LM_OK ||
      lm_interpreter_plan(it, &err) != LM_OK) {
    fail_msg("%s", err.message);
  }
  const lm_plan_report* report = lm_interpreter_report(it);
  for (int32_t n = 0; n < NODES; ++n) {
    const lm_placement* p = &report->placements[n];
    out_map[n] = p->delegate_index < 0 ? 'r' : (char)('a' + p->delegate_index);
    if (p->delegate_index < 0) {
      assert_int_equal(p->partition, -1);
      assert_string_equal(p->why_not, "not in the test's list");
      assert_string_equal(p->delegate, "reference");
    } else {
      assert_string_equal(p->kernel, "test_add");
      assert_in_range(p->partition, 0, report->partition_count - 1);
    }
  }
  out_map[NODES] = '\0';
  *out_partitions = report->partition_count;
  assert_int_equal(a.open_programs + b.open_programs, report->partition_count);
  assert_int_equal(report->packed_bytes, 100 * report->partition_count);
  assert_int_equal(report->device_bytes, 7 * report->partition_count);
  float* in = lm_interpreter_input(it, 0)->data;
  for (int run = 0; run < 2; ++run) {
    for (int i = 0; i < SMALL_GRAPH_ELEMENTS; ++i) in[i] = (float)(i + run);
    assert_int_equal(lm_interpreter_invoke(it, &err), LM_OK);
    const float* out = lm_interpreter_output(it, 0)->data;
    for (int i = 0; i < SMALL_GRAPH_ELEMENTS; ++i) {
      const float want = 2.0f * (float)(i + run) + NODES;
      if (out[i] != want) fail_msg("map %s, element %d: %g, expected %g", out_map, i, out[i], want);
    }
  }
  lm_interpreter_destroy(it);
  assert_int_equal(a.open_programs + b.open_programs, 0);
}

static void test_placement_tables(void** state) {
  (void)state;
  static const struct {
    const char* name;
    uint32_t first, second;
    const char* map;
    int partitions;
  } cases[] = {
      {"nobody", 0x00, 0x00, "rrrrrrrr", 0},
      {"all", 0xff, 0x00, "aaaaaaaa", 1},
      {"first_wins", 0xff, 0xff, "aaaaaaaa", 1},
      {"second_gets_the_rest", 0x0f, 0xff, "aaaabbbb", 2},
      {"hole", 0xf7, 0x00, "aaaraaaa", 2},
      {"hole_for_second", 0xf7, 0x08, "aaabaaaa", 3},
      {"alternating", 0x55, 0xaa, "abababab", 8},
      {"ends", 0x81, 0x00, "arrrrrra", 2},
      {"middle", 0x18, 0x00, "rrraarrr", 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    for (int elide = 0; elide < 2; ++elide) {
      char map[NODES + 1];
      int partitions;
      place(cases[i].first, cases[i].second, elide != 0, map, &partitions);
      if (strcmp(map, cases[i].map) != 0 || partitions != cases[i].partitions) {
        fail_msg("%s: %s in %d partitions", cases[i].name, map, partitions);
      }
    }
  }
}

static void test_all_placements(void** state) {
  (void)state;
  for (uint32_t takes = 0; takes < 256; ++takes) {
    char map[NODES + 1];
    int partitions;
    place(takes, ~takes & 0x3c, (takes & 1) != 0, map, &partitions);
  }
}

static void test_kernel_events(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, NODES);
  test_delegate d = {.base = {&kVtable}, .takes = 0x0f};
  lm_delegate* delegates[] = {&d.base};
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = delegates, .delegate_count = 1};
  lm_interpreter* it = NULL;
  assert_int_equal(lm_interpreter_create(&g.model, &options, lm_allocator_default(), &it, NULL),
                   LM_OK);
  assert_int_equal(lm_interpreter_plan(it, NULL), LM_OK);
  lm_profiler profiler;
  assert_int_equal(lm_profiler_init(&profiler, 32, lm_allocator_default(), NULL), LM_OK);
  lm_interpreter_set_profiler(it, &profiler);
  assert_int_equal(lm_interpreter_invoke(it, NULL), LM_OK);
  // Four kernels, then their program, then four reference nodes.
  assert_int_equal(profiler.count, 9);
  assert_int_equal(profiler.events[3].kind, LM_EVENT_KERNEL);
  assert_int_equal(profiler.events[4].kind, LM_EVENT_PROGRAM);
  assert_string_equal(profiler.events[4].name, "test");
  assert_int_equal(profiler.events[5].kind, LM_EVENT_NODE);
  lm_profiler_deinit(&profiler);
  lm_interpreter_destroy(it);
}

static void test_precisions(void** state) {
  (void)state;
  static const struct {
    const char *first, *second, *want;
  } kCases[] = {
      {NULL, NULL, NULL},       {"fp16", NULL, "fp16"},    {NULL, "fp32", "fp32"},
      {"fp16", "fp16", "fp16"}, {"fp16", "fp32", "mixed"},
  };
  for (size_t i = 0; i < sizeof kCases / sizeof kCases[0]; ++i) {
    small_graph g;
    small_graph_init(&g, NODES);
    test_delegate a = {.base = {&kVtable}, .takes = 0x33, .precision = kCases[i].first};
    test_delegate b = {.base = {&kVtable}, .takes = 0x0c, .precision = kCases[i].second};
    lm_delegate* delegates[] = {&a.base, &b.base};
    const lm_interpreter_options options = {
        .struct_size = sizeof options, .delegates = delegates, .delegate_count = 2};
    lm_interpreter* it = NULL;
    assert_int_equal(lm_interpreter_create(&g.model, &options, lm_allocator_default(), &it, NULL),
                     LM_OK);
    assert_int_equal(lm_interpreter_plan(it, NULL), LM_OK);
    const char* got = lm_interpreter_report(it)->precision;
    if (kCases[i].want == NULL) {
      assert_null(got);
    } else {
      assert_non_null(got);
      assert_string_equal(got, kCases[i].want);
    }
    lm_interpreter_destroy(it);
  }
}

static void test_wrong_abi(void** state) {
  (void)state;
  small_graph g;
  small_graph_init(&g, NODES);
  lm_delegate_vtable vtable = kVtable;
  vtable.abi = LM_DELEGATE_ABI + 1;
  test_delegate d = {.base = {&vtable}};
  lm_delegate* delegates[] = {&d.base};
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = delegates, .delegate_count = 1};
  lm_interpreter* it = NULL;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_interpreter_create(&g.model, &options, lm_allocator_default(), &it, &err),
                   LM_INVALID_ARGUMENT);
  assert_null(it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_placement_tables), cmocka_unit_test(test_all_placements),
      cmocka_unit_test(test_kernel_events),    cmocka_unit_test(test_precisions),
      cmocka_unit_test(test_wrong_abi),
  };
  return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
