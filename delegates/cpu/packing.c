// SPDX-License-Identifier: MIT
#include "packing.h"

#include <string.h>

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
  // Tensors hold taps * depth * columns elements, so that this product fits 64 bits with room.
  const uint64_t k = (uint64_t)shape->taps * (uint64_t)shape->depth;
  return total_bytes((k + 1) * (uint64_t)uk->nr * sizeof(float),
                     divide_up((uint64_t)shape->columns, (uint64_t)uk->nr), out_panel_bytes,
                     out_bytes);
}

void lm__f32_gemm_pack(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape, const float* weights,
                       const float* bias, float* out) {
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
  const uint64_t bytes = (uint64_t)uk->nr * (5 * sizeof(int32_t) + (uint64_t)shape->taps * depth);
  return total_bytes(bytes, divide_up((uint64_t)shape->columns, (uint64_t)uk->nr), out_panel_bytes,
                     out_bytes);
}

// The four or five int32 rows at the head of a panel or block.
typedef struct q8_head {
  int32_t* bias;
  int32_t* multiplier;
  int32_t* left;
  int32_t* right;
  int32_t* negated_zero_point;  // products only
} q8_head;

static q8_head head_at(uint8_t* p, int32_t nr) {
  int32_t* rows = (int32_t*)(void*)p;
  return (q8_head){rows, rows + nr, rows + 2 * nr, rows + 3 * nr, rows + 4 * nr};
}

static void put_head(const q8_head* head, int32_t at, int64_t bias, lm_multiplier m) {
  // Sums wrap modulo 2^32 in the kernels too, so that only the final value has to fit.
  head->bias[at] = (int32_t)(uint32_t)(uint64_t)bias;
  head->multiplier[at] = m.multiplier;
  head->left[at] = m.shift > 0 ? m.shift : 0;
  head->right[at] = m.shift > 0 ? 0 : -m.shift;
}

// With a = activation, z its zero point, w = weight as s8, v its zero point, over K elements:
//   sum (a - z)(w - v) = sum a*w - z * sum w - v * sum a + K*z*v
// The first term is the kernel's product, the third its row sums; the others go into the bias.
void lm__q8_gemm_pack(const lm__q8_gemm_uk* uk, const lm__gemm_shape* shape,
                      const lm__q8_weights* weights, uint8_t* out) {
  const int32_t nr = uk->nr, kr = uk->kr;
  const size_t depth = (size_t)(shape->depth + kr - 1) / (size_t)kr * (size_t)kr;
  const int64_t z = weights->input_zero_point + (weights->input_signed == uk->is_signed ? 0
                                                 : uk->is_signed                        ? -128
                                                                                        : 128);
  const uint8_t flip = weights->is_signed ? 0 : 0x80;
  const int64_t v = weights->zero_point - (weights->is_signed ? 0 : 128);
  const int64_t k_count = (int64_t)shape->taps * shape->depth;

  for (int32_t first = 0; first < shape->columns; first += nr) {
    const q8_head head = head_at(out, nr);
    int8_t* packed = (int8_t*)(out + 5 * (size_t)nr * sizeof(int32_t));
    const int32_t n = shape->columns - first < nr ? shape->columns - first : nr;
    for (int32_t i = 0; i < n; ++i) {
      const uint8_t* column = weights->data + (size_t)(first + i) * shape->column_stride;
      int64_t sum = 0;
      for (int32_t t = 0; t < shape->taps; ++t) {
        int8_t* run = packed + (size_t)t * depth * (size_t)nr;
        for (int32_t d = 0; d < shape->depth; ++d) {
          const int8_t w = (int8_t)(*column ^ flip);
          column += shape->k_stride;
          sum += w;
          run[((size_t)(d / kr) * (size_t)nr + i) * (size_t)kr + d % kr] = w;
        }
      }
      const int64_t bias = weights->bias != NULL ? weights->bias[first + i] : 0;
      put_head(&head, i, bias - z * sum + k_count * z * v, weights->multipliers[first + i]);
      head.negated_zero_point[i] = (int32_t)-v;
    }
    out = (uint8_t*)packed + (size_t)shape->taps * depth * (size_t)nr;
  }
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
