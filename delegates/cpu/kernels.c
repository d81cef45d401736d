// SPDX-License-Identifier: MIT
#include "kernels.h"

#include <math.h>

#define COUNT(table) ((int32_t)(sizeof(table) / sizeof(table)[0]))

// ---- f32_gemm
#define LM_UKERNEL(isa, mr, nr, vectors, exact, symbol) void symbol(const lm__f32_gemm_args* args);
#include "ukernels/f32_gemm_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, mr, nr, vectors, exact, symbol) \
  {(isa), (mr), (nr), (vectors), (exact) != 0, 0, false, symbol, &#symbol[sizeof "lm__uk"]},
const lm__f32_gemm_uk lm__f32_gemm_uks[] = {
#include "ukernels/f32_gemm_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__f32_gemm_uk_count = COUNT(lm__f32_gemm_uks);

// ---- f32_gemm_half
#define LM_UKERNEL(isa, mr, nr, vectors, exact, symbol) void symbol(const lm__f32_gemm_args* args);
#include "ukernels/f32_gemm_half_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, mr, nr, vectors, exact, symbol) \
  {(isa), (mr), (nr), (vectors), (exact) != 0, 0, true, symbol, &#symbol[sizeof "lm__uk"]},
const lm__f32_gemm_uk lm__f32_gemm_half_uks[] = {
#include "ukernels/f32_gemm_half_list.inc"
    {.name = "none"},
};
#undef LM_UKERNEL
const int32_t lm__f32_gemm_half_uk_count = COUNT(lm__f32_gemm_half_uks) - 1;

// ---- f32_split
#define LM_UKERNEL(isa, mr, nr, products, symbol) void symbol(const lm__f32_gemm_args* args);
#include "ukernels/f32_split_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, mr, nr, products, symbol) \
  {(isa), (mr), (nr), (nr) / 16, false, (products), false, symbol, &#symbol[sizeof "lm__uk"]},
const lm__f32_gemm_uk lm__f32_split_uks[] = {
#include "ukernels/f32_split_list.inc"
    {.name = "none"},
};
#undef LM_UKERNEL
const int32_t lm__f32_split_uk_count = COUNT(lm__f32_split_uks) - 1;

// ---- q8_gemm
// is_signed, is_either
#define U8 false, false
#define S8 true, false
#define EITHER false, true
// order, is_short
#define PLAIN LM_Q8_PLAIN, false
#define PAIRS LM_Q8_PAIRS, false
#define SHORT LM_Q8_PAIRS, true
#define EVEN_ODD LM_Q8_EVEN_ODD, false
#define LM_UKERNEL(isa, mr, nr, kr, domain, order, symbol) \
  void symbol(const lm__q8_gemm_args* args);
#include "ukernels/q8_gemm_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, mr, nr, kr, domain, order, symbol) \
  {(isa), (mr), (nr), (kr), domain, order, symbol, &#symbol[sizeof "lm__uk"]},
const lm__q8_gemm_uk lm__q8_gemm_uks[] = {
#include "ukernels/q8_gemm_list.inc"
};
#undef LM_UKERNEL
#undef U8
#undef S8
#undef EITHER
#undef PLAIN
#undef PAIRS
#undef SHORT
#undef EVEN_ODD
const int32_t lm__q8_gemm_uk_count = COUNT(lm__q8_gemm_uks);

// ---- f32_dw
#define LM_UKERNEL(isa, nr, exact, symbol) void symbol(const lm__f32_dw_args* args);
#include "ukernels/f32_dw_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, nr, exact, symbol) \
  {(isa), (nr), (exact) != 0, symbol, &#symbol[sizeof "lm__uk"]},
const lm__f32_dw_uk lm__f32_dw_uks[] = {
#include "ukernels/f32_dw_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__f32_dw_uk_count = COUNT(lm__f32_dw_uks);

// ---- q8_dw
#define LM_UKERNEL(isa, nr, pairs, symbol) void symbol(const lm__q8_dw_args* args);
#include "ukernels/q8_dw_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, nr, pairs, symbol) \
  {(isa), (nr), (pairs) != 0, symbol, &#symbol[sizeof "lm__uk"]},
const lm__q8_dw_uk lm__q8_dw_uks[] = {
#include "ukernels/q8_dw_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__q8_dw_uk_count = COUNT(lm__q8_dw_uks);

// ---- q8_add
#define LM_UKERNEL(isa, linear, symbol) \
  void symbol(const lm__q8_add_args* args, const lm__rows* rows);
#include "ukernels/q8_add_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, linear, symbol) {(isa), (linear) != 0, symbol, &#symbol[sizeof "lm__uk"]},
const lm__q8_add_uk lm__q8_add_uks[] = {
#include "ukernels/q8_add_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__q8_add_uk_count = COUNT(lm__q8_add_uks);

// ---- q8_mul
#define LM_UKERNEL(isa, symbol) void symbol(const lm__q8_mul_args* args, const lm__rows* rows);
#include "ukernels/q8_mul_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, symbol) {(isa), symbol, &#symbol[sizeof "lm__uk"]},
const lm__q8_mul_uk lm__q8_mul_uks[] = {
#include "ukernels/q8_mul_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__q8_mul_uk_count = COUNT(lm__q8_mul_uks);

// ---- lookup
#define LM_UKERNEL(isa, symbol) \
  void symbol(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
#include "ukernels/lookup_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, symbol) {(isa), symbol, &#symbol[sizeof "lm__uk"]},
const lm__lookup_uk lm__lookup_uks[] = {
#include "ukernels/lookup_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__lookup_uk_count = COUNT(lm__lookup_uks);

// ---- pool
#define LM_UKERNEL(symbol) extern const lm__pool_uk symbol;
#include "ukernels/pool_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(symbol) &symbol,
const lm__pool_uk* const lm__pool_uks[] = {
#include "ukernels/pool_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__pool_uk_count = COUNT(lm__pool_uks);

// ---- vector
#define LM_UKERNEL(symbol) extern const lm__vector_uk symbol;
#include "ukernels/vector_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(symbol) &symbol,
const lm__vector_uk* const lm__vector_uks[] = {
#include "ukernels/vector_list.inc"
};
#undef LM_UKERNEL
const int32_t lm__vector_uk_count = COUNT(lm__vector_uks);

// Work for a row of a product in units of one multiplication, from measurements on AVX-512: a last
// panel computes whole vectors, and a single vector takes as long as one and a third.
static double f32_gemm_cost(const lm__f32_gemm_uk* uk, int32_t columns) {
  const int32_t lanes = uk->nr / uk->vectors;
  const int32_t whole = columns / uk->nr;
  const int32_t last = (columns % uk->nr + lanes - 1) / lanes;
  const double single = 4.0 / 3.0;
  const double panel = uk->vectors > 1 ? uk->vectors : single;
  return (whole * panel + (last == 1 ? single : last)) * lanes;
}

// Both selections start at the first kernel that the machine can run and keep to its instruction
// set, because slower sets follow.
const lm__f32_gemm_uk* lm__f32_gemm_select(uint32_t isa, bool exact, int32_t columns) {
  const lm__f32_gemm_uk* uk = lm__f32_gemm_uks;
  while ((uk->isa & ~isa) != 0 || (exact && !uk->exact)) ++uk;
  const lm__f32_gemm_uk* best = uk;
  const lm__f32_gemm_uk* end = lm__f32_gemm_uks + COUNT(lm__f32_gemm_uks);
  for (const uint32_t needed = uk->isa; uk < end && uk->isa == needed; ++uk) {
    if (uk->exact != best->exact) continue;
    if (f32_gemm_cost(uk, columns) < f32_gemm_cost(best, columns)) best = uk;
  }
  return best;
}

const lm__f32_gemm_uk* lm__f32_gemm_half_of(const lm__f32_gemm_uk* uk) {
  for (int32_t i = 0; i < lm__f32_gemm_half_uk_count; ++i) {
    const lm__f32_gemm_uk* half = &lm__f32_gemm_half_uks[i];
    if (uk->products == 0 && half->isa == uk->isa && half->mr == uk->mr && half->nr == uk->nr &&
        half->exact == uk->exact) {
      return half;
    }
  }
  return NULL;
}

// Whether a product is worth tiles of 16 rows and steps of 64 products.
static bool tiles_pay(int64_t rows, int64_t depth) { return rows >= 16 && depth > 32; }

static int64_t pieces_of(int64_t whole, int64_t piece) { return (whole + piece - 1) / piece; }

// Cycles of a product on tiles: 16 a step of a tile, unless loads take longer, which they do less
// with two tiles of rows; full rows of output are cheaper to store.
static double tile_cost(const lm__q8_gemm_uk* uk, int64_t rows, int32_t columns, int64_t depth) {
  const double tiles = (double)pieces_of(rows, 16) * 2 * (double)pieces_of(columns, 32);
  const double steps = (double)pieces_of(depth, uk->kr);
  return tiles * (uk->nr == 64 ? steps * 17.6 + 26 : steps * 16.0 + 38);
}

// Rows beyond which kernels of short rows are no faster, in products.
#define SHORT_DEPTH 48

// Cycles of an 8-bit product on the kernels of short rows, from measurements on AVX-512: the end of
// 16 sums takes less than 2 cycles, unless single vectors are made bytes of; a last tile is a whole
// one.
static double q8_short_cost(const lm__q8_gemm_uk* uk, int64_t rows, int32_t columns,
                            int64_t depth) {
  if (depth > SHORT_DEPTH || rows < uk->mr) return INFINITY;
  const double panels = (double)pieces_of(columns, uk->nr);
  const double done = (double)(pieces_of(rows, uk->mr) * uk->mr);
  const double end = uk->nr <= 16 ? 0.27 : 0.1;
  return panels * done * uk->nr * ((double)pieces_of(depth, uk->kr) / 32 + end);
}

// Cycles of an 8-bit product, from measurements on AVX-512: steps of KR products, with a panel of
// one vector slower because every activation that is loaded serves it alone; rescaling; and what a
// tile costs whatever its size.
static double q8_gemm_cost(const lm__q8_gemm_uk* uk, int64_t rows, int32_t columns, int64_t depth) {
  if (uk->kr == LM_Q8_TILE_KR) return tile_cost(uk, rows, columns, depth);
  if (uk->is_short) return q8_short_cost(uk, rows, columns, depth);
  const double panels = (double)pieces_of(columns, uk->nr);
  const double tiles = (double)pieces_of(rows, uk->mr);
  const double steps = (double)pieces_of(depth, uk->kr);
  const double slowness = uk->nr <= 16 ? 1.2 : uk->nr <= 32 ? 1.0 : 1.03;
  return panels * ((double)rows * uk->nr * (steps * slowness / 32 + 0.22) + tiles * 25);
}

const lm__q8_gemm_uk* lm__q8_gemm_select(uint32_t isa, int64_t rows, int32_t columns,
                                         int64_t depth) {
  const lm__q8_gemm_uk* uk = lm__q8_gemm_uks;
  while ((uk->isa & ~isa) != 0 || (uk->kr == LM_Q8_TILE_KR && !tiles_pay(rows, depth))) ++uk;
  const lm__q8_gemm_uk* best = uk;
  const lm__q8_gemm_uk* end = lm__q8_gemm_uks + COUNT(lm__q8_gemm_uks);
  for (const uint32_t needed = uk->isa; uk < end && uk->isa == needed; ++uk) {
    if (q8_gemm_cost(uk, rows, columns, depth) < q8_gemm_cost(best, rows, columns, depth)) {
      best = uk;
    }
  }
  return best;
}

const lm__f32_gemm_uk* lm__f32_split_select(uint32_t isa, int32_t products, int64_t rows) {
  if (rows < 16) return NULL;  // a tile's
  for (int32_t i = 0; i < lm__f32_split_uk_count; ++i) {
    const lm__f32_gemm_uk* uk = &lm__f32_split_uks[i];
    if ((uk->isa & ~isa) == 0 && uk->products == products) return uk;
  }
  return NULL;
}

const lm__f32_dw_uk* lm__f32_dw_select(uint32_t isa, bool exact) {
  const lm__f32_dw_uk* uk = lm__f32_dw_uks;
  while ((uk->isa & ~isa) != 0 || (exact && !uk->exact)) ++uk;
  return uk;
}

const lm__q8_dw_uk* lm__q8_dw_select(uint32_t isa) {
  const lm__q8_dw_uk* uk = lm__q8_dw_uks;
  while ((uk->isa & ~isa) != 0) ++uk;
  return uk;
}

const lm__q8_add_uk* lm__q8_add_select(uint32_t isa) {
  const lm__q8_add_uk* uk = lm__q8_add_uks;
  while ((uk->isa & ~isa) != 0) ++uk;
  return uk;
}

const lm__q8_mul_uk* lm__q8_mul_select(uint32_t isa) {
  const lm__q8_mul_uk* uk = lm__q8_mul_uks;
  while ((uk->isa & ~isa) != 0) ++uk;
  return uk;
}

const lm__lookup_uk* lm__lookup_select(uint32_t isa) {
  const lm__lookup_uk* uk = lm__lookup_uks;
  while ((uk->isa & ~isa) != 0) ++uk;
  return uk;
}

const lm__pool_uk* lm__pool_select(uint32_t isa) {
  int32_t i = 0;
  while (i + 1 < lm__pool_uk_count && (lm__pool_uks[i]->isa & ~isa) != 0) ++i;
  return lm__pool_uks[i];
}

const lm__vector_uk* lm__vector_select(uint32_t isa) {
  int32_t i = 0;
  while (i + 1 < lm__vector_uk_count && (lm__vector_uks[i]->isa & ~isa) != 0) ++i;
  return lm__vector_uks[i];
}
