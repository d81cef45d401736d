// SPDX-License-Identifier: MIT
//
// Which delegate and which device --delegate and --device mean on this machine. `gpu` is no
// delegate but a question: the better of the OpenCL and Vulkan devices that are there. The rule
// stands in docs/gpu-delegates.md; every answer says how it came about.
#ifndef LITMARK_HARNESS_DEVICE_CHOICE_H_
#define LITMARK_HARNESS_DEVICE_CHOICE_H_

#include "json_build.h"
#include "litmark/delegate.h"

/// Help texts of --delegate and --device.
#define LM_DELEGATE_HELP                                               \
  "reference, cpu (default), opencl, vulkan, gpu: the better of the\n" \
  "two; see litmark devices"
#define LM_DEVICE_HELP "which device: index or part of its name; see litmark devices"

typedef struct lm_device_choice {
  const char* requested;             ///< static: "gpu", "opencl", "cpu", "reference"
  const lm_delegate_vtable* vtable;  ///< what it became; NULL: the reference kernels
  bool has_device;                   ///< the delegate lists devices, and `device` is the one
  lm_device_info device;
  char device_text[16];  ///< the device as the delegate's open() takes it
  char why[240];         ///< how it was chosen; "" where the delegate lists no devices
} lm_device_choice;

/// Finds delegate and device.
///
/// @param delegate  "reference", "gpu" or the name of a delegate.
/// @param device    --device: an index, part of a name, or "opencl:1"; NULL: by the rule.
/// @retval LM_UNAVAILABLE       no such delegate, or none of its devices can be used; the message
///                              says why and what to install.
/// @retval LM_INVALID_ARGUMENT  `device` names none or several; the message lists what there is.
lm_status lm_device_choose(const char* delegate, const char* device, lm_device_choice* out,
                           lm_error* err);

/// True when a GPU delegate is in this build, so that "gpu" can mean something.
bool lm_device_has_gpu(void);

/// What has to be installed so that the delegate finds a device. Static string.
const char* lm_device_install_hint(const char* delegate);

/// Adds "name", "type", ... to an object.
void lm_device_info_json(lm_json* json, cJSON* object, const lm_device_info* info);

#endif  // LITMARK_HARNESS_DEVICE_CHOICE_H_
