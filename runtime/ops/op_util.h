// SPDX-License-Identifier: MIT
//
// What several kernels share: checks with uniform messages, broadcasting, axes.
#ifndef LITMARK_OPS_OP_UTIL_H_
#define LITMARK_OPS_OP_UTIL_H_

#include "litmark/kernel_math.h"
#include "litmark/op.h"

/// Passes a failure on.
#define LM_TRY(expression)                  \
  do {                                      \
    const lm_status lm_try_ = (expression); \
    if (lm_try_ != LM_OK) return lm_try_;   \
  } while (0)

/// Stores "CONV_2D node 14: <message>" and returns `status`.
lm_status lm__op_fail(const lm_op_context* context, lm_error* err, lm_status status,
                      const char* file, int line, const char* format, ...) LM_PRINTF(6, 7);

#define LM_OP_FAIL(context, err, status, ...) \
  (lm__op_fail((context), (err), (status), __FILE__, __LINE__, __VA_ARGS__), (status))

/// Fails with a message in the manner of printf unless `condition` holds. Uses the local `err`.
#define LM_OP_CHECK(context, condition, status, ...)                            \
  do {                                                                          \
    if (!(condition)) return LM_OP_FAIL((context), err, (status), __VA_ARGS__); \
  } while (0)

/// The numbers of inputs and outputs lie in [min, max]; the first `min_inputs` inputs and every
/// output are present.
lm_status lm__op_check_counts(const lm_op_context* context, int32_t min_inputs, int32_t max_inputs,
                              int32_t outputs, lm_error* err);

/// Tensor `t` (named `what` in the message) has one of `count` types.
lm_status lm__op_check_type(const lm_op_context* context, const char* what, const lm_tensor* t,
                            const lm_type* types, int32_t count, lm_error* err);

/// Both tensors have the same type.
lm_status lm__op_check_same_type(const lm_op_context* context, const char* what_a,
                                 const lm_tensor* a, const char* what_b, const lm_tensor* b,
                                 lm_error* err);

/// The rank lies in [min, max].
lm_status lm__op_check_rank(const lm_op_context* context, const char* what, const lm_tensor* t,
                            int32_t min, int32_t max, lm_error* err);

/// Per-tensor quantization parameters are present (count == 1).
lm_status lm__op_check_per_tensor(const lm_op_context* context, const char* what,
                                  const lm_tensor* t, lm_error* err);

/// The contents are known while planning.
lm_status lm__op_check_constant(const lm_op_context* context, const char* what, const lm_tensor* t,
                                lm_error* err);

/// Axis in [-rank, rank) to [0, rank).
lm_status lm__op_resolve_axis(const lm_op_context* context, int32_t axis, int32_t rank,
                              int32_t* out_axis, lm_error* err);

/// Shape of an element-wise op over `a` and `b` by the rules of NumPy.
lm_status lm__op_broadcast_shape(const lm_op_context* context, const lm_shape* a, const lm_shape* b,
                                 lm_shape* out_shape, lm_error* err);

/// Element strides of `shape` inside `output`: 0 along dimensions that are broadcast. `strides` has
/// output->rank entries.
void lm__op_broadcast_strides(const lm_shape* shape, const lm_shape* output, int64_t* strides);

/// Integer `i` of an INT32 or INT64 tensor with contents, for shapes, axes and the like.
int64_t lm__op_int_at(const lm_tensor* t, int64_t i);

/// Scale and zero point of a per-tensor quantized tensor.
static inline float lm__op_scale(const lm_tensor* t) { return t->quantization.scales[0]; }
static inline int32_t lm__op_zero_point(const lm_tensor* t) {
  return t->quantization.zero_points[0];
}

/// True for INT8, UINT8 and INT16: the types of quantized activations.
static inline bool lm__op_is_quantized_type(lm_type type) {
  return type == LM_INT8 || type == LM_UINT8 || type == LM_INT16;
}

#endif  // LITMARK_OPS_OP_UTIL_H_
