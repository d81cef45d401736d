// SPDX-License-Identifier: MIT
//
// CONV_2D in floats.
#include "gpu_conv.h"

static lm_status conv_2d_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_conv_2d_compile(build, node, LM_GPU_CONV_FULL, err);
}

const lm__gpu_op lm__gpu_op_conv_2d = {.builtin = LM_BUILTIN_CONV_2D,
                                       .supports = lm__gpu_conv_2d_supported,
                                       .compile = conv_2d_compile};
