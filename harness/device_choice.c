// SPDX-License-Identifier: MIT
#include "device_choice.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "litmark/delegates.h"

#include "args.h"

enum { MAX_DEVICES = 32 };

// The delegates that `gpu` stands for; among real GPUs of one type the first of them wins, among
// drivers for the host's processor the last: PoCL computes many times faster than lavapipe.
static const char* const kGpuDelegates[] = {"vulkan", "opencl"};
enum { GPU_DELEGATES = sizeof kGpuDelegates / sizeof kGpuDelegates[0] };

typedef struct device_list {
  struct {
    const lm_delegate_vtable* vtable;
    lm_device_info info;
  } devices[MAX_DEVICES];
  int count;
  char reasons[400];  // of delegates without a device
} device_list;

bool lm_device_has_gpu(void) {
  for (int i = 0; i < GPU_DELEGATES; ++i) {
    if (lm_delegates_find(kGpuDelegates[i]) != NULL) return true;
  }
  return false;
}

// Delegate names that lm_device_choose() takes; NULL past the last.
static const char* delegate_at(int32_t index) {
  if (index == 0) return "reference";
  int32_t count = 1;
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) {
    if (count++ == index) return vtable->name;
  }
  return count == index && lm_device_has_gpu() ? "gpu" : NULL;
}

const char* lm_device_install_hint(const char* delegate) {
  if (strcmp(delegate, "vulkan") == 0) {
    return "install libvulkan1 and the GPU's driver, or mesa-vulkan-drivers";
  }
  return "install ocl-icd-libopencl1 and the GPU's driver, or pocl-opencl-icd";
}

static void LM_PRINTF(3, 4) append(char* text, size_t size, const char* format, ...) {
  const size_t used = strlen(text);
  va_list args;
  va_start(args, format);
  vsnprintf(text + used, size - used, format, args);
  va_end(args);
}

// ---------------------------------------------------------------- the list

// A driver may put its delegate's name in front, and so do we.
static const char* without_name(const char* message, const char* delegate) {
  static const char* const kBefore[] = {"delegate '", "delegate ", ""};
  static const char* const kAfter[] = {"': ", ": ", ": "};
  for (int i = 0; i < 3; ++i) {
    char prefix[64];
    const int length = snprintf(prefix, sizeof prefix, "%s%s%s", kBefore[i], delegate, kAfter[i]);
    if (strncasecmp(message, prefix, (size_t)length) == 0) return message + length;
  }
  return message;
}

// Adds the devices of a delegate, or the reason why there are none. Any error but "no driver" and
// "no more devices" is one too: it must not look like an empty list.
static void list_devices(const lm_delegate_vtable* vtable, device_list* list) {
  lm_error err = LM_ERROR_INIT;
  lm_status status = LM_OK;
  int32_t found = 0;
  for (; list->count < MAX_DEVICES; ++found) {
    lm_device_info* info = &list->devices[list->count].info;
    *info = (lm_device_info){0};
    status = vtable->device_at(found, info, &err);
    if (status != LM_OK) break;
    list->devices[list->count++].vtable = vtable;
  }
  if (found > 0) return;
  const char* separator = list->reasons[0] != '\0' ? "; " : "";
  if (status == LM_INVALID_ARGUMENT) {
    append(list->reasons, sizeof list->reasons, "%s%s: no device; %s", separator, vtable->name,
           lm_device_install_hint(vtable->name));
    return;
  }
  const char* said = without_name(err.message, vtable->name);
  append(list->reasons, sizeof list->reasons, "%s%s: %.160s", separator, vtable->name,
         said[0] != '\0' ? said : lm_status_text(status));
  if (strstr(said, "install") == NULL) {
    append(list->reasons, sizeof list->reasons, "; %s", lm_device_install_hint(vtable->name));
  }
}

// The spelling that is never ambiguous, with the name: "opencl:0 (pthread-skylake)".
static void append_devices(const device_list* list, const bool* wanted, char* text, size_t size) {
  for (int i = 0, printed = 0; i < list->count; ++i) {
    if (wanted != NULL && !wanted[i]) continue;
    const lm_device_info* info = &list->devices[i].info;
    append(text, size, "%s%s:%d (%.40s%s%.60s)", printed++ > 0 ? ", " : "",
           list->devices[i].vtable->name, info->index, info->name,
           info->why_not != NULL ? ", unusable: " : "", info->why_not != NULL ? info->why_not : "");
  }
}

// ---------------------------------------------------------------- the rule

static int rank(lm_device_type type) {
  switch (type) {
    case LM_DEVICE_DISCRETE:
      return 4;
    case LM_DEVICE_INTEGRATED:
      return 3;
    case LM_DEVICE_VIRTUAL:
      return 2;
    case LM_DEVICE_ACCELERATOR:
    case LM_DEVICE_OTHER:
      return 1;
    case LM_DEVICE_CPU:
      break;
  }
  return 0;
}

// Is device `a` to be preferred to `b`, which stands before it?
static bool better(const device_list* list, int a, int b) {
  const lm_device_type type_a = list->devices[a].info.type, type_b = list->devices[b].info.type;
  if (rank(type_a) != rank(type_b)) return rank(type_a) > rank(type_b);
  // Delegates are listed in the order of kGpuDelegates.
  return type_a == LM_DEVICE_CPU && list->devices[a].vtable != list->devices[b].vtable;
}

static bool contains(const char* text, const char* part) {
  for (; *text != '\0'; ++text) {
    if (strncasecmp(text, part, strlen(part)) == 0) return true;
  }
  return false;
}

// Does `word` (of --device) mean this device? An index, part of the name, either behind "opencl:".
static bool means(const char* word, const lm_delegate_vtable* vtable, const lm_device_info* info) {
  const size_t length = strlen(vtable->name);
  if (strncmp(word, vtable->name, length) == 0 && word[length] == ':') word += length + 1;
  char* end;
  const long index = strtol(word, &end, 10);
  if (isdigit((unsigned char)word[0]) && *end == '\0') return index == info->index;
  return *word != '\0' && contains(info->name, word);
}

// Marks what --device means. Two devices of one delegate are one too many; a GPU that both
// delegates reach is no question but for the rule, unless it was named by a number, which means
// nothing there.
static lm_status select_devices(const device_list* list, const char* delegate, const char* device,
                                bool* wanted, lm_error* err) {
  int count = 0;
  bool ambiguous = false;
  for (int i = 0; i < list->count; ++i) {
    wanted[i] = means(device, list->devices[i].vtable, &list->devices[i].info);
    if (!wanted[i]) continue;
    ++count;
    for (int k = 0; k < i; ++k) {
      const bool same_list = list->devices[k].vtable == list->devices[i].vtable;
      ambiguous |= wanted[k] && (same_list || isdigit((unsigned char)device[0]));
    }
  }
  if (count > 0 && !ambiguous) return LM_OK;
  char names[400] = "";
  append_devices(list, ambiguous ? wanted : NULL, names, sizeof names);
  return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate '%s': --device %.60s is %s: %s", delegate,
                 device, ambiguous ? "ambiguous" : "none of its devices", names);
}

static lm_status nothing_usable(const device_list* list, const char* delegate, const bool* wanted,
                                lm_error* err) {
  char names[400] = "";
  append_devices(list, wanted, names, sizeof names);
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate '%s': no usable device%s%s%s%s", delegate,
                 names[0] != '\0' ? "; " : "", names, list->reasons[0] != '\0' ? "; " : "",
                 list->reasons);
}

static void explain(const device_list* list, const bool* wanted, int usable, const char* device,
                    lm_device_choice* out) {
  const char* type = lm_device_type_name(out->device.type);
  if (device != NULL && usable == 1) {
    snprintf(out->why, sizeof out->why, "chosen by --device %.60s", device);
  } else if (usable == 1) {
    snprintf(out->why, sizeof out->why, "the only usable device (%s)", type);
  } else {
    bool other_delegate = false, other_type = false;
    for (int i = 0; i < list->count; ++i) {
      if (!wanted[i] || list->devices[i].info.why_not != NULL) continue;
      other_type |= rank(list->devices[i].info.type) != rank(out->device.type);
      other_delegate |= list->devices[i].vtable != out->vtable &&
                        rank(list->devices[i].info.type) == rank(out->device.type);
    }
    snprintf(out->why, sizeof out->why, "%s of %d usable devices%s%s%s%s%s", type, usable,
             other_type ? ", the highest type of discrete, integrated, virtual, other, cpu" : "",
             other_delegate ? ", of equal types " : "", other_delegate ? out->vtable->name : "",
             !other_delegate                     ? ""
             : out->device.type == LM_DEVICE_CPU ? " (faster on processors)"
                                                 : " (kernels are compiled already)",
             other_type || other_delegate ? "" : ", the first of them");
  }
}

static lm_status choose_among(const device_list* list, const char* device, lm_device_choice* out,
                              lm_error* err) {
  bool wanted[MAX_DEVICES] = {false};
  for (int i = 0; i < list->count; ++i) wanted[i] = true;
  if (device != NULL && list->count > 0) {
    const lm_status status = select_devices(list, out->requested, device, wanted, err);
    if (status != LM_OK) return status;
  }
  int best = -1, usable = 0;
  for (int i = 0; i < list->count; ++i) {
    if (!wanted[i] || list->devices[i].info.why_not != NULL) continue;
    ++usable;
    if (best < 0 || better(list, i, best)) best = i;
  }
  if (best < 0) return nothing_usable(list, out->requested, wanted, err);
  out->vtable = list->devices[best].vtable;
  out->device = list->devices[best].info;
  out->has_device = true;
  snprintf(out->device_text, sizeof out->device_text, "%d", out->device.index);
  explain(list, wanted, usable, device, out);
  return LM_OK;
}

// ---------------------------------------------------------------- delegates

static lm_status unknown_delegate(const char* name, lm_error* err) {
  const char* names[16];
  int count = 0;
  char list[160] = "";
  for (const char* n; count < 16 && (n = delegate_at(count)) != NULL; ++count) {
    names[count] = n;
    append(list, sizeof list, "%s%s", count > 0 ? ", " : "", n);
  }
  if (strcmp(name, "gpu") == 0) {
    return LM_FAIL(err, LM_UNAVAILABLE, "delegate 'gpu': this build has no GPU delegate; it has %s",
                   list);
  }
  const char* near = lm_nearest(name, names, count);
  return LM_FAIL(err, LM_UNAVAILABLE, "delegate '%.40s' is not in this build, which has %s%s%s%s",
                 name, list, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'?" : "");
}

static lm_status choose_gpu(const char* device, lm_device_choice* out, lm_error* err) {
  device_list list = {.count = 0};
  out->requested = "gpu";
  for (int i = 0; i < GPU_DELEGATES; ++i) {
    const lm_delegate_vtable* vtable = lm_delegates_find(kGpuDelegates[i]);
    if (vtable == NULL || vtable->device_at == NULL) {
      append(list.reasons, sizeof list.reasons, "%s%s: not in this build",
             list.reasons[0] != '\0' ? "; " : "", kGpuDelegates[i]);
      continue;
    }
    // --device opencl:0 needs no look at Vulkan's drivers, which may be large.
    const char* colon = device != NULL ? strchr(device, ':') : NULL;
    const size_t length = colon != NULL ? (size_t)(colon - device) : 0;
    const char* other = kGpuDelegates[1 - i];
    if (length == strlen(other) && strncmp(device, other, length) == 0) continue;
    list_devices(vtable, &list);
  }
  return choose_among(&list, device, out, err);
}

lm_status lm_device_choose(const char* delegate, const char* device, lm_device_choice* out,
                           lm_error* err) {
  *out = (lm_device_choice){.requested = "reference"};
  if (strcmp(delegate, "reference") == 0) return LM_OK;
  if (strcmp(delegate, "gpu") == 0 && lm_device_has_gpu()) return choose_gpu(device, out, err);
  const lm_delegate_vtable* vtable = lm_delegates_find(delegate);
  if (vtable == NULL) return unknown_delegate(delegate, err);
  out->requested = vtable->name;
  out->vtable = vtable;
  if (vtable->device_at == NULL) return LM_OK;
  device_list list = {.count = 0};
  list_devices(vtable, &list);
  return choose_among(&list, device, out, err);
}

// Zero is "unknown" in the struct and null in the file.
static void add_size(lm_json* json, cJSON* object, const char* name, uint64_t value) {
  if (value == 0) {
    lm_json_null(json, object, name);
  } else {
    lm_json_integer(json, object, name, (int64_t)value);
  }
}

void lm_device_info_json(lm_json* json, cJSON* object, const lm_device_info* info) {
  lm_json_integer(json, object, "index", info->index);
  lm_json_string(json, object, "type", lm_device_type_name(info->type));
  lm_json_string(json, object, "name", info->name);
  lm_json_string(json, object, "platform", info->platform);
  lm_json_string(json, object, "driver", info->driver);
  lm_json_string(json, object, "api", info->api);
  add_size(json, object, "memory_bytes", info->memory_bytes);
  add_size(json, object, "max_buffer_bytes", info->max_buffer_bytes);
  add_size(json, object, "max_group_items", info->max_group_items);
  add_size(json, object, "local_memory_bytes", info->local_memory_bytes);
  add_size(json, object, "compute_units", info->compute_units);
  lm_json_bool(json, object, "fp16", info->can_fp16);
  lm_json_bool(json, object, "int8", info->can_int8);
  lm_json_bool(json, object, "int_dot", info->can_int_dot);
  lm_json_string(json, object, "why_not", info->why_not);
}
