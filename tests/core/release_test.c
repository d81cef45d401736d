// SPDX-License-Identifier: MIT
//
// Pages of a mapped model whose constants a delegate has copied (/proc/self/pagemap tells which
// pages of the mapping are present), and constants that planning computed.
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "small_graph.h"

enum { NODES = 4, FILE_BYTES = 1 << 20, AT = FILE_BYTES / 2 + 12 };

// Takes the nodes in `takes` and gives back the constant of those in `releases`.
typedef struct test_delegate {
  lm_delegate base;
  uint32_t takes, releases;
} test_delegate;

typedef struct test_program {
  lm_program base;
} test_program;

static bool test_supports(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                          const char** out_why) {
  (void)graph;
  *out_why = "not in the test's list";
  return (((const test_delegate*)delegate)->takes >> node->index & 1u) != 0;
}

static lm_status test_compile(lm_delegate* delegate, const lm_graph* graph,
                              const lm_partition* partition, lm_compiler* compiler,
                              lm_program** out_program, lm_error* err) {
  const test_delegate* d = (const test_delegate*)delegate;
  test_program* program = lm_alloc(lm_allocator_default(), sizeof *program);
  if (program == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "test program");
  program->base.delegate = delegate;
  for (int32_t i = 0; i < partition->node_count; ++i) {
    const lm_node* node = &graph->nodes[partition->nodes[i]];
    if ((d->releases >> node->index & 1u) == 0) continue;
    lm_compiler_release(compiler, node->def->inputs[0]);  // no constant: nothing happens
    lm_compiler_release(compiler, node->def->inputs[1]);
  }
  *out_program = &program->base;
  return LM_OK;
}

static lm_status test_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                           lm_error* err) {
  (void)program, (void)graph, (void)buffers, (void)err;
  return LM_OK;
}

static lm_status test_run(lm_program* program, lm_profiler* profiler, lm_error* err) {
  (void)program, (void)profiler, (void)err;
  return LM_OK;
}

static void test_destroy(lm_program* program) { lm_free(lm_allocator_default(), program); }

static const lm_delegate_vtable kVtable = {
    .abi = LM_DELEGATE_ABI,
    .name = "test",
    .description = "gives constants back",
    .supports = test_supports,
    .compile = test_compile,
    .bind = test_bind,
    .run = test_run,
    .destroy_program = test_destroy,
};

// Whether the page of `address` is in this process's page table; -1: the system does not tell.
static int is_present(const void* address) {
  const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  uint64_t entry = 0;
  const uintptr_t page = (uintptr_t)address / (uintptr_t)sysconf(_SC_PAGESIZE);
  const ssize_t got = pread(fd, &entry, sizeof entry, (off_t)(page * sizeof entry));
  close(fd);
  return got == sizeof entry ? (int)(entry >> 63) : -1;
}

// A file of a float 1 at AT, mapped as lm_model_open() maps it, as the constant of a small graph.
typedef struct mapped_graph {
  small_graph g;
  char* mapping;
} mapped_graph;

static void map_graph(mapped_graph* m) {
  small_graph_init(&m->g, NODES);
  char path[] = "/tmp/litmark_release_test_XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  char* bytes = calloc(1, FILE_BYTES);
  assert_non_null(bytes);
  memcpy(bytes + AT, &m->g.one, sizeof m->g.one);
  assert_int_equal(write(fd, bytes, FILE_BYTES), FILE_BYTES);
  free(bytes);
  m->mapping = mmap(NULL, FILE_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  assert_true(m->mapping != MAP_FAILED);
  m->g.model.mapping = m->mapping;
  m->g.model.file_bytes = FILE_BYTES;
  m->g.tensors[NODES + 1].data = m->mapping + AT;
}

static float touch(const mapped_graph* m) { return *(const volatile float*)(m->mapping + AT); }

static lm_interpreter* plan(mapped_graph* m, test_delegate* d) {
  lm_delegate* delegates[] = {&d->base};
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = delegates, .delegate_count = 1};
  lm_interpreter* it = NULL;
  lm_error err = LM_ERROR_INIT;
  assert_int_equal(lm_interpreter_create(&m->g.model, &options, lm_allocator_default(), &it, &err),
                   LM_OK);
  assert_true(touch(m) == 1.0f);
  if (lm_interpreter_plan(it, &err) != LM_OK) fail_msg("%s", err.message);
  return it;
}

// The last node reads no constant, so that 0x7 are all readers.
static void test_pages(void** state) {
  (void)state;
  static const struct {
    uint32_t takes, releases;
    int present;
  } cases[] = {
      {0xf, 0x7, 0},                 // all readers gave it back
      {0x7, 0x7, 0}, {0xf, 0x3, 1},  // one has not
      {0x3, 0x3, 1},                 // one runs on the reference kernel
      {0xf, 0x0, 1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    mapped_graph m;
    map_graph(&m);
    test_delegate d = {{&kVtable}, cases[i].takes, cases[i].releases};
    lm_interpreter* it = plan(&m, &d);
    const int present = is_present(m.mapping + AT);
    if (present < 0) {
      print_message("pagemap cannot be read\n");
      lm_interpreter_destroy(it);
      munmap(m.mapping, FILE_BYTES);
      skip();
    }
    if (present != cases[i].present) fail_msg("case %zu: present %d", i, present);
    // The bytes come again, from the file.
    assert_true(touch(&m) == 1.0f);
    assert_int_equal(lm_interpreter_invoke(it, NULL), LM_OK);
    // A second plan counts readers anew.
    assert_int_equal(lm_interpreter_plan(it, NULL), LM_OK);
    assert_int_equal(is_present(m.mapping + AT), cases[i].present);
    lm_interpreter_destroy(it);
    munmap(m.mapping, FILE_BYTES);
  }
}

// Bytes outside of a mapping are other memory, which would come back as zeroes.
static void test_other_memory(void** state) {
  (void)state;
  mapped_graph m;
  map_graph(&m);
  char* heap = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(heap != MAP_FAILED);
  const float one = 1.0f;
  memcpy(heap + 4096, &one, sizeof one);
  m.g.tensors[NODES + 1].data = heap + 4096;
  for (int mapped = 0; mapped < 2; ++mapped) {
    m.g.model.mapping = mapped ? m.mapping : NULL;
    test_delegate d = {{&kVtable}, 0xf, 0x7};
    lm_interpreter_destroy(plan(&m, &d));
    assert_true(*(const volatile float*)(heap + 4096) == 1.0f);
  }
  munmap(heap, 65536);
  munmap(m.mapping, FILE_BYTES);
}

// ---------------------------------------------------------------- constants that planning computed

enum { ELEMENTS = 2048, HALF_ONE = 0x3c00 };

// t2 = DEQUANTIZE(t1), t3 = t0 + t2, t4 = t3 + t2
typedef struct half_graph {
  lm_model model;
  lm_subgraph_def subgraph;
  lm_tensor_def tensors[5];
  lm_node_def nodes[3];
  uint16_t halves[ELEMENTS];
} half_graph;

static void half_graph_init(half_graph* g, bool is_output) {
  static const int32_t inputs[] = {0}, outputs[] = {4, 2};
  static const int32_t read[3][2] = {{1}, {0, 2}, {3, 2}}, written[3] = {2, 3, 4};
  static const lm_arithmetic_options options = {0};
  *g = (half_graph){0};
  for (int i = 0; i < ELEMENTS; ++i) g->halves[i] = HALF_ONE;
  for (int i = 0; i < 5; ++i) {
    g->tensors[i] = (lm_tensor_def){
        .name = "", .type = i == 1 ? LM_FLOAT16 : LM_FLOAT32, .shape = {1, {ELEMENTS}}};
  }
  g->tensors[1].data = (const void*)g->halves;
  g->tensors[1].data_bytes = sizeof g->halves;
  for (int i = 0; i < 3; ++i) {
    g->nodes[i] = (lm_node_def){.builtin = i == 0 ? LM_BUILTIN_DEQUANTIZE : LM_BUILTIN_ADD,
                                .custom_name = "",
                                .version = 1,
                                .inputs = read[i],
                                .input_count = i == 0 ? 1 : 2,
                                .outputs = &written[i],
                                .output_count = 1,
                                .options_kind = i == 0 ? LM_OPTIONS_NONE : LM_OPTIONS_ARITHMETIC,
                                .options = i == 0 ? NULL : &options};
  }
  g->subgraph = (lm_subgraph_def){.name = "",
                                  .tensors = g->tensors,
                                  .tensor_count = 5,
                                  .nodes = g->nodes,
                                  .node_count = 3,
                                  .inputs = inputs,
                                  .input_count = 1,
                                  .outputs = outputs,
                                  .output_count = is_output ? 2 : 1};
  g->model = (lm_model){.description = "", .subgraphs = &g->subgraph, .subgraph_count = 1};
}

static size_t persistent_bytes(const half_graph* g, uint32_t takes, uint32_t releases) {
  test_delegate d = {{&kVtable}, takes, releases};
  lm_delegate* delegates[] = {&d.base};
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = delegates, .delegate_count = 1};
  lm_interpreter* it = NULL;
  lm_error err = LM_ERROR_INIT;
  lm_status status = lm_interpreter_create(&g->model, &options, lm_allocator_default(), &it, &err);
  // A second plan computes constants anew.
  for (int i = 0; i < 2 && status == LM_OK; ++i) status = lm_interpreter_plan(it, &err);
  if (status == LM_OK) status = lm_interpreter_invoke(it, &err);
  if (status != LM_OK) fail_msg("%s", err.message);
  const size_t bytes = lm_interpreter_report(it)->persistent_bytes;
  for (int32_t i = 1; i < g->subgraph.output_count; ++i) {
    assert_true(((const float*)lm_interpreter_output(it, i)->data)[ELEMENTS - 1] == 1.0f);
  }
  lm_interpreter_destroy(it);
  return bytes;
}

static void test_computed(void** state) {
  (void)state;
  static const struct {
    uint32_t takes, releases;
    bool is_output, freed;
  } cases[] = {
      {0x6, 0x6, false, true},  // both readers gave it back
      {0x6, 0x2, false, false}, {0x2, 0x2, false, false},
      {0x4, 0x4, false, false}, {0x6, 0x6, true, false},  // the caller may read it
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    half_graph g;
    half_graph_init(&g, cases[i].is_output);
    const size_t all = persistent_bytes(&g, cases[i].takes, 0);
    const size_t rest = persistent_bytes(&g, cases[i].takes, cases[i].releases);
    const size_t want = cases[i].freed ? ELEMENTS * sizeof(float) : 0;
    if (all - rest != want) fail_msg("case %zu: %zu bytes of %zu freed", i, all - rest, all);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_computed),
      cmocka_unit_test(test_pages),
      cmocka_unit_test(test_other_memory),
  };
  return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
