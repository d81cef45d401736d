// SPDX-License-Identifier: MIT
//
// What micro-kernels are told. They allocate nothing, call nothing of the C library but memcpy, and
// know neither tensors nor threads.
//
// Reading past the end: a kernel may read up to LM_TAIL_BYTES beyond the last element that it needs
// (tensors and pads have that tail), and the values do not matter. It writes nothing beyond.
#ifndef LITMARK_UKERNEL_H_
#define LITMARK_UKERNEL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LM_UK_INLINE static inline __attribute__((always_inline))
#define LM_UK_PASTE_(a, b) a##b
#define LM_UK_PASTE(a, b) LM_UK_PASTE_(a, b)

/// Where a product's rows lie. A row is `taps` runs of `depth` contiguous elements each: one run
/// for a plain product, one a kernel row or element for a convolution. Run t of row r begins at
///   base + (row_offsets[r], or r * row_stride) + tap_offsets[t]      in elements
typedef struct lm__gemm_input {
  int32_t rows;  ///< any number
  int32_t taps;
  int32_t depth;
  const void* base;
  const size_t* row_offsets;  ///< [rows], or NULL
  size_t row_stride;
  const size_t* tap_offsets;  ///< [taps]
} lm__gemm_input;

#define LM_UK_LINE_BYTES 64
#define LM_UK_NEXT_STEPS 16

/// Weights that will be wanted soon come into the second-level cache on the way: `lines` cache
/// lines each LM_UK_NEXT_STEPS steps of depth. `next` may point past them; 0 lines: none.
typedef struct lm__gemm_ahead {
  const void* next;
  int32_t lines;
} lm__gemm_ahead;

/// A matrix product over panels of NR columns, swept until `columns` are done.
///
/// Packed weights: for each panel  bias[NR] | taps x depth x [NR], floats, or with kernels for them
/// (`half` in kernels.h) float16 behind a bias of floats.
/// Kernels that multiply in bfloat16 parts have  bias[NR] | taps x ceil(depth / 32) x parts x NR /
/// 16 tiles of 16 pairs of products for 16 columns, [16][16][2], zero where depth ends; three
/// products take two parts, six take three.
typedef struct lm__f32_gemm_args {
  lm__gemm_input in;
  int32_t columns;
  const float* packed;
  lm__gemm_ahead ahead;
  float* c;
  size_t c_stride;  ///< elements from row to row
  float min, max;
} lm__f32_gemm_args;

/// Bytes that a tile of one panel asks for, where a step takes `kr` elements.
static inline size_t lm_uk_ahead_bytes(const lm__gemm_input* in, int32_t kr, int32_t lines) {
  const size_t steps = ((size_t)in->depth + (size_t)kr - 1) / (size_t)kr;
  const size_t pieces = (steps + LM_UK_NEXT_STEPS - 1) / LM_UK_NEXT_STEPS;
  return (size_t)in->taps * pieces * (size_t)lines * LM_UK_LINE_BYTES;
}

/// How sums become 8-bit outputs. All three give the same values; kernels without a fixed-point
/// epilogue do the first whatever is asked.
typedef enum lm__q8_requant {
  LM_Q8_INTEGER,        ///< as lm_multiply()
  LM_Q8_FIXED,          ///< in 16.16 fixed point, see requant_avx512.h
  LM_Q8_FIXED_AT_ZERO,  ///< the same where outputs are clamped at their zero point
  LM_Q8_CERTAIN,  ///< the same over all 8 bits, in the domain of s8, with no guard: every threshold
                  ///< was tried while packing; for kernels of short rows
} lm__q8_requant;

/// The order of a panel's columns: that from which packing to bytes returns them to their own.
typedef enum lm__q8_order {
  LM_Q8_PLAIN,
  LM_Q8_PAIRS,  ///< each 32 as two vectors of 16: 0-7, 16-23 and 8-15, 24-31; 16 left over: plain
  LM_Q8_EVEN_ODD,  ///< each 16 as two vectors of 8: the even ones and the odd ones; 8 left over:
                   ///< plain
} lm__q8_order;

/// KR of kernels on AMX tiles.
#define LM_Q8_TILE_KR 64

/// The same for 8-bit data.
///
/// Packed weights: for each panel of NR columns  bias | multiplier | left | right (int32[NR] each)
/// | scale | offset (float[NR] each) | taps x ceil(depth / KR) x [NR][KR] signed bytes, zero where
/// depth ends; columns lie in the kernel's lm__q8_order.
/// With a KR of LM_Q8_TILE_KR a step holds NR / 16 tiles of 1 KiB instead: 16 rows of four products
/// each for 16 columns, [16][16][4].
/// Activations are XORed with `flip` first, which takes them into the kernel's domain (u8 or s8);
/// `bias` holds all of the zero-point terms that do not depend on activations.
typedef struct lm__q8_gemm_args {
  lm__gemm_input in;
  int32_t columns;
  uint8_t flip;    ///< 0 or 0x80
  bool is_signed;  ///< the kernel's domain is s8; asked by kernels that have both
  const void* packed;
  lm__gemm_ahead ahead;      ///< not every kernel heeds it
  const int32_t* row_terms;  ///< [rows] added to every sum of a row: minus the weights' zero point
                             ///< times the flipped activations' sum; NULL: none
  uint8_t* c;
  size_t c_stride;        ///< elements from row to row
  int32_t* sums;          ///< not NULL: the sums go here, in whole panels, and `c` is left alone
  const double* factors;  ///< [columns] FULLY_CONNECTED rescales by these; NULL: multipliers
  lm__q8_requant requant;
  int32_t guard;  ///< of fixed point: lm__q8_gemm_guard()
  bool output_signed;
  int32_t zero_point;
  int32_t min, max;  ///< of the output, zero point included
} lm__q8_gemm_args;

/// sum * factor, rounded half away from zero, and clamped: FULLY_CONNECTED's own rescaling.
static inline uint8_t lm__q8_rescale(const lm__q8_gemm_args* args, int32_t sum, double factor) {
  const double low = args->min - args->zero_point, high = args->max - args->zero_point;
  const double x = (double)sum * factor;
  // The largest double below one half: adding one half itself would round 0.49999999999999994 up.
  const double half = x < 0 ? -0.49999999999999994 : 0.49999999999999994;
  const double y = x < low ? low : x > high ? high : (double)(int64_t)(x + half);
  return (uint8_t)((int32_t)(y < low ? low : y > high ? high : y) + args->zero_point);
}

/// A depthwise convolution over `pixels` outputs that lie in one row. Tap t of output p reads
/// `channels` elements from in[t] + p * in_stride.
///
/// Packed weights: for each block of NR channels  bias[NR] | taps x [NR].
typedef struct lm__f32_dw_args {
  int32_t pixels;
  int32_t channels;
  int32_t taps;
  const void* const* in;  ///< [taps]
  size_t in_stride;
  const float* packed;
  float* out;
  size_t out_stride;
  float min, max;
} lm__f32_dw_args;

/// The same for 8-bit data; weights have 16 bits, their zero point taken off.
///
/// Packed weights: for each block of NR channels  bias | multiplier | left | right (int32[NR] each)
/// | int16 weights, in the order that the kernel's `pairs` says:
///   natural: taps x [NR]
///   pairs:   ceil(taps / 2) x [NR][2], an odd tap paired with zeros; inside each NR (also in the
///            four int32 rows) channels 0-3 of every 8 come first, then channels 4-7, which is how
///            x86 interleaves inside 128 bits
typedef struct lm__q8_dw_args {
  int32_t pixels;
  int32_t channels;
  int32_t taps;
  const void* const* in;
  size_t in_stride;
  bool is_signed;  ///< activations are int8; bias was folded for that
  const void* packed;
  uint8_t* out;
  size_t out_stride;
  int32_t zero_point;
  int32_t min, max;
} lm__q8_dw_args;

/// Operands and result of an element-wise operation on `rows` rows of `count` elements. The results
/// of all rows lie one after the other; `out` may be an operand that is stepped through alike.
typedef struct lm__rows {
  size_t rows, count;
  const void *a, *b;
  size_t a_stride, b_stride;  ///< elements from row to row; 0: every row has the same operand
  bool a_single, b_single;    ///< one element serves a whole row; not both
  void* out;
} lm__rows;

/// (factor[0] * a + factor[1] * b + offset) >> bits of operands as int8 (uint8 with the upper bit
/// flipped), clamped, which is such a result again. Exact for every pair of operands, or not used.
typedef struct lm__q8_linear {
  bool is_exact;
  int32_t factor[2];  ///< each below 2^23
  int32_t offset;
  int32_t bits;  ///< 16 to 22; 32 bits hold the sum
} lm__q8_linear;

/// ADD and SUB of quantized tensors: 2^20 * (x - zero_point) rescaled, summed, rescaled.
typedef struct lm__q8_add_args {
  bool is_signed;    ///< int8, else uint8
  bool is_subtract;  ///< a - b
  int32_t zero_point[2];
  int32_t multiplier[3];  ///< first input, second input, output
  int32_t right[3];       ///< right shifts, >= 0
  int32_t output_zero_point;
  int32_t min, max;
  /// The same in floats, up to `slack` in units of the output: factor[0] * a + factor[1] * b +
  /// offset. A result that is nearer than that to a tie is computed again in integers, so that
  /// kernels differ in speed only. A slack of 0.5 means that floats are of no use here.
  float factor[2], offset, slack;
  lm__q8_linear linear;  ///< for kernels that ask for it
} lm__q8_add_args;

/// MUL of quantized tensors: the product of both, zero points taken off, rescaled.
typedef struct lm__q8_mul_args {
  bool is_signed;
  int32_t zero_point[2];
  int32_t multiplier, left, right;  ///< shifts >= 0, one of them 0
  int32_t output_zero_point;
  int32_t min, max;
  /// As above: product * factor, moved away from zero by `nudge`, which is the first of the two
  /// roundings of the reference: it acts half a unit of 2^-right before the second one.
  float factor, nudge, slack;
} lm__q8_mul_args;

/// One output pixel of a pooling window; only taps inside the input are listed.
typedef struct lm__pool_args {
  int32_t taps;
  int32_t channels;
  const void* const* in;  ///< [taps]
  void* out;
  float min, max;      ///< float data
  bool is_signed;      ///< 8-bit data is int8
  int32_t qmin, qmax;  ///< 8-bit data
} lm__pool_args;

/// Elements of a window whose means of bytes come a row at a time.
#define LM_POOL_ROW_TAPS 11

/// A row of outputs of an 8-bit image: window x covers columns [x * stride_w - pad_w, that +
/// filter_w) of `rows` rows, as far as these columns are in the image, which at least one is.
typedef struct lm__pool_row_args {
  int32_t rows;  ///< those of the window that are in the image
  int32_t in_w, channels;
  const uint8_t* in;  ///< the first of these rows
  size_t row_stride;
  int32_t filter_w, stride_w, pad_w;
  int32_t pixels;
  uint8_t* out;
  size_t out_stride;
  bool is_signed;  ///< int8
  int32_t qmin, qmax;
} lm__pool_row_args;

typedef struct lm__pool_uk {
  uint32_t isa;
  const char* name;
  void (*f32_max)(const lm__pool_args* args);
  void (*f32_average)(const lm__pool_args* args);
  void (*q8_average)(const lm__pool_args* args);
  void (*q8_max_row)(const lm__pool_row_args* args);
  /// For windows of up to LM_POOL_ROW_TAPS elements that overlap (stride_w == 1). NULL: none.
  void (*q8_average_row)(const lm__pool_row_args* args);
} lm__pool_uk;

/// Element-wise float operations on two operands: `x` of a and `y` of b.
typedef enum lm__f32_binary_op {
  LM_F32_ADD,
  LM_F32_SUB,
  LM_F32_MUL,
  LM_F32_DIV,
  LM_F32_MAXIMUM,             ///< x > y ? x : y
  LM_F32_MINIMUM,             ///< x < y ? x : y
  LM_F32_SQUARED_DIFFERENCE,  ///< (x - y)^2
  LM_F32_PRELU,               ///< x >= 0 ? x : x * y
  LM_F32_BINARY_COUNT
} lm__f32_binary_op;

/// Results are clamped; bounds of infinity do not clamp. NaN passes.
typedef void (*lm__f32_binary_fn)(const lm__rows* rows, float min, float max);

/// Float functions of one element, with the bits of plain C.
typedef enum lm__f32_unary_op {
  LM_F32_HARD_SWISH,
  LM_F32_LEAKY_RELU,  ///< x > 0 ? x : x * alpha
  LM_F32_ABS,
  LM_F32_NEG,
  LM_F32_SQUARE,
  // Approximations; the error is stated in vector_body.inc.
  LM_F32_EXP_FAST,
  LM_F32_LOGISTIC_FAST,
  LM_F32_TANH_FAST,
  LM_F32_UNARY_COUNT
} lm__f32_unary_op;

typedef void (*lm__f32_unary_fn)(size_t count, const float* a, float* out, float alpha);

/// Where RESIZE_BILINEAR takes a pixel from: rows above and below, columns left and right. Weights
/// are those of below and right; int8 uses the integers, in 1/1024 and within [-1024, 2047].
typedef struct lm__bilinear {
  const void *above_left, *above_right, *below_left, *below_right;
  float down, right;
  int32_t down_q10, right_q10;
} lm__bilinear;

/// Matrices whose rows lie `stride` elements apart: a [rows][depth], b [depth][columns].
typedef struct lm__f32_matmul {
  size_t rows, depth, columns;
  const float *a, *b;
  float* c;
  size_t a_stride, b_stride, c_stride;
} lm__f32_matmul;

/// Sums of dynamic-range products to floats. Sum i counts as sums[i] - zero_point * weight_sums[i].
typedef struct lm__s32_scale {
  size_t count;
  const int32_t* sums;
  const int32_t* weight_sums;
  int32_t zero_point;   ///< of the activations
  const float* scales;  ///< [count] of the weights
  float scale;          ///< of the activations
  bool weights_first;   ///< sum * scales[i] * scale, else sum * (scale * scales[i])
  const float* bias;    ///< [count]
  float min, max;
  float* out;
} lm__s32_scale;

/// Plain loops, compiled once an instruction set. `a` may be `out`.
typedef struct lm__vector_uk {
  uint32_t isa;
  const char* name;
  lm__f32_binary_fn f32_binary[LM_F32_BINARY_COUNT];
  lm__f32_unary_fn f32_unary[LM_F32_UNARY_COUNT];
  /// The larger and the smaller of two 8-bit operands.
  void (*q8_maximum)(const lm__rows* rows, bool is_signed);
  void (*q8_minimum)(const lm__rows* rows, bool is_signed);
  /// One row: exp((a - largest) * beta) over their sum, as near as LM_F32_EXP_FAST.
  void (*f32_softmax_fast)(size_t count, const float* a, float* out, float beta);
  /// Round half away from zero of a / scale, plus the zero point, within [min, max]; NaN counts as
  /// 0. Eight bits, signed or not.
  void (*f32_quantize)(size_t count, const float* a, uint8_t* out, float scale, int32_t zero_point,
                       int32_t min, int32_t max);
  void (*s8_dequantize)(size_t count, const uint8_t* a, float* out, double scale,
                        int32_t zero_point);
  void (*u8_dequantize)(size_t count, const uint8_t* a, float* out, double scale,
                        int32_t zero_point);
  /// Bilinear interpolation between four pixels of `count` channels.
  void (*f32_bilinear)(size_t count, const lm__bilinear* at, float* out);
  void (*u8_bilinear)(size_t count, const lm__bilinear* at, uint8_t* out);
  void (*s8_bilinear)(size_t count, const lm__bilinear* at, uint8_t* out);
  /// Least and largest element; NaN only where the first one is.
  void (*f32_range)(size_t count, const float* a, float* out_min, float* out_max);
  /// Round half away from zero of zero_point + a * inverse, within [min, max]; NaN counts as 0.
  void (*f32_quantize_by)(size_t count, const float* a, uint8_t* out, float inverse,
                          float zero_point, int32_t min, int32_t max);
  void (*s32_scale)(const lm__s32_scale* args);
  /// sums[i] = the sum over taps of (in[offsets[t] + i] - zero_point) * weights[t * count + i], all
  /// signed.
  void (*s8_taps)(size_t count, int32_t taps, const uint8_t* in, const size_t* offsets,
                  const int8_t* weights, int32_t zero_point, int32_t* sums);
  /// c = a * b, plain rows; products are added in the order of `depth`, each rounded.
  void (*f32_matmul)(const lm__f32_matmul* args);
  void (*f32_clamp)(size_t count, const float* a, float* out, float min, float max);
  /// sums[i] = the sum of the i-th bytes of `rows` rows, `stride` apart, each XORed with `flip`, as
  /// unsigned numbers.
  void (*u8_column_sums)(size_t rows, size_t count, const uint8_t* a, size_t stride, uint8_t flip,
                         int32_t* sums);
  /// sums[i] += a[i].
  void (*f32_accumulate)(size_t count, const float* a, float* sums);
  /// Sum of the bytes, each XORed with `flip`, as unsigned numbers.
  int32_t (*u8_sum)(size_t count, const uint8_t* a, uint8_t flip);
  /// terms[r] = factor * (sum of the bytes of row r, each XORed with `flip`, + offset).
  void (*u8_row_terms)(const lm__gemm_input* in, uint8_t flip, int32_t factor, int32_t offset,
                       int32_t* terms);
  /// Bytes XORed with `flip`.
  void (*u8_xor)(size_t count, const uint8_t* a, uint8_t flip, uint8_t* out);
} lm__vector_uk;

#endif  // LITMARK_UKERNEL_H_
