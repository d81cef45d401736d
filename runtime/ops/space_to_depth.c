// SPDX-License-Identifier: MIT
//
// SPACE_TO_DEPTH: blocks of pixels become channels: [N,H,W,C] to [N,H/b,W/b,b*b*C].
#include "ops/copy_util.h"

static lm_status space_to_depth_prepare(lm_op_context* context, lm_error* err) {
  const lm_int_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 1, 1, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_rank(context, "input", lm_op_input(context, 0), 4, 4, err));
  const lm_shape* in = &lm_op_input(context, 0)->shape;
  const int32_t block = options->value;
  LM_OP_CHECK(context, block > 0 && in->dims[1] % block == 0 && in->dims[2] % block == 0,
              LM_BAD_MODEL, "block of %d for %d x %d pixels", block, in->dims[1], in->dims[2]);
  // The block divides both lengths or they are 0: its square may still be too much.
  const int64_t depth = (int64_t)block * block;
  LM_OP_CHECK(context, in->dims[3] == 0 || depth <= INT32_MAX / in->dims[3], LM_BAD_MODEL,
              "block of %d with %d channels", block, in->dims[3]);
  const lm_shape shape = {.rank = 4,
                          .dims = {in->dims[0], in->dims[1] / block, in->dims[2] / block,
                                   (int32_t)depth * in->dims[3]}};
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  int64_t from[LM_MAX_RANK], to[LM_MAX_RANK];
  lm__dense_strides(in, from);
  lm__dense_strides(&shape, to);
  lm__copy_add(memory, shape.dims[0], from[0], to[0]);
  lm__copy_add(memory, shape.dims[1], from[1] * block, to[1]);
  lm__copy_add(memory, shape.dims[2], from[2] * block, to[2]);
  lm__copy_add(memory, block, from[1], (int64_t)block * in->dims[3]);
  lm__copy_add(memory, block, from[2], in->dims[3]);
  lm__copy_add(memory, in->dims[3], 1, 1);
  lm__copy_finish(memory);
  return LM_OK;
}

const lm_op lm_op_space_to_depth = {
    .name = "SPACE_TO_DEPTH",
    .builtin = LM_BUILTIN_SPACE_TO_DEPTH,
    .max_version = 2,
    .options = LM_OPTIONS_INT,
    .prepare = space_to_depth_prepare,
    .eval = lm__copy_eval,
};
