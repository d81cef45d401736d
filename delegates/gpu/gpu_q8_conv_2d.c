// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

static lm_status conv_2d_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  lm__gpu_q8_product p;
  LM_GPU_TRY(lm__gpu_q8_conv_product(build, node, &p, err));
  return lm__gpu_q8_product_compile(build, &p, err);
}

const lm__gpu_op lm__gpu_op_q8_conv_2d = {LM_BUILTIN_CONV_2D, lm__gpu_q8_conv_supported,
                                          conv_2d_compile};
