// SPDX-License-Identifier: MIT
//
// Buffers that share memory because they are not alive at the same time. The runtime lays out its
// arena with this; delegates with memory of their own use it for theirs.
#ifndef LITMARK_MEMORY_PLAN_H_
#define LITMARK_MEMORY_PLAN_H_

#include "litmark/allocator.h"
#include "litmark/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A buffer and the node positions between which it is alive, both inclusive.
typedef struct lm_usage {
  size_t bytes;
  int32_t first;
  int32_t last;
  size_t offset;  ///< result
} lm_usage;

/// Gives every usage an offset (LM_ALIGNMENT aligned) such that no two overlap in both time and
/// space: greedy by size with best-fitting gaps (Pisarchyk & Lee 2020, arXiv:2001.03288, section
/// 5), and other orders until one reaches the bound; the smallest result is kept.
///
/// @param positions        node positions run from 0 to positions - 1
/// @param out_arena_bytes  end of the highest usage
/// @param out_bound_bytes  largest sum of usages alive at one position
lm_status lm_memory_plan(lm_usage* usages, int32_t count, int32_t positions, lm_allocator allocator,
                         size_t* out_arena_bytes, size_t* out_bound_bytes, lm_error* err);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_MEMORY_PLAN_H_
