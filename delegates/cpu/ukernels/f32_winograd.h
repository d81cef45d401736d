// SPDX-License-Identifier: MIT
//
// What the kernels of Winograd's convolution are told. As in ukernel.h they may read up to
// LM_TAIL_BYTES past what they need and write nothing beyond what is said here.
#ifndef LITMARK_F32_WINOGRAD_H_
#define LITMARK_F32_WINOGRAD_H_

#include "ukernel.h"

/// One 6x6 window of an image into 36 rows of factors.
typedef struct lm__f32_winograd_input_args {
  int32_t channels;
  const void* const* pixels;  ///< [6][6], each `channels` floats
  float* out;                 ///< 36 rows of `channels` floats, rounded up to whole vectors
  size_t out_stride;          ///< floats from row to row
} lm__f32_winograd_input_args;

/// 36 rows of sums of products into up to 4x4 pixels of output.
typedef struct lm__f32_winograd_output_args {
  int32_t channels;
  int32_t rows, columns;  ///< [1, 4] of the 4x4 that are wanted
  const float* in;
  size_t in_stride;   ///< floats from row to row
  const float* bias;  ///< [channels]
  float* out;
  size_t row_stride, column_stride;  ///< floats from pixel to pixel
  float min, max;
} lm__f32_winograd_output_args;

typedef struct lm__f32_winograd_uk {
  uint32_t isa;
  int32_t lanes;
  const char* name;
  void (*input)(const lm__f32_winograd_input_args* args);
  void (*output)(const lm__f32_winograd_output_args* args);
} lm__f32_winograd_uk;

#endif  // LITMARK_F32_WINOGRAD_H_
