// SPDX-License-Identifier: MIT
//
// BATCH_TO_SPACE_ND: puts images together from blocks in the batch and crops them.
#include "ops/batch_util.h"

static lm_status batch_to_space_prepare(lm_op_context* context, lm_error* err) {
  lm__batch* p;
  int32_t after[2];
  LM_TRY(lm__batch_prepare(context, &p, after, err));
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  const int64_t blocks = p->block[0] * p->block[1];
  LM_OP_CHECK(context, input->dims[0] % blocks == 0, LM_BAD_MODEL,
              "%d batches do not divide by %lld blocks", input->dims[0], (long long)blocks);
  p->batches = input->dims[0] / blocks;
  for (int32_t d = 0; d < input->rank - 2; ++d) {
    p->part[d] = input->dims[d + 1];
    p->whole[d] = p->part[d] * p->block[d] - p->before[d] - after[d];
  }
  return lm__batch_set_shape(context, p->batches, p->whole, err);
}

static lm_status batch_to_space_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  lm__batch_run(context, false);
  return LM_OK;
}

const lm_op lm_op_batch_to_space_nd = {
    .name = "BATCH_TO_SPACE_ND",
    .builtin = LM_BUILTIN_BATCH_TO_SPACE_ND,
    .max_version = 4,
    .prepare = batch_to_space_prepare,
    .eval = batch_to_space_eval,
};
