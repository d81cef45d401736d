// SPDX-License-Identifier: MIT
//
// Which dispatches may run at the same time. Each gets a level: one more than the highest level of
// an earlier dispatch that it must wait for, because one of both writes what the other reads or
// writes. Dispatches of one level need nothing between them, levels are separated by one barrier.
#ifndef LITMARK_VK_HAZARD_H_
#define LITMARK_VK_HAZARD_H_

#include "litmark/allocator.h"
#include "litmark/status.h"

#include <stdbool.h>
#include <stdint.h>

/// Bytes [begin, end) of a memory object. Empty ones touch nothing.
typedef struct lm__vk_access {
  const void* memory;  ///< identity only
  size_t begin;
  size_t end;
  bool writes;
} lm__vk_access;

/// Begins as zeros with its allocator.
typedef struct lm__vk_hazards {
  lm_allocator allocator;
  struct lm__vk_past* past;  // accesses so far
  size_t count;
  size_t capacity;
} lm__vk_hazards;

void lm__vk_hazards_deinit(lm__vk_hazards* hazards);

/// Level of the next dispatch, from 0.
lm_status lm__vk_hazards_add(lm__vk_hazards* hazards, const lm__vk_access* accesses, int32_t count,
                             int32_t* out_level, lm_error* err);

#endif  // LITMARK_VK_HAZARD_H_
