// SPDX-License-Identifier: MIT
#ifndef LITMARK_CPU_DW_WINDOW_STEP_H_
#define LITMARK_CPU_DW_WINDOW_STEP_H_

#include "cpu_product.h"

/// A DEPTHWISE_CONV_2D whose window has a kernel of its own. `*out_step` is NULL where there is
/// none for the layer or the machine.
lm_status lm__cpu_dw_window_compile(const lm__cpu_build* build, const lm__product_desc* desc,
                                    const lm_multiplier* multipliers, lm__cpu_step** out_step,
                                    lm_error* err);

#endif  // LITMARK_CPU_DW_WINDOW_STEP_H_
