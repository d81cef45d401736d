// SPDX-License-Identifier: MIT
//
// Products on AMX tiles: 16 rows x 64 columns a block (one tile of activations serves four of
// weights) or 32 x 32 (two by two, which loads least). Activations of either sign are multiplied as
// they are. Weights are s8, uint8 ones less 128: u8 x u8 would not save the rows' sums, which any
// zero point of weights but 0 asks for. Sums go through memory to the epilogue of the other AVX-512
// kernels, while the next block multiplies.
#include "requant_avx512.h"

#include "q8_finish.h"

#include "amx_tile.h"

#define DEPTH 64  // of a step
#ifdef LM_AMX_EMULATED
#define NAMED(name) LM_UK_PASTE(name, _emulated)
#else
#define NAMED(name) name
#endif

// Positions [position, position + rows) of a tile hold rows [first, first + rows). Runs have at
// most PIECE_ROWS rows, which are brought to 8 bits together.
#define PIECE_ROWS 4
typedef struct tile_run {
  int32_t first;
  int position, rows;
} tile_run;

// Where a tile's 16 rows come from. Positions may lie between the rows that are wanted, such as
// those of the padding between two rows of an image: what comes out there is not stored.
typedef struct tile_rows {
  const uint8_t* base;  // of position 0, in the first run
  size_t stride;
  bool gathered;                 // rows are not equally spaced, or too few:
  const uint8_t* row[AMX_ROWS];  // copied from here
  int32_t end;                   // first row after those of this tile
  int run_count;
  tile_run runs[AMX_ROWS];
} tile_rows;

static size_t offset_of(const lm__gemm_input* in, int32_t row) {
  return in->row_offsets != NULL ? in->row_offsets[row] : (size_t)row * in->row_stride;
}

static void add_row(tile_rows* tile, int32_t row, int position) {
  tile_run* last = tile->run_count > 0 ? &tile->runs[tile->run_count - 1] : NULL;
  if (last != NULL && position == last->position + last->rows && last->rows < PIECE_ROWS) {
    ++last->rows;
  } else {
    tile->runs[tile->run_count++] = (tile_run){row, position, 1};
  }
}

static void gather_rows(const lm__gemm_input* in, int32_t first, tile_rows* tile) {
  const uint8_t* base = in->base;
  const int32_t left = in->rows - first;
  const int rows = left < AMX_ROWS ? (int)left : AMX_ROWS;
  for (int i = 0; i < AMX_ROWS; ++i) {
    tile->row[i] = base + offset_of(in, first + (i < rows ? i : 0));
  }
  tile->gathered = true;
  tile->end = first + rows;
  tile->run_count = 0;
  for (int i = 0; i < rows; ++i) add_row(tile, first + i, i);
}

// A tile that begins at row `first`: rows at multiples of the distance to
// the nearer of its neighbours. Where
// it would reach beyond the last row it begins earlier instead, over rows that are done already.
static void plan_rows(const lm__gemm_input* in, int32_t first, tile_rows* tile) {
  const size_t begin = offset_of(in, first);
  const size_t after = first + 1 < in->rows ? offset_of(in, first + 1) - begin : 0;
  const size_t before = first > 0 ? begin - offset_of(in, first - 1) : 0;
  const size_t stride = after == 0 || (before > 0 && before < after) ? before : after;
  const size_t last = offset_of(in, in->rows - 1);
  size_t start = begin;
  int skipped = 0;  // positions before that of `first`
  while (stride > 0 && start + (AMX_ROWS - 1) * stride > last && start >= stride) {
    start -= stride;
    ++skipped;
  }
  if (stride == 0 || skipped >= AMX_ROWS || start < offset_of(in, 0) ||
      start + (AMX_ROWS - 1) * stride > last) {
    gather_rows(in, first, tile);
    return;
  }
  tile->gathered = false;
  tile->base = (const uint8_t*)in->base + start;
  tile->stride = stride;
  tile->run_count = 0;
  int32_t row = first;
  size_t at = begin;
  for (int position = skipped; position < AMX_ROWS && row < in->rows; ++position, at += stride) {
    if (offset_of(in, row) < at) break;
    if (offset_of(in, row) == at) add_row(tile, row++, position);
  }
  tile->end = row;
}

typedef struct gathered {
  _Alignas(64) uint8_t bytes[AMX_TILE_BYTES];
} gathered;

// What AMX_LOAD takes: the tile's bytes at `offset` from where its rows begin.
typedef struct tile_view {
  const uint8_t* base;
  size_t stride;
} tile_view;

LM_UK_INLINE tile_view view_rows(const tile_rows* tile, size_t offset, gathered* copy) {
  if (!tile->gathered) return (tile_view){tile->base + offset, tile->stride};
  for (int i = 0; i < AMX_ROWS; ++i) {
    _mm512_store_si512(copy->bytes + i * AMX_ROW_BYTES, _mm512_loadu_si512(tile->row[i] + offset));
  }
  return (tile_view){copy->bytes, AMX_ROW_BYTES};
}

#define DOT(c, a, b)       \
  do {                     \
    if (is_signed) {       \
      AMX_DPBSSD(c, a, b); \
    } else {               \
      AMX_DPBUSD(c, a, b); \
    }                      \
  } while (0)

// One or two tiles of rows that meet a panel at once.
typedef struct row_block {
  tile_rows tiles[2];
  int tile_count;
  int piece_count;  // of rows, see tile_run
} row_block;

// What a block of sums leaves to the next one: stores of tiles, 8-bit outputs and loads of the next
// block's tiles have units of their own, so that they go on at the same time.
typedef struct rest {
  const row_block* rows;  // NULL: nothing
  const int32_t* head;    // of the panel
  int32_t column;         // its first
  int tile, run;          // the next piece
} rest;

// A run of rows of sums to where it belongs.
LM_UK_INLINE void finish(const lm__q8_gemm_args* args, const q8_end* end, rest* before,
                         const int nv, vi* sums) {
  const tile_rows* tile = &before->rows->tiles[before->tile];
  const tile_run run = tile->runs[before->run];
  vi* block = sums + (before->tile * AMX_ROWS + run.position) * nv;
  if (++before->run == tile->run_count) {
    before->run = 0;
    ++before->tile;
  }
  for (int r = 0; args->row_terms != NULL && r < run.rows; ++r) {
    const vi term = vi_set1(args->row_terms[run.first + r]);
    for (int v = 0; v < nv; ++v) block[r * nv + v] = vi_add(block[r * nv + v], term);
  }
  const size_t offset = (size_t)run.first * args->c_stride + (size_t)before->column;
  if (args->requant == LM_Q8_INTEGER || args->sums != NULL ||
      !q8_finish(args, end, before->head, nv, run.rows, block, args->c + offset,
                 args->columns - before->column)) {
    q8_finish_slowly(args, before->head, nv, run.rows, block, offset, before->column);
  }
}

// What multiplies a block: `wide` one tile of rows by four of columns, else one or two by two.
typedef struct block_shape {
  int nv;
  bool wide, two, is_signed;
} block_shape;

// Takes a tile of sums for the next block, which begin at the bias, the same in every row.
#define TAKE(c, at, bias)                                 \
  do {                                                    \
    if (stores) AMX_STORE(c, (at), pitch);                \
    AMX_LOAD(c, panel + (size_t)(bias)*AMX_ROW_BYTES, 0); \
  } while (0)
#define TAKE_0 TAKE(0, sums, 0)
#define TAKE_1 TAKE(1, sums + 1, 1)
#define TAKE_2 TAKE(2, sums + (nv == 4 ? 2 : AMX_ROWS * nv), nv == 4 ? 2 : 0)
#define TAKE_3 TAKE(3, sums + (nv == 4 ? 3 : AMX_ROWS * nv + 1), nv == 4 ? 3 : 1)

// The products of one step of depth; with the first one, tiles change hands.
LM_UK_INLINE void step(const tile_view a, const tile_view b, const uint8_t* w, const uint8_t* panel,
                       const block_shape shape, const bool begins, const bool stores, vi* sums) {
  const int nv = shape.nv;
  const bool is_signed = shape.is_signed;
  const size_t pitch = (size_t)nv * AMX_ROW_BYTES;
  AMX_LOAD(4, a.base, a.stride);
  AMX_LOAD(6, w, AMX_ROW_BYTES);
  if (begins) TAKE_0;
  DOT(0, 4, 6);
  AMX_LOAD(7, w + AMX_TILE_BYTES, AMX_ROW_BYTES);
  if (begins) TAKE_1;
  DOT(1, 4, 7);
  if (shape.wide) {
    AMX_LOAD(6, w + 2 * AMX_TILE_BYTES, AMX_ROW_BYTES);
    if (begins) TAKE_2;
    DOT(2, 4, 6);
    AMX_LOAD(7, w + 3 * AMX_TILE_BYTES, AMX_ROW_BYTES);
    if (begins) TAKE_3;
    DOT(3, 4, 7);
  } else if (shape.two) {
    AMX_LOAD(5, b.base, b.stride);
    if (begins) TAKE_2;
    DOT(2, 5, 6);
    if (begins) TAKE_3;
    DOT(3, 5, 7);
  } else if (begins) {  // of columns that nobody asked for, or rows
    TAKE_2;
    TAKE_3;
  }
}

// Multiplies a block by a panel, while the block before it is finished, evenly over the steps.
// Sums stay in their tiles.
LM_UK_INLINE void multiply(const lm__q8_gemm_args* args, const q8_end* end, const row_block* rows,
                           const uint8_t* panel, const block_shape shape, const char** ahead,
                           rest* before, vi* sums) {
  const lm__gemm_input* in = &args->in;
  const int nv = shape.nv;
  const uint8_t* w = panel + 6 * (size_t)nv * AMX_ROW_BYTES;
  const int64_t steps = (int64_t)in->taps * ((in->depth + DEPTH - 1) / DEPTH);
  const int64_t pieces = before->rows != NULL ? before->rows->piece_count : 0;
  int64_t due = 0;
  gathered copy[2];
  bool begins = true;
  for (int32_t t = 0; t < in->taps; ++t) {
    const size_t begin = in->tap_offsets[t], last = begin + (size_t)in->depth;
    for (size_t k = begin; k < last; k += DEPTH, w += (size_t)nv * AMX_TILE_BYTES) {
      if ((k - begin) % (LM_UK_NEXT_STEPS * DEPTH) == 0) {
        for (int32_t line = args->ahead.lines; line > 0; --line, *ahead += LM_UK_LINE_BYTES) {
          __builtin_prefetch(*ahead, 0, 2);
        }
      }
      const tile_view a = view_rows(&rows->tiles[0], k, &copy[0]);
      const tile_view b = shape.two ? view_rows(&rows->tiles[1], k, &copy[1]) : a;
      if (begins) {
        step(a, b, w, panel, shape, true, pieces > 0, sums);
        begins = false;
      } else {
        step(a, b, w, panel, shape, false, false, sums);
      }
      for (due += pieces; due >= steps; due -= steps) finish(args, end, before, nv, sums);
    }
  }
}

// Finishes the last block.
LM_UK_INLINE void drain(const lm__q8_gemm_args* args, const q8_end* end, rest* before, const int nv,
                        vi* sums) {
  const size_t pitch = (size_t)nv * AMX_ROW_BYTES;
  AMX_STORE(0, sums, pitch);
  AMX_STORE(1, sums + 1, pitch);
  AMX_STORE(2, sums + (nv == 4 ? 2 : AMX_ROWS * nv), pitch);
  AMX_STORE(3, sums + (nv == 4 ? 3 : AMX_ROWS * nv + 1), pitch);
  for (int i = before->rows->piece_count; i > 0; --i) finish(args, end, before, nv, sums);
}

// All panels for a block of rows.
LM_UK_INLINE void sweep(const lm__q8_gemm_args* args, const q8_end* end, const row_block* rows,
                        const int nv, const bool two, const bool is_signed, const char** ahead,
                        rest* before, vi* sums) {
  const lm__gemm_input* in = &args->in;
  const size_t steps = (size_t)in->taps * (((size_t)in->depth + DEPTH - 1) / DEPTH);
  const size_t panel_bytes = (size_t)nv * (6 * AMX_ROW_BYTES + steps * AMX_TILE_BYTES);
  const uint8_t* panel = args->packed;
  for (int32_t first = 0; first < args->columns; first += nv * VI_LANES, panel += panel_bytes) {
    const bool wide = nv == 4 && args->columns - first > 2 * VI_LANES;
    if (wide) {
      multiply(args, end, rows, panel, (block_shape){nv, true, false, is_signed}, ahead, before,
               sums);
    } else {  // of four tiles of columns, the upper two are empty
      multiply(args, end, rows, panel, (block_shape){nv, false, two, is_signed}, ahead, before,
               sums);
    }
    *before = (rest){.rows = rows, .head = (const int32_t*)(const void*)panel, .column = first};
  }
}

// A block that begins at row `first`; returns the row after it.
LM_UK_INLINE int32_t plan_block(const lm__gemm_input* in, int32_t first, const bool pair,
                                row_block* block) {
  plan_rows(in, first, &block->tiles[0]);
  block->tile_count = 1;
  block->piece_count = block->tiles[0].run_count;
  if (pair && block->tiles[0].end < in->rows) {
    plan_rows(in, block->tiles[0].end, &block->tiles[1]);
    block->tile_count = 2;
    block->piece_count += block->tiles[1].run_count;
  }
  return block->tiles[block->tile_count - 1].end;
}

// All rows, `pair` of tiles at once where there are two.
LM_UK_INLINE void run(const lm__q8_gemm_args* args, const int nv, const bool pair,
                      const bool is_signed) {
  row_block blocks[2];  // one of which still is to be finished
  vi sums[2 * AMX_ROWS * 2];
  rest before = {.rows = NULL};
  const q8_end end = q8_end_make(args);
  const char* ahead = args->ahead.next;
  AMX_START();
  for (int32_t first = 0, i = 0; first < args->in.rows; i ^= 1) {
    first = plan_block(&args->in, first, pair, &blocks[i]);
    if (pair && blocks[i].tile_count == 2) {
      sweep(args, &end, &blocks[i], nv, true, is_signed, &ahead, &before, sums);
    } else {
      sweep(args, &end, &blocks[i], nv, false, is_signed, &ahead, &before, sums);
    }
  }
  if (before.rows != NULL) drain(args, &end, &before, nv, sums);
  AMX_STOP();
}

#define KERNEL(name, nv, pair)                     \
  void NAMED(name)(const lm__q8_gemm_args* args);  \
  void NAMED(name)(const lm__q8_gemm_args* args) { \
    if (args->is_signed) {                         \
      run(args, nv, pair, true);                   \
    } else {                                       \
      run(args, nv, pair, false);                  \
    }                                              \
  }

KERNEL(lm__uk_q8_gemm_16x64c64__amxint8, 4, false)
KERNEL(lm__uk_q8_gemm_32x32c64__amxint8, 2, true)
