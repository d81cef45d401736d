// SPDX-License-Identifier: MIT
#include "ops/copy_util.h"

#include <assert.h>
#include <string.h>

void lm__copy_add(lm__copy* copy, int64_t dim, int64_t in_stride, int64_t out_stride) {
  assert(copy->rank < LM__COPY_MAX_RANK);
  copy->dims[copy->rank] = dim;
  copy->in_strides[copy->rank] = in_stride;
  copy->out_strides[copy->rank] = out_stride;
  ++copy->rank;
}

void lm__copy_finish(lm__copy* copy) {
  int32_t rank = 0;
  for (int32_t d = 0; d < copy->rank; ++d) {
    const int64_t dim = copy->dims[d];
    if (dim == 1) continue;
    const bool merge = rank > 0 && copy->in_strides[rank - 1] == copy->in_strides[d] * dim &&
                       copy->out_strides[rank - 1] == copy->out_strides[d] * dim;
    if (!merge) ++rank;
    copy->dims[rank - 1] = merge ? copy->dims[rank - 1] * dim : dim;
    copy->in_strides[rank - 1] = copy->in_strides[d];
    copy->out_strides[rank - 1] = copy->out_strides[d];
  }
  if (rank == 0) {
    rank = 1;
    copy->dims[0] = 1;
    copy->in_strides[0] = copy->out_strides[0] = 1;
  }
  copy->rank = rank;
}

#define LM__COPY_ELEMENTS(T)                                                 \
  do {                                                                       \
    const T* in_t = in;                                                      \
    T* out_t = out;                                                          \
    for (int64_t i = 0; i < n; ++i) out_t[i * out_step] = in_t[i * in_step]; \
  } while (0)

static void copy_row(void* out, int64_t out_step, const void* in, int64_t in_step, int64_t n,
                     size_t bytes) {
  if (in_step == 1 && out_step == 1) {
    memcpy(out, in, (size_t)n * bytes);
    return;
  }
  switch (bytes) {
    case 1:
      LM__COPY_ELEMENTS(uint8_t);
      return;
    case 2:
      LM__COPY_ELEMENTS(uint16_t);
      return;
    case 4:
      LM__COPY_ELEMENTS(uint32_t);
      return;
    case 8:
      LM__COPY_ELEMENTS(uint64_t);
      return;
    default:
      for (int64_t i = 0; i < n; ++i) {
        memcpy((char*)out + i * out_step * (int64_t)bytes,
               (const char*)in + i * in_step * (int64_t)bytes, bytes);
      }
      return;
  }
}

static void run_copy(const lm__copy* copy, void* out, const void* in, size_t element_bytes) {
  const int64_t bytes = (int64_t)element_bytes;
  const int32_t last = copy->rank - 1;
  for (int32_t d = 0; d <= last; ++d) {
    if (copy->dims[d] == 0) return;
  }
  const char* from = (const char*)in + copy->in_offset * bytes;
  char* to = (char*)out + copy->out_offset * bytes;
  int64_t index[LM__COPY_MAX_RANK] = {0};
  for (;;) {
    copy_row(to, copy->out_strides[last], from, copy->in_strides[last], copy->dims[last],
             element_bytes);
    int32_t d = last - 1;
    for (; d >= 0; --d) {
      ++index[d];
      const bool wrapped = index[d] == copy->dims[d];
      const int64_t steps = (wrapped ? 1 - copy->dims[d] : 1) * bytes;
      from += steps * copy->in_strides[d];
      to += steps * copy->out_strides[d];
      if (!wrapped) break;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

void lm__dense_strides(const lm_shape* shape, int64_t* strides) {
  int64_t stride = 1;
  for (int32_t d = shape->rank - 1; d >= 0; --d) {
    strides[d] = stride;
    stride *= shape->dims[d];
  }
}

int64_t lm__dims_product(const lm_shape* shape, int32_t first, int32_t last) {
  int64_t product = 1;
  for (int32_t d = first; d < last; ++d) product *= shape->dims[d];
  return product;
}

lm_status lm__op_check_copyable(lm_op_context* context, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  LM_OP_CHECK(context, lm_type_bytes(input->type) > 0, LM_UNSUPPORTED,
              "input of type %s is not supported", lm_type_name(input->type));
  return lm__op_check_same_type(context, "input", input, "output", lm_op_output(context, 0), err);
}

lm_status lm__op_check_same_quantization(const lm_op_context* context, const char* what_a,
                                         const lm_tensor* a, const char* what_b, const lm_tensor* b,
                                         lm_error* err) {
  if (!lm__op_is_quantized_type(a->type)) return LM_OK;
  if (a->quantization.count == 0 && b->quantization.count == 0) return LM_OK;
  LM_TRY(lm__op_check_per_tensor(context, what_a, a, err));
  LM_TRY(lm__op_check_per_tensor(context, what_b, b, err));
  LM_OP_CHECK(context,
              lm__op_scale(a) == lm__op_scale(b) && lm__op_zero_point(a) == lm__op_zero_point(b),
              LM_UNSUPPORTED, "%s has scale %g and zero point %d, %s %g and %d", what_a,
              (double)lm__op_scale(a), lm__op_zero_point(a), what_b, (double)lm__op_scale(b),
              lm__op_zero_point(b));
  return LM_OK;
}

lm_status lm__op_check_int_vector(const lm_op_context* context, const char* what,
                                  const lm_tensor* t, int64_t count, lm_error* err) {
  LM_OP_CHECK(context, t->type == LM_INT32 || t->type == LM_INT64, LM_UNSUPPORTED,
              "%s of type %s is not supported", what, lm_type_name(t->type));
  LM_TRY(lm__op_check_constant(context, what, t, err));
  LM_TRY(
      lm__op_check_rank(context, what, t, count == 1 ? 0 : 1, count == 1 ? LM_MAX_RANK : 1, err));
  const int64_t actual = lm_shape_count(&t->shape);
  LM_OP_CHECK(context, count < 0 || actual == count, LM_BAD_MODEL,
              "%s has %lld elements, expected %lld", what, (long long)actual, (long long)count);
  return LM_OK;
}

lm_status lm__op_read_int(const lm_op_context* context, const char* what, const lm_tensor* t,
                          int64_t i, int32_t* out_value, lm_error* err) {
  const int64_t value = lm__op_int_at(t, i);
  *out_value = 0;
  LM_OP_CHECK(context, value >= INT32_MIN && value <= INT32_MAX, LM_BAD_MODEL,
              "%s %lld is out of range", what, (long long)value);
  *out_value = (int32_t)value;
  return LM_OK;
}

lm_status lm__copy_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  run_copy(lm_op_params(context), lm_op_output(context, 0)->data, input->data,
           lm_type_bytes(input->type));
  return LM_OK;
}

lm_status lm__alias_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  if (output->data != input->data && input->bytes > 0) {
    memcpy(output->data, input->data, input->bytes);
  }
  return LM_OK;
}
