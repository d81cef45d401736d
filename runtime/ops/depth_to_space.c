// SPDX-License-Identifier: MIT
//
// DEPTH_TO_SPACE: channels become blocks of pixels: [N,H,W,b*b*C] to [N,b*H,b*W,C].
#include "ops/copy_util.h"

static lm_status depth_to_space_prepare(lm_op_context* context, lm_error* err) {
  const lm_int_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_rank(context, "input", lm_op_input(context, 0), 4, 4, err));
  const lm_shape* in = &lm_op_input(context, 0)->shape;
  const int32_t block = options->value;
  LM_OP_CHECK(context, block > 0 && block < 1 << 15 && in->dims[3] % (block * block) == 0,
              LM_BAD_MODEL, "block of %d for %d channels", block, in->dims[3]);
  LM_OP_CHECK(context, in->dims[1] <= INT32_MAX / block && in->dims[2] <= INT32_MAX / block,
              LM_BAD_MODEL, "block of %d for %d x %d pixels", block, in->dims[1], in->dims[2]);
  const int32_t depth = in->dims[3] / (block * block);
  const lm_shape shape = {.rank = 4,
                          .dims = {in->dims[0], in->dims[1] * block, in->dims[2] * block, depth}};
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  int64_t from[LM_MAX_RANK], to[LM_MAX_RANK];
  lm__dense_strides(in, from);
  lm__dense_strides(&shape, to);
  lm__copy_add(memory, in->dims[0], from[0], to[0]);
  lm__copy_add(memory, in->dims[1], from[1], to[1] * block);
  lm__copy_add(memory, block, (int64_t)block * depth, to[1]);
  lm__copy_add(memory, in->dims[2], from[2], to[2] * block);
  lm__copy_add(memory, block, depth, to[2]);
  lm__copy_add(memory, depth, 1, 1);
  lm__copy_finish(memory);
  return LM_OK;
}

const lm_op lm_op_depth_to_space = {
    .name = "DEPTH_TO_SPACE",
    .builtin = LM_BUILTIN_DEPTH_TO_SPACE,
    .max_version = 2,
    .options = LM_OPTIONS_INT,
    .prepare = depth_to_space_prepare,
    .eval = lm__copy_eval,
};
