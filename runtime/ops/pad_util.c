// SPDX-License-Identifier: MIT
#include "ops/pad_util.h"

#include <string.h>

lm_status lm__read_paddings(const lm_op_context* context, const lm_tensor* t, int32_t rank,
                            lm__paddings* out_paddings, lm_error* err) {
  *out_paddings = (lm__paddings){0};
  LM_OP_CHECK(context, t->type == LM_INT32 || t->type == LM_INT64, LM_UNSUPPORTED,
              "paddings of type %s are not supported", lm_type_name(t->type));
  LM_TRY(lm__op_check_constant(context, "paddings", t, err));
  LM_OP_CHECK(context, t->shape.rank == 2 && t->shape.dims[0] == rank && t->shape.dims[1] == 2,
              LM_BAD_MODEL, "paddings have %lld elements, expected shape [%d,2]",
              (long long)lm_shape_count(&t->shape), rank);
  for (int32_t d = 0; d < rank; ++d) {
    LM_TRY(lm__op_read_int(context, "padding", t, 2 * d, &out_paddings->before[d], err));
    LM_TRY(lm__op_read_int(context, "padding", t, 2 * d + 1, &out_paddings->after[d], err));
    LM_OP_CHECK(context, out_paddings->before[d] >= 0 && out_paddings->after[d] >= 0, LM_BAD_MODEL,
                "padding of dimension %d is %d, %d", d, out_paddings->before[d],
                out_paddings->after[d]);
  }
  return LM_OK;
}

void lm__fill(void* out, const void* value, int64_t count, size_t element_bytes) {
  if (count <= 0) return;
  if (element_bytes == 1) {
    memset(out, *(const uint8_t*)value, (size_t)count);
    return;
  }
  char* to = out;
  for (int64_t i = 0; i < count; ++i, to += element_bytes) memcpy(to, value, element_bytes);
}

static lm_status check_value(lm_op_context* context, lm_error* err) {
  const lm_tensor* value = lm_op_input(context, 2);
  const lm_tensor* output = lm_op_output(context, 0);
  if (value == NULL) {
    if (output->quantization.count == 0) return LM_OK;
    return lm__op_check_per_tensor(context, "output", output, err);
  }
  LM_TRY(lm__op_check_same_type(context, "value", value, "input", lm_op_input(context, 0), err));
  LM_OP_CHECK(context, lm_shape_count(&value->shape) == 1, LM_BAD_MODEL,
              "value has %lld elements, expected 1", (long long)lm_shape_count(&value->shape));
  return lm__op_check_same_quantization(context, "value", value, "output", output, err);
}

lm_status lm__pad_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 3, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(check_value(context, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const int32_t rank = input->shape.rank;
  lm__paddings paddings;
  LM_TRY(lm__read_paddings(context, lm_op_input(context, 1), rank, &paddings, err));
  lm_shape shape = input->shape;
  for (int32_t d = 0; d < rank; ++d) {
    const int64_t dim = (int64_t)shape.dims[d] + paddings.before[d] + paddings.after[d];
    LM_OP_CHECK(context, dim <= INT32_MAX, LM_BAD_MODEL, "dimension %d of the output is %lld", d,
                (long long)dim);
    shape.dims[d] = (int32_t)dim;
  }
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  lm__copy* copy = memory;
  int64_t in_strides[LM_MAX_RANK], out_strides[LM_MAX_RANK];
  lm__dense_strides(&input->shape, in_strides);
  lm__dense_strides(&shape, out_strides);
  for (int32_t d = 0; d < rank; ++d) {
    lm__copy_add(copy, input->shape.dims[d], in_strides[d], out_strides[d]);
    copy->out_offset += paddings.before[d] * out_strides[d];
  }
  lm__copy_finish(copy);
  return LM_OK;
}

void lm__fill_zero(lm_tensor* t) {
  union {
    uint8_t bytes[16];
    uint8_t u8;
    int8_t i8;
    int16_t i16;
  } zero = {{0}};
  if (lm__op_is_quantized_type(t->type) && t->quantization.count > 0) {
    const int32_t zero_point = lm__op_zero_point(t);
    if (t->type == LM_UINT8) zero.u8 = (uint8_t)zero_point;
    if (t->type == LM_INT8) zero.i8 = (int8_t)zero_point;
    if (t->type == LM_INT16) zero.i16 = (int16_t)zero_point;
  }
  lm__fill(t->data, zero.bytes, lm_shape_count(&t->shape), lm_type_bytes(t->type));
}

lm_status lm__pad_eval(lm_op_context* context, lm_error* err) {
  const lm_tensor* value = lm_op_input(context, 2);
  lm_tensor* output = lm_op_output(context, 0);
  if (value == NULL) {
    lm__fill_zero(output);
  } else {
    lm__fill(output->data, value->data, lm_shape_count(&output->shape),
             lm_type_bytes(output->type));
  }
  return lm__copy_eval(context, err);
}
