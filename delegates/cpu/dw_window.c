// SPDX-License-Identifier: MIT
#include "dw_window.h"

#include <math.h>

#include "requant_certain.h"

#define GROUP LM_DW_WINDOW_GROUP
#define HEAD_BYTES (7 * GROUP * sizeof(int32_t))

// Tables end with an entry of no window, since a build may have no kernel at all.
#define LM_UKERNEL(isa, size, stride, rows_in, rows_out, symbol) \
  void symbol(const lm__q8_dw_window_args* args);
#include "ukernels/q8_dw_window_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, size, stride, rows_in, rows_out, symbol) \
  {(isa), {(size), (stride), (rows_in), (rows_out)}, symbol, &#symbol[sizeof "lm__uk"]},
const lm__q8_dw_window_uk lm__q8_dw_window_uks[] = {
#include "ukernels/q8_dw_window_list.inc"
    {0, {0, 0, 0, 0}, NULL, NULL}};
#undef LM_UKERNEL
const int32_t lm__q8_dw_window_uk_count =
    (int32_t)(sizeof lm__q8_dw_window_uks / sizeof lm__q8_dw_window_uks[0]) - 1;

#define LM_UKERNEL(isa, nr, size, stride, exact, symbol) \
  void symbol(const lm__f32_dw_window_args* args);
#include "ukernels/f32_dw_window_list.inc"
#undef LM_UKERNEL
#define LM_UKERNEL(isa, nr, size, stride, exact, symbol) \
  {(isa), (nr), {(size), (stride), 0, 0}, (exact) != 0, symbol, &#symbol[sizeof "lm__uk"]},
const lm__f32_dw_window_uk lm__f32_dw_window_uks[] = {
#include "ukernels/f32_dw_window_list.inc"
    {0, 0, {0, 0, 0, 0}, false, NULL, NULL}};
#undef LM_UKERNEL
const int32_t lm__f32_dw_window_uk_count =
    (int32_t)(sizeof lm__f32_dw_window_uks / sizeof lm__f32_dw_window_uks[0]) - 1;

static bool is_window(const lm__dw_window* w, int32_t filter_h, int32_t filter_w, int32_t stride_h,
                      int32_t stride_w) {
  return w->size == filter_h && w->size == filter_w && w->stride == stride_h &&
         w->stride == stride_w;
}

const lm__q8_dw_window_uk* lm__q8_dw_window_select(uint32_t isa, int32_t filter_h, int32_t filter_w,
                                                   int32_t stride_h, int32_t stride_w) {
  for (int32_t i = 0; i < lm__q8_dw_window_uk_count; ++i) {
    const lm__q8_dw_window_uk* uk = &lm__q8_dw_window_uks[i];
    if ((uk->isa & ~isa) != 0) continue;
    if (is_window(&uk->window, filter_h, filter_w, stride_h, stride_w)) return uk;
  }
  return NULL;
}

const lm__f32_dw_window_uk* lm__f32_dw_window_select(uint32_t isa, bool exact, int32_t filter_h,
                                                     int32_t filter_w, int32_t stride_h,
                                                     int32_t stride_w) {
  for (int32_t i = 0; i < lm__f32_dw_window_uk_count; ++i) {
    const lm__f32_dw_window_uk* uk = &lm__f32_dw_window_uks[i];
    if ((uk->isa & ~isa) != 0 || (exact && !uk->exact)) continue;
    if (is_window(&uk->window, filter_h, filter_w, stride_h, stride_w)) return uk;
  }
  return NULL;
}

static int32_t weight_at(const lm__q8_weights* weights, int32_t channels, int32_t tap, int32_t c) {
  const uint8_t raw = weights->data[(size_t)tap * (size_t)channels + (size_t)c];
  return (weights->is_signed ? (int8_t)raw : raw) - weights->zero_point;
}

static int trailing_zeros(uint32_t x) {
  int n = 0;
  while (n < 31 && (x >> n & 1) == 0) ++n;
  return n;
}

bool lm__q8_dw_window_fits(const lm__q8_dw_window_uk* uk, int32_t channels,
                           const lm__q8_weights* weights) {
  const int32_t taps = uk->window.size * uk->window.size;
  const int32_t lowest = weights->input_signed ? -128 : 0;
  const int32_t below = weights->input_zero_point - lowest, above = 255 - below;
  for (int32_t c = 0; c < channels; ++c) {
    int64_t sum = 0;
    for (int32_t t = 0; t < taps; ++t) {
      const int32_t w = weight_at(weights, channels, t, c);
      if (w > 2 * INT8_MAX) return false;  // no sum of two parts; -255 is one
      sum += w < 0 ? -w : w;
    }
    const int64_t bias = weights->bias != NULL ? weights->bias[c] : 0;
    const int64_t most = sum * (below > above ? below : above) + (bias < 0 ? -bias : bias);
    const lm_multiplier m = weights->multipliers[c];
    if (m.multiplier == 0) continue;
    const int left = m.shift > 0 ? m.shift : 0;
    if (most >= (int64_t)1 << (31 - left) || (double)most > LM_DW_WINDOW_MOST) return false;
    // 16.16, with room for the zero point and for rounding.
    if (ldexp((double)m.multiplier, m.shift - 31) * (double)most > 32767.0 - 258.0) return false;
    // A sum lies on the threshold itself once in 2^digits.
    const int digits = 31 - m.shift - trailing_zeros((uint32_t)m.multiplier);
    if (digits < 12) return false;
  }
  return true;
}

static bool is_one_part(int32_t w) { return w >= INT8_MIN && w <= INT8_MAX; }

static size_t part_bytes(const lm__q8_dw_window_uk* uk) {
  const size_t quads = (size_t)uk->window.rows_in / 4;
  return quads * (size_t)uk->window.size * GROUP * 4;
}

bool lm__q8_dw_window_packed_bytes(const lm__q8_dw_window_uk* uk, int32_t channels,
                                   const lm__q8_weights* weights, size_t* out_block_bytes,
                                   size_t* out_bytes) {
  size_t parts = 1;
  const size_t count = (size_t)uk->window.size * (size_t)uk->window.size * (size_t)channels;
  for (size_t i = 0; i < count && parts == 1; ++i) {
    if (!is_one_part(weight_at(weights, 1, (int32_t)i, 0))) parts = 2;
  }
  *out_block_bytes = HEAD_BYTES + parts * (size_t)uk->window.rows_out * part_bytes(uk);
  const size_t blocks = (size_t)lm_dw_window_blocks(uk->window.size, channels);
  if (blocks > SIZE_MAX / 2 / *out_block_bytes) return false;
  *out_bytes = blocks * *out_block_bytes;
  return true;
}

static double base_of(const lm__q8_weights* weights) {
  const int32_t zero_point = weights->output_zero_point + (weights->output_signed ? 128 : 0);
  return zero_point * 65536.0 + 32768.0 + LM_DW_WINDOW_GUARD;
}

// A channel of the rows at the head of a block, see requant_avx512.h.
static void put_head(uint8_t* block, size_t lane, int64_t bias, lm_multiplier m,
                     const lm__q8_weights* weights) {
  int32_t* rows = (int32_t*)(void*)block;
  float* floats = (float*)(void*)block;
  const int right = m.shift > 0 ? 0 : -m.shift;
  // Sums wrap modulo 2^32 in the kernels too, so that only the final value has to fit.
  rows[lane] = (int32_t)(uint32_t)(uint64_t)bias;
  rows[GROUP + lane] = m.multiplier;
  rows[2 * GROUP + lane] = m.shift > 0 ? m.shift : 0;
  rows[3 * GROUP + lane] = right;
  floats[4 * GROUP + lane] = (float)ldexp((double)m.multiplier, m.shift - 31 + 16);
  const double threshold = right > 0 ? ldexp(1.0, 15 - right) : 0.0;
  floats[5 * GROUP + lane] =
      (float)(threshold + (lm__q8_dw_at_zero(weights) ? base_of(weights) : 0.0));
}

// What lanes without a channel hold: a value that no guard takes for doubtful.
static void start_block(uint8_t* block, int32_t parts, const lm__q8_weights* weights) {
  for (size_t i = 0; i < GROUP; ++i) {
    ((float*)(void*)block)[5 * GROUP + i] = (float)base_of(weights);
    ((int32_t*)(void*)block)[6 * GROUP + i] = parts;
  }
}

// Does without the guard where every channel of a block can.
static void make_certain(uint8_t* block, int32_t first, int32_t count,
                         const lm__q8_weights* weights) {
  const int32_t lowest = weights->output_signed ? -128 : 0;
  if (weights->output_zero_point != lowest || weights->output_min != lowest ||
      weights->output_max != lowest + 255) {
    return;
  }
  float scale[GROUP], offset[GROUP];
  for (int32_t i = 0; i < count; ++i) {
    if (!lm__requant_certain(weights->multipliers[first + i], &scale[i], &offset[i])) return;
  }
  float* floats = (float*)(void*)block;
  for (int32_t i = 0; i < count; ++i) {
    floats[4 * GROUP + i] = scale[i];
    floats[5 * GROUP + i] = offset[i];
  }
  for (size_t i = 0; i < GROUP; ++i) {
    ((int32_t*)(void*)block)[6 * GROUP + i] |= LM_DW_WINDOW_CERTAIN;
  }
}

// The part that a block's weights are in, for all of the blocks that are swept together.
static int32_t parts_of(const lm__q8_weights* weights, int32_t taps, int32_t channels,
                        int32_t first, int32_t count) {
  for (int32_t t = 0; t < taps; ++t) {
    for (int32_t c = first; c < first + count; ++c) {
      if (!is_one_part(weight_at(weights, channels, t, c))) return 2;
    }
  }
  return 1;
}

// A tap of a channel, for all of the output rows of a call.
static void put_weight(const lm__q8_dw_window_uk* uk, uint8_t* block, size_t lane, int32_t parts,
                       int32_t tap, int32_t w) {
  const int32_t size = uk->window.size;
  const int32_t first = w < INT8_MIN ? INT8_MIN : w > INT8_MAX ? INT8_MAX : w;
  for (int32_t r = 0; r < uk->window.rows_out; ++r) {
    const int32_t y = tap / size + r * uk->window.stride, x = tap % size;
    int8_t* at = (int8_t*)block + HEAD_BYTES + (size_t)(r * parts) * part_bytes(uk) +
                 (((size_t)(y / 4) * (size_t)size + (size_t)x) * GROUP + lane) * 4 + y % 4;
    at[0] = (int8_t)first;
    if (parts == 2) at[part_bytes(uk)] = (int8_t)(w - first);
  }
}

// Channels that are swept together, from `first` on.
static void pack_blocks(const lm__q8_dw_window_uk* uk, int32_t channels,
                        const lm__q8_weights* weights, int32_t first, int32_t count,
                        size_t block_bytes, uint8_t* out) {
  const int32_t taps = uk->window.size * uk->window.size;
  const int32_t parts = parts_of(weights, taps, channels, first, count);
  const bool is_wide = count > GROUP;
  for (int32_t i = 0; i < (is_wide ? LM_DW_WINDOW_WIDE / GROUP : 1); ++i) {
    start_block(out + (size_t)i * block_bytes, parts, weights);
  }
  for (int32_t i = 0; i < count; ++i) {
    const int32_t c = first + i;
    const size_t lane = (size_t)(is_wide ? i / 16 * 4 + i % 4 : i);
    uint8_t* block = out + (is_wide ? (size_t)(i % 16 / 4) * block_bytes : 0);
    int64_t sum = 0;
    for (int32_t t = 0; t < taps; ++t) {
      const int32_t w = weight_at(weights, channels, t, c);
      put_weight(uk, block, lane, parts, t, w);
      sum += w;
    }
    const int64_t bias = weights->bias != NULL ? weights->bias[c] : 0;
    const int64_t z = weights->input_zero_point + (weights->input_signed ? 128 : 0);
    put_head(block, lane, bias - z * sum, weights->multipliers[c], weights);
  }
  if (!is_wide) make_certain(out, first, count, weights);
}

void lm__q8_dw_window_pack(const lm__q8_dw_window_uk* uk, int32_t channels,
                           const lm__q8_weights* weights, uint8_t* out) {
  size_t block_bytes, bytes;
  if (!lm__q8_dw_window_packed_bytes(uk, channels, weights, &block_bytes, &bytes)) return;
  const int32_t size = uk->window.size;
  for (int32_t c = 0; c < channels;) {
    const int32_t left = channels - c;
    const int32_t step = lm_dw_window_is_wide(size, left) ? LM_DW_WINDOW_WIDE : GROUP;
    pack_blocks(uk, channels, weights, c, left < step ? left : step, block_bytes,
                out + (size_t)(c / GROUP) * block_bytes);
    c += step;
  }
}
