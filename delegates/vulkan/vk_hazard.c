// SPDX-License-Identifier: MIT
#include "vk_hazard.h"

#include <string.h>

typedef struct lm__vk_past {
  lm__vk_access access;
  int32_t level;
} lm__vk_past;

// False for empty ranges, whatever lies around them.
static bool conflict(const lm__vk_access* a, const lm__vk_access* b) {
  return (a->writes || b->writes) && a->memory == b->memory && a->begin < b->end &&
         b->begin < a->end && a->begin < a->end && b->begin < b->end;
}

static bool covers(const lm__vk_access* a, const lm__vk_access* b) {
  return a->memory == b->memory && a->begin <= b->begin && b->end <= a->end;
}

void lm__vk_hazards_deinit(lm__vk_hazards* hazards) {
  lm_free(hazards->allocator, hazards->past);
  hazards->past = NULL;
  hazards->count = hazards->capacity = 0;
}

static lm_status reserve(lm__vk_hazards* hazards, size_t more, lm_error* err) {
  if (hazards->count + more <= hazards->capacity) return LM_OK;
  const size_t capacity = 2 * (hazards->count + more);
  lm__vk_past* past = lm_alloc_array(hazards->allocator, capacity, sizeof *past);
  if (past == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate vulkan: list of accesses");
  if (hazards->count > 0) memcpy(past, hazards->past, hazards->count * sizeof *past);
  lm_free(hazards->allocator, hazards->past);
  hazards->past = past;
  hazards->capacity = capacity;
  return LM_OK;
}

// What a write covers was waited for by this write: who conflicts with it conflicts with the write,
// whose level is higher.
static void forget_covered(lm__vk_hazards* hazards, const lm__vk_access* write) {
  size_t kept = 0;
  for (size_t i = 0; i < hazards->count; ++i) {
    if (!covers(write, &hazards->past[i].access)) hazards->past[kept++] = hazards->past[i];
  }
  hazards->count = kept;
}

lm_status lm__vk_hazards_add(lm__vk_hazards* hazards, const lm__vk_access* accesses, int32_t count,
                             int32_t* out_level, lm_error* err) {
  *out_level = 0;
  const lm_status status = reserve(hazards, (size_t)count, err);
  if (status != LM_OK) return status;
  int32_t level = 0;
  for (size_t i = 0; i < hazards->count; ++i) {
    const lm__vk_past* past = &hazards->past[i];
    if (past->level < level) continue;
    for (int32_t k = 0; k < count; ++k) {
      if (conflict(&past->access, &accesses[k])) level = past->level + 1;
    }
  }
  for (int32_t k = 0; k < count; ++k) {
    if (accesses[k].writes) forget_covered(hazards, &accesses[k]);
  }
  for (int32_t k = 0; k < count; ++k) {
    if (accesses[k].begin >= accesses[k].end) continue;
    hazards->past[hazards->count++] = (lm__vk_past){.access = accesses[k], .level = level};
  }
  *out_level = level;
  return LM_OK;
}
