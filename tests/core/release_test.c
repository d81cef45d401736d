// SPDX-License-Identifier: MIT
//
// Pages of a mapped model whose constants a delegate has copied. /proc/self/pagemap tells which
// pages of the mapping are present.
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pages),
      cmocka_unit_test(test_other_memory),
  };
  return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
