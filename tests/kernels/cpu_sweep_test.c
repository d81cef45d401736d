// SPDX-License-Identifier: MIT
//
// Random single-operator graphs on the cpu delegate against the reference kernels, with every
// instruction set and several numbers of threads.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/delegates.h"

#include "sweep_graphs.h"

static bool agree(const sweep_graph* g, bool exact, const sweep_result* want,
                  const sweep_result* got) {
  if (g->tensors[g->output].type != LM_FLOAT32 || g->same_bits || exact) {
    return memcmp(want->data, got->data, want->bytes) == 0;
  }
  return sweep_close(want->data, got->data, want->bytes / sizeof(float),
                     g->tolerance > 0 ? g->tolerance : 1e-5);
}

static int check_graph(void (*make_graph)(sweep_graph*), lm_delegate* const* delegates,
                       int32_t delegate_count, int32_t exact_from) {
  sweep_graph* g = sweep_new();
  make_graph(g);
  const uint32_t seed = sweep_random() | 1;
  const int32_t which = sweep_pick(0, delegate_count - 1);
  lm_delegate* delegate = delegates[which];
  const uint32_t resume = sweep_random() | 1;
  const sweep_result want = sweep_run(g, NULL, seed);
  const sweep_result got = sweep_run(g, delegate, seed);
  int failures = 0;
  if (got.refused) fprintf(stderr, "%s: refused: %s\n", g->text, got.why_not);
  if (want.data == NULL || got.data == NULL || want.bytes != got.bytes ||
      !agree(g, which >= exact_from, &want, &got)) {
    fprintf(stderr, "%s: differs on %s\n", g->text, delegate->vtable->device_name(delegate));
    failures = 1;
  }
  free(want.data);
  free(got.data);
  sweep_free(g);
  sweep_seed(resume);
  return failures;
}

// cpu_sweep_test [GRAPHS [OPTIONS]]: for emulated machines, where all of it takes long.
int main(int argc, char** argv) {
  static void (*const graphs[])(sweep_graph*) = {
      sweep_conv_2d,   sweep_conv_2d, sweep_conv_2d,    sweep_conv_3x3,      sweep_depthwise,
      sweep_depthwise, sweep_pool,    sweep_mean,       sweep_concatenation, sweep_fully_connected,
      sweep_binary,    sweep_binary,  sweep_binary,     sweep_unary,         sweep_unary,
      sweep_softmax,   sweep_resize,  sweep_transpose,  sweep_slice,         sweep_pack,
      sweep_split,     sweep_pad,     sweep_conversion, sweep_hybrid,        sweep_hybrid,
      sweep_arg,       sweep_matmul};
  static const char* const levels[] = {
    "isa=scalar",
    "isa=baseline",
#if defined(__x86_64__)
    "isa=avx2",
    "isa=avxvnni",
    "isa=avx512",
#else
    "isa=neon",
    "isa=dotprod",
    "isa=i8mm",
#endif
    "isa=native",
    "isa=native,amx=on",
    NULL,
    // With the reference's bits on floats as well.
    "float=exact",
    "isa=baseline,float=exact"
  };
  enum { EXACT_LEVELS = 2 };
  enum { LEVELS = sizeof levels / sizeof levels[0], GRAPHS = sizeof graphs / sizeof graphs[0] };
  const char* only = argc > 2 ? argv[2] : NULL;
  const int32_t levels_used = only != NULL ? 1 : LEVELS;
  lm_delegate* delegates[2 * LEVELS];
  lm_error err = LM_ERROR_INIT;
  for (int32_t i = 0; i < 2 * levels_used; ++i) {
    const lm_delegate_options options = {sizeof options, 1 + 2 * (i % 2), NULL,
                                         only != NULL ? only : levels[i / 2]};
    if (lm_delegates_find("cpu")->open(&options, lm_allocator_default(), &delegates[i], &err) !=
        LM_OK) {
      fprintf(stderr, "%s\n", err.message);
      return 1;
    }
  }
  int failures = 0;
  const int32_t count = argc > 1 ? (int32_t)strtol(argv[1], NULL, 10) : LM_SWEEP_GRAPHS;
  const int32_t exact_from = 2 * (LEVELS - EXACT_LEVELS);
  for (int32_t i = 0; i < count; ++i) {
    failures += check_graph(graphs[i % GRAPHS], delegates, 2 * levels_used, exact_from);
  }
  for (int32_t i = 0; i < 2 * levels_used; ++i) delegates[i]->vtable->close(delegates[i]);
  printf("%d graphs, %d failures\n", count, failures);
  return failures == 0 && count > 0 ? 0 : 1;
}
