// SPDX-License-Identifier: MIT
//
// Products on AMX tiles: 16 rows x 64 columns a block (one tile of activations serves four of
// weights) or 32 x 32 (two by two, which loads least). Activations of either sign are multiplied as
// they are. Sums go through memory to the epilogue of the other AVX-512 kernels.
#include "requant_avx512.h"

#include "q8_finish.h"

#include "amx_tile.h"

#define DEPTH 64  // of a step
#ifdef LM_AMX_EMULATED
#define NAMED(name) LM_UK_PASTE(name, _emulated)
#else
#define NAMED(name) name
#endif

// Positions [position, position + rows) of a tile hold rows [first, first + rows).
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

static void gather_rows(const lm__gemm_input* in, int32_t first, tile_rows* tile) {
  const uint8_t* base = in->base;
  const int32_t left = in->rows - first;
  const int rows = left < AMX_ROWS ? (int)left : AMX_ROWS;
  for (int i = 0; i < AMX_ROWS; ++i) {
    tile->row[i] = base + offset_of(in, first + (i < rows ? i : 0));
  }
  tile->gathered = true;
  tile->end = first + rows;
  tile->run_count = 1;
  tile->runs[0] = (tile_run){first, 0, rows};
}

static void add_row(tile_rows* tile, int32_t row, int position) {
  tile_run* last = &tile->runs[tile->run_count - 1];
  if (tile->run_count > 0 && position == last->position + last->rows) {
    ++last->rows;
  } else {
    tile->runs[tile->run_count++] = (tile_run){row, position, 1};
  }
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

// Sums of `tiles` (1 or 2) tiles of rows by the panel's first `wide` ? 4 : 2 tiles of columns;
// one tile of rows after the other, in rows of `nv` vectors.
LM_UK_INLINE void multiply(const lm__gemm_input* in, const tile_rows* rows, const int tiles,
                           const bool wide, const bool is_signed, const uint8_t* panel,
                           const int nv, vi* sums) {
  gathered copy[2];
  const size_t pitch = (size_t)nv * AMX_ROW_BYTES;
  const uint8_t* w = panel + 6 * (size_t)nv * AMX_ROW_BYTES;
  // Sums begin at the bias, the same in every row.
  AMX_LOAD(0, panel, 0);
  AMX_LOAD(1, panel + AMX_ROW_BYTES, 0);
  if (wide || tiles == 2) {
    AMX_LOAD(2, panel + (wide ? 2 * AMX_ROW_BYTES : 0), 0);
    AMX_LOAD(3, panel + (wide ? 3 * AMX_ROW_BYTES : AMX_ROW_BYTES), 0);
  }
  for (int32_t t = 0; t < in->taps; ++t) {
    const size_t begin = in->tap_offsets[t], end = begin + (size_t)in->depth;
    for (size_t k = begin; k < end; k += DEPTH, w += (size_t)nv * AMX_TILE_BYTES) {
      const tile_view a = view_rows(&rows[0], k, &copy[0]);
      AMX_LOAD(4, a.base, a.stride);
      AMX_LOAD(6, w, AMX_ROW_BYTES);
      DOT(0, 4, 6);
      AMX_LOAD(7, w + AMX_TILE_BYTES, AMX_ROW_BYTES);
      DOT(1, 4, 7);
      if (wide) {
        AMX_LOAD(6, w + 2 * AMX_TILE_BYTES, AMX_ROW_BYTES);
        DOT(2, 4, 6);
        AMX_LOAD(7, w + 3 * AMX_TILE_BYTES, AMX_ROW_BYTES);
        DOT(3, 4, 7);
      } else if (tiles == 2) {
        const tile_view b = view_rows(&rows[1], k, &copy[1]);
        AMX_LOAD(5, b.base, b.stride);
        DOT(2, 5, 6);
        DOT(3, 5, 7);
      }
    }
  }
  AMX_STORE(0, sums, pitch);
  AMX_STORE(1, sums + 1, pitch);
  if (wide) {
    AMX_STORE(2, sums + 2, pitch);
    AMX_STORE(3, sums + 3, pitch);
  } else if (tiles == 2) {
    AMX_STORE(2, sums + AMX_ROWS * nv, pitch);
    AMX_STORE(3, sums + AMX_ROWS * nv + 1, pitch);
  }
}

// Rows of sums, from column `first` on, to where they belong.
LM_UK_INLINE void finish(const lm__q8_gemm_args* args, const q8_end* end, const tile_rows* tile,
                         const int32_t* head, const int nv, vi* sums, int32_t first) {
  for (int i = 0; i < tile->run_count; ++i) {
    const tile_run run = tile->runs[i];
    vi* block = sums + run.position * nv;
    for (int r = 0; args->row_terms != NULL && r < run.rows; ++r) {
      const vi term = vi_set1(args->row_terms[run.first + r]);
      for (int v = 0; v < nv; ++v) block[r * nv + v] = vi_add(block[r * nv + v], term);
    }
    const size_t offset = (size_t)run.first * args->c_stride + (size_t)first;
    if (args->requant != LM_Q8_INTEGER && args->sums == NULL &&
        q8_finish(args, end, head, nv, run.rows, block, args->c + offset, args->columns - first)) {
      continue;
    }
    q8_finish_slowly(args, head, nv, run.rows, block, offset, first);
  }
}

// All panels for one tile of rows, or two at once.
LM_UK_INLINE void sweep(const lm__q8_gemm_args* args, const q8_end* end, const tile_rows* rows,
                        const int tiles, const int nv, const bool is_signed) {
  const lm__gemm_input* in = &args->in;
  const size_t steps = (size_t)in->taps * (((size_t)in->depth + DEPTH - 1) / DEPTH);
  const size_t panel_bytes = (size_t)nv * (6 * AMX_ROW_BYTES + steps * AMX_TILE_BYTES);
  const uint8_t* panel = args->packed;
  vi sums[2 * AMX_ROWS * 2];
  for (int32_t first = 0; first < args->columns; first += nv * VI_LANES, panel += panel_bytes) {
    if (nv == 2) {
      multiply(in, rows, tiles, false, is_signed, panel, nv, sums);
    } else if (args->columns - first > 2 * VI_LANES) {
      multiply(in, rows, 1, true, is_signed, panel, nv, sums);
    } else {  // the upper half of the panel is empty
      multiply(in, rows, 1, false, is_signed, panel, nv, sums);
      for (int r = 0; r < AMX_ROWS; ++r) sums[r * nv + 2] = sums[r * nv + 3] = vi_zero();
    }
    for (int t = 0; t < tiles; ++t) {
      finish(args, end, &rows[t], (const int32_t*)(const void*)panel, nv, sums + t * AMX_ROWS * nv,
             first);
    }
  }
}

// All rows, `pair` of tiles at once where there are two.
LM_UK_INLINE void run(const lm__q8_gemm_args* args, const int nv, const bool pair,
                      const bool is_signed) {
  tile_rows rows[2];
  const q8_end end = q8_end_make(args);
  AMX_START();
  for (int32_t first = 0; first < args->in.rows;) {
    plan_rows(&args->in, first, &rows[0]);
    first = rows[0].end;
    if (pair && first < args->in.rows) {
      plan_rows(&args->in, first, &rows[1]);
      first = rows[1].end;
      sweep(args, &end, rows, 2, nv, is_signed);
    } else {
      sweep(args, &end, rows, 1, nv, is_signed);
    }
  }
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
