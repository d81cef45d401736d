// SPDX-License-Identifier: MIT
#include "ops/custom_pool.h"

lm_status lm__op_custom_int(const lm_op_context* context, int32_t i, int32_t* out, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  LM_OP_CHECK(context, ((size_t)i + 1) * 4 <= def->custom_options_bytes, LM_BAD_MODEL,
              "custom options of %zu bytes, expected at least %zu", def->custom_options_bytes,
              ((size_t)i + 1) * 4);
  const uint8_t* b = def->custom_options + (size_t)i * 4;
  *out =
      (int32_t)((uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24);
  return LM_OK;
}

lm_status lm__op_custom_padding(const lm_op_context* context, int32_t i, lm_padding* out,
                                lm_error* err) {
  int32_t value = 0;
  LM_TRY(lm__op_custom_int(context, i, &value, err));
  LM_OP_CHECK(context, value == 1 || value == 2, LM_BAD_MODEL, "padding mode %d is unknown", value);
  *out = value == 1 ? LM_PADDING_SAME : LM_PADDING_VALID;
  return LM_OK;
}

lm_status lm__op_custom_pool(const lm_op_context* context, lm_pool_options* out, lm_error* err) {
  int32_t activation = 0;
  LM_TRY(lm__op_custom_padding(context, 0, &out->padding, err));
  LM_TRY(lm__op_custom_int(context, 1, &out->stride_w, err));
  LM_TRY(lm__op_custom_int(context, 2, &out->stride_h, err));
  LM_TRY(lm__op_custom_int(context, 3, &out->filter_w, err));
  LM_TRY(lm__op_custom_int(context, 4, &out->filter_h, err));
  LM_TRY(lm__op_custom_int(context, 5, &activation, err));
  out->activation = (lm_activation)activation;
  return LM_OK;
}
