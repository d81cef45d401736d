// SPDX-License-Identifier: MIT
//
// With two parts a weight is off by up to 2^-18 of it. Such errors are the same for every pixel,
// and activations are mostly positive, so that their sum over a column matters more than each: low
// parts are not all rounded to nearest, but so that the sum stays near zero. It costs nothing when
// the product runs.
#include "split_weights.h"

#include <math.h>
#include <string.h>

#define STEP 32  // weights of a column in a tile
#define TILE_BYTES 1024
// What the sum's square counts beside the squares of errors.
#define SUM_WEIGHT 2.0

uint16_t lm__split_round(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (isnan(x)) return (uint16_t)(bits >> 16 | 0x40);
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (uint16_t)(isfinite(x) && (rounded & 0x7fff) == 0x7f80 ? rounded - 1 : rounded);
}

static float value_of(uint16_t bf16) {
  const uint32_t bits = (uint32_t)bf16 << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// What a rounded part leaves of a number; nothing of infinities, so that their other parts are 0.
static float rest_of(float w, uint16_t part) { return isfinite(w) ? w - value_of(part) : 0.0f; }

// The next number in a direction; of zero, and of what is not finite, itself.
static uint16_t neighbour(uint16_t bf16, bool up) {
  const uint16_t magnitude = bf16 & 0x7fff;
  if (magnitude == 0 || magnitude >= 0x7f7f) return bf16;
  return (uint16_t)(up == (bf16 >> 15 == 0) ? bf16 + 1 : bf16 - 1);
}

double lm__split_low_parts(const float* weights, size_t count, double error, uint16_t* out_low) {
  double errors[STEP];
  for (size_t i = 0; i < count; ++i) {
    const float rest = rest_of(weights[i], lm__split_round(weights[i]));
    out_low[i] = lm__split_round(rest);
    errors[i] = isfinite(rest) ? (double)rest - value_of(out_low[i]) : 0.0;
    error += errors[i];
  }
  for (size_t moved = 0; moved < count; ++moved) {  // the one that gains the most, again and again
    size_t best = count;
    double best_gain = 0, best_step = 0;
    for (size_t i = 0; i < count; ++i) {
      const double step = (double)value_of(neighbour(out_low[i], error > 0)) - value_of(out_low[i]);
      const double gain = step * (2 * errors[i] - step) + SUM_WEIGHT * step * (2 * error - step);
      if (!(gain > best_gain)) continue;
      best = i;
      best_gain = gain;
      best_step = step;
    }
    if (best == count) break;
    out_low[best] = neighbour(out_low[best], error > 0);
    errors[best] -= best_step;
    error -= best_step;
  }
  return error;
}

// Part `p` of the `k`-th weight of a column in its step.
static void put(uint8_t* step, size_t nr, size_t column, size_t k, size_t p, uint16_t part) {
  uint8_t* tile = step + (p * (nr / 16) + column / 16) * TILE_BYTES;
  memcpy(tile + k / 2 * 64 + column % 16 * 4 + k % 2 * 2, &part, sizeof part);
}

static void put_three(uint8_t* step, size_t nr, size_t column, size_t k, float w) {
  for (size_t p = 0; p < 3; ++p) {
    const uint16_t part = lm__split_round(w);
    put(step, nr, column, k, p, part);
    w = rest_of(w, part);
  }
}

void lm__split_pack(const lm__f32_gemm_uk* uk, const lm__gemm_shape* shape, const float* weights,
                    const float* bias, uint8_t* out) {
  const size_t nr = (size_t)uk->nr, parts = lm__split_parts(uk), depth = (size_t)shape->depth;
  const size_t step_bytes = parts * (nr / 16) * TILE_BYTES;
  const size_t panel_bytes =
      nr * sizeof(float) + (size_t)shape->taps * ((depth + STEP - 1) / STEP) * step_bytes;
  for (size_t c = 0; c < (size_t)shape->columns; ++c) {
    uint8_t* panel = out + c / nr * panel_bytes;
    if (bias != NULL) memcpy(panel + c % nr * sizeof *bias, &bias[c], sizeof *bias);
    const float* column = weights + c * shape->column_stride;
    uint8_t* step = panel + nr * sizeof(float);
    double error = 0;
    for (size_t t = 0; t < (size_t)shape->taps; ++t) {
      for (size_t d = 0; d < depth; d += STEP, step += step_bytes) {
        const size_t count = depth - d < STEP ? depth - d : STEP;
        float w[STEP];
        uint16_t low[STEP];
        for (size_t k = 0; k < count; ++k, column += shape->k_stride) w[k] = *column;
        if (parts == 2) error = lm__split_low_parts(w, count, error, low);
        for (size_t k = 0; k < count; ++k) {
          if (parts == 3) {
            put_three(step, nr, c % nr, k, w[k]);
            continue;
          }
          put(step, nr, c % nr, k, 0, lm__split_round(w[k]));
          put(step, nr, c % nr, k, 1, low[k]);
        }
      }
    }
  }
}
