// SPDX-License-Identifier: MIT
//
// SPACE_TO_BATCH_ND: pads images and cuts them into blocks that become further batches.
#include "ops/batch_util.h"

static lm_status space_to_batch_prepare(lm_op_context* context, lm_error* err) {
  lm__batch* p;
  int32_t after[2];
  LM_TRY(lm__batch_prepare(context, &p, after, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  p->batches = input->dims[0];
  for (int32_t d = 0; d < input->rank - 2; ++d) {
    p->whole[d] = input->dims[d + 1];
    const int64_t padded = p->whole[d] + p->before[d] + after[d];
    LM_OP_CHECK(context, padded % p->block[d] == 0, LM_BAD_MODEL,
                "length %lld does not divide by block %lld", (long long)padded,
                (long long)p->block[d]);
    p->part[d] = padded / p->block[d];
  }
  LM_OP_CHECK(context, p->block[0] * p->block[1] <= INT32_MAX, LM_BAD_MODEL, "block of %lld x %lld",
              (long long)p->block[0], (long long)p->block[1]);
  return lm__batch_set_shape(context, p->batches * p->block[0] * p->block[1], p->part, err);
}

static lm_status space_to_batch_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__fill_zero(lm_op_output(context, 0));
  lm__batch_run(context, true);
  return LM_OK;
}

const lm_op lm_op_space_to_batch_nd = {
    .name = "SPACE_TO_BATCH_ND",
    .builtin = LM_BUILTIN_SPACE_TO_BATCH_ND,
    .max_version = 4,
    .prepare = space_to_batch_prepare,
    .eval = space_to_batch_eval,
};
