// SPDX-License-Identifier: MIT
#include "cl_texts.h"

#include <stdio.h>
#include <string.h>

#include "base/hash64.h"

typedef struct row {
  const char* name;  // of the kernel
  const char* file;
  const char* types;  // "f32 f16"
  const char* parts;  // "fixed_point"
} row;

static const row kRows[] = {
#define LM_CL_KERNEL(name, types, parts) {#name, #name ".cl", types, parts},
#include "cl_kernel_list.inc"
#undef LM_CL_KERNEL
#define LM_GPU_KERNEL(name, types, parts) {#name, #name ".kernel", types, parts},
#include "../gpu/kernels/gpu_kernel_list.inc"
#undef LM_GPU_KERNEL
};

static const char* const kTypes[] = {
#define LM_GPU_TYPE_NAME(upper, lower, bytes) #lower,
    LM_GPU_TYPE_LIST(LM_GPU_TYPE_NAME)
#undef LM_GPU_TYPE_NAME
};

static const char* const kTypeMacros[] = {
#define LM_GPU_TYPE_MACRO(upper, lower, bytes) "LM_TYPE_" #upper,
    LM_GPU_TYPE_LIST(LM_GPU_TYPE_MACRO)
#undef LM_GPU_TYPE_MACRO
};

static bool has_word(const char* list, const char* word) {
  const size_t length = strlen(word);
  while (*list != '\0') {
    const size_t here = strcspn(list, " ");
    if (here == length && strncmp(list, word, length) == 0) return true;
    list += here + strspn(list + here, " ");
  }
  return false;
}

static bool add_text(const char* name, size_t length, const char* suffix, lm__cl_source* source) {
  for (const lm__embedded* file = lm__cl_texts; file->name != NULL; ++file) {
    if (strncmp(file->name, name, length) != 0 || strcmp(file->name + length, suffix) != 0) {
      continue;
    }
    if (source->count == LM_CL_MAX_TEXTS) return false;
    source->texts[source->count] = (const char*)file->data;
    source->bytes[source->count++] = file->bytes;
    return true;
  }
  return false;
}

bool lm__cl_find_source(const char* name, lm__gpu_type type, lm__cl_source* out_source) {
  out_source->count = 0;
  for (size_t i = 0; i < sizeof kRows / sizeof kRows[0]; ++i) {
    const row* r = &kRows[i];
    if (strcmp(r->name, name) != 0 || !has_word(r->types, kTypes[type])) continue;
    if (!add_text("prelude.cl", 10, "", out_source)) return false;
    for (const char* part = r->parts; *part != '\0';) {
      const size_t length = strcspn(part, " ");
      if (!add_text(part, length, ".part", out_source)) return false;
      part += length + strspn(part + length, " ");
    }
    return add_text(r->file, strlen(r->file), "", out_source);
  }
  return false;
}

bool lm__cl_build_options(const lm__gpu_kernel_key* key, bool can_dot, char* out,
                          size_t out_bytes) {
  int used = snprintf(out, out_bytes,
                      "-w -cl-std=CL1.2 -cl-mad-enable -D %s -D LM_GROUP_X=%u -D LM_GROUP_Y=%u "
                      "-D LM_GROUP_Z=%u%s",
                      kTypeMacros[key->type], key->group[0], key->group[1], key->group[2],
                      can_dot ? " -D LM_HAS_DOT4" : "");
  for (int32_t i = 0; i < key->constant_count && used >= 0 && (size_t)used < out_bytes; ++i) {
    used += snprintf(out + used, out_bytes - (size_t)used, " -D LM_C%d=%d",
                     LM_GPU_FIRST_CONSTANT + i, key->constants[i]);
  }
  return used >= 0 && (size_t)used < out_bytes;
}

uint64_t lm__cl_texts_hash(uint64_t seed) {
  for (const lm__embedded* file = lm__cl_texts; file->name != NULL; ++file) {
    seed = lm__hash64(file->data, file->bytes, seed);
  }
  return seed;
}
