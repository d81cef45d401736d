// SPDX-License-Identifier: MIT
//
// ADD and the loops that the compiler vectorises.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "litmark/allocator.h"
#include "litmark/kernel_math.h"

#include "cpu_binary.h"
#include "kernel_test.h"
#include "kernels.h"

static int32_t value_of(uint8_t byte, bool is_signed) { return is_signed ? (int8_t)byte : byte; }

static uint8_t clamped(int32_t x, int32_t min, int32_t max) {
  return (uint8_t)(x < min ? min : x > max ? max : x);
}

static uint8_t expected_add(const lm__q8_add_args* k, uint8_t a, uint8_t b) {
  const int32_t x = (value_of(a, k->is_signed) - k->zero_point[0]) * (1 << 20);
  const int32_t y = (value_of(b, k->is_signed) - k->zero_point[1]) * (1 << 20);
  const int32_t u = lm_multiply(x, (lm_multiplier){k->multiplier[0], -k->right[0]});
  const int32_t v = lm_multiply(y, (lm_multiplier){k->multiplier[1], -k->right[1]});
  const int32_t sum = k->is_subtract ? u - v : u + v;
  const int32_t scaled = lm_multiply(sum, (lm_multiplier){k->multiplier[2], -k->right[2]});
  return clamped(scaled + k->output_zero_point, k->min, k->max);
}

static uint8_t expected_mul(const lm__q8_mul_args* k, uint8_t a, uint8_t b) {
  const int32_t product = (value_of(a, k->is_signed) - k->zero_point[0]) *
                          (value_of(b, k->is_signed) - k->zero_point[1]);
  const lm_multiplier m = {k->multiplier, k->left - k->right};
  return clamped(lm_multiply(product, m) + k->output_zero_point, k->min, k->max);
}

// A kernel of either family, and how operands are laid out.
typedef struct q8_case {
  const lm__q8_add_uk* add;
  const lm__q8_mul_uk* mul;
  lm__q8_add_args add_args;
  lm__q8_mul_args mul_args;
  lm__rows rows;
} q8_case;

static size_t operand_bytes(const lm__rows* r, size_t stride, bool single) {
  return stride * (r->rows - 1) + (single ? 1 : r->count);
}

static void check_q8(q8_case* k) {
  lm__rows* r = &k->rows;
  const size_t a_bytes = operand_bytes(r, r->a_stride, r->a_single);
  const size_t b_bytes = operand_bytes(r, r->b_stride, r->b_single);
  uint8_t* a = test_input(a_bytes, 0);
  uint8_t* b = test_input(b_bytes, 0);
  const bool all_pairs = r->rows == 1 && r->count == 65536;
  for (size_t i = 0; i < a_bytes; ++i) a[i] = (uint8_t)(all_pairs ? i / 256 : test_random());
  for (size_t i = 0; i < b_bytes; ++i) b[i] = (uint8_t)(all_pairs ? i % 256 : test_random());
  test_output out = test_output_make(r->rows * r->count);
  r->a = a;
  r->b = b;
  r->out = out.data;
  if (k->add != NULL) {
    k->add->run(&k->add_args, r);
  } else {
    k->mul->run(&k->mul_args, r);
  }
  for (size_t i = 0; i < r->rows * r->count; ++i) {
    const size_t row = i / r->count, column = i % r->count;
    const uint8_t x = a[row * r->a_stride + (r->a_single ? 0 : column)];
    const uint8_t y = b[row * r->b_stride + (r->b_single ? 0 : column)];
    const int32_t want =
        k->add != NULL ? expected_add(&k->add_args, x, y) : expected_mul(&k->mul_args, x, y);
    if (out.data[i] != want) {
      test_fail("%zu rows of %zu at %zu: %d, want %d", r->rows, r->count, i, out.data[i], want);
      break;
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

static const size_t kCounts[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 63, 257, 65536};

// One long row, several of each kind of broadcasting, for each count.
static void check_layouts(q8_case* k) {
  for (size_t c = 0; c < sizeof kCounts / sizeof kCounts[0]; ++c) {
    const size_t n = kCounts[c];
    k->rows = (lm__rows){.rows = 1, .count = n};
    check_q8(k);
    if (n > 1000) continue;
    k->rows = (lm__rows){.rows = 5, .count = n, .a_stride = n};
    check_q8(k);
    k->rows = (lm__rows){.rows = 4, .count = n, .b_stride = n + 2};
    check_q8(k);
    k->rows = (lm__rows){.rows = 3, .count = n, .a_stride = n, .b_stride = 1, .b_single = true};
    check_q8(k);
    k->rows = (lm__rows){.rows = 3, .count = n, .a_stride = 2, .b_stride = n, .a_single = true};
    check_q8(k);
  }
}

// Tensors of random scales, made into arguments as the delegate does it.
typedef struct q8_tensors {
  lm_tensor tensors[3];
  float scales[3];
  int32_t zero_points[3];
} q8_tensors;

static void random_tensors(q8_tensors* t, bool is_signed, int variant) {
  for (int i = 0; i < 3; ++i) {
    t->scales[i] = 0.001f * (float)test_between(1, 300);
    // Scales that make many ties, and equal ones.
    if (variant % 4 == 1) t->scales[i] = 1.0f / (float)(1 << test_between(0, 5));
    if (variant % 4 == 2) t->scales[i] = t->scales[0];
    t->zero_points[i] = (is_signed ? -128 : 0) + test_between(0, 255);
    t->tensors[i] = (lm_tensor){.type = is_signed ? LM_INT8 : LM_UINT8,
                                .quantization = {1, 0, &t->scales[i], &t->zero_points[i]}};
  }
}

void test_q8_add(void) {
  for (int32_t i = 0; i < lm__q8_add_uk_count; ++i) {
    q8_case k = {.add = &lm__q8_add_uks[i]};
    int linear = 0;
    if (!test_begin(k.add->name, k.add->isa)) continue;
    for (int variant = 0; variant < 24; ++variant) {
      q8_tensors t;
      const bool is_signed = variant % 2 == 0;
      random_tensors(&t, is_signed, variant / 2);
      lm__cpu_q8_add_args(&t.tensors[0], &t.tensors[1], &t.tensors[2], variant % 3 == 0,
                          &k.add_args);
      if (k.add_args.right[2] < 0) continue;
      k.add_args.min = (is_signed ? -128 : 0) + (variant % 5 == 0 ? 30 : 0);
      k.add_args.max = (is_signed ? 127 : 255) - (variant % 5 == 0 ? 50 : 0);
      if (k.add->wants_linear) lm__cpu_q8_add_linear(k.add, &k.add_args);
      linear += k.add_args.linear.is_exact;
      check_layouts(&k);
    }
    if (k.add->wants_linear && linear < 6) test_fail("%d sums are linear functions", linear);
  }
}

void test_q8_mul(void) {
  for (int32_t i = 0; i < lm__q8_mul_uk_count; ++i) {
    q8_case k = {.mul = &lm__q8_mul_uks[i]};
    if (!test_begin(k.mul->name, k.mul->isa)) continue;
    for (int variant = 0; variant < 24; ++variant) {
      q8_tensors t;
      const bool is_signed = variant % 2 == 0;
      random_tensors(&t, is_signed, variant / 2);
      if (variant % 7 == 6) t.scales[2] = 1e-5f;  // a left shift, which wraps
      lm__cpu_q8_mul_args(&t.tensors[0], &t.tensors[1], &t.tensors[2], &k.mul_args);
      k.mul_args.min = (is_signed ? -128 : 0) + (variant % 5 == 0 ? 30 : 0);
      k.mul_args.max = (is_signed ? 127 : 255) - (variant % 5 == 0 ? 50 : 0);
      check_layouts(&k);
    }
  }
}

// Every pair of bytes under many scales: the kernels whose floats stand in for integers must find
// each value that is too close to a tie.
void test_q8_rounding(void) {
  bool wanted[2] = {false, false};
  for (int variant = 0; variant < 60; ++variant) {
    q8_tensors t;
    random_tensors(&t, variant % 2 == 0, variant % 3);
    q8_case k = {.rows = {.rows = 1, .count = 65536}};
    k.add_args.min = k.mul_args.min = variant % 2 == 0 ? -128 : 0;
    lm__q8_add_args add;
    lm__cpu_q8_add_args(&t.tensors[0], &t.tensors[1], &t.tensors[2], false, &add);
    lm__q8_mul_args mul;
    lm__cpu_q8_mul_args(&t.tensors[0], &t.tensors[1], &t.tensors[2], &mul);
    add.min = mul.min = variant % 2 == 0 ? -128 : 0;
    add.max = mul.max = add.min + 255;
    k.add_args = add;
    k.mul_args = mul;
    for (int32_t i = 0; i < 2; ++i) {
      k.add = i == 0 ? lm__q8_add_select(lm__cpu_features()) : NULL;
      k.mul = i == 1 ? lm__q8_mul_select(lm__cpu_features()) : NULL;
      if (i == 0 && add.right[2] < 0) continue;
      if (i == 0 && k.add->wants_linear) lm__cpu_q8_add_linear(k.add, &k.add_args);
      if (variant == 0) wanted[i] = test_begin(i == 0 ? k.add->name : k.mul->name, 0);
      if (wanted[i]) check_q8(&k);
    }
  }
}

// ---- tables

void test_lookup(void) {
  static const size_t counts[] = {1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 1000, 4099};
  for (int32_t i = 0; i < lm__lookup_uk_count; ++i) {
    const lm__lookup_uk* uk = &lm__lookup_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; ++c) {
      uint8_t* a = test_input(counts[c], 0);
      uint8_t* table = test_input(256, 0);
      for (size_t n = 0; n < counts[c]; ++n) a[n] = (uint8_t)(c % 2 == 0 ? n * 7 : test_random());
      for (int n = 0; n < 256; ++n) table[n] = (uint8_t)test_random();
      test_output out = test_output_make(counts[c]);
      uk->run(counts[c], a, table, out.data);
      for (size_t n = 0; n < counts[c]; ++n) {
        if (out.data[n] != table[a[n]]) test_fail("%zu elements at %zu", counts[c], n);
      }
      uk->run(counts[c], a, table, a);  // in place
      if (memcmp(a, out.data, counts[c]) != 0) test_fail("%zu elements in place", counts[c]);
      if (!test_output_free(&out)) test_fail("wrote out of bounds");
      test_free_inputs();
    }
  }
}

// ---- plain loops

static float expected_binary(int op, float x, float y) {
  switch (op) {
    case LM_F32_ADD:
      return x + y;
    case LM_F32_SUB:
      return x - y;
    case LM_F32_MUL:
      return x * y;
    case LM_F32_DIV:
      return x / y;
    case LM_F32_MAXIMUM:
      return x > y ? x : y;
    case LM_F32_MINIMUM:
      return x < y ? x : y;
    case LM_F32_SQUARED_DIFFERENCE:
      return (x - y) * (x - y);
    default:
      return x >= 0.0f ? x : x * y;
  }
}

static void check_binary(const lm__vector_uk* uk, int op, const lm__rows* layout) {
  lm__rows r = *layout;
  const size_t a_count = operand_bytes(&r, r.a_stride, r.a_single);
  const size_t b_count = operand_bytes(&r, r.b_stride, r.b_single);
  float* a = test_input(a_count * sizeof *a, 0);
  float* b = test_input(b_count * sizeof *b, 0);
  for (size_t i = 0; i < a_count; ++i) a[i] = i % 29 == 28 ? NAN : test_unit();
  for (size_t i = 0; i < b_count; ++i) b[i] = test_unit();
  test_output out = test_output_make(r.rows * r.count * sizeof(float));
  r.a = a;
  r.b = b;
  r.out = out.data;
  uk->f32_binary[op](&r, -0.5f, 0.75f);
  for (size_t i = 0; i < r.rows * r.count; ++i) {
    const float x = a[i / r.count * r.a_stride + (r.a_single ? 0 : i % r.count)];
    const float y = b[i / r.count * r.b_stride + (r.b_single ? 0 : i % r.count)];
    float want = expected_binary(op, x, y);
    want = want < -0.5f ? -0.5f : want > 0.75f ? 0.75f : want;
    const float got = ((const float*)(const void*)out.data)[i];
    if (memcmp(&want, &got, sizeof want) != 0 && !(isnan(want) && isnan(got))) {
      test_fail("op %d, %zu rows of %zu at %zu", op, r.rows, r.count, i);
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

static void check_extremes(const lm__vector_uk* uk, size_t count, bool is_signed) {
  uint8_t* a = test_input(count, 0);
  uint8_t* b = test_input(count, 0);
  uint8_t* out = test_input(count, 0);
  for (size_t i = 0; i < count; ++i) {
    a[i] = (uint8_t)test_random();
    b[i] = (uint8_t)test_random();
  }
  const lm__rows r = {.rows = 1, .count = count, .a = a, .b = b, .out = out};
  for (int op = 0; op < 2; ++op) {
    (op == 0 ? uk->q8_maximum : uk->q8_minimum)(&r, is_signed);
    for (size_t i = 0; i < count; ++i) {
      const bool larger = value_of(a[i], is_signed) > value_of(b[i], is_signed);
      if (out[i] != (larger == (op == 0) ? a[i] : b[i])) test_fail("maximum or minimum at %zu", i);
    }
  }
  test_free_inputs();
}

static double expected_unary(int op, float x, float alpha) {
  const float shifted = x + 3.0f < 0.0f ? 0.0f : x + 3.0f > 6.0f ? 6.0f : x + 3.0f;
  switch (op) {
    case LM_F32_HARD_SWISH:
      return (double)(x * shifted / 6.0f);
    case LM_F32_LEAKY_RELU:
      return (double)(x > 0.0f ? x : x * alpha);
    case LM_F32_ABS:
      return (double)fabsf(x);
    case LM_F32_NEG:
      return (double)-x;
    case LM_F32_SQUARE:
      return (double)(x * x);
    case LM_F32_EXP_FAST:
      return exp((double)x);
    case LM_F32_LOGISTIC_FAST:
      return 1.0 / (1.0 + exp(-(double)x));
    default:
      return tanh((double)x);
  }
}

static void check_unary(const lm__vector_uk* uk, size_t count) {
  float* a = test_input(count * sizeof *a, 0);
  float* out = test_input(count * sizeof *out, 0);
  for (int op = 0; op < LM_F32_UNARY_COUNT; ++op) {
    for (size_t i = 0; i < count; ++i) a[i] = test_unit() * (i % 3 == 0 ? 80.0f : 5.0f);
    uk->f32_unary[op](count, a, out, 0.3f);
    for (size_t i = 0; i < count; ++i) {
      const double want = expected_unary(op, a[i], 0.3f);
      // Exact, or as many units in the last place as the kernels promise (their own rounding and
      // the comparison's included).
      const double units = op < LM_F32_EXP_FAST ? 0.0 : op == LM_F32_TANH_FAST ? 4.0 : 2.5;
      if (fabs((double)out[i] - want) > units * 1.2e-7 * fabs(want)) {
        test_fail("function %d of %.9g: %.9g, want %.9g", op, (double)a[i], (double)out[i], want);
      }
    }
  }
  test_free_inputs();
}

// Values that a kernel of its own for usual numbers could get wrong.
static void check_unusual(const lm__vector_uk* uk) {
  static const float values[] = {0.0f,  -0.0f,  1e-45f, -1e-45f, 1e-38f,   -1e-30f, 1e-27f,
                                 3e27f, -3e38f, 3e38f,  -3.0f,   INFINITY, NAN,     -2.9999998f};
  enum { COUNT = sizeof values / sizeof values[0] };
  for (size_t at = 0; at <= COUNT; ++at) {
    float a[300], out[300];
    for (size_t i = 0; i < 300; ++i) a[i] = (float)((int)i % 21 - 10) * 0.37f;
    if (at < COUNT) a[17] = values[at];
    uk->f32_unary[LM_F32_HARD_SWISH](300, a, out, 0.0f);
    for (size_t i = 0; i < 300; ++i) {
      const float want = (float)expected_unary(LM_F32_HARD_SWISH, a[i], 0.0f);
      if (memcmp(&want, &out[i], sizeof want) != 0 && !(isnan(want) && isnan(out[i]))) {
        test_fail("hard swish of %.9g: %.9g, want %.9g", (double)a[i], (double)out[i],
                  (double)want);
      }
    }
  }
}

static void check_floats(const lm__vector_uk* uk, size_t count) {
  float* a = test_input(count * sizeof *a, 0);
  float* out = test_input(count * sizeof *out, 0);
  for (size_t i = 0; i < count; ++i) a[i] = test_unit();
  for (int op = 0; op < 2; ++op) {
    for (size_t i = 0; i < count; ++i) out[i] = 0.25f;
    if (op == 0) uk->f32_clamp(count, a, out, -0.5f, 0.75f);
    if (op == 1) uk->f32_accumulate(count, a, out);
    for (size_t i = 0; i < count; ++i) {
      const float want = op == 1        ? 0.25f + a[i]
                         : a[i] < -0.5f ? -0.5f
                         : a[i] > 0.75f ? 0.75f
                                        : a[i];
      if (out[i] != want) test_fail("float loop %d, count %zu at %zu", op, count, i);
    }
  }
  test_free_inputs();
}

// Rows of a product in one of its layouts, the last of which ends where memory does.
static void check_row_terms(const lm__vector_uk* uk, int32_t rows, int32_t taps, int32_t depth,
                            bool scattered) {
  size_t row_offsets[20], tap_offsets[4];
  const size_t stride = (size_t)depth + 3, pitch = (size_t)rows * stride;
  for (int32_t r = 0; r < rows; ++r) row_offsets[r] = (size_t)(r * 7 % rows) * stride;
  for (int32_t t = 0; t < taps; ++t) tap_offsets[t] = (size_t)(taps - 1 - t) * pitch;
  const uint8_t flip = depth % 2 == 0 ? 0x80 : 0;
  const size_t bytes = (size_t)(taps - 1) * pitch + (size_t)(rows - 1) * stride + (size_t)depth;
  uint8_t* base = test_input(bytes, LM_TAIL_BYTES);
  for (size_t i = 0; i < bytes; ++i) base[i] = (uint8_t)test_random();
  test_output out = test_output_make((size_t)rows * sizeof(int32_t));
  const lm__gemm_input in = {.rows = rows,
                             .taps = taps,
                             .depth = depth,
                             .base = base,
                             .row_offsets = scattered ? row_offsets : NULL,
                             .row_stride = stride,
                             .tap_offsets = tap_offsets};
  uk->u8_row_terms(&in, flip, -37, 11, (int32_t*)(void*)out.data);
  for (int32_t r = 0; r < rows; ++r) {
    int32_t want = 11, got;
    const uint8_t* row = base + (scattered ? row_offsets[r] : (size_t)r * stride);
    for (int32_t t = 0; t < taps; ++t) {
      for (int32_t k = 0; k < depth; ++k) want += row[tap_offsets[t] + (size_t)k] ^ flip;
    }
    memcpy(&got, out.data + (size_t)r * sizeof got, sizeof got);
    if (got != -37 * want) {
      test_fail("term of row %d of %d, %d x %d: %d, want %d", r, rows, taps, depth, got,
                -37 * want);
    }
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

static void check_all_row_terms(const lm__vector_uk* uk) {
  static const int32_t depths[] = {1, 3, 21, 63, 64, 65, 128, 200};
  for (size_t i = 0; i < sizeof depths / sizeof depths[0]; ++i) {
    for (int32_t rows = 1; rows <= 20; ++rows) {
      check_row_terms(uk, rows, 1 + rows % 4, depths[i], rows % 3 == 0);
    }
  }
}

static void check_bytes(const lm__vector_uk* uk, size_t count) {
  uint8_t* a = test_input(count, 0);
  for (size_t i = 0; i < count; ++i) a[i] = (uint8_t)test_random();
  int32_t want = 0, flipped = 0;
  for (size_t i = 0; i < count; ++i) {
    want += a[i];
    flipped += (uint8_t)(a[i] ^ 0x80);
  }
  if (uk->u8_sum(count, a, 0) != want) test_fail("sum of %zu", count);
  if (uk->u8_sum(count, a, 0x80) != flipped) test_fail("flipped sum of %zu", count);
  test_free_inputs();
}

// `extreme`: all bytes are 255, so that words would overflow first.
static void check_columns(const lm__vector_uk* uk, size_t rows, size_t count, bool extreme) {
  const size_t stride = count + 3;
  const uint8_t flip = extreme || rows % 2 == 0 ? 0 : 0x80;
  uint8_t* a = test_input((rows - 1) * stride + count, 0);
  for (size_t i = 0; i < (rows - 1) * stride + count; ++i) {
    a[i] = extreme ? 255 : (uint8_t)test_random();
  }
  test_output out = test_output_make(count * sizeof(int32_t));
  const int32_t* sums = (const int32_t*)(const void*)out.data;
  uk->u8_column_sums(rows, count, a, stride, flip, (int32_t*)(void*)out.data);
  for (size_t i = 0; i < count; ++i) {
    int32_t want = 0;
    for (size_t r = 0; r < rows; ++r) want += (uint8_t)(a[r * stride + i] ^ flip);
    if (sums[i] != want) test_fail("%zu rows of %zu at %zu: %d", rows, count, i, sums[i]);
  }
  if (!test_output_free(&out)) test_fail("column sums wrote out of bounds");
  test_free_inputs();
}

// Conversions: exact, and within their bounds. A seventh of the values are ties.
static void check_conversions(const lm__vector_uk* uk, size_t count, bool is_signed) {
  float* a = test_input(count * sizeof *a, 0);
  uint8_t* bytes = test_input(count, 0);
  const int32_t low = is_signed ? -128 : 0, zero_point = low + test_between(0, 255);
  for (size_t i = 0; i < count; ++i) {
    a[i] = i % 7 == 0 ? (float)test_between(-300, 300) * 0.125f : test_unit() * 40.0f;
    if (i % 31 == 30) a[i] = NAN;
    bytes[i] = (uint8_t)test_random();
  }
  test_output out = test_output_make(count);
  uk->f32_quantize(count, a, out.data, 0.25f, zero_point, low, low + 255);
  for (size_t i = 0; i < count; ++i) {
    const float x = isnan(a[i]) ? 0.0f : roundf(a[i] / 0.25f);
    const int32_t q = (int32_t)x + zero_point;
    if (out.data[i] != clamped(q, low, low + 255)) test_fail("quantize %g", (double)a[i]);
  }
  uk->f32_quantize_by(count, a, out.data, 4.0f, 3.0f, -128, 127);
  for (size_t i = 0; i < count; ++i) {
    const float x = isnan(a[i]) ? 0.0f : roundf(3.0f + a[i] * 4.0f);
    if (out.data[i] != clamped((int32_t)x, -128, 127)) test_fail("quantize by %g", (double)a[i]);
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_output reals = test_output_make(count * sizeof(float));
  const float* real = (const float*)(const void*)reals.data;
  (is_signed ? uk->s8_dequantize : uk->u8_dequantize)(count, bytes, (float*)(void*)reals.data, 0.1,
                                                      zero_point);
  for (size_t i = 0; i < count; ++i) {
    const float want = (float)(0.1 * (value_of(bytes[i], is_signed) - zero_point));
    if (real[i] != want) test_fail("dequantize at %zu", i);
  }
  if (!test_output_free(&reals)) test_fail("wrote out of bounds");
  test_free_inputs();
}

// Weights of 0, of 1, between and a little outside.
static void check_bilinear(const lm__vector_uk* uk, size_t count) {
  for (int variant = 0; variant < 8; ++variant) {
    const bool is_float = variant % 2 == 0;
    const size_t element = is_float ? sizeof(float) : 1;
    uint8_t* in[4];
    for (int i = 0; i < 4; ++i) {
      in[i] = test_input(count * element, 0);
      for (size_t c = 0; c < count; ++c) {
        if (is_float) {
          ((float*)(void*)in[i])[c] = test_unit();
        } else {
          in[i][c] = (uint8_t)test_random();
        }
      }
    }
    static const int32_t weights[] = {0, 1024, 300, -512};
    const int32_t down = weights[variant / 2], right = weights[(variant + 5) % 4];
    const lm__bilinear at = {
        in[0], in[1], in[2], in[3], (float)down / 1024.0f, (float)right / 1024.0f, down, right};
    test_output out = test_output_make(count * element);
    if (is_float) {
      uk->f32_bilinear(count, &at, (float*)(void*)out.data);
    } else {
      uk->s8_bilinear(count, &at, out.data);
    }
    for (size_t c = 0; c < count; ++c) {
      const double d = down / 1024.0, r = right / 1024.0;
      double x[4];
      for (int i = 0; i < 4; ++i) {
        x[i] = is_float ? (double)((const float*)(const void*)in[i])[c] : (int8_t)in[i][c];
      }
      const double want = (x[0] * (1 - d) + x[2] * d) * (1 - r) + (x[1] * (1 - d) + x[3] * d) * r;
      if (is_float) {
        const double got = (double)((const float*)(const void*)out.data)[c];
        if (fabs(got - want) > 2e-6) test_fail("bilinear at %zu: %g, want %g", c, got, want);
      } else if (out.data[c] != (uint8_t)(int8_t)(int32_t)round(want)) {
        test_fail("bilinear int8 at %zu: %d, want %g", c, (int8_t)out.data[c], want);
      }
    }
    if (!test_output_free(&out)) test_fail("wrote out of bounds");
    test_free_inputs();
  }
}

static void check_softmax(const lm__vector_uk* uk, size_t count) {
  float* a = test_input(count * sizeof *a, 0);
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    a[i] = test_unit() * 20.0f;
    sum += exp((double)a[i]);
  }
  test_output out = test_output_make(count * sizeof(float));
  uk->f32_softmax_fast(count, a, (float*)(void*)out.data, 1.0f);
  for (size_t i = 0; i < count; ++i) {
    const double want = exp((double)a[i]) / sum;
    const double got = (double)((const float*)(const void*)out.data)[i];
    // The argument's own rounding is worth up to 40 * 2^-24.
    if (fabs(got - want) > 4e-6 * want) test_fail("softmax %zu: %g, want %g", i, got, want);
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  float low, high;
  a[count / 2] = -77.0f;
  a[count - 1] = 55.0f;
  uk->f32_range(count, a, &low, &high);
  if (high != 55.0f || (count > 2 && low != -77.0f)) test_fail("range of %zu", count);
  test_free_inputs();
}

static void check_matmul(const lm__vector_uk* uk, size_t rows, size_t depth, size_t columns) {
  float* a = test_input(rows * depth * sizeof *a, 0);
  float* b = test_input(depth * columns * sizeof *b, 0);
  for (size_t i = 0; i < rows * depth; ++i) a[i] = test_unit();
  for (size_t i = 0; i < depth * columns; ++i) b[i] = test_unit();
  test_output out = test_output_make(rows * columns * sizeof(float));
  float* c = (float*)(void*)out.data;
  uk->f32_matmul(&(lm__f32_matmul){rows, depth, columns, a, b, c, depth, columns, columns});
  for (size_t i = 0; i < rows * columns; ++i) {
    float want = 0.0f;
    for (size_t d = 0; d < depth; ++d) {
      const float term = a[i / columns * depth + d] * b[d * columns + i % columns];
      want += term;
    }
    if (c[i] != want) test_fail("matmul %zux%zux%zu at %zu", rows, depth, columns, i);
  }
  if (!test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

static void check_dynamic_range(const lm__vector_uk* uk, size_t count) {
  enum { TAPS = 9 };
  uint8_t* in = test_input(TAPS * count, 0);
  uint8_t* weights = test_input(TAPS * count, 0);
  size_t offsets[TAPS];
  for (size_t t = 0; t < TAPS; ++t) offsets[t] = (TAPS - 1 - t) * count;
  for (size_t i = 0; i < TAPS * count; ++i) {
    in[i] = (uint8_t)test_random();
    weights[i] = (uint8_t)test_random();
  }
  float* scales = test_input(count * sizeof *scales, 0);
  float* bias = test_input(count * sizeof *bias, 0);
  for (size_t i = 0; i < count; ++i) {
    scales[i] = test_unit();
    bias[i] = test_unit();
  }
  test_output sums = test_output_make(count * sizeof(int32_t));
  test_output out = test_output_make(count * sizeof(float));
  int32_t* sum = (int32_t*)(void*)sums.data;
  float* real = (float*)(void*)out.data;
  uk->s8_taps(count, TAPS, in, offsets, (const int8_t*)weights, -7, sum);
  for (size_t i = 0; i < count; ++i) {
    int32_t want = 0;
    for (size_t t = 0; t < TAPS; ++t) {
      want += ((int8_t)in[offsets[t] + i] + 7) * (int8_t)weights[t * count + i];
    }
    if (sum[i] != want) test_fail("taps at %zu: %d, want %d", i, sum[i], want);
  }
  for (int variant = 0; variant < 2; ++variant) {
    uk->s32_scale(&(lm__s32_scale){count, sum, sum, 3, scales, 0.01f, variant == 1, bias, -900.0f,
                                   900.0f, real});
    for (size_t i = 0; i < count; ++i) {
      const float x = (float)(sum[i] - 3 * sum[i]);
      const float product = variant == 1 ? x * scales[i] * 0.01f : x * (0.01f * scales[i]);
      float want = product + bias[i];
      want = want < -900.0f ? -900.0f : want > 900.0f ? 900.0f : want;
      if (real[i] != want) test_fail("scale at %zu", i);
    }
  }
  if (!test_output_free(&sums) || !test_output_free(&out)) test_fail("wrote out of bounds");
  test_free_inputs();
}

void test_vector(void) {
  for (int32_t i = 0; i < lm__vector_uk_count; ++i) {
    const lm__vector_uk* uk = lm__vector_uks[i];
    if (!test_begin(uk->name, uk->isa)) continue;
    for (size_t count = 1; count < 200; ++count) {
      check_floats(uk, count);
      check_bytes(uk, count);
      check_columns(uk, count % 5 + 1, count, false);
      check_unary(uk, count);
      check_extremes(uk, count, count % 2 == 0);
      check_conversions(uk, count, count % 2 == 0);
      check_bilinear(uk, count);
      check_softmax(uk, count);
      check_dynamic_range(uk, count);
      check_matmul(uk, count % 7 + 1, count % 5 + 1, count);
      for (int op = 0; op < LM_F32_BINARY_COUNT; ++op) {
        check_binary(uk, op, &(lm__rows){.rows = 1, .count = count});
        if (count > 70) continue;
        check_binary(uk, op, &(lm__rows){.rows = 3, .count = count, .a_stride = count});
        check_binary(uk, op,
                     &(lm__rows){.rows = 2, .count = count, .b_stride = count, .a_single = true});
        check_binary(uk, op,
                     &(lm__rows){.rows = 2, .count = count, .a_stride = count, .b_single = true});
      }
    }
    check_bytes(uk, 100000);
    for (size_t rows = 256; rows < 260; ++rows) check_columns(uk, rows, 97, true);
    check_columns(uk, 1000, 20, true);
    check_columns(uk, 1000, 100, false);
    check_all_row_terms(uk);
    check_unary(uk, 100000);
    check_unusual(uk);
  }
}
