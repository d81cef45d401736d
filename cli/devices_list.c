// SPDX-License-Identifier: MIT
#include "devices.h"

#include <inttypes.h>
#include <stdio.h>

#include "litmark/delegates.h"

#include "device_choice.h"
#include "result.h"

static const char* size_text(uint64_t bytes, char* buffer, size_t size) {
  static const struct {
    uint64_t unit;
    const char* name;
  } kUnits[] = {{1u << 30, "GiB"}, {1u << 20, "MiB"}, {1u << 10, "KiB"}};
  if (bytes == 0) {
    snprintf(buffer, size, "unknown");
    return buffer;
  }
  for (int i = 0; i < 3; ++i) {
    if (bytes < kUnits[i].unit) continue;
    snprintf(buffer, size, "%.4g %s", (double)bytes / (double)kUnits[i].unit, kUnits[i].name);
    return buffer;
  }
  snprintf(buffer, size, "%" PRIu64 " B", bytes);
  return buffer;
}

static void print_count(const char* what, uint32_t count) {
  if (count > 0) {
    printf(", %s %" PRIu32, what, count);
  } else {
    printf(", %s unknown", what);
  }
}

static void print_device(const char* delegate, const lm_device_info* d) {
  char memory[32], buffer[32], local[32];
  printf("  %s:%d  %s\n", delegate, d->index, d->name);
  printf("    %s, %s, driver %s, %s\n", lm_device_type_name(d->type),
         d->platform[0] != '\0' ? d->platform : "platform unknown",
         d->driver[0] != '\0' ? d->driver : "unknown", d->api);
  printf("    memory %s, largest buffer %s, local memory %s",
         size_text(d->memory_bytes, memory, sizeof memory),
         size_text(d->max_buffer_bytes, buffer, sizeof buffer),
         size_text(d->local_memory_bytes, local, sizeof local));
  print_count("work-group", d->max_group_items);
  print_count("compute units", d->compute_units);
  printf("\n    float16 %s, 8-bit integers %s, integer dot product %s\n",
         d->can_fp16 ? "yes" : "no", d->can_int8 ? "yes" : "no", d->can_int_dot ? "yes" : "no");
  if (d->why_not != NULL) printf("    cannot be used: %s\n", d->why_not);
}

void devices_print_all(void) {
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) {
    if (vtable->device_at == NULL) continue;
    lm_device_info info;
    printf("\ndevices of %s\n", vtable->name);
    int32_t count = 0;
    for (;; ++count) {
      lm_error err = LM_ERROR_INIT;
      info = (lm_device_info){0};
      const lm_status status = vtable->device_at(count, &info, &err);
      if (status != LM_OK) {
        if (count == 0) {
          printf("  none: %s\n", status == LM_INVALID_ARGUMENT
                                     ? lm_device_install_hint(vtable->name)
                                     : err.message);
        }
        break;
      }
      print_device(vtable->name, &info);
    }
  }
}

static void add_devices(lm_json* json, cJSON* object, const lm_delegate_vtable* vtable) {
  cJSON* devices = lm_json_array(json, object, "devices");
  lm_error err = LM_ERROR_INIT;
  lm_device_info info = {0};
  int32_t count = 0;
  while (vtable->device_at(count, &info, &err) == LM_OK) {
    lm_device_info_json(json, lm_json_object(json, devices, NULL), &info);
    info = (lm_device_info){0};
    ++count;
  }
  const char* hint =
      err.status == LM_INVALID_ARGUMENT ? lm_device_install_hint(vtable->name) : err.message;
  lm_json_string(json, object, "why_none", count > 0 ? NULL : hint);
}

static void add_gpu(lm_json* json, cJSON* root) {
  lm_device_choice choice;
  lm_error err = LM_ERROR_INIT;
  if (!lm_device_has_gpu() || lm_device_choose("gpu", NULL, &choice, &err) != LM_OK) {
    lm_json_null(json, root, "gpu");
    return;
  }
  cJSON* gpu = lm_json_object(json, root, "gpu");
  lm_json_string(json, gpu, "delegate", choice.vtable->name);
  lm_json_integer(json, gpu, "device", choice.device.index);
  lm_json_string(json, gpu, "device_choice", choice.why);
}

lm_status devices_write_json(const char* path, lm_error* err) {
  lm_json json = {0};
  cJSON* root = cJSON_CreateObject();
  json.failed = root == NULL;
  cJSON* delegates = lm_json_array(&json, root, "delegates");
  const lm_delegate_vtable* vtable;
  for (int32_t i = 0; (vtable = lm_delegates_at(i)) != NULL; ++i) {
    cJSON* object = lm_json_object(&json, delegates, NULL);
    lm_json_string(&json, object, "name", vtable->name);
    lm_json_string(&json, object, "what", vtable->description);
    if (vtable->device_at != NULL) add_devices(&json, object, vtable);
  }
  add_gpu(&json, root);
  char* text = json.failed ? NULL : cJSON_Print(root);
  cJSON_Delete(root);
  if (text == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "JSON");
  const lm_status status = lm_result_write_text(path, text, err);
  cJSON_free(text);
  return status;
}
