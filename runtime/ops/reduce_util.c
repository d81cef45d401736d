// SPDX-License-Identifier: MIT
#include "ops/reduce_util.h"

#include <string.h>

#include "base/checked.h"
#include "ops/copy_util.h"

// Marks the reduced dimensions. A scalar has no axis to reduce; the format's kernels then take any.
static lm_status read_axes(lm_op_context* context, bool* reduced, lm_error* err) {
  const int32_t rank = lm_op_input(context, 0)->shape.rank;
  const lm_tensor* axes = lm_op_input(context, 1);
  LM_OP_CHECK(context, axes->type == LM_INT32 || axes->type == LM_INT64, LM_UNSUPPORTED,
              "axes of type %s are not supported", lm_type_name(axes->type));
  LM_TRY(lm__op_check_constant(context, "axes", axes, err));
  const int64_t count = rank == 0 ? 0 : lm_shape_count(&axes->shape);
  for (int64_t i = 0; i < count; ++i) {
    int32_t axis;
    LM_TRY(lm__op_read_int(context, "axis", axes, i, &axis, err));
    LM_TRY(lm__op_resolve_axis(context, axis, rank, &axis, err));
    reduced[axis] = true;
  }
  return LM_OK;
}

static void init_walk(lm__reduce* reduce, const lm_shape* input, const bool* reduced) {
  int64_t strides[LM_MAX_RANK];
  int64_t stride = 1;
  reduce->reduced = 1;
  for (int32_t d = input->rank - 1; d >= 0; --d) {
    strides[d] = reduced[d] ? 0 : stride;
    if (reduced[d]) {
      reduce->reduced *= input->dims[d];
    } else {
      stride *= input->dims[d];
    }
  }
  reduce->output_count = stride;
  for (int32_t d = 0; d < input->rank; ++d) {
    const int64_t dim = input->dims[d];
    if (dim == 1) continue;
    const bool merge = reduce->rank > 0 && reduce->strides[reduce->rank - 1] == strides[d] * dim;
    const int32_t at = merge ? reduce->rank - 1 : reduce->rank++;
    reduce->dims[at] = merge ? reduce->dims[at] * dim : dim;
    reduce->strides[at] = strides[d];
  }
  if (reduce->rank == 0) {
    reduce->rank = 1;
    reduce->dims[0] = 1;
  }
}

lm_status lm__reduce_prepare(lm_op_context* context, const lm__reduce_kernel* kernels,
                             int32_t kernel_count, size_t params_bytes, void** out_params,
                             lm_error* err) {
  *out_params = NULL;
  const lm_reducer_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  lm__reduce_row row = NULL;
  for (int32_t i = 0; i < kernel_count; ++i) {
    if (kernels[i].type == input->type) row = kernels[i].row;
  }
  LM_OP_CHECK(context, row != NULL, LM_UNSUPPORTED, "input of type %s is not supported",
              lm_type_name(input->type));
  LM_TRY(lm__op_check_same_type(context, "input", input, "output", lm_op_output(context, 0), err));
  bool reduced[LM_MAX_RANK] = {false};
  LM_TRY(read_axes(context, reduced, err));
  const bool keep = options != NULL && options->keep_dims;
  lm_shape shape = {0};
  for (int32_t d = 0; d < input->shape.rank; ++d) {
    if (!reduced[d]) shape.dims[shape.rank++] = input->shape.dims[d];
    if (reduced[d] && keep) shape.dims[shape.rank++] = 1;
  }
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  LM_TRY(lm_op_alloc_params(context, params_bytes, out_params, err));
  lm__reduce* reduce = *out_params;
  init_walk(reduce, &input->shape, reduced);
  reduce->row = row;
  return LM_OK;
}

void lm__reduce_run(const lm__reduce* reduce, const lm_tensor* input, void* acc, size_t acc_bytes,
                    const void* params) {
  const int32_t last = reduce->rank - 1;
  for (int32_t d = 0; d <= last; ++d) {
    if (reduce->dims[d] == 0) return;
  }
  const size_t row_bytes = (size_t)reduce->dims[last] * lm_type_bytes(input->type);
  const char* in = input->data;
  char* to = acc;
  int64_t index[LM_MAX_RANK] = {0};
  for (;;) {
    reduce->row(to, reduce->strides[last], in, reduce->dims[last], params);
    in += row_bytes;
    int32_t d = last - 1;
    for (; d >= 0; --d) {
      ++index[d];
      const bool wrapped = index[d] == reduce->dims[d];
      to += (wrapped ? 1 - reduce->dims[d] : 1) * reduce->strides[d] * (int64_t)acc_bytes;
      if (!wrapped) break;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

lm_status lm__reduce_request(lm_op_context* context, lm__reduce* reduce, size_t bytes,
                             lm_error* err) {
  size_t total;
  LM_OP_CHECK(context, lm__checked_mul((size_t)reduce->output_count, bytes, &total),
              LM_OUT_OF_MEMORY, "accumulators are too large");
  return lm_op_request_scratch(context, total, &reduce->scratch, err);
}

lm_status lm__quantized_sum_prepare(lm_op_context* context, lm__quantized_sum* sum, bool mean,
                                    lm_error* err) {
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_per_tensor(context, "input", input, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  sum->zero_in = lm__op_zero_point(input);
  sum->zero_out = lm__op_zero_point(output);
  LM_OP_CHECK(context, input->type != LM_INT16 || (sum->zero_in == 0 && sum->zero_out == 0),
              LM_UNSUPPORTED, "int16 tensors with zero points %d and %d, expected 0", sum->zero_in,
              sum->zero_out);
  LM_TRY(lm__op_multiplier(context, (double)lm__op_scale(input) / (double)lm__op_scale(output),
                           LM_MAX_SHIFT_32, &sum->scale, err));
  if (mean && sum->reduce.reduced > 0) {
    // 1/n goes into the multiplier; the shift makes up for the bits that the division takes.
    int32_t shift = 63 - __builtin_clzll((uint64_t)sum->reduce.reduced);
    if (shift > 32) shift = 32;
    if (shift > 31 + sum->scale.shift) shift = 31 + sum->scale.shift;
    sum->scale.multiplier =
        (int32_t)(((int64_t)sum->scale.multiplier << shift) / sum->reduce.reduced);
    sum->scale.shift -= shift;
  }
  return lm__reduce_request(context, &sum->reduce, sizeof(int32_t), err);
}

void lm__store_quantized(const lm_tensor* t, int64_t i, int32_t value) {
  switch (t->type) {
    case LM_INT8:
      ((int8_t*)t->data)[i] = (int8_t)lm__clamp(value, INT8_MIN, INT8_MAX);
      return;
    case LM_UINT8:
      ((uint8_t*)t->data)[i] = (uint8_t)lm__clamp(value, 0, UINT8_MAX);
      return;
    default:
      ((int16_t*)t->data)[i] = (int16_t)lm__clamp(value, INT16_MIN, INT16_MAX);
      return;
  }
}

lm_status lm__quantized_sum_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__quantized_sum* sum = lm_op_params(context);
  const lm_tensor* output = lm_op_output(context, 0);
  const int64_t count = sum->reduce.output_count;
  if (count == 0) return LM_OK;
  if (sum->reduce.reduced == 0) {
    memset(output->data, 0, output->bytes);
    return LM_OK;
  }
  int32_t* sums = lm_op_scratch(context, sum->reduce.scratch);
  memset(sums, 0, (size_t)count * sizeof *sums);
  lm__reduce_run(&sum->reduce, lm_op_input(context, 0), sums, sizeof *sums, sum);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t centred = sums[i] - sum->zero_in * sum->reduce.reduced;
    const int32_t scaled = lm_multiply((int32_t)centred, sum->scale);
    lm__store_quantized(output, i,
                        lm__clamp((int64_t)scaled + sum->zero_out, INT32_MIN, INT32_MAX));
  }
  return LM_OK;
}

#define LM__SUM_ROW(name, T)                                                              \
  void name(void* acc, int64_t step, const void* in, int64_t count, const void* params) { \
    const T* values = in;                                                                 \
    uint32_t* sums = acc;                                                                 \
    (void)params;                                                                         \
    for (int64_t i = 0; i < count; ++i) sums[i * step] += (uint32_t)values[i];            \
  }
LM__SUM_ROW(lm__sum_row_u8, uint8_t)
LM__SUM_ROW(lm__sum_row_i8, int8_t)
LM__SUM_ROW(lm__sum_row_i16, int16_t)

void lm__reduce_into_output(lm_op_context* context, const void* initial) {
  const lm__reduce* reduce = lm_op_params(context);
  lm_tensor* output = lm_op_output(context, 0);
  const size_t bytes = lm_type_bytes(output->type);
  for (int64_t i = 0; i < reduce->output_count; ++i) {
    memcpy((char*)output->data + (size_t)i * bytes, initial, bytes);
  }
  lm__reduce_run(reduce, lm_op_input(context, 0), output->data, bytes, reduce);
}

lm_status lm__reduce_extremum_prepare(lm_op_context* context, const lm__reduce_kernel* kernels,
                                      int32_t kernel_count, lm_error* err) {
  void* params;
  LM_TRY(lm__reduce_prepare(context, kernels, kernel_count, sizeof(lm__reduce), &params, err));
  return lm__op_check_same_quantization(context, "input", lm_op_input(context, 0), "output",
                                        lm_op_output(context, 0), err);
}
