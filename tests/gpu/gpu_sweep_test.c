// SPDX-License-Identifier: MIT
//
// Random single-operator graphs on a GPU delegate against the reference kernels.
//
//   gpu_sweep_test DELEGATE GRAPHS
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/delegates.h"

#include "sweep_graphs.h"

#define SKIPPED 77

// What floats are held to: a GPU sums in another order, and its functions are not the C library's.
#define TOLERANCE 1e-4

static void (*const kGraphs[])(sweep_graph*) = {
    sweep_conv_2d,    sweep_conv_3x3,  sweep_depthwise,     sweep_pool,
    sweep_mean,       sweep_binary,    sweep_concatenation, sweep_unary,
    sweep_softmax,    sweep_resize,    sweep_conv_2d,       sweep_fully_connected,
    sweep_conversion, sweep_slice,     sweep_transpose,     sweep_binary,
    sweep_pack,       sweep_split,     sweep_pad,           sweep_arg,
    sweep_matmul,     sweep_depthwise, sweep_hybrid,
};

// Refusals that are right; any other is a failure.
static const char* const kReasons[] = {
    "int64 tensors have no type on the device",
    "int16 tensors have no type on the device",
    ("dynamic-range weights: inputs would have to be quantized (quantized=float takes the weights "
     "as floats)"),
};

static bool may_refuse(const char* why_not) {
  for (size_t i = 0; i < sizeof kReasons / sizeof kReasons[0]; ++i) {
    if (strcmp(kReasons[i], why_not) == 0) return true;
  }
  return false;
}

static bool agree(const sweep_graph* g, const sweep_result* want, const sweep_result* got) {
  if (want->data == NULL || got->data == NULL || want->bytes != got->bytes) return false;
  if (g->tensors[g->output].type != LM_FLOAT32 || g->only_moves) {
    return memcmp(want->data, got->data, want->bytes) == 0;
  }
  return sweep_close(want->data, got->data, want->bytes / sizeof(float), TOLERANCE);
}

// Adds to the numbers of failures and refusals.
static void check_graph(void (*make_graph)(sweep_graph*), lm_delegate* delegate, int* failures,
                        int* refusals) {
  sweep_graph* g = sweep_new();
  make_graph(g);
  const uint32_t seed = sweep_random() | 1, resume = sweep_random() | 1;
  const sweep_result want = sweep_run(g, NULL, seed);
  const sweep_result got = sweep_run(g, delegate, seed);
  if (got.refused && may_refuse(got.why_not)) {
    ++*refusals;
  } else if (got.refused) {
    fprintf(stderr, "%s: refused: %s\n", g->text, got.why_not);
    ++*failures;
  } else if (!agree(g, &want, &got)) {
    fprintf(stderr, "%s: differs\n", g->text);
    ++*failures;
  }
  free(want.data);
  free(got.data);
  sweep_free(g);
  sweep_seed(resume);
}

int main(int argc, char** argv) {
  const lm_delegate_vtable* vtable = argc == 3 ? lm_delegates_find(argv[1]) : NULL;
  const int count = argc == 3 ? atoi(argv[2]) : 0;
  if (vtable == NULL || count <= 0) {
    fprintf(stderr, "usage: gpu_sweep_test DELEGATE GRAPHS\n");
    return 2;
  }
  const lm_delegate_options options = {.struct_size = sizeof options};
  lm_error err = LM_ERROR_INIT;
  lm_delegate* delegate;
  const lm_status status = vtable->open(&options, lm_allocator_default(), &delegate, &err);
  if (status != LM_OK) {
    printf("%s: %s\n", argv[1], err.message);
    return status == LM_UNAVAILABLE ? SKIPPED : 1;
  }
  int failures = 0, refusals = 0;
  for (int i = 0; i < count; ++i) {
    check_graph(kGraphs[(size_t)i % (sizeof kGraphs / sizeof kGraphs[0])], delegate, &failures,
                &refusals);
  }
  vtable->close(delegate);
  printf("%s: %d graphs, %d refused, %d failures\n", argv[1], count, refusals, failures);
  return failures == 0 ? 0 : 1;
}
