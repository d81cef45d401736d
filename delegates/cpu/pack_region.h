// SPDX-License-Identifier: MIT
//
// Memory for the packed weights of a program: one range of addresses, filled from the front, in
// pages of 2 MiB where the system has them (fewer misses of the address translation).
#ifndef LITMARK_CPU_PACK_REGION_H_
#define LITMARK_CPU_PACK_REGION_H_

#include <stddef.h>
#include <stdint.h>

typedef struct lm__pack_region {
  uint8_t* base;  ///< NULL: there is none, take() gives nothing
  size_t reserved;
  size_t used;
  size_t expected;  ///< that will be used at least
  size_t huge_end;  ///< large pages are asked for up to here
} lm__pack_region;

/// Reserves addresses for what packing some `expected` bytes of weights can take. Where that is
/// little or fails, there is no region.
void lm__pack_region_init(lm__pack_region* region, size_t expected);

/// `bytes` zeroed bytes aligned to LM_ALIGNMENT; NULL: no room, take them elsewhere.
void* lm__pack_region_take(lm__pack_region* region, size_t bytes);

/// Nothing more will be taken: what was not used goes back.
void lm__pack_region_finish(lm__pack_region* region);

void lm__pack_region_release(lm__pack_region* region);

#endif  // LITMARK_CPU_PACK_REGION_H_
