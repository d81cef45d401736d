// SPDX-License-Identifier: MIT
//
// The Vulkan library, opened at run time, and tables of its functions. Tests put a
// vkGetInstanceProcAddr of their own in front, and with it every function.
#ifndef LITMARK_VK_LOADER_H_
#define LITMARK_VK_LOADER_H_

#include "litmark/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES
#endif
#include <vulkan/vulkan_core.h>

/// Functions of Vulkan under their own names.
typedef struct lm__vk_functions {
#define LM_VK_GLOBAL(name) PFN_##name name;
#define LM_VK_INSTANCE(name) PFN_##name name;
#define LM_VK_INSTANCE_OPTIONAL(name) PFN_##name name;  // may be NULL
#define LM_VK_DEVICE(name) PFN_##name name;
#include "vk_symbols_list.inc"
} lm__vk_functions;

/// An open library and an instance of it.
typedef struct lm__vk_instance {
  void* library;  ///< NULL: a test's functions
  PFN_vkGetInstanceProcAddr get_proc;
  VkInstance handle;
  uint32_t api;  ///< version that the instance was made for
  VkDebugUtilsMessengerEXT messenger;
  char complaint[200];  ///< first message of the validation layer; "": none
  lm__vk_functions vk;  ///< global and instance functions
} lm__vk_instance;

/// Opens the library and makes an instance in storage of the caller, which must not move while it
/// is open. `get_proc` is NULL for the system's library. With `validate`, messages of the
/// validation layer end up in `complaint`.
/// @retval LM_UNAVAILABLE  no library, no driver, or no validation layer; `err` says what to
/// install.
lm_status lm__vk_instance_open(lm__vk_instance* instance, PFN_vkGetInstanceProcAddr get_proc,
                               bool validate, lm_error* err);
/// Also for an instance whose opening failed, or that is zeros.
void lm__vk_instance_close(lm__vk_instance* instance);

/// Fills the device functions of `vk`.
lm_status lm__vk_load_device(lm__vk_functions* vk, VkDevice device, lm_error* err);

/// "VK_ERROR_DEVICE_LOST", ...; static string.
const char* lm__vk_result_name(VkResult result);

/// The status that stands for a result: LM_OUT_OF_MEMORY, LM_UNAVAILABLE (device lost, no driver),
/// LM_INTERNAL.
lm_status lm__vk_result_status(VkResult result);

#endif  // LITMARK_VK_LOADER_H_
