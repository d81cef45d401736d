// SPDX-License-Identifier: MIT
#include "ops/op_util.h"

#include <stdarg.h>
#include <stdio.h>

lm_status lm__op_fail(const lm_op_context* context, lm_error* err, lm_status status,
                      const char* file, int line, const char* format, ...) {
  char text[200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return lm_error_set(err, status, file, line, "%s: %s", lm_op_label(context), text);
}

lm_status lm__op_check_counts(const lm_op_context* context, int32_t min_inputs, int32_t max_inputs,
                              int32_t outputs, lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  if (min_inputs == max_inputs) {
    LM_OP_CHECK(context, def->input_count == min_inputs, LM_BAD_MODEL, "%d inputs, expected %d",
                def->input_count, min_inputs);
  }
  LM_OP_CHECK(context, def->input_count >= min_inputs && def->input_count <= max_inputs,
              LM_BAD_MODEL, "%d inputs, expected %d to %d", def->input_count, min_inputs,
              max_inputs);
  LM_OP_CHECK(context, def->output_count == outputs, LM_BAD_MODEL, "%d outputs, expected %d",
              def->output_count, outputs);
  for (int32_t i = 0; i < min_inputs; ++i) {
    LM_OP_CHECK(context, lm_op_input(context, i) != NULL, LM_BAD_MODEL, "input %d is absent", i);
  }
  return LM_OK;
}

lm_status lm__op_check_type(const lm_op_context* context, const char* what, const lm_tensor* t,
                            const lm_type* types, int32_t count, lm_error* err) {
  for (int32_t i = 0; i < count; ++i) {
    if (t->type == types[i]) return LM_OK;
  }
  return LM_OP_FAIL(context, err, LM_UNSUPPORTED, "%s of type %s is not supported", what,
                    lm_type_name(t->type));
}

lm_status lm__op_check_same_type(const lm_op_context* context, const char* what_a,
                                 const lm_tensor* a, const char* what_b, const lm_tensor* b,
                                 lm_error* err) {
  LM_OP_CHECK(context, a->type == b->type, LM_UNSUPPORTED, "%s is %s, %s is %s", what_a,
              lm_type_name(a->type), what_b, lm_type_name(b->type));
  return LM_OK;
}

lm_status lm__op_check_rank(const lm_op_context* context, const char* what, const lm_tensor* t,
                            int32_t min, int32_t max, lm_error* err) {
  const int32_t rank = t->shape.rank;
  if (min == max) {
    LM_OP_CHECK(context, rank == min, LM_BAD_MODEL, "%s has rank %d, expected %d", what, rank, min);
  }
  LM_OP_CHECK(context, rank >= min && rank <= max, LM_BAD_MODEL,
              "%s has rank %d, expected %d to %d", what, rank, min, max);
  return LM_OK;
}

lm_status lm__op_check_per_tensor(const lm_op_context* context, const char* what,
                                  const lm_tensor* t, lm_error* err) {
  LM_OP_CHECK(context, t->quantization.count == 1, LM_BAD_MODEL,
              "%s has %d quantization scales, expected 1", what, t->quantization.count);
  return LM_OK;
}

lm_status lm__op_check_constant(const lm_op_context* context, const char* what, const lm_tensor* t,
                                lm_error* err) {
  LM_OP_CHECK(context, t->storage == LM_STORAGE_CONSTANT && t->data != NULL, LM_UNSUPPORTED,
              "%s is not known while planning", what);
  return LM_OK;
}

lm_status lm__op_resolve_axis(const lm_op_context* context, int32_t axis, int32_t rank,
                              int32_t* out_axis, lm_error* err) {
  LM_OP_CHECK(context, axis >= -rank && axis < rank, LM_BAD_MODEL,
              "axis %d is outside a tensor of rank %d", axis, rank);
  *out_axis = axis < 0 ? axis + rank : axis;
  return LM_OK;
}

lm_status lm__op_broadcast_shape(const lm_op_context* context, const lm_shape* a, const lm_shape* b,
                                 lm_shape* out_shape, lm_error* err) {
  lm_shape out = {.rank = a->rank > b->rank ? a->rank : b->rank};
  for (int32_t i = 1; i <= out.rank; ++i) {
    const int32_t da = i <= a->rank ? a->dims[a->rank - i] : 1;
    const int32_t db = i <= b->rank ? b->dims[b->rank - i] : 1;
    if (da != db && da != 1 && db != 1) {
      char ta[LM_SHAPE_TEXT_SIZE], tb[LM_SHAPE_TEXT_SIZE];
      return LM_OP_FAIL(context, err, LM_BAD_MODEL, "shapes %s and %s do not broadcast",
                        lm_shape_format(a, ta, sizeof ta), lm_shape_format(b, tb, sizeof tb));
    }
    out.dims[out.rank - i] = da == 1 ? db : da;
  }
  *out_shape = out;
  return LM_OK;
}

void lm__op_broadcast_strides(const lm_shape* shape, const lm_shape* output, int64_t* strides) {
  int64_t stride = 1;
  for (int32_t i = output->rank - 1; i >= 0; --i) {
    const int32_t own = i - (output->rank - shape->rank);
    const int32_t dim = own >= 0 ? shape->dims[own] : 1;
    strides[i] = dim == 1 ? 0 : stride;
    stride *= dim;
  }
}

int64_t lm__op_int_at(const lm_tensor* t, int64_t i) {
  return t->type == LM_INT64 ? ((const int64_t*)t->data)[i] : ((const int32_t*)t->data)[i];
}
