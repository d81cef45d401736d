// SPDX-License-Identifier: MIT
//
// Whether AMX tiles are faster than vectors on this machine, measured when the delegate is opened:
// virtual machines take tiles away for a while, and the rules in kernels.c come from another one.
#ifndef LITMARK_CPU_TILE_SPEED_H_
#define LITMARK_CPU_TILE_SPEED_H_

#include "kernels.h"
#include "litmark/allocator.h"
#include "litmark/status.h"

/// Depths that are measured; any other counts as the nearest of them from below.
#define LM_TILE_CLASSES 3

/// What products may use, by depth.
typedef struct lm__tile_speed {
  uint32_t isa[LM_TILE_CLASSES];  ///< kernels of 8 bits
  /// How many float products six bfloat16 ones (f32_split_list.inc) make in the time of one of
  /// floats; 0: the machine cannot, or may not.
  double split6[LM_TILE_CLASSES];
} lm__tile_speed;

/// Takes LM_CPU_AMX_INT8 out of `isa` where tiles are measured to be slower, and with `floats`
/// fills in `split6`; measures nothing where it has no tiles. Below two milliseconds.
lm_status lm__tile_speed_make(uint32_t isa, bool floats, lm_allocator allocator,
                              lm__tile_speed* out, lm_error* err);

/// `isa` for any depth, and what a rule expects of floats where `floats` and it has tiles for them.
lm__tile_speed lm__tile_speed_fixed(uint32_t isa, bool floats);

/// What the kernel of a product with sums of `depth` may use.
uint32_t lm__tile_speed_isa(const lm__tile_speed* speed, int64_t depth);

/// The same of `split6`.
double lm__tile_speed_split6(const lm__tile_speed* speed, int64_t depth);

#endif  // LITMARK_CPU_TILE_SPEED_H_
