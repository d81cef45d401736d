// SPDX-License-Identifier: MIT
//
// Depthwise convolutions of a known small window, several output rows at a time. Unlike the kernels
// of any window (lm__q8_dw_args, lm__f32_dw_args), these do the edges of the image themselves, as
// fast as its interior: at 7x7 and 14x14 most tiles are at an edge.
//
// Reading past the end, writing: as ukernel.h says.
#ifndef LITMARK_DW_WINDOW_ARGS_H_
#define LITMARK_DW_WINDOW_ARGS_H_

#include "ukernel.h"

/// Rows of output columns, all of them; see the kernel's `rows_in` and `rows_out`.
///
/// Packed weights: for each block of 16 channels  bias | multiplier | left | right (int32[16] each)
/// | scale | offset (float[16] each, see requant_avx512.h) | number of parts P, perhaps with
/// LM_DW_WINDOW_CERTAIN (int32[16], all the same) | for each row of output that a call makes: P
/// parts | where the layer has blocks of two parts and this one has not, as much unused memory. A
/// part is [quads][filter_w] x [16][4] signed bytes: byte i of quad q is row 4q + i of the rows
/// that the call takes, zero outside of the window of that row of output. The weights are the sum
/// of the parts, so that they may exceed 8 bits.
///
/// Where lm_dw_window_is_wide() says so of the channels from one on, the next 64 share four blocks:
/// lane 4l + i of block g is channel 16l + 4g + i of them, which is how bytes of four rows come out
/// of unpacking. All have the same number of parts. The others lie in order.
typedef struct lm__q8_dw_window_args {
  int32_t channels;
  int32_t rows;     ///< of the output, [1, rows_out]
  int32_t columns;  ///< of the output
  int32_t in_columns;
  int32_t pad;            ///< columns of the pad before the image
  const void* const* in;  ///< [rows_in] rows of the image; NULL: a row of the pad
  size_t in_stride;       ///< elements from pixel to pixel, in and out
  size_t out_row_stride;
  uint8_t* out;
  const void* packed;
  size_t block_bytes;  ///< of the packed weights
  uint8_t pad_value;
  bool is_signed;  ///< input and output are int8, else uint8
  bool at_zero;    ///< the output is clamped at its zero point or above
  int32_t zero_point;
  int32_t min, max;  ///< of the output, zero point included
  void* scratch;     ///< LM_DW_WINDOW_SCRATCH bytes, aligned to 64
} lm__q8_dw_window_args;

/// The same for floats; any number of rows of output, which take (rows - 1) * stride + size rows of
/// the image.
///
/// Packed weights: for each vector of L channels  bias[L] | taps x [L].
typedef struct lm__f32_dw_window_args {
  int32_t channels;
  int32_t rows;
  int32_t columns;
  int32_t in_columns;
  int32_t pad;
  const void* const* in;
  size_t in_stride;
  size_t out_row_stride;
  float* out;
  const float* packed;
  float min, max;
} lm__f32_dw_window_args;

/// Of fixed point, see requant_avx512.h: floats hold the sums.
#define LM_DW_WINDOW_GUARD 2
#define LM_DW_WINDOW_MOST 0x1p24

/// Bits in the number of parts. A certain block rescales as LM_Q8_CERTAIN says; wide ones are none.
#define LM_DW_WINDOW_PARTS 0xff
#define LM_DW_WINDOW_CERTAIN 0x100

#define LM_DW_WINDOW_WIDE 64  ///< channels of a wide block

/// Whether the next of `left` channels are a wide block, perhaps with lanes of no channel, for a
/// window of this size. 3x3 has so few taps that wide blocks were no faster.
static inline bool lm_dw_window_is_wide(int32_t size, int32_t left) {
  return size > 3 && left > 32;
}
/// Blocks of 16 channels, with those that fill the last wide one.
static inline int32_t lm_dw_window_blocks(int32_t size, int32_t channels) {
  const int32_t rest = channels % LM_DW_WINDOW_WIDE;
  const int32_t filled = lm_dw_window_is_wide(size, rest) ? LM_DW_WINDOW_WIDE : rest;
  return channels / LM_DW_WINDOW_WIDE * (LM_DW_WINDOW_WIDE / 16) + (filled + 15) / 16;
}

/// Staged columns x quads that fit the first-level cache beside the rest, and their bytes.
#define LM_DW_WINDOW_COLUMNS 96
#define LM_DW_WINDOW_SCRATCH (LM_DW_WINDOW_COLUMNS * 256)

#endif  // LITMARK_DW_WINDOW_ARGS_H_
