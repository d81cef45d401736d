// SPDX-License-Identifier: MIT
#ifndef LITMARK_CPU_DW_WINDOW_STEP_H_
#define LITMARK_CPU_DW_WINDOW_STEP_H_

#include "cpu_product.h"

/// A DEPTHWISE_CONV_2D whose window has a kernel of its own. `*out_step` is NULL where there is
/// none for the layer or the machine.
lm_status lm__cpu_dw_window_compile(const lm__cpu_build* build, const lm__product_desc* desc,
                                    lm__cpu_step** out_step, lm_error* err);

// ---- as part of a strip

/// Rows of the image that a call takes at most: 8 rows of output, stride 2, 5x5.
#define LM_CPU_DW_WINDOW_MOST_ROWS_IN 20

/// Geometry of a step of this kind; NULL for any other.
const lm__geometry* lm__cpu_dw_window_geometry(const lm__cpu_step* step);
/// Output rows that a call makes at most.
int32_t lm__cpu_dw_window_most_rows(const lm__cpu_step* step);
/// Output rows that threads share: those that a call makes best, or single ones where this would
/// leave some thread with too many.
int32_t lm__cpu_dw_window_unit(const lm__cpu_step* step, int32_t threads);
/// `rows` output rows to `out` on `thread`. `in` has MOST_ROWS_IN entries: (rows - 1) * stride +
/// filter_h rows of the image, NULL for those outside of it, and NULL behind them.
void lm__cpu_dw_window_rows(const lm__cpu_step* step, int32_t thread, const void* const* in,
                            int32_t rows, void* out);

#endif  // LITMARK_CPU_DW_WINDOW_STEP_H_
