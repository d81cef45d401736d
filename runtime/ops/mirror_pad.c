// SPDX-License-Identifier: MIT
//
// MIRROR_PAD: a border that repeats the tensor backwards, with the edge (SYMMETRIC) or without it
// (REFLECT).
#include <string.h>

#include "ops/pad_util.h"

typedef struct mirror_params {
  lm__paddings paddings;
  int32_t skip;  // 1: the edge is not repeated
  int64_t in_strides[LM_MAX_RANK];
} mirror_params;

static lm_status mirror_pad_prepare(lm_op_context* context, lm_error* err) {
  const lm_int_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_same_quantization(context, "input", lm_op_input(context, 0), "output",
                                        lm_op_output(context, 0), err));
  LM_OP_CHECK(context, options->value == 0 || options->value == 1, LM_BAD_MODEL, "mode %d",
              options->value);
  const lm_shape* input = &lm_op_input(context, 0)->shape;
  LM_TRY(lm__op_check_rank(context, "input", lm_op_input(context, 0), 1, LM_MAX_RANK, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(mirror_params), &memory, err));
  mirror_params* p = memory;
  p->skip = options->value == 0 ? 1 : 0;  // 0 is REFLECT
  LM_TRY(lm__read_paddings(context, lm_op_input(context, 1), input->rank, &p->paddings, err));
  lm__dense_strides(input, p->in_strides);
  lm_shape shape = *input;
  for (int32_t d = 0; d < input->rank; ++d) {
    const int32_t before = p->paddings.before[d];
    const int32_t after = p->paddings.after[d];
    const int32_t most = input->dims[d] - p->skip;
    LM_OP_CHECK(context, (before == 0 || before <= most) && (after == 0 || after <= most),
                LM_BAD_MODEL, "paddings %d and %d of dimension %d of %d", before, after, d,
                input->dims[d]);
    const int64_t dim = (int64_t)input->dims[d] + before + after;
    LM_OP_CHECK(context, dim <= INT32_MAX, LM_BAD_MODEL, "dimension %d of the output is %lld", d,
                (long long)dim);
    shape.dims[d] = (int32_t)dim;
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// The input's coordinate that the output shows at `at`.
static int64_t mirrored(const mirror_params* p, int32_t d, int64_t at, int64_t length) {
  const int64_t i = at - p->paddings.before[d];
  if (i < 0) return -i - 1 + p->skip;
  return i < length ? i : 2 * length - 1 - p->skip - i;
}

static lm_status mirror_pad_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const mirror_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  const lm_shape* in = &input->shape;
  const lm_shape* shape = &output->shape;
  const size_t bytes = lm_type_bytes(input->type);
  if (output->bytes == 0) return LM_OK;
  char* out = output->data;
  char* const end = out + output->bytes;
  const int32_t last = shape->rank - 1;
  int64_t index[LM_MAX_RANK] = {0};
  while (out < end) {
    int64_t row = 0;
    for (int32_t d = 0; d < last; ++d) {
      row += mirrored(p, d, index[d], in->dims[d]) * p->in_strides[d];
    }
    for (int32_t x = 0; x < shape->dims[last]; ++x, out += bytes) {
      const int64_t at = row + mirrored(p, last, x, in->dims[last]);
      memcpy(out, (const char*)input->data + (size_t)at * bytes, bytes);
    }
    for (int32_t d = last - 1; d >= 0 && ++index[d] == shape->dims[d]; --d) index[d] = 0;
  }
  return LM_OK;
}

const lm_op lm_op_mirror_pad = {
    .name = "MIRROR_PAD",
    .builtin = LM_BUILTIN_MIRROR_PAD,
    .max_version = 3,
    .options = LM_OPTIONS_INT,
    .prepare = mirror_pad_prepare,
    .eval = mirror_pad_eval,
};
