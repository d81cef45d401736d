// SPDX-License-Identifier: MIT
#include "ops/compare.h"

#include "ops/kernel_util.h"

lm_status lm__compare_prepare(lm_op_context* context, const lm__binary_kernel* kernels,
                              int32_t kernel_count, lm_error* err) {
  void* memory;
  LM_TRY(lm__binary_prepare(context, kernels, kernel_count, sizeof(lm__compare), &memory, err));
  lm__compare* params = memory;
  const lm_tensor* a = lm_op_input(context, 0);
  const lm_tensor* b = lm_op_input(context, 1);
  if (!lm__op_is_quantized_type(a->type)) return LM_OK;
  // INT16 without quantization is a plain integer.
  if (a->type == LM_INT16 && a->quantization.count == 0 && b->quantization.count == 0) {
    return LM_OK;
  }
  LM_TRY(lm__op_check_per_tensor(context, "input 0", a, err));
  LM_TRY(lm__op_check_per_tensor(context, "input 1", b, err));
  params->zero_a = lm__op_zero_point(a);
  params->zero_b = lm__op_zero_point(b);
  LM_TRY(
      lm__op_multiplier(context, (double)lm__op_scale(a), LM_MAX_SHIFT_32, &params->scale_a, err));
  return lm__op_multiplier(context, (double)lm__op_scale(b), LM_MAX_SHIFT_32, &params->scale_b,
                           err);
}
