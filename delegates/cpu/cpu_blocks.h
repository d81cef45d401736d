// SPDX-License-Identifier: MIT
//
// How a product reads images. Its rows (output pixels) are dealt out in units, and done in blocks
// of units that follow each other. A block's rows all lie at the same offsets from its base, so
// that these are computed once, at compile time:
//   dense   rows follow each other in memory (1x1 windows, matrix products)
//   direct  windows that never leave the image are read where they are
//   staged  the part of the image that a block's windows touch is copied, with its padding, into
//           the thread's scratch, where no window leaves it. It stays in the second-level cache.
#ifndef LITMARK_CPU_BLOCKS_H_
#define LITMARK_CPU_BLOCKS_H_

#include "cpu_op.h"
#include "geometry.h"

typedef enum lm__cpu_block_kind {
  LM_CPU_BLOCKS_DENSE,
  LM_CPU_BLOCKS_DIRECT,
  LM_CPU_BLOCKS_STAGED
} lm__cpu_block_kind;

typedef struct lm__cpu_blocks {
  lm__geometry g;
  size_t element_bytes;
  uint8_t pad_value;
  uint8_t flip;  ///< that the kernel wants of the input; staging does it where there is one
  lm__cpu_block_kind kind;
  int64_t rows;         ///< of the product
  int32_t taps, depth;  ///< runs of a row, see lm__gemm_input
  size_t pitch;         ///< elements from one input row to the next
  int64_t stage_w;      ///< staged columns, padding included
  int32_t unit_rows;    ///< what threads share: a row of the output image, a tile when dense
  int32_t image_units;  ///< of an image
  int32_t count;        ///< units of all images
  int32_t most_units;   ///< of a block
  // Tables that the owner makes room for:
  size_t* row_offsets;  ///< [lm__cpu_blocks_most_rows()]; NULL when dense
  size_t* tap_offsets;  ///< [taps]
} lm__cpu_blocks;

/// Memory that is wanted soon; no bytes: none.
typedef struct lm__cpu_bytes {
  const void* data;
  size_t bytes;
} lm__cpu_bytes;

/// A block, as kernels take it. In a strip it says what to fetch meanwhile.
typedef struct lm__cpu_block {
  int64_t first;  ///< row of the product; -1 in a strip
  lm__gemm_input in;
  uint8_t flip;
  lm__cpu_bytes next;
} lm__cpu_block;

/// False for windows that are spread so far that the rows which one output row needs do not fit
/// any scratch.
bool lm__cpu_blocks_fit(const lm__geometry* g, size_t element_bytes);

/// Chooses kind and sizes; `mr` is the kernel's. Offsets are filled in by the function below, once
/// the tables are there.
void lm__cpu_blocks_init(lm__cpu_blocks* blocks, const lm__geometry* g, size_t element_bytes,
                         int32_t mr);
void lm__cpu_blocks_fill(lm__cpu_blocks* blocks);

/// Rows of the product that a block has at most.
int64_t lm__cpu_blocks_most_rows(const lm__cpu_blocks* blocks);
/// Scratch of a thread, tail included.
size_t lm__cpu_blocks_scratch_bytes(const lm__cpu_blocks* blocks);

/// The block that begins at unit `begin` of `input` and ends at `end` at the latest: at *out_next.
lm__cpu_block lm__cpu_block_at(const lm__cpu_blocks* blocks, const lm__vector_uk* vector,
                               const uint8_t* input, int32_t begin, int32_t end, uint8_t* scratch,
                               int32_t* out_next);
/// Output rows [y, y + rows) of an image, of products that are not dense; `rows` <= most_units.
lm__cpu_block lm__cpu_block_of_image(const lm__cpu_blocks* blocks, const lm__vector_uk* vector,
                                     const uint8_t* input, int32_t image, int32_t y, int32_t rows,
                                     uint8_t* scratch);
/// `rows` contiguous rows, of products that are dense.
lm__cpu_block lm__cpu_block_of_rows(const lm__cpu_blocks* blocks, const void* in, int32_t rows);

#endif  // LITMARK_CPU_BLOCKS_H_
