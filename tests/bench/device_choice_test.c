// SPDX-License-Identifier: MIT
//
// The rule of --delegate gpu, over lists of devices that the stand-ins make.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device_choice.h"

static void set(const char* variable, const char* value) {
  if (value == NULL) {
    unsetenv(variable);
  } else {
    setenv(variable, value, 1);
  }
}

typedef struct choice_case {
  const char* name;
  const char *opencl, *vulkan;  // what the drivers list; NULL: no driver
  const char *delegate, *device;
  const char* want;  // "opencl:0"
  const char* why;   // part of the explanation
} choice_case;

static const choice_case kChoices[] = {
    {"discrete_before_integrated", "integrated:Iris", "discrete:Radeon", "gpu", NULL, "vulkan:0",
     "discrete gpu of 2 usable devices, the highest type"},
    {"the_type_before_the_delegate", "discrete:GeForce", "integrated:Iris", "gpu", NULL, "opencl:0",
     "the highest type"},
    {"real_gpus_on_vulkan", "discrete:GeForce", "discrete:GeForce", "gpu", NULL, "vulkan:0",
     "of equal types vulkan"},
    {"processors_on_opencl", "cpu:PoCL", "cpu:llvmpipe", "gpu", NULL, "opencl:0",
     "of equal types opencl (faster on processors)"},
    {"any_gpu_before_a_processor", "cpu:PoCL", "virtual:Virtio", "gpu", NULL, "vulkan:0", ""},
    {"accelerators_before_processors", "accelerator:Card", "cpu:llvmpipe", "gpu", NULL, "opencl:0",
     ""},
    {"integrated_before_virtual", "virtual:V", "integrated:I", "gpu", NULL, "vulkan:0", ""},
    {"the_only_driver", NULL, "cpu:llvmpipe", "gpu", NULL, "vulkan:0", "the only usable device"},
    {"an_empty_loader", "", "cpu:llvmpipe", "gpu", NULL, "vulkan:0", "the only usable device"},
    {"unusable_ones_are_passed_over", "discrete:Old!no fp32", "cpu:llvmpipe", "gpu", NULL,
     "vulkan:0", "the only usable device"},
    {"first_of_equal_ones", "discrete:A,discrete:B", NULL, "gpu", NULL, "opencl:0",
     "the first of them"},
    {"best_of_a_list", "cpu:PoCL,discrete:B", NULL, "opencl", NULL, "opencl:1", ""},
    {"an_explicit_delegate", "discrete:A", "discrete:A", "opencl", NULL, "opencl:0", "only"},
    {"device_by_index", "cpu:PoCL,discrete:B", NULL, "opencl", "0", "opencl:0", "by --device 0"},
    {"device_by_name", "cpu:PoCL,discrete:Big GPU", "cpu:llvmpipe", "gpu", "big", "opencl:1",
     "by --device big"},
    {"name_in_both_lists", "discrete:Big GPU", "discrete:Big GPU", "gpu", "GPU", "vulkan:0",
     "of equal types vulkan"},
    {"device_with_delegate", "discrete:A", "discrete:A", "gpu", "opencl:0", "opencl:0",
     "by --device opencl:0"},
    {"index_that_one_has", "cpu:A,cpu:B", "cpu:C", "gpu", "1", "opencl:1", ""},
    {"no_list_no_device", NULL, NULL, "reference", "9", "reference", ""},
};

static void chooses(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kChoices / sizeof kChoices[0]; ++i) {
    const choice_case* c = &kChoices[i];
    set("LITMARK_FAKE_OPENCL", c->opencl);
    set("LITMARK_FAKE_VULKAN", c->vulkan);
    lm_device_choice choice;
    lm_error err = LM_ERROR_INIT;
    if (lm_device_choose(c->delegate, c->device, &choice, &err) != LM_OK) {
      fail_msg("%s: %s", c->name, err.message);
    }
    char got[40] = "reference";
    if (choice.has_device) {
      snprintf(got, sizeof got, "%.16s:%s", choice.vtable->name, choice.device_text);
    }
    if (strcmp(got, c->want) != 0 || strstr(choice.why, c->why) == NULL) {
      fail_msg("%s: %s, '%s'", c->name, got, choice.why);
    }
    assert_string_equal(choice.requested, c->delegate);
  }
}

static const struct {
  const char* name;
  const char *opencl, *vulkan, *delegate, *device;
  lm_status status;
  const char* parts[4];  // of the message
} kFailures[] = {
    {"no_driver",
     NULL,
     NULL,
     "gpu",
     NULL,
     LM_UNAVAILABLE,
     {"delegate 'gpu': no usable device", "vulkan: no libFakevulkan.so.1; install libfake-vulkan",
      "opencl: no libFakeopencl.so.1; install libfake-opencl"}},
    {"no_driver_of_one",
     NULL,
     "cpu:llvmpipe",
     "opencl",
     NULL,
     LM_UNAVAILABLE,
     {"delegate 'opencl': no usable device", "install libfake-opencl"}},
    {"no_device",
     "",
     NULL,
     "opencl",
     NULL,
     LM_UNAVAILABLE,
     {"opencl: no device; install ocl-icd-libopencl1", "pocl-opencl-icd"}},
    {"only_unusable",
     "discrete:Old!OpenCL 1.0",
     NULL,
     "gpu",
     NULL,
     LM_UNAVAILABLE,
     {"opencl:0 (Old, unusable: OpenCL 1.0)", "vulkan: no libFake"}},
    {"chosen_but_unusable",
     "discrete:Old!OpenCL 1.0,cpu:PoCL",
     NULL,
     "opencl",
     "0",
     LM_UNAVAILABLE,
     {"opencl:0 (Old, unusable: OpenCL 1.0)"}},
    {"unknown_name",
     "cpu:PoCL",
     "cpu:llvmpipe",
     "gpu",
     "nvidia",
     LM_INVALID_ARGUMENT,
     {"--device nvidia is none of its devices", "opencl:0 (PoCL)", "vulkan:0 (llvmpipe)"}},
    {"unknown_index",
     "cpu:PoCL",
     NULL,
     "opencl",
     "7",
     LM_INVALID_ARGUMENT,
     {"--device 7 is none of its devices", "opencl:0 (PoCL)"}},
    {"ambiguous_name",
     "cpu:PoCL one,cpu:PoCL two",
     NULL,
     "opencl",
     "pocl",
     LM_INVALID_ARGUMENT,
     {"--device pocl is ambiguous", "opencl:0 (PoCL one), opencl:1 (PoCL two)"}},
    {"ambiguous_index",
     "cpu:PoCL",
     "cpu:llvmpipe",
     "gpu",
     "0",
     LM_INVALID_ARGUMENT,
     {"--device 0 is ambiguous", "vulkan:0 (llvmpipe), opencl:0 (PoCL)"}},
    {"empty_name", "cpu:PoCL", NULL, "opencl", "", LM_INVALID_ARGUMENT, {"none of its devices"}},
    {"unknown_delegate", NULL, NULL, "gpux", NULL, LM_UNAVAILABLE, {"did you mean 'gpu'?"}},
};

static void refuses(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kFailures / sizeof kFailures[0]; ++i) {
    set("LITMARK_FAKE_OPENCL", kFailures[i].opencl);
    set("LITMARK_FAKE_VULKAN", kFailures[i].vulkan);
    lm_device_choice choice;
    lm_error err = LM_ERROR_INIT;
    const lm_status status =
        lm_device_choose(kFailures[i].delegate, kFailures[i].device, &choice, &err);
    if (status != kFailures[i].status) {
      fail_msg("%s: status %d, %s", kFailures[i].name, (int)status, err.message);
    }
    for (int k = 0; k < 4 && kFailures[i].parts[k] != NULL; ++k) {
      if (strstr(err.message, kFailures[i].parts[k]) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", kFailures[i].name, kFailures[i].parts[k], err.message);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(chooses),
      cmocka_unit_test(refuses),
  };
  return cmocka_run_group_tests_name("device_choice", tests, NULL, NULL);
}
