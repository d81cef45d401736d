// SPDX-License-Identifier: MIT
#include "cpu_product_pack.h"

#include "cpu_weights.h"

lm_status lm__cpu_product_pack_f32(lm__cpu_step* step, const lm__f32_gemm_uk* uk,
                                   const lm__product_desc* d, const lm__gemm_shape* shape,
                                   size_t* out_panel_bytes, lm_error* err) {
  size_t bytes;
  if (!lm__f32_gemm_packed_bytes(uk, shape, out_panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", d->node->index);
  }
  const int64_t numbers[] = {uk->nr,
                             uk->products,
                             shape->columns,
                             shape->taps,
                             shape->depth,
                             (int64_t)shape->column_stride,
                             (int64_t)shape->k_stride};
  lm__pack_source source = {.count = 0};
  lm__pack_source_add(&source, numbers, sizeof numbers);
  lm__pack_source_add_tensor(&source, d->filter);
  lm__pack_source_add_tensor(&source, d->bias);
  bool found;
  LM_CPU_TRY(lm__cpu_step_weights(step, &source, bytes, &found, err));
  if (found) return LM_OK;
  lm__f32_gemm_pack(uk, shape, d->filter->data, d->bias != NULL ? d->bias->data : NULL,
                    step->packed);
  return LM_OK;
}

lm_status lm__cpu_product_pack_q8(lm__cpu_step* step, const lm__q8_gemm_uk* uk,
                                  const lm__product_desc* d, const lm__gemm_shape* shape,
                                  const lm__q8_weights* w, size_t* out_panel_bytes,
                                  lm__q8_requant* out_requant, lm_error* err) {
  size_t bytes;
  if (!lm__q8_gemm_packed_bytes(uk, shape, out_panel_bytes, &bytes)) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: weights", d->node->index);
  }
  const int64_t numbers[] = {uk->nr,
                             uk->kr,
                             (int64_t)uk->order,
                             shape->columns,
                             shape->taps,
                             shape->depth,
                             (int64_t)shape->column_stride,
                             (int64_t)shape->k_stride,
                             w->is_signed,
                             w->zero_point,
                             w->input_signed,
                             w->input_zero_point,
                             w->output_signed,
                             w->output_zero_point,
                             w->output_min,
                             w->output_max,
                             uk->is_short,
                             lm__q8_gemm_is_signed(uk, w->input_signed)};
  const size_t columns = (size_t)shape->columns;
  lm__pack_source source = {.count = 0};
  lm__pack_source_add(&source, numbers, sizeof numbers);
  lm__pack_source_add(&source, w->multipliers,
                      w->multipliers != NULL ? columns * sizeof *w->multipliers : 0);
  lm__pack_source_add(&source, w->factors, w->factors != NULL ? columns * sizeof *w->factors : 0);
  lm__pack_source_add_tensor(&source, d->filter);
  lm__pack_source_add_tensor(&source, d->bias);
  bool found;
  LM_CPU_TRY(lm__cpu_step_weights(step, &source, bytes, &found, err));
  if (found) {
    const uint64_t tag = step->pack_tag;
    *out_requant = tag <= LM_Q8_CERTAIN ? (lm__q8_requant)tag : LM_Q8_INTEGER;
    return LM_OK;
  }
  *out_requant = lm__q8_gemm_pack(uk, shape, w, step->packed);
  step->pack_tag = (uint64_t)*out_requant;
  return LM_OK;
}
