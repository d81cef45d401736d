// SPDX-License-Identifier: MIT
#include "ops/broadcast.h"

#include <assert.h>

void lm__walk_init(lm__walk* walk, const lm_shape* output, const lm_shape* const* shapes,
                   int32_t input_count) {
  assert(input_count <= LM__WALK_MAX_INPUTS);
  int64_t strides[LM__WALK_MAX_INPUTS][LM_MAX_RANK];
  for (int32_t k = 0; k < input_count; ++k) {
    lm__op_broadcast_strides(shapes[k], output, strides[k]);
  }
  *walk = (lm__walk){.rank = 0, .input_count = input_count};
  for (int32_t d = 0; d < output->rank; ++d) {
    const int64_t dim = output->dims[d];
    if (dim == 1) continue;
    bool merge = walk->rank > 0;
    for (int32_t k = 0; merge && k < input_count; ++k) {
      merge = walk->strides[walk->rank - 1][k] == strides[k][d] * dim;
    }
    const int32_t at = merge ? walk->rank - 1 : walk->rank++;
    walk->dims[at] = merge ? walk->dims[at] * dim : dim;
    for (int32_t k = 0; k < input_count; ++k) walk->strides[at][k] = strides[k][d];
  }
  if (walk->rank == 0) {
    walk->rank = 1;
    walk->dims[0] = 1;
  }
}

void lm__walk_run(const lm__walk* walk, lm__row row, void* out, size_t out_bytes,
                  const void* const* in, const size_t* in_bytes, const void* params) {
  assert(walk->rank > 0 && walk->rank <= LM_MAX_RANK);
  const int32_t input_count = walk->input_count;
  assert(input_count >= 0 && input_count <= LM__WALK_MAX_INPUTS);
  const int32_t last = walk->rank - 1;
  for (int32_t d = 0; d <= last; ++d) {
    if (walk->dims[d] == 0) return;
  }
  const char* at[LM__WALK_MAX_INPUTS] = {NULL};
  for (int32_t k = 0; k < input_count; ++k) at[k] = in[k];
  char* y = out;
  int64_t index[LM_MAX_RANK] = {0};
  for (;;) {
    const void* rows[LM__WALK_MAX_INPUTS] = {NULL};
    for (int32_t k = 0; k < input_count; ++k) rows[k] = at[k];
    row(y, rows, walk->strides[last], walk->dims[last], params);
    y += (size_t)walk->dims[last] * out_bytes;
    int32_t d = last - 1;
    for (; d >= 0; --d) {
      ++index[d];
      const bool wrapped = index[d] == walk->dims[d];
      const int64_t steps = wrapped ? 1 - walk->dims[d] : 1;
      for (int32_t k = 0; k < input_count; ++k) {
        at[k] += steps * walk->strides[d][k] * (int64_t)in_bytes[k];
      }
      if (!wrapped) break;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

// The inputs decide the type of the output whatever the file states, as in the format's kernels:
// early converters wrote FLOAT32 behind quantized tensors.
static lm_status set_output_type(lm_op_context* context, lm_tensor* output, lm_type type,
                                 lm_error* err) {
  if (output->type == type) return LM_OK;
  output->type = type;
  if (!lm__op_is_quantized_type(type) || output->quantization.count == 0) return LM_OK;
  // The reader checked the zero point against the stated type.
  int32_t low, high;
  lm_type_range(type, &low, &high);
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  LM_OP_CHECK(context, lm__op_zero_point(output) >= low && lm__op_zero_point(output) <= high,
              LM_BAD_MODEL, "zero point %d of the output does not fit %s",
              lm__op_zero_point(output), lm_type_name(type));
  return LM_OK;
}

lm_status lm__binary_prepare(lm_op_context* context, const lm__binary_kernel* kernels,
                             int32_t kernel_count, size_t params_bytes, void** out_params,
                             lm_error* err) {
  *out_params = NULL;
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* a = lm_op_input(context, 0);
  const lm_tensor* b = lm_op_input(context, 1);
  lm_tensor* output = lm_op_output(context, 0);
  LM_TRY(lm__op_check_same_type(context, "input 0", a, "input 1", b, err));
  const lm__binary_kernel* kernel = NULL;
  for (int32_t i = 0; i < kernel_count && kernel == NULL; ++i) {
    if (kernels[i].input == a->type) kernel = &kernels[i];
  }
  LM_OP_CHECK(context, kernel != NULL, LM_UNSUPPORTED, "inputs of type %s are not supported",
              lm_type_name(a->type));
  LM_TRY(set_output_type(context, output, kernel->output, err));
  lm_shape shape;
  LM_TRY(lm__op_broadcast_shape(context, &a->shape, &b->shape, &shape, err));
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, params_bytes, &memory, err));
  lm__binary* binary = memory;
  const lm_shape* const shapes[2] = {&a->shape, &b->shape};
  lm__walk_init(&binary->walk, &shape, shapes, 2);
  binary->row = kernel->row;
  *out_params = memory;
  return LM_OK;
}

lm_status lm__binary_prepare_plain(lm_op_context* context, const lm__binary_kernel* kernels,
                                   int32_t kernel_count, lm_error* err) {
  void* params;
  return lm__binary_prepare(context, kernels, kernel_count, sizeof(lm__binary), &params, err);
}

lm_status lm__binary_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__binary* binary = lm_op_params(context);
  const lm_tensor* a = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const void* in[LM__WALK_MAX_INPUTS] = {a->data, lm_op_input(context, 1)->data};
  const size_t bytes[LM__WALK_MAX_INPUTS] = {lm_type_bytes(a->type), lm_type_bytes(a->type)};
  lm__walk_run(&binary->walk, binary->row, output->data, lm_type_bytes(output->type), in, bytes,
               binary);
  return LM_OK;
}

lm_status lm__binary_check_quantized(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_per_tensor(context, "input 0", lm_op_input(context, 0), err));
  LM_TRY(lm__op_check_per_tensor(context, "input 1", lm_op_input(context, 1), err));
  return lm__op_check_per_tensor(context, "output", lm_op_output(context, 0), err);
}

lm_status lm__op_check_no_zero(const lm_op_context* context, const lm_tensor* t, int32_t zero,
                               lm_error* err) {
  const int64_t count = lm_shape_count(&t->shape);
  for (int64_t i = 0; i < count; ++i) {
    int64_t value;
    switch (t->type) {
      case LM_INT8:
        value = ((const int8_t*)t->data)[i];
        break;
      case LM_UINT8:
        value = ((const uint8_t*)t->data)[i];
        break;
      case LM_INT16:
        value = ((const int16_t*)t->data)[i];
        break;
      default:
        value = lm__op_int_at(t, i);
        break;
    }
    LM_OP_CHECK(context, value != zero, LM_BAD_INPUT, "division by zero at element %lld",
                (long long)i);
  }
  return LM_OK;
}
