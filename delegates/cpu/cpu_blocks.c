// SPDX-License-Identifier: MIT
#include "cpu_blocks.h"

#include <string.h>

// Most that is staged at a time, unless the windows of a single output row need more.
#define STAGE_BYTES ((size_t)256 << 10)
#define STAGE_MOST_BYTES ((double)(64 << 20))
// Tiles of contiguous rows in a block, at most.
#define DENSE_TILES 16

static bool leaves_image(const lm__geometry* g) {
  const int64_t bottom =
      (int64_t)(g->out_h - 1) * g->stride_h - g->pad_h + (int64_t)(g->filter_h - 1) * g->dilation_h;
  const int64_t right =
      (int64_t)(g->out_w - 1) * g->stride_w - g->pad_w + (int64_t)(g->filter_w - 1) * g->dilation_w;
  return g->pad_h > 0 || g->pad_w > 0 || bottom >= g->in_h || right >= g->in_w;
}

// Input rows that `rows` output rows touch, and columns that all of them do.
static int64_t touched_rows(const lm__geometry* g, int64_t rows) {
  return (rows - 1) * g->stride_h + (int64_t)(g->filter_h - 1) * g->dilation_h + 1;
}
static int64_t touched_columns(const lm__geometry* g) {
  return (int64_t)(g->out_w - 1) * g->stride_w + (int64_t)(g->filter_w - 1) * g->dilation_w + 1;
}

bool lm__cpu_blocks_fit(const lm__geometry* g, size_t element_bytes) {
  const double pixel = (double)g->in_c * (double)element_bytes;
  const double image = (double)g->in_h * g->in_w * pixel;
  const double staged = (double)touched_rows(g, 1) * (double)touched_columns(g) * pixel;
  return !leaves_image(g) || staged <= STAGE_MOST_BYTES || staged <= 4 * image;
}

static void choose_blocks(lm__cpu_blocks* b, int32_t mr) {
  const lm__geometry* g = &b->g;
  if (b->kind == LM_CPU_BLOCKS_DENSE) {
    b->unit_rows = mr;
    b->image_units = (int32_t)((b->rows + mr - 1) / mr);
    b->most_units = b->image_units < DENSE_TILES ? b->image_units : DENSE_TILES;
    b->count = b->image_units;
    return;
  }
  int64_t rows = g->out_h;
  if (b->kind == LM_CPU_BLOCKS_STAGED) {
    const size_t row_bytes = b->pitch * b->element_bytes;
    while (rows > 1 && (size_t)touched_rows(g, rows) * row_bytes > STAGE_BYTES) {
      rows = (rows + 1) / 2;
    }
  }
  b->unit_rows = g->out_w;
  b->image_units = g->out_h;
  b->most_units = (int32_t)rows;
  b->count = g->out_h * g->batches;
}

void lm__cpu_blocks_init(lm__cpu_blocks* b, const lm__geometry* g, size_t element_bytes,
                         int32_t mr) {
  const bool unit = g->filter_h == 1 && g->filter_w == 1 && g->stride_h == 1 && g->stride_w == 1;
  *b = (lm__cpu_blocks){.g = *g, .element_bytes = element_bytes};
  b->kind = leaves_image(g) ? LM_CPU_BLOCKS_STAGED
            : unit          ? LM_CPU_BLOCKS_DENSE
                            : LM_CPU_BLOCKS_DIRECT;
  b->rows = (int64_t)g->batches * g->out_h * g->out_w;
  b->stage_w = touched_columns(g);
  b->pitch = (size_t)(b->kind == LM_CPU_BLOCKS_STAGED ? b->stage_w : g->in_w) * (size_t)g->in_c;
  // The elements of a kernel row follow each other, unless they are apart.
  const bool whole_rows = g->dilation_w == 1;
  b->taps = whole_rows ? g->filter_h : g->filter_h * g->filter_w;
  b->depth = whole_rows ? g->filter_w * g->in_c : g->in_c;
  choose_blocks(b, mr);
}

void lm__cpu_blocks_fill(lm__cpu_blocks* b) {
  const lm__geometry* g = &b->g;
  size_t* to = b->row_offsets;
  for (int32_t y = 0; to != NULL && y < b->most_units; ++y) {
    for (int32_t x = 0; x < g->out_w; ++x) {
      *to++ = (size_t)y * (size_t)g->stride_h * b->pitch +
              (size_t)x * (size_t)g->stride_w * (size_t)g->in_c;
    }
  }
  const int32_t columns = b->taps / g->filter_h;  // 1, or those of the window
  for (int32_t t = 0; t < b->taps; ++t) {
    b->tap_offsets[t] = (size_t)(t / columns) * (size_t)g->dilation_h * b->pitch +
                        (size_t)(t % columns) * (size_t)g->dilation_w * (size_t)g->in_c;
  }
}

int64_t lm__cpu_blocks_most_rows(const lm__cpu_blocks* b) {
  return (int64_t)b->most_units * b->unit_rows;
}

size_t lm__cpu_blocks_scratch_bytes(const lm__cpu_blocks* b) {
  const size_t staged =
      b->kind == LM_CPU_BLOCKS_STAGED
          ? (size_t)touched_rows(&b->g, b->most_units) * b->pitch * b->element_bytes
          : 0;
  return staged + LM_TAIL_BYTES;
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Input rows [top, top + rows) of an image with their padding. A PAD that the convolution does may
// reach farther than its windows.
static void stage(const lm__cpu_blocks* b, const lm__vector_uk* vector, const uint8_t* input,
                  int32_t image, int64_t top, int64_t rows, uint8_t* to) {
  const lm__geometry* g = &b->g;
  const size_t pixel = (size_t)g->in_c * b->element_bytes;
  const size_t row_bytes = (size_t)b->stage_w * pixel;
  const size_t left = least((size_t)g->pad_w * pixel, row_bytes);
  const size_t middle = least((size_t)g->in_w * pixel, row_bytes - left);
  const uint8_t pad = b->pad_value ^ b->flip;
  for (int64_t y = top; y < top + rows; ++y, to += row_bytes) {
    if (y < 0 || y >= g->in_h) {
      memset(to, pad, row_bytes);
      continue;
    }
    const uint8_t* from = input + (size_t)((int64_t)image * g->in_h + y) * (size_t)g->in_w * pixel;
    memset(to, pad, left);
    if (b->flip != 0) {
      vector->u8_xor(middle, from, b->flip, to + left);
    } else {
      memcpy(to + left, from, middle);
    }
    memset(to + left + middle, pad, row_bytes - left - middle);
  }
}

lm__cpu_block lm__cpu_block_of_image(const lm__cpu_blocks* b, const lm__vector_uk* vector,
                                     const uint8_t* input, int32_t image, int32_t y, int32_t rows,
                                     uint8_t* scratch) {
  const lm__geometry* g = &b->g;
  lm__cpu_block block = {.first = ((int64_t)image * g->out_h + y) * g->out_w,
                         .flip = b->flip,
                         .in = {.rows = rows * g->out_w,
                                .taps = b->taps,
                                .depth = b->depth,
                                .row_offsets = b->row_offsets,
                                .tap_offsets = b->tap_offsets}};
  const int64_t top = (int64_t)y * g->stride_h - g->pad_h;
  if (b->kind == LM_CPU_BLOCKS_STAGED) {
    stage(b, vector, input, image, top, touched_rows(g, rows), scratch);
    block.in.base = scratch;
    block.flip = 0;
  } else {
    const size_t row = (size_t)image * (size_t)g->in_h + (size_t)top;
    block.in.base = input + row * b->pitch * b->element_bytes;
  }
  return block;
}

lm__cpu_block lm__cpu_block_of_rows(const lm__cpu_blocks* b, const void* in, int32_t rows) {
  return (lm__cpu_block){.first = -1,
                         .flip = b->flip,
                         .in = {.rows = rows,
                                .taps = b->taps,
                                .depth = b->depth,
                                .base = in,
                                .row_stride = (size_t)b->depth,
                                .tap_offsets = b->tap_offsets}};
}

lm__cpu_block lm__cpu_block_at(const lm__cpu_blocks* b, const lm__vector_uk* vector,
                               const uint8_t* input, int32_t begin, int32_t end, uint8_t* scratch,
                               int32_t* out_next) {
  const int32_t image = begin / b->image_units, unit = begin % b->image_units;
  int32_t units = b->image_units - unit;
  if (units > end - begin) units = end - begin;
  if (units > b->most_units) units = b->most_units;
  *out_next = begin + units;
  if (b->kind != LM_CPU_BLOCKS_DENSE) {
    return lm__cpu_block_of_image(b, vector, input, image, unit, units, scratch);
  }
  const int64_t first = (int64_t)begin * b->unit_rows, left = b->rows - first;
  const int64_t rows = (int64_t)units * b->unit_rows;
  const uint8_t* in = input + (size_t)first * (size_t)b->depth * b->element_bytes;
  lm__cpu_block block = lm__cpu_block_of_rows(b, in, (int32_t)(rows < left ? rows : left));
  block.first = first;
  return block;
}
