// SPDX-License-Identifier: MIT
//
// Depthwise kernels of a known window (ukernels/dw_window_args.h): tables, choice, packing.
#ifndef LITMARK_CPU_DW_WINDOW_H_
#define LITMARK_CPU_DW_WINDOW_H_

#include "cpu_features.h"
#include "packing.h"
#include "ukernels/dw_window_args.h"

#define LM_DW_WINDOW_GROUP 16  ///< channels of a block of 8-bit weights

/// A window and what a call of its kernel takes.
typedef struct lm__dw_window {
  int32_t size;      ///< of the filter, both ways
  int32_t stride;    ///< both ways
  int32_t rows_in;   ///< of the image, entries of `in`; floats: as many as `rows` asks for
  int32_t rows_out;  ///< of a call, at most; floats: any number
} lm__dw_window;

typedef struct lm__q8_dw_window_uk {
  uint32_t isa;
  lm__dw_window window;
  void (*run)(const lm__q8_dw_window_args* args);
  const char* name;
} lm__q8_dw_window_uk;

extern const lm__q8_dw_window_uk lm__q8_dw_window_uks[];
extern const int32_t lm__q8_dw_window_uk_count;

/// NULL where no kernel of the machine knows the window.
const lm__q8_dw_window_uk* lm__q8_dw_window_select(uint32_t isa, int32_t filter_h, int32_t filter_w,
                                                   int32_t stride_h, int32_t stride_w);

/// Negative sums end at the lower clamp, which allows a cheaper way of rounding.
static inline bool lm__q8_dw_at_zero(const lm__q8_weights* weights) {
  return weights->output_min >= weights->output_zero_point;
}

typedef struct lm__f32_dw_window_uk {
  uint32_t isa;
  int32_t nr;  ///< channels of a vector
  lm__dw_window window;
  bool exact;  ///< gives the very bits of the reference kernel
  void (*run)(const lm__f32_dw_window_args* args);
  const char* name;
} lm__f32_dw_window_uk;

extern const lm__f32_dw_window_uk lm__f32_dw_window_uks[];
extern const int32_t lm__f32_dw_window_uk_count;

const lm__f32_dw_window_uk* lm__f32_dw_window_select(uint32_t isa, bool exact, int32_t filter_h,
                                                     int32_t filter_w, int32_t stride_h,
                                                     int32_t stride_w);

/// Floats are packed as lm__f32_dw_pack() does for kernels of `nr` channels.
static inline lm__f32_dw_uk lm__f32_dw_window_packing(const lm__f32_dw_window_uk* uk) {
  return (lm__f32_dw_uk){.nr = uk->nr};
}

/// True where requantization in float32 is proven to end at the reference's bytes, or to notice
/// that it cannot tell: sums neither wrap nor leave 16.16, and rounding is not undecided so often
/// (multipliers of few bits) that integers were faster. Weights [taps][channels].
bool lm__q8_dw_window_fits(const lm__q8_dw_window_uk* uk, int32_t channels,
                           const lm__q8_weights* weights);

/// Bytes of one block and of all of them. False when the size does not fit.
bool lm__q8_dw_window_packed_bytes(const lm__q8_dw_window_uk* uk, int32_t channels,
                                   const lm__q8_weights* weights, size_t* out_block_bytes,
                                   size_t* out_bytes);
/// `out` is zeroed.
void lm__q8_dw_window_pack(const lm__q8_dw_window_uk* uk, int32_t channels,
                           const lm__q8_weights* weights, uint8_t* out);

#endif  // LITMARK_CPU_DW_WINDOW_H_
