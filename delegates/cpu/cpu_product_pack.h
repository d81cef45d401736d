// SPDX-License-Identifier: MIT
//
// Weights of a product in the panels of its kernel: as they were kept (cpu_weights.h), or made now.
#ifndef LITMARK_CPU_PRODUCT_PACK_H_
#define LITMARK_CPU_PRODUCT_PACK_H_

#include "cpu_product.h"

/// `*out_panel_bytes`: of NR columns.
lm_status lm__cpu_product_pack_f32(lm__cpu_step* step, const lm__f32_gemm_uk* uk,
                                   const lm__product_desc* desc, const lm__gemm_shape* shape,
                                   size_t* out_panel_bytes, lm_error* err);

/// `*out_requant`: how the kernel is to rescale the sums, which packing finds out.
lm_status lm__cpu_product_pack_q8(lm__cpu_step* step, const lm__q8_gemm_uk* uk,
                                  const lm__product_desc* desc, const lm__gemm_shape* shape,
                                  const lm__q8_weights* weights, size_t* out_panel_bytes,
                                  lm__q8_requant* out_requant, lm_error* err);

#endif  // LITMARK_CPU_PRODUCT_PACK_H_
