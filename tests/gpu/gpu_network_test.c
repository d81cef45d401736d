// SPDX-License-Identifier: MIT
//
// Whole networks on a device that computes nothing: what is launched for them, and how much memory
// their tensors take.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "litmark/interpreter.h"

#include "fake_device.h"
#include "mkmodel.h"

typedef struct network {
  const char* name;
  const char* size;
} network;

static const network kNetworks[] = {
    {"mobilenet_v1", "64"}, {"mobilenet_v2", "64"},       {"resnet50", "64"},
    {"squeezenet", "64"},   {"efficientnet_lite0", "64"}, {"inception_v3", "75"},
};

// Ops that no convolution of floats leaves over in these networks.
static bool is_free(int32_t builtin) {
  return builtin == LM_BUILTIN_ADD || builtin == LM_BUILTIN_CONCATENATION ||
         builtin == LM_BUILTIN_PAD || builtin == LM_BUILTIN_RESHAPE || builtin == LM_BUILTIN_RELU ||
         builtin == LM_BUILTIN_RELU6;
}

static void make_model(const network* n, char* path) {
  const int file = mkstemp(path);
  assert_true(file >= 0);
  close(file);
  char name[32], size[8];
  snprintf(name, sizeof name, "%s", n->name);
  snprintf(size, sizeof size, "%s", n->size);
  char command[] = "mkmodel", with_size[] = "--size", to[] = "-o", classes[] = "--classes",
       ten[] = "10";
  char* argv[] = {command, name, with_size, size, classes, ten, to, path, NULL};
  assert_int_equal(lm_mkmodel_main(8, argv), 0);
}

static void check_launches(const network* n, const fake_device* device, const lm_graph* graph) {
  for (int i = 0; i < device->dispatch_count; ++i) {
    const lm_node* node = &graph->nodes[device->dispatches[i].as_given.node_index];
    if (is_free(node->def->builtin)) {
      fail_msg("%s: %s of node %d is a launch of its own", n->name, lm_node_name(node->def),
               node->index);
    }
  }
}

// "... (1.03 of the least)": the planner must come close on networks of this kind.
static void check_memory(const network* n, const char* note) {
  const char* share = strrchr(note, '(');
  assert_non_null(share);
  const double of_least = atof(share + 1);
  if (!(of_least >= 1.0 && of_least <= 1.05)) fail_msg("%s: %s", n->name, note);
}

static void check_network(const network* n) {
  char path[] = "/tmp/litmark-gpu-XXXXXX";
  make_model(n, path);
  lm_error err = LM_ERROR_INIT;
  lm_model* model = NULL;
  assert_int_equal(lm_model_open(path, lm_allocator_default(), &model, &err), LM_OK);
  unlink(path);
  fake_device device;
  lm_delegate* delegate;
  fake_device_init(&device, lm_allocator_default());
  assert_int_equal(fake_delegate_open(&device, "tune=off", &delegate, &err), LM_OK);
  const lm_interpreter_options options = {
      .struct_size = sizeof options, .delegates = &delegate, .delegate_count = 1};
  lm_interpreter* it = NULL;
  lm_status status = lm_interpreter_create(model, &options, lm_allocator_default(), &it, &err);
  if (status == LM_OK) status = lm_interpreter_plan(it, &err);
  if (status != LM_OK) fail_msg("%s: %s", n->name, err.message);
  const lm_plan_report* report = lm_interpreter_report(it);
  assert_int_equal(report->partition_count, 1);
  check_launches(n, &device, lm_interpreter_graph(it));
  check_memory(n, report->note);
  lm_interpreter_destroy(it);
  delegate->vtable->close(delegate);
  assert_int_equal(device.live, 0);
  lm_model_destroy(model);
}

static void networks_are_one_tight_recording(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kNetworks / sizeof kNetworks[0]; ++i) check_network(&kNetworks[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(networks_are_one_tight_recording)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
