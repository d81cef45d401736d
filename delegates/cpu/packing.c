// SPDX-License-Identifier: MIT
#include "packing.h"

#include <math.h>
#include <string.h>

#include "requant_certain.h"
#include "split_weights.h"

// unit_bytes * units, each rounded up where asked; false on overflow.
static bool total_bytes(uint64_t block_bytes, uint64_t blocks, size_t* out_block_bytes,
                        size_t* out_bytes) {
  *out_block_bytes = 0;
  *out_bytes = 0;
  if (block_bytes > SIZE_MAX / 2 || (blocks > 0 && block_bytes > SIZE_MAX / 2 / blocks))
    return false;
  *out_block_bytes = (size_t)block_bytes;
  *out_bytes = (size_t)(block_bytes * blocks);
  return true;
}

static uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

bool lm__f32_gemm_packed_bytes(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape,
                               size_t* out_panel_bytes, size_t* out_bytes) {
  // Tensors hold taps * depth * columns elements, so that these products fit 64 bits with room.
  const uint64_t panels = divide_up((uint64_t)shape->columns, (uint64_t)uk->nr);
  if (uk->products != 0) {
    const uint64_t steps = (uint64_t)shape->taps * divide_up((uint64_t)shape->depth, 32);
    return total_bytes((uint64_t)uk->nr * (sizeof(float) + steps * lm__split_parts(uk) * 64),
                       panels, out_panel_bytes, out_bytes);
  }
  const uint64_t k = (uint64_t)shape->taps * (uint64_t)shape->depth;
  const uint64_t row_bytes = sizeof(float) + k * (uk->half ? sizeof(uint16_t) : sizeof(float));
  return total_bytes((uint64_t)uk->nr * row_bytes, panels, out_panel_bytes, out_bytes);
}

// Normal halves have exponents of -14 to 15 and ten bits behind the point; smaller numbers are
// multiples of 2^-24.
static bool fits_half(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  const uint32_t exponent = bits >> 23 & 0xff;
  if (exponent - 113 < 30 || exponent == 255)
    return (bits & (exponent == 255 ? 0x7fffff : 0x1fff)) == 0;
  if (exponent < 103 || exponent > 112) return bits << 1 == 0;
  return (bits & ((1u << (126 - exponent)) - 1)) == 0;
}

bool lm__f32_fits_half(const float* data, size_t count) {
  size_t i = 0;
  while (i < count && fits_half(data[i])) ++i;
  return i == count;
}

static void pack_half(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape, const float* weights,
                      const float* bias, uint8_t* out) {
  const size_t nr = (size_t)uk->nr, k_count = (size_t)shape->taps * (size_t)shape->depth;
  const size_t panel_bytes = nr * (sizeof(float) + k_count * sizeof(uint16_t));
  for (size_t c = 0; c < (size_t)shape->columns; ++c) {
    uint8_t* panel = out + c / nr * panel_bytes;
    if (bias != NULL) memcpy(panel + c % nr * sizeof *bias, &bias[c], sizeof *bias);
    uint16_t* to = (uint16_t*)(void*)(panel + nr * sizeof(float)) + c % nr;
    const float* from = weights + c * shape->column_stride;
    for (size_t k = 0; k < k_count; ++k) to[k * nr] = lm_float_to_half(from[k * shape->k_stride]);
  }
}

void lm__f32_gemm_pack(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape, const float* weights,
                       const float* bias, float* out) {
  if (uk->products != 0) {
    lm__split_pack(uk, shape, weights, bias, (uint8_t*)out);
    return;
  }
  if (uk->half) {
    pack_half(uk, shape, weights, bias, (uint8_t*)out);
    return;
  }
  const size_t k_count = (size_t)shape->taps * (size_t)shape->depth;
  const int32_t nr = uk->nr;
  for (int32_t first = 0; first < shape->columns; first += nr) {
    const int32_t n = shape->columns - first < nr ? shape->columns - first : nr;
    for (int32_t i = 0; bias != NULL && i < n; ++i) out[i] = bias[first + i];
    out += nr;
    for (int32_t i = 0; i < n; ++i) {
      const float* column = weights + (size_t)(first + i) * shape->column_stride;
      for (size_t k = 0; k < k_count; ++k) out[k * (size_t)nr + i] = column[k * shape->k_stride];
    }
    out += k_count * (size_t)nr;
  }
}

bool lm__q8_gemm_packed_bytes(const lm__q8_gemm_uk* uk, const lm__gemm_shape* shape,
                              size_t* out_panel_bytes, size_t* out_bytes) {
  const uint64_t depth = divide_up((uint64_t)shape->depth, (uint64_t)uk->kr) * (uint64_t)uk->kr;
  const uint64_t bytes = (uint64_t)uk->nr * (6 * sizeof(int32_t) + (uint64_t)shape->taps * depth);
  return total_bytes(bytes, divide_up((uint64_t)shape->columns, (uint64_t)uk->nr), out_panel_bytes,
                     out_bytes);
}

// The rows at the head of a panel or block.
typedef struct q8_head {
  int32_t* bias;
  int32_t* multiplier;
  int32_t* left;
  int32_t* right;
  float* scale;   // products only
  float* offset;  // products only
} q8_head;

static q8_head head_at(uint8_t* p, int32_t nr) {
  int32_t* rows = (int32_t*)(void*)p;
  float* floats = (float*)(void*)p;
  return (q8_head){rows, rows + nr, rows + 2 * nr, rows + 3 * nr, floats + 4 * nr, floats + 5 * nr};
}

static void put_head(const q8_head* head, int32_t at, int64_t bias, lm_multiplier m) {
  // Sums wrap modulo 2^32 in the kernels too, so that only the final value has to fit.
  head->bias[at] = (int32_t)(uint32_t)(uint64_t)bias;
  head->multiplier[at] = m.multiplier;
  head->left[at] = m.shift > 0 ? m.shift : 0;
  head->right[at] = m.shift > 0 ? 0 : -m.shift;
}

// The layer's part of the fixed-point rescaling that requant_avx512.h describes.
typedef struct q8_fixed_point {
  bool at_zero;
  float base;     // of columns that only pad a panel: any value that no guard takes for doubtful
  bool possible;  // so far
} q8_fixed_point;

static q8_fixed_point fixed_point_of(const lm__q8_weights* weights, int32_t guard) {
  const int32_t zero_point = weights->output_zero_point + (weights->output_signed ? 128 : 0);
  return (q8_fixed_point){weights->output_min >= weights->output_zero_point,
                          (float)(zero_point * 65536 + 32768 + guard), true};
}

// What a column is multiplied by, and what double rounding adds (see requant_avx512.h).
static double factor_of(const lm__q8_weights* weights, int32_t column, double* out_half) {
  *out_half = 0.0;
  if (weights->factors != NULL) return weights->factors[column];
  if (weights->multipliers == NULL) return 0.0;
  const lm_multiplier m = weights->multipliers[column];
  if (m.shift < 0) *out_half = ldexp(1.0, m.shift - 1);
  return ldexp((double)m.multiplier, m.shift - 31);
}

static void put_rescaling(const q8_fixed_point* fixed, const q8_head* head, int32_t at,
                          const lm__q8_weights* weights, int32_t column) {
  double half;
  head->scale[at] = (float)(factor_of(weights, column, &half) * 65536.0);
  head->offset[at] = (float)(half * 65536.0) + (fixed->at_zero ? fixed->base : 0.0f);
}

// `most` is the largest magnitude that the sum can have.
static void put_fixed(q8_fixed_point* fixed, const q8_head* head, int32_t at,
                      const lm__q8_weights* weights, int32_t column, double most) {
  double half;
  const double factor = factor_of(weights, column, &half);
  bool rare = true;  // results are seldom exactly between two values
  if (weights->factors == NULL && weights->multipliers != NULL) {
    const lm_multiplier m = weights->multipliers[column];
    // A factor of few bits, such as a power of two, meets thresholds exactly.
    int32_t bits = 31 - m.shift;
    for (int32_t q = m.multiplier; q != 0 && q % 2 == 0; q /= 2) --bits;
    rare = m.multiplier == 0 || bits > 12;
  }
  if (!(factor >= 0.0 && most * factor < 32000.0 && most < 2147483648.0 && rare)) {
    fixed->possible = false;
  }
  put_rescaling(fixed, head, at, weights, column);
}

// Where a panel holds its `column`.
static int32_t place_of(const lm__q8_gemm_uk* uk, int32_t column) {
  switch (uk->order) {
    case LM_Q8_PAIRS: {
      if (column >= uk->nr / 32 * 32) return column;
      const int32_t eight = column % 32 / 8;
      return column / 32 * 32 + eight % 2 * 16 + eight / 2 * 8 + column % 8;
    }
    case LM_Q8_EVEN_ODD:
      if (column >= uk->nr / 16 * 16) return column;
      return column / 16 * 16 + column % 2 * 8 + column % 16 / 2;
    case LM_Q8_PLAIN:
      break;
  }
  return column;
}

// Where a run of weights holds the `d`-th of the column at place `at`.
static size_t weight_place(const lm__q8_gemm_uk* uk, int32_t at, int32_t d) {
  const size_t nr = (size_t)uk->nr, kr = (size_t)uk->kr, column = (size_t)at, k = (size_t)d;
  if (uk->kr != LM_Q8_TILE_KR) return (k / kr * nr + column) * kr + k % kr;
  return (k / kr * (nr / 16) + column / 16) * 1024 + k % kr / 4 * 64 + column % 16 * 4 + k % 4;
}

enum { CHUNK = 64 };  // weights of a column that are handled at a time; LM_Q8_TILE_KR divides it

// Weights d to d + count - 1 of the column at place `at`; d is a multiple of CHUNK.
static void put_chunk(const lm__q8_gemm_uk* uk, int32_t at, int32_t d, int32_t count,
                      const int8_t* chunk, int8_t* run) {
  const bool tiles = uk->kr == LM_Q8_TILE_KR;
  int32_t i = 0;
  if (tiles || uk->kr == 4) {
    int8_t* to = run + weight_place(uk, at, d);
    const size_t step = tiles ? 64 : 4 * (size_t)uk->nr;
    for (; i + 4 <= count; i += 4, to += step) memcpy(to, chunk + i, 4);
  }
  for (; i < count; ++i) run[weight_place(uk, at, d + i)] = chunk[i];
}

typedef struct q8_column {
  int64_t sum, magnitude;
} q8_column;

// One tap's weights of a column, k_stride apart; `flip` makes s8 of them, `v` is their zero point.
static void put_run(const lm__q8_gemm_uk* uk, int32_t at, const lm__gemm_shape* shape,
                    const uint8_t* from, uint8_t flip, int32_t v, int8_t* run, q8_column* column) {
  int8_t chunk[CHUNK];
  for (int32_t d = 0; d < shape->depth; d += CHUNK) {
    const int32_t count = shape->depth - d < CHUNK ? shape->depth - d : CHUNK;
    if (shape->k_stride == 1) {
      for (int32_t i = 0; i < count; ++i) chunk[i] = (int8_t)(from[i] ^ flip);
    } else {
      for (int32_t i = 0; i < count; ++i) {
        chunk[i] = (int8_t)(from[(size_t)i * shape->k_stride] ^ flip);
      }
    }
    from += (size_t)count * shape->k_stride;
    int32_t sum = 0, magnitude = 0;
    for (int32_t i = 0; i < count; ++i) {
      sum += chunk[i];
      magnitude += chunk[i] < v ? v - chunk[i] : chunk[i] - v;
    }
    column->sum += sum;
    column->magnitude += magnitude;
    put_chunk(uk, at, d, count, chunk, run);
  }
}

int32_t lm__q8_gemm_guard(const lm__gemm_shape* shape, const lm__q8_weights* weights) {
  const double weight = weights->is_signed && weights->zero_point == 0 ? 128.0 : 255.0;
  double bias = 0.0;
  for (int32_t i = 0; weights->bias != NULL && i < shape->columns; ++i) {
    const double magnitude = fabs((double)weights->bias[i]);
    if (magnitude > bias) bias = magnitude;
  }
  const double most = (double)shape->taps * shape->depth * weight * 255.0 + bias;
  return most <= 16777216.0 ? 2 : 4;
}

// Makes all columns certain (LM_Q8_CERTAIN), or none: then false.
static bool make_certain(const lm__q8_gemm_uk* uk, const lm__gemm_shape* shape,
                         const lm__q8_weights* weights, const q8_fixed_point* fixed,
                         size_t panel_bytes, uint8_t* out) {
  const int32_t lowest = weights->output_signed ? -128 : 0;
  if (!uk->is_short || weights->multipliers == NULL || weights->output_zero_point != lowest ||
      weights->output_max != lowest + 255) {
    return false;
  }
  for (int32_t c = 0; c < shape->columns; ++c) {
    const q8_head head = head_at(out + (size_t)(c / uk->nr) * panel_bytes, uk->nr);
    const int32_t at = place_of(uk, c % uk->nr);
    if (lm__requant_certain(weights->multipliers[c], &head.scale[at], &head.offset[at])) continue;
    for (; c >= 0; --c) {
      const q8_head again = head_at(out + (size_t)(c / uk->nr) * panel_bytes, uk->nr);
      put_rescaling(fixed, &again, place_of(uk, c % uk->nr), weights, c);
    }
    return false;
  }
  return true;
}

// With a = activation, z its zero point, w = weight as s8, v its zero point, over K elements:
//   sum (a - z)(w - v) = sum a*w - z * sum w - v * sum a + K*z*v
// The first term is the kernel's product, the third its row term; the others go into the bias.
lm__q8_requant lm__q8_gemm_pack(const lm__q8_gemm_uk* uk, const lm__gemm_shape* shape,
                                const lm__q8_weights* weights, uint8_t* out) {
  const int32_t nr = uk->nr, kr = uk->kr;
  const bool is_signed = lm__q8_gemm_is_signed(uk, weights->input_signed);
  const size_t depth = (size_t)(shape->depth + kr - 1) / (size_t)kr * (size_t)kr;
  const int64_t z = weights->input_zero_point + (weights->input_signed == is_signed ? 0
                                                 : is_signed                        ? -128
                                                                                    : 128);
  const int64_t lowest = is_signed ? -128 : 0;
  const int64_t reach = z - lowest > lowest + 255 - z ? z - lowest : lowest + 255 - z;
  const uint8_t flip = weights->is_signed ? 0 : 0x80;
  const int32_t v = weights->zero_point - (weights->is_signed ? 0 : 128);
  const int64_t k_count = (int64_t)shape->taps * shape->depth;
  q8_fixed_point fixed = fixed_point_of(weights, lm__q8_gemm_guard(shape, weights));
  uint8_t* const panels = out;

  for (int32_t first = 0; first < shape->columns; first += nr) {
    const q8_head head = head_at(out, nr);
    int8_t* packed = (int8_t*)(out + 6 * (size_t)nr * sizeof(int32_t));
    const int32_t n = shape->columns - first < nr ? shape->columns - first : nr;
    for (int32_t i = n; i < nr; ++i) head.offset[place_of(uk, i)] = fixed.base;
    for (int32_t i = 0; i < n; ++i) {
      const uint8_t* from = weights->data + (size_t)(first + i) * shape->column_stride;
      const int32_t at = place_of(uk, i);
      q8_column column = {0, 0};
      for (int32_t t = 0; t < shape->taps; ++t) {
        put_run(uk, at, shape, from + (size_t)t * (size_t)shape->depth * shape->k_stride, flip, v,
                packed + (size_t)t * depth * (size_t)nr, &column);
      }
      const int64_t bias = weights->bias != NULL ? weights->bias[first + i] : 0;
      const lm_multiplier none = {0, 0};
      put_head(&head, at, bias - z * column.sum + k_count * z * v,
               weights->multipliers != NULL ? weights->multipliers[first + i] : none);
      put_fixed(&fixed, &head, at, weights, first + i,
                (double)(column.magnitude * reach) + fabs((double)bias));
    }
    out = (uint8_t*)packed + (size_t)shape->taps * depth * (size_t)nr;
  }
  if (uk->order == LM_Q8_PLAIN || !fixed.possible) return LM_Q8_INTEGER;
  if (!fixed.at_zero) return LM_Q8_FIXED;
  const size_t panel_bytes = (size_t)nr * (6 * sizeof(int32_t) + (size_t)shape->taps * depth);
  return make_certain(uk, shape, weights, &fixed, panel_bytes, panels) ? LM_Q8_CERTAIN
                                                                       : LM_Q8_FIXED_AT_ZERO;
}

bool lm__f32_dw_packed_bytes(const lm__f32_dw_uk* uk, int32_t taps, int32_t channels,
                             size_t* out_block_bytes, size_t* out_bytes) {
  return total_bytes(((uint64_t)taps + 1) * (uint64_t)uk->nr * sizeof(float),
                     divide_up((uint64_t)channels, (uint64_t)uk->nr), out_block_bytes, out_bytes);
}

void lm__f32_dw_pack(const lm__f32_dw_uk* uk, int32_t taps, int32_t channels, const float* weights,
                     const float* bias, float* out) {
  const size_t nr = (size_t)uk->nr;
  for (int32_t c = 0; c < channels; ++c) {
    float* block = out + (size_t)c / nr * nr * ((size_t)taps + 1);
    const size_t at = (size_t)c % nr;
    if (bias != NULL) block[at] = bias[c];
    for (int32_t t = 0; t < taps; ++t) {
      block[((size_t)t + 1) * nr + at] = weights[(size_t)t * (size_t)channels + c];
    }
  }
}

static uint64_t dw_taps(const lm__q8_dw_uk* uk, int32_t taps) {
  return uk->pairs ? divide_up((uint64_t)taps, 2) * 2 : (uint64_t)taps;
}

bool lm__q8_dw_packed_bytes(const lm__q8_dw_uk* uk, int32_t taps, int32_t channels,
                            size_t* out_block_bytes, size_t* out_bytes) {
  const uint64_t bytes =
      (uint64_t)uk->nr * (4 * sizeof(int32_t) + dw_taps(uk, taps) * sizeof(int16_t));
  return total_bytes(bytes, divide_up((uint64_t)channels, (uint64_t)uk->nr), out_block_bytes,
                     out_bytes);
}

// Where x86's interleaving puts channel `c` of a block: lower fours first, then upper fours.
static size_t interleaved(size_t c, size_t nr) {
  return c / 8 * 4 + c % 4 + (c / 4 % 2) * (nr / 2);
}

void lm__q8_dw_pack(const lm__q8_dw_uk* uk, int32_t taps, int32_t channels,
                    const lm__q8_weights* weights, uint8_t* out) {
  const size_t nr = (size_t)uk->nr;
  size_t block_bytes, bytes;
  if (!lm__q8_dw_packed_bytes(uk, taps, channels, &block_bytes, &bytes)) return;
  for (int32_t c = 0; c < channels; ++c) {
    uint8_t* block = out + (size_t)c / nr * block_bytes;
    const q8_head head = head_at(block, uk->nr);
    int16_t* packed = (int16_t*)(void*)(block + 4 * nr * sizeof(int32_t));
    const size_t at = uk->pairs ? interleaved((size_t)c % nr, nr) : (size_t)c % nr;
    int64_t sum = 0;
    for (int32_t t = 0; t < taps; ++t) {
      const uint8_t raw = weights->data[(size_t)t * (size_t)channels + c];
      const int32_t w = (weights->is_signed ? (int8_t)raw : raw) - weights->zero_point;
      sum += w;
      const size_t row = (size_t)t;
      packed[uk->pairs ? (row / 2 * nr + at) * 2 + row % 2 : row * nr + at] = (int16_t)w;
    }
    const int64_t bias = weights->bias != NULL ? weights->bias[c] : 0;
    put_head(&head, (int32_t)at, bias - weights->input_zero_point * sum, weights->multipliers[c]);
  }
}
