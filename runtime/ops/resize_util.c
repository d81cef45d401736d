// SPDX-License-Identifier: MIT
#include "ops/resize_util.h"

// Sizes beyond this would overflow the 10-bit fixed point of the integer kernel, and single
// precision long before: 2^20 * 2^10 < 2^31.
#define MAX_LENGTH (1 << 20)

lm_status lm__resize_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* size = lm_op_input(context, 1);
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", lm_op_output(context, 0), err));
  LM_TRY(lm__op_check_rank(context, "input", input, 4, 4, err));
  LM_TRY(lm__op_check_int_vector(context, "size", size, 2, err));
  lm_shape shape = input->shape;
  for (int32_t d = 1; d <= 2; ++d) {
    LM_TRY(lm__op_read_int(context, "size", size, d - 1, &shape.dims[d], err));
    LM_OP_CHECK(context, shape.dims[d] > 0, LM_BAD_MODEL, "output length %d", shape.dims[d]);
    LM_OP_CHECK(context, input->shape.dims[d] > 0, LM_BAD_MODEL, "input length %d",
                input->shape.dims[d]);
    LM_OP_CHECK(context, shape.dims[d] <= MAX_LENGTH && input->shape.dims[d] <= MAX_LENGTH,
                LM_UNSUPPORTED, "length %d from %d, at most %d", shape.dims[d],
                input->shape.dims[d], MAX_LENGTH);
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}
