// SPDX-License-Identifier: MIT
#include "vk_loader.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define INSTALL "install libvulkan1 and a driver such as mesa-vulkan-drivers"
#define VALIDATION_LAYER "VK_LAYER_KHRONOS_validation"

#if defined(__SANITIZE_ADDRESS__)
// What drivers leak is told from what we leak by the names of their libraries, which LeakSanitizer
// only knows while they are loaded: in this build nothing is unloaded. For the loader's calls too.
__attribute__((visibility("default"))) int dlclose(void* handle) {
  (void)handle;
  return 0;
}
#endif

// ---- results

static const struct {
  VkResult result;
  const char* name;
} kResults[] = {
#define RESULT(name) \
  { name, #name }
    RESULT(VK_SUCCESS),
    RESULT(VK_NOT_READY),
    RESULT(VK_TIMEOUT),
    RESULT(VK_INCOMPLETE),
    RESULT(VK_ERROR_OUT_OF_HOST_MEMORY),
    RESULT(VK_ERROR_OUT_OF_DEVICE_MEMORY),
    RESULT(VK_ERROR_INITIALIZATION_FAILED),
    RESULT(VK_ERROR_DEVICE_LOST),
    RESULT(VK_ERROR_MEMORY_MAP_FAILED),
    RESULT(VK_ERROR_LAYER_NOT_PRESENT),
    RESULT(VK_ERROR_EXTENSION_NOT_PRESENT),
    RESULT(VK_ERROR_FEATURE_NOT_PRESENT),
    RESULT(VK_ERROR_INCOMPATIBLE_DRIVER),
    RESULT(VK_ERROR_TOO_MANY_OBJECTS),
    RESULT(VK_ERROR_FRAGMENTED_POOL),
    RESULT(VK_ERROR_OUT_OF_POOL_MEMORY),
    RESULT(VK_ERROR_INVALID_SHADER_NV),
#undef RESULT
};

const char* lm__vk_result_name(VkResult result) {
  for (size_t i = 0; i < sizeof kResults / sizeof kResults[0]; ++i) {
    if (kResults[i].result == result) return kResults[i].name;
  }
  return "an unknown error";
}

lm_status lm__vk_result_status(VkResult result) {
  switch (result) {
    case VK_SUCCESS:
      return LM_OK;
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_FRAGMENTED_POOL:
    case VK_ERROR_TOO_MANY_OBJECTS:
    case VK_ERROR_MEMORY_MAP_FAILED:
      return LM_OUT_OF_MEMORY;
    case VK_ERROR_DEVICE_LOST:
    case VK_ERROR_INCOMPATIBLE_DRIVER:
    case VK_ERROR_INITIALIZATION_FAILED:
      return LM_UNAVAILABLE;
    default:
      return LM_INTERNAL;
  }
}

// ---- the library

static lm_status open_library(lm__vk_instance* instance, lm_error* err) {
  static const char* const kNames[] = {"libvulkan.so.1", "libvulkan.so"};
  for (size_t i = 0; i < 2 && instance->library == NULL; ++i) {
    instance->library = dlopen(kNames[i], RTLD_NOW | RTLD_LOCAL);
  }
  if (instance->library == NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate vulkan: there is no Vulkan library (libvulkan.so.1): " INSTALL);
  }
  // ISO C has no conversion from an object's address to a function's, POSIX has.
  void* symbol = dlsym(instance->library, "vkGetInstanceProcAddr");
  memcpy(&instance->get_proc, &symbol, sizeof symbol);
  if (instance->get_proc == NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate vulkan: the Vulkan library lacks vkGetInstanceProcAddr: " INSTALL);
  }
  return LM_OK;
}

static lm_status missing(const char* name, lm_error* err) {
  return LM_FAIL(err, LM_UNAVAILABLE,
                 "delegate vulkan: the driver lacks %s (Vulkan 1.1 is the least): " INSTALL, name);
}

// All are looked up even when one is missing: that which destroys must be there.
static lm_status load_global(lm__vk_instance* instance, lm_error* err) {
  lm__vk_functions* vk = &instance->vk;
  const char* missed = NULL;
#define LM_VK_GLOBAL(name)                                \
  vk->name = (PFN_##name)instance->get_proc(NULL, #name); \
  if (vk->name == NULL) missed = #name;
#include "vk_symbols_list.inc"
  return missed == NULL ? LM_OK : missing(missed, err);
}

static lm_status load_instance(lm__vk_instance* instance, lm_error* err) {
  lm__vk_functions* vk = &instance->vk;
  const char* missed = NULL;
#define LM_VK_INSTANCE(name)                                          \
  vk->name = (PFN_##name)instance->get_proc(instance->handle, #name); \
  if (vk->name == NULL) missed = #name;
#define LM_VK_INSTANCE_OPTIONAL(name) \
  vk->name = (PFN_##name)instance->get_proc(instance->handle, #name);
#include "vk_symbols_list.inc"
  return missed == NULL ? LM_OK : missing(missed, err);
}

lm_status lm__vk_load_device(lm__vk_functions* vk, VkDevice device, lm_error* err) {
  const char* missed = NULL;
#define LM_VK_DEVICE(name)                                       \
  vk->name = (PFN_##name)vk->vkGetDeviceProcAddr(device, #name); \
  if (vk->name == NULL) missed = #name;
#include "vk_symbols_list.inc"
  return missed == NULL ? LM_OK : missing(missed, err);
}

// ---- validation

static VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                 VkDebugUtilsMessageTypeFlagsEXT types,
                                                 const VkDebugUtilsMessengerCallbackDataEXT* data,
                                                 void* user) {
  lm__vk_instance* instance = user;
  (void)severity;
  (void)types;
  if (instance->complaint[0] == '\0') {
    snprintf(instance->complaint, sizeof instance->complaint, "%s", data->pMessage);
  }
  return VK_FALSE;
}

// Not asked for: messages of type GENERAL, which are the loader's about files of drivers.
static const VkDebugUtilsMessengerCreateInfoEXT kMessenger = {
    .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
    .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                       VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
    .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                   VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT,
    .pfnUserCallback = on_message,
};

static bool has_validation_layer(const lm__vk_instance* instance) {
  VkLayerProperties layers[64];
  uint32_t count = 64;
  (void)instance->vk.vkEnumerateInstanceLayerProperties(&count, layers);
  for (uint32_t i = 0; i < count; ++i) {
    if (strcmp(layers[i].layerName, VALIDATION_LAYER) == 0) return true;
  }
  return false;
}

static lm_status listen(lm__vk_instance* instance, lm_error* err) {
  lm__vk_functions* vk = &instance->vk;
  if (vk->vkCreateDebugUtilsMessengerEXT == NULL || vk->vkDestroyDebugUtilsMessengerEXT == NULL) {
    return LM_FAIL(err, LM_UNAVAILABLE, "delegate vulkan: validate=on needs VK_EXT_debug_utils");
  }
  VkDebugUtilsMessengerCreateInfoEXT info = kMessenger;
  info.pUserData = instance;
  const VkResult result =
      vk->vkCreateDebugUtilsMessengerEXT(instance->handle, &info, NULL, &instance->messenger);
  if (result == VK_SUCCESS) return LM_OK;
  return LM_FAIL(err, lm__vk_result_status(result), "delegate vulkan: debug messenger: %s",
                 lm__vk_result_name(result));
}

// ---- the instance

static lm_status create_instance(lm__vk_instance* instance, bool validate, lm_error* err) {
  const VkApplicationInfo application = {
      .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
      .pApplicationName = "litmark",
      .apiVersion = instance->api,
  };
  static const VkValidationFeatureEnableEXT kEnabled[] = {
      VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  static const char* const kLayers[] = {VALIDATION_LAYER};
  static const char* const kExtensions[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME};
  const VkValidationFeaturesEXT features = {
      .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
      .enabledValidationFeatureCount = 1,
      .pEnabledValidationFeatures = kEnabled,
  };
  VkDebugUtilsMessengerCreateInfoEXT messenger = kMessenger;
  messenger.pUserData = instance;
  messenger.pNext = &features;
  const VkInstanceCreateInfo info = {
      .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
      .pNext = validate ? &messenger : NULL,
      .pApplicationInfo = &application,
      .enabledLayerCount = validate ? 1 : 0,
      .ppEnabledLayerNames = kLayers,
      .enabledExtensionCount = validate ? 1 : 0,
      .ppEnabledExtensionNames = kExtensions,
  };
  const VkResult result = instance->vk.vkCreateInstance(&info, NULL, &instance->handle);
  if (result == VK_SUCCESS) return LM_OK;
  instance->handle = VK_NULL_HANDLE;
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
    return LM_FAIL(err, LM_UNAVAILABLE, "delegate vulkan: there is no Vulkan driver: " INSTALL);
  }
  return LM_FAIL(err, lm__vk_result_status(result), "delegate vulkan: vkCreateInstance: %s",
                 lm__vk_result_name(result));
}

static lm_status open_instance(lm__vk_instance* instance, bool validate, lm_error* err) {
  lm_status status = instance->get_proc != NULL ? LM_OK : open_library(instance, err);
  if (status == LM_OK) status = load_global(instance, err);
  if (status != LM_OK) return status;
  uint32_t version = 0;
  (void)instance->vk.vkEnumerateInstanceVersion(&version);
  if (version < VK_API_VERSION_1_1) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate vulkan: the library has Vulkan %u.%u, 1.1 is the least",
                   VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version));
  }
  // Later versions change nothing that is used here.
  instance->api = version < VK_API_VERSION_1_3 ? version : VK_API_VERSION_1_3;
  if (validate && !has_validation_layer(instance)) {
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "delegate vulkan: validate=on needs " VALIDATION_LAYER
                   ": install vulkan-validationlayers");
  }
  status = create_instance(instance, validate, err);
  if (status == LM_OK) status = load_instance(instance, err);
  if (status == LM_OK && validate) status = listen(instance, err);
  return status;
}

lm_status lm__vk_instance_open(lm__vk_instance* instance, PFN_vkGetInstanceProcAddr get_proc,
                               bool validate, lm_error* err) {
  memset(instance, 0, sizeof *instance);
  instance->get_proc = get_proc;
  const lm_status status = open_instance(instance, validate, err);
  if (status != LM_OK) lm__vk_instance_close(instance);
  return status;
}

void lm__vk_instance_close(lm__vk_instance* instance) {
  if (instance->messenger != VK_NULL_HANDLE) {
    instance->vk.vkDestroyDebugUtilsMessengerEXT(instance->handle, instance->messenger, NULL);
  }
  if (instance->handle != VK_NULL_HANDLE && instance->vk.vkDestroyInstance != NULL) {
    instance->vk.vkDestroyInstance(instance->handle, NULL);
  }
  if (instance->library != NULL) dlclose(instance->library);
  memset(instance, 0, sizeof *instance);
}
