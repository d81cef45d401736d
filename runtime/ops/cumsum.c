// SPDX-License-Identifier: MIT
//
// CUMSUM: running sums along an axis, with or without the element itself, from either end.
#include "ops/copy_util.h"

typedef struct cumsum_params {
  int64_t outer, length, inner;
} cumsum_params;

static lm_status cumsum_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type types[] = {LM_FLOAT32, LM_INT32, LM_INT64};
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_type(context, "input", input, types, 3, err));
  LM_TRY(lm__op_check_copyable(context, err));
  LM_TRY(lm__op_check_int_vector(context, "axis", lm_op_input(context, 1), 1, err));
  int32_t axis;
  LM_TRY(lm__op_read_int(context, "axis", lm_op_input(context, 1), 0, &axis, err));
  LM_TRY(lm__op_resolve_axis(context, axis, input->shape.rank, &axis, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(cumsum_params), &memory, err));
  *(cumsum_params*)memory =
      (cumsum_params){.outer = lm__dims_product(&input->shape, 0, axis),
                      .length = input->shape.dims[axis],
                      .inner = lm__dims_product(&input->shape, axis + 1, input->shape.rank)};
  return lm_op_set_output_shape(context, 0, &input->shape, err);
}

// Integers wrap: sums are taken in the unsigned type U.
#define CUMSUM(name, T, U)                                                                \
  static void name(const cumsum_params* p, const lm_cumsum_options* options, const T* in, \
                   T* out) {                                                              \
    for (int64_t o = 0; o < p->outer; ++o) {                                              \
      for (int64_t i = 0; i < p->inner; ++i) {                                            \
        U sum = 0;                                                                        \
        for (int64_t k = 0; k < p->length; ++k) {                                         \
          const int64_t at = options->reverse ? p->length - 1 - k : k;                    \
          const int64_t e = (o * p->length + at) * p->inner + i;                          \
          const U x = (U)in[e];                                                           \
          if (options->exclusive) out[e] = (T)sum;                                        \
          sum += x;                                                                       \
          if (!options->exclusive) out[e] = (T)sum;                                       \
        }                                                                                 \
      }                                                                                   \
    }                                                                                     \
  }
CUMSUM(cumsum_f32, float, float)
CUMSUM(cumsum_i32, int32_t, uint32_t)
CUMSUM(cumsum_i64, int64_t, uint64_t)

static lm_status cumsum_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  static const lm_cumsum_options plain = {false, false};
  const lm_cumsum_options* options = lm_op_node(context)->def->options;
  if (options == NULL) options = &plain;
  const cumsum_params* p = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, 0);
  void* out = lm_op_output(context, 0)->data;
  switch (input->type) {
    case LM_FLOAT32:
      cumsum_f32(p, options, input->data, out);
      break;
    case LM_INT32:
      cumsum_i32(p, options, input->data, out);
      break;
    default:
      cumsum_i64(p, options, input->data, out);
      break;
  }
  return LM_OK;
}

const lm_op lm_op_cumsum = {
    .name = "CUMSUM",
    .builtin = LM_BUILTIN_CUMSUM,
    .max_version = 1,
    .options = LM_OPTIONS_CUMSUM,
    .options_optional = true,
    .prepare = cumsum_prepare,
    .eval = cumsum_eval,
};
