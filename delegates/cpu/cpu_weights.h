// SPDX-License-Identifier: MIT
//
// Where the packed weights of a program live: in its region, in the pack cache, or on the heap.
#ifndef LITMARK_CPU_WEIGHTS_H_
#define LITMARK_CPU_WEIGHTS_H_

#include "cpu_op.h"
#include "pack_cache.h"
#include "pack_region.h"

typedef struct lm__cpu_weights {
  lm__pack_region region;
  lm__pack_cache* cache;  ///< NULL: off
} lm__cpu_weights;

/// Before the first step is compiled.
lm_status lm__cpu_weights_open(lm__cpu_weights* weights, const lm__cpu_build* build,
                               const lm_partition* partition, lm_error* err);

/// After the last: gives back what was not used, and keeps packed blocks for the next time.
lm_status lm__cpu_weights_finish(lm__cpu_weights* weights, lm__cpu_step* const* steps,
                                 int32_t step_count, lm_error* err);

void lm__cpu_weights_close(lm__cpu_weights* weights);

/// What a packed block is made from, each piece of it: any that changes changes the block.
typedef struct lm__pack_source {
  struct {
    const void* data;  ///< may be NULL where bytes is 0
    size_t bytes;
  } pieces[8];
  int32_t count;
} lm__pack_source;

void lm__pack_source_add(lm__pack_source* source, const void* data, size_t bytes);
/// The contents of a constant; `tensor` may be NULL.
void lm__pack_source_add_tensor(lm__pack_source* source, const lm_tensor* tensor);

/// Gives the step `bytes` of packed memory, as lm__cpu_step_pack() does, or, with *out_found true,
/// a block that was packed from `source` before; step->pack_tag is then what it was. Only numbers
/// to compute with belong into such a block: no offsets.
lm_status lm__cpu_step_weights(lm__cpu_step* step, const lm__pack_source* source, size_t bytes,
                               bool* out_found, lm_error* err);

#endif  // LITMARK_CPU_WEIGHTS_H_
