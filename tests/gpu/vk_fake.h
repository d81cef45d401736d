// SPDX-License-Identifier: MIT
//
// A Vulkan driver in memory, behind the loader's table of functions: it counts objects, copies
// buffers, runs the kernel copy_scaled, and fails where a test asks it to.
#ifndef LITMARK_TESTS_VK_FAKE_H_
#define LITMARK_TESTS_VK_FAKE_H_

#include "vk_loader.h"

enum { VK_FAKE_MOST_DEVICES = 4 };

typedef struct vk_fake {
  // What a test sets.
  uint32_t version;      ///< of the library
  VkResult no_instance;  ///< what vkCreateInstance returns
  uint32_t device_count;
  VkPhysicalDeviceType types[VK_FAKE_MOST_DEVICES];
  const char* names[VK_FAKE_MOST_DEVICES];
  uint32_t device_version;
  bool no_compute;      ///< queues do graphics only
  bool unified;         ///< all memory is the device's and mapped; else as behind PCI
  uint32_t clock_bits;  ///< timestampValidBits
  uint32_t clock_step;  ///< ticks between two readings
  int matrix;           ///< cooperative matrices: 0 none, 1 right, -1 wrong
  const char* missing;  ///< function that there is not; NULL: all are there
  int fail_at;          ///< number of the call that fails, from 1; 0: none
  VkResult fail_with;
  bool lose_on_submit;     ///< vkQueueSubmit returns VK_ERROR_DEVICE_LOST
  bool lose_on_wait;       ///< the fence does
  bool never_answer;       ///< the fence stays unsignalled
  const char* complaint;   ///< what the validation layer says to every submission; NULL: nothing
  const void* cache_data;  ///< what vkGetPipelineCacheData gives
  size_t cache_bytes;
  // What it notes.
  int calls;            ///< that may fail
  int live;             ///< objects
  int barriers;         ///< recorded
  size_t cache_loaded;  ///< bytes that vkCreatePipelineCache got
} vk_fake;

/// The driver of the test program.
extern vk_fake fake;

/// Forgets everything; one discrete GPU.
void vk_fake_reset(void);

/// Frees what a device that was given up has left.
void vk_fake_free_leaked(void);

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vk_fake_get_proc(VkInstance instance, const char* name);

#endif  // LITMARK_TESTS_VK_FAKE_H_
