// SPDX-License-Identifier: MIT
#include "ops/select_util.h"

#define SELECT_ROW(name, T)                                                                 \
  static void name(void* out, const void* const* in, const int64_t* strides, int64_t count, \
                   const void* params) {                                                    \
    const bool* condition = in[0];                                                          \
    const T* a = in[1];                                                                     \
    const T* b = in[2];                                                                     \
    T* y = out;                                                                             \
    (void)params;                                                                           \
    for (int64_t i = 0; i < count; ++i) {                                                   \
      y[i] = condition[i * strides[0]] ? a[i * strides[1]] : b[i * strides[2]];             \
    }                                                                                       \
  }
SELECT_ROW(select_8, uint8_t)
SELECT_ROW(select_16, uint16_t)
SELECT_ROW(select_32, uint32_t)
SELECT_ROW(select_64, uint64_t)

lm_status lm__select_check(lm_op_context* context, lm_error* err) {
  static const lm_type condition_types[] = {LM_BOOL};
  LM_TRY(lm__op_check_counts(context, 3, 3, 1, err));
  const lm_tensor* x = lm_op_input(context, 1);
  LM_TRY(lm__op_check_type(context, "condition", lm_op_input(context, 0), condition_types, 1, err));
  LM_TRY(lm__op_check_same_type(context, "input 1", x, "input 2", lm_op_input(context, 2), err));
  LM_TRY(lm__op_check_same_type(context, "input 1", x, "output", lm_op_output(context, 0), err));
  const size_t bytes = lm_type_bytes(x->type);
  LM_OP_CHECK(context, bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8, LM_UNSUPPORTED,
              "inputs of type %s are not supported", lm_type_name(x->type));
  return LM_OK;
}

lm_status lm__select_prepare(lm_op_context* context, const lm_shape* condition,
                             const lm_shape* output, lm_error* err) {
  LM_TRY(lm_op_set_output_shape(context, 0, output, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__binary), &memory, err));
  lm__binary* params = memory;
  const lm_shape* const shapes[3] = {condition, &lm_op_input(context, 1)->shape,
                                     &lm_op_input(context, 2)->shape};
  lm__walk_init(&params->walk, output, shapes, 3);
  switch (lm_type_bytes(lm_op_input(context, 1)->type)) {
    case 1:
      params->row = select_8;
      break;
    case 2:
      params->row = select_16;
      break;
    case 4:
      params->row = select_32;
      break;
    default:
      params->row = select_64;
      break;
  }
  return LM_OK;
}

lm_status lm__select_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__binary* params = lm_op_params(context);
  const lm_tensor* x = lm_op_input(context, 1);
  const void* in[3] = {lm_op_input(context, 0)->data, x->data, lm_op_input(context, 2)->data};
  const size_t bytes = lm_type_bytes(x->type);
  const size_t in_bytes[3] = {1, bytes, bytes};
  lm__walk_run(&params->walk, params->row, lm_op_output(context, 0)->data, bytes, in, in_bytes,
               NULL);
  return LM_OK;
}
