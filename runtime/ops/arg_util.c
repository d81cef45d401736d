// SPDX-License-Identifier: MIT
#include "ops/arg_util.h"

// Indices into `values` of `count` elements `step` apart.
typedef int64_t (*arg_row)(const void* values, int64_t count, int64_t step, bool largest);

typedef struct arg_params {
  int64_t outer, length, inner;
  arg_row row;
} arg_params;

#define ARG_ROW(name, T)                                                               \
  static int64_t name(const void* values, int64_t count, int64_t step, bool largest) { \
    const T* v = values;                                                               \
    int64_t best = 0;                                                                  \
    for (int64_t i = 1; i < count; ++i) {                                              \
      const T x = v[i * step];                                                         \
      const T y = v[best * step];                                                      \
      if (largest ? x > y : x < y) best = i;                                           \
    }                                                                                  \
    return best;                                                                       \
  }
ARG_ROW(arg_u8, uint8_t)
ARG_ROW(arg_i8, int8_t)
ARG_ROW(arg_i16, int16_t)
ARG_ROW(arg_i32, int32_t)
ARG_ROW(arg_i64, int64_t)

static int64_t arg_f32(const void* values, int64_t count, int64_t step, bool largest) {
  const float* v = values;
  int64_t best = 0;
  for (int64_t i = 1; i < count; ++i) {
    const float x = v[i * step];
    const float y = v[best * step];
    const bool nan_gives_way = y != y && x == x;
    if (nan_gives_way || (largest ? x > y : x < y)) best = i;
  }
  return best;
}

static arg_row row_of(lm_type type) {
  switch (type) {
    case LM_FLOAT32:
      return arg_f32;
    case LM_UINT8:
    case LM_BOOL:
      return arg_u8;
    case LM_INT8:
      return arg_i8;
    case LM_INT16:
      return arg_i16;
    case LM_INT32:
      return arg_i32;
    case LM_INT64:
      return arg_i64;
    default:
      return NULL;
  }
}

lm_status lm__arg_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type index_types[] = {LM_INT32, LM_INT64};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), index_types, 2, err));
  const arg_row row = row_of(input->type);
  LM_OP_CHECK(context, row != NULL, LM_UNSUPPORTED, "input of type %s is not supported",
              lm_type_name(input->type));
  LM_TRY(lm__op_check_int_vector(context, "axis", lm_op_input(context, 1), 1, err));
  int32_t axis;
  LM_TRY(lm__op_read_int(context, "axis", lm_op_input(context, 1), 0, &axis, err));
  LM_TRY(lm__op_resolve_axis(context, axis, input->shape.rank, &axis, err));
  LM_OP_CHECK(context, input->shape.dims[axis] > 0, LM_BAD_MODEL, "dimension %d is empty", axis);
  lm_shape shape = {0};
  for (int32_t d = 0; d < input->shape.rank; ++d) {
    if (d != axis) shape.dims[shape.rank++] = input->shape.dims[d];
  }
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(arg_params), &memory, err));
  *(arg_params*)memory =
      (arg_params){.outer = lm__dims_product(&input->shape, 0, axis),
                   .length = input->shape.dims[axis],
                   .inner = lm__dims_product(&input->shape, axis + 1, input->shape.rank),
                   .row = row};
  return LM_OK;
}

void lm__arg_run(lm_op_context* context, bool largest) {
  const arg_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* output = lm_op_output(context, 0);
  const int64_t bytes = (int64_t)lm_type_bytes(input->type);
  for (int64_t o = 0; o < p->outer; ++o) {
    for (int64_t i = 0; i < p->inner; ++i) {
      const char* values = (const char*)input->data + (o * p->length * p->inner + i) * bytes;
      const int64_t best = p->row(values, p->length, p->inner, largest);
      if (output->type == LM_INT64) {
        ((int64_t*)output->data)[o * p->inner + i] = best;
      } else {
        ((int32_t*)output->data)[o * p->inner + i] = (int32_t)best;
      }
    }
  }
}
