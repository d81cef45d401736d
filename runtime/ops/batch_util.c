// SPDX-License-Identifier: MIT
#include "ops/batch_util.h"

#include <string.h>

lm_status lm__batch_prepare(lm_op_context* context, lm__batch** out_params, int32_t* out_after,
                            lm_error* err) {
  *out_params = NULL;
  LM_TRY(lm__op_check_counts(context, 3, 3, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_rank(context, "input", input, 3, 4, err));
  LM_TRY(lm__op_check_same_quantization(context, "input", input, "output", lm_op_output(context, 0),
                                        err));
  const int32_t spatial = input->shape.rank - 2;
  LM_TRY(lm__op_check_int_vector(context, "block", lm_op_input(context, 1), spatial, err));
  lm__paddings paddings;
  LM_TRY(lm__read_paddings(context, lm_op_input(context, 2), spatial, &paddings, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__batch), &memory, err));
  lm__batch* p = memory;
  *p = (lm__batch){.block = {1, 1}, .whole = {1, 1}, .part = {1, 1}};
  p->depth = input->shape.dims[input->shape.rank - 1];
  out_after[0] = out_after[1] = 0;
  for (int32_t d = 0; d < spatial; ++d) {
    int32_t block;
    LM_TRY(lm__op_read_int(context, "block", lm_op_input(context, 1), d, &block, err));
    LM_OP_CHECK(context, block > 0, LM_BAD_MODEL, "block %d is %d", d, block);
    p->block[d] = block;
    p->before[d] = paddings.before[d];
    out_after[d] = paddings.after[d];
  }
  *out_params = p;
  return LM_OK;
}

lm_status lm__batch_set_shape(lm_op_context* context, int64_t batches, const int64_t* lengths,
                              lm_error* err) {
  lm_shape shape = lm_op_input(context, 0)->shape;
  LM_OP_CHECK(context, batches <= INT32_MAX, LM_BAD_MODEL, "%lld batches", (long long)batches);
  shape.dims[0] = (int32_t)batches;
  for (int32_t d = 0; d < shape.rank - 2; ++d) {
    LM_OP_CHECK(context, lengths[d] >= 0 && lengths[d] <= INT32_MAX, LM_BAD_MODEL,
                "output length %lld", (long long)lengths[d]);
    shape.dims[d + 1] = (int32_t)lengths[d];
  }
  return lm_op_set_output_shape(context, 0, &shape, err);
}

// Copies one row of a part: pixels (y, x) of the whole image, x = block * i + offset.
static void copy_row(const lm__batch* p, char* part, char* whole, int64_t offset, size_t pixel,
                     bool to_parts) {
  for (int64_t i = 0; i < p->part[1]; ++i) {
    const int64_t x = i * p->block[1] + offset;
    if (x < 0 || x >= p->whole[1]) continue;
    char* at_part = part + (size_t)i * pixel;
    char* at_whole = whole + (size_t)x * pixel;
    memcpy(to_parts ? at_part : at_whole, to_parts ? at_whole : at_part, pixel);
  }
}

void lm__batch_run(lm_op_context* context, bool to_parts) {
  const lm__batch* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const size_t pixel = (size_t)p->depth * lm_type_bytes(input->type);
  if (output->bytes == 0 || input->bytes == 0) return;
  // Only the output's side is written.
  char* parts = to_parts ? output->data : input->data;
  char* wholes = to_parts ? input->data : output->data;
  const int64_t images = p->batches * p->block[0] * p->block[1];
  for (int64_t n = 0; n < images; ++n) {
    const int64_t batch = n % p->batches;
    const int64_t place = n / p->batches;
    const int64_t offset_x = place % p->block[1] - p->before[1];
    const int64_t offset_y = place / p->block[1] - p->before[0];
    for (int64_t j = 0; j < p->part[0]; ++j) {
      const int64_t y = j * p->block[0] + offset_y;
      if (y < 0 || y >= p->whole[0]) continue;
      copy_row(p, parts + (size_t)((n * p->part[0] + j) * p->part[1]) * pixel,
               wholes + (size_t)((batch * p->whole[0] + y) * p->whole[1]) * pixel, offset_x, pixel,
               to_parts);
    }
  }
}
