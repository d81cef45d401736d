// SPDX-License-Identifier: MIT
//
// ADD, pooling, and the loops that the compiler vectorises.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/allocator.h"
#include "litmark/kernel_math.h"

#include "kernel_test.h"
#include "kernels.h"

static int32_t value_of(uint8_t byte, bool is_signed) { return is_signed ? (int8_t)byte : byte; }

static uint8_t expected_add(const lm__q8_add_args* k, uint8_t a, uint8_t b) {
  const int32_t x = (value_of(a, k->is_signed) - k->zero_point[0]) * (1 << 20);
  const int32_t y = (value_of(b, k->is_signed) - k->zero_point[1]) * (1 << 20);
  const int32_t sum = lm_multiply(x, (lm_multiplier){k->multiplier[0], -k->right[0]}) +
                      lm_multiply(y, (lm_multiplier){k->multiplier[1], -k->right[1]});
  const int32_t scaled =
      lm_multiply(sum, (lm_multiplier){k->multiplier[2], -k->right[2]}) + k->output_zero_point;
  return (uint8_t)(scaled < k->min ? k->min : scaled > k->max ? k->max : scaled);
}

// `count` elements; 65536 of them are all pairs.
static void check_add(const lm__q8_add_uk* uk, const lm__q8_add_args* args, size_t count) {
  uint8_t* a = test_input(count, 0);
  uint8_t* b = test_input(count, 0);
  for (size_t i = 0; i < count; ++i) {
    a[i] = (uint8_t)(count < 65536 ? test_random() : i / 256);
    b[i] = (uint8_t)(count < 65536 ? test_random() : i % 256);
  }
  test_output out = test_output_make(count);
  uk->run(args, count, a, b, out.data);
  for (size_t i = 0; i < count; ++i) {
    const int32_t want = expected_add(args, a[i], b[i]);
    if (out.data[i] != want) {
      test_fail("count %zu at %zu: %d, want %d", count, i, out.data[i], want);
      break;
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  // In place over the first input, as a plan may have it.
  uk->run(args, count, a, b, a);
  test_free_inputs();
}

void test_q8_add(void) {
  static const size_t counts[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 257, 65536};
  for (int32_t i = 0; i < lm__q8_add_uk_count; ++i) {
    const lm__q8_add_uk* uk = &lm__q8_add_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; ++c) {
      for (int variant = 0; variant < 4; ++variant) {
        const bool is_signed = variant % 2 == 0;
        const int32_t base = is_signed ? -128 : 0;
        const lm__q8_add_args args = {
            .is_signed = is_signed,
            .zero_point = {base + test_between(0, 255), base + test_between(0, 255)},
            .multiplier = {1 << 30, test_between(1 << 30, INT32_MAX),
                           test_between(1 << 30, INT32_MAX)},
            .right = {0, test_between(0, 4), test_between(16, 20)},
            .output_zero_point = base + test_between(0, 255),
            .min = variant < 2 ? base : base + 30,
            .max = variant < 2 ? base + 255 : base + 200,
        };
        check_add(uk, &args, counts[c]);
      }
    }
  }
}

// ---- pooling

typedef struct pool_case {
  lm__pool_args args;
  bool is_float, is_max;
} pool_case;

static double expected_pool(const pool_case* k, int32_t c) {
  double best = -1e300, sum = 0;
  float float_sum = 0.0f;
  for (int32_t t = 0; t < k->args.taps; ++t) {
    const double x = k->is_float ? (double)((const float*)k->args.in[t])[c]
                                 : value_of(((const uint8_t*)k->args.in[t])[c], k->args.is_signed);
    best = x > best ? x : best;
    sum += x;
    float_sum += (float)x;
  }
  double y = best;
  if (!k->is_max) {
    const int32_t n = k->args.taps, total = (int32_t)sum;
    y = k->is_float ? (double)(float_sum / (float)n)
                    : (total > 0 ? total + n / 2 : total - n / 2) / n;
  }
  const double low = k->is_float ? (double)k->args.min : k->args.qmin;
  const double high = k->is_float ? (double)k->args.max : k->args.qmax;
  return y < low ? low : y > high ? high : y;
}

static void check_pool(const lm__pool_uk* uk, int32_t taps, int32_t channels, int variant) {
  pool_case k = {.is_float = variant % 3 == 0, .is_max = variant / 3 % 2 == 0};
  const size_t element = k.is_float ? sizeof(float) : 1;
  uint8_t* in = test_input((size_t)taps * (size_t)channels * element, LM_TAIL_BYTES);
  const int extreme = variant % 4;
  for (size_t i = 0; i < (size_t)taps * (size_t)channels; ++i) {
    if (k.is_float) {
      ((float*)(void*)in)[i] = test_unit();
    } else {
      in[i] = extreme == 1 ? 255 : extreme == 2 ? 0x80 : (uint8_t)test_random();
    }
  }
  const void** table = malloc((size_t)taps * sizeof *table);
  if (table == NULL) return;
  for (int32_t t = 0; t < taps; ++t) table[t] = in + (size_t)t * (size_t)channels * element;
  test_output out = test_output_make((size_t)channels * element);
  k.args = (lm__pool_args){
      .taps = taps,
      .channels = channels,
      .in = table,
      .out = out.data,
      .min = -0.5f,
      .max = 0.875f,
      .is_signed = variant % 3 == 1,
  };
  k.args.qmin = k.args.is_signed ? -128 : 0;
  k.args.qmax = k.args.qmin + (variant % 2 == 0 ? 255 : 190);
  if (k.is_float) {
    (k.is_max ? uk->f32_max : uk->f32_average)(&k.args);
  } else {
    (k.is_max ? uk->q8_max : uk->q8_average)(&k.args);
  }
  for (int32_t c = 0; c < channels; ++c) {
    const double want = expected_pool(&k, c);
    const double y = k.is_float ? (double)((const float*)(const void*)out.data)[c]
                                : value_of(out.data[c], k.args.is_signed);
    if (y != want) {
      test_fail("variant %d, %d taps, %d channels at %d: %g, want %g", variant, taps, channels, c,
                y, want);
      break;
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  free(table);
  test_free_inputs();
}

void test_pool(void) {
  static const int32_t taps[] = {1, 2, 3, 4, 9, 49, 64, 255, 256, 257, 1000};
  static const int32_t channels[] = {1, 3, 4, 5, 15, 16, 17, 63, 64, 65, 130, 257};
  for (int32_t i = 0; i < lm__pool_uk_count; ++i) {
    const lm__pool_uk* uk = lm__pool_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    for (size_t t = 0; t < sizeof taps / sizeof taps[0]; ++t) {
      for (size_t c = 0; c < sizeof channels / sizeof channels[0]; ++c) {
        for (int variant = 0; variant < 24; ++variant) {
          check_pool(uk, taps[t], channels[c], variant);
        }
      }
    }
  }
}

// ---- plain loops

static void check_floats(const lm__vector_uk* uk, size_t count) {
  float* a = test_input(count * sizeof *a, 0);
  float* b = test_input(count * sizeof *b, 0);
  float* out = test_input(count * sizeof *out, 0);
  for (size_t i = 0; i < count; ++i) {
    a[i] = test_unit();
    b[i] = test_unit();
  }
  for (int op = 0; op < 4; ++op) {
    for (size_t i = 0; i < count; ++i) out[i] = 0.25f;
    if (op == 0) uk->f32_add(count, a, b, out, -0.5f, 0.75f);
    if (op == 1) uk->f32_mul(count, a, b, out, -0.5f, 0.75f);
    if (op == 2) uk->f32_clamp(count, a, out, -0.5f, 0.75f);
    if (op == 3) uk->f32_accumulate(count, a, out);
    for (size_t i = 0; i < count; ++i) {
      float want = op == 0 ? a[i] + b[i] : op == 1 ? a[i] * b[i] : op == 2 ? a[i] : 0.25f + a[i];
      if (op < 3) want = want < -0.5f ? -0.5f : want > 0.75f ? 0.75f : want;
      if (out[i] != want) test_fail("float loop %d, count %zu at %zu", op, count, i);
    }
  }
  test_free_inputs();
}

static void check_bytes(const lm__vector_uk* uk, size_t count) {
  uint8_t* a = test_input(count, 0);
  uint8_t table[256];
  int32_t* sums = test_input(count * sizeof *sums, 0);
  for (size_t i = 0; i < count; ++i) a[i] = (uint8_t)test_random();
  for (int i = 0; i < 256; ++i) table[i] = (uint8_t)test_random();
  int32_t want = 0, flipped = 0;
  for (size_t i = 0; i < count; ++i) {
    want += a[i];
    flipped += (uint8_t)(a[i] ^ 0x80);
    sums[i] = 5;
  }
  if (uk->u8_sum(count, a, 0) != want) test_fail("sum of %zu", count);
  if (uk->u8_sum(count, a, 0x80) != flipped) test_fail("flipped sum of %zu", count);
  uk->u8_accumulate(count, a, sums);
  uk->s8_accumulate(count, a, sums);
  test_output out = test_output_make(count);
  uk->lookup(count, a, table, out.data);
  for (size_t i = 0; i < count; ++i) {
    if (sums[i] != 5 + a[i] + (int8_t)a[i]) test_fail("accumulate %zu at %zu", count, i);
    if (out.data[i] != table[a[i]]) test_fail("lookup %zu at %zu", count, i);
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

void test_vector(void) {
  for (int32_t i = 0; i < lm__vector_uk_count; ++i) {
    const lm__vector_uk* uk = lm__vector_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    for (size_t count = 1; count < 200; ++count) {
      check_floats(uk, count);
      check_bytes(uk, count);
    }
    check_bytes(uk, 100000);
  }
}
