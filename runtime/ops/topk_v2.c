// SPDX-License-Identifier: MIT
//
// TOPK_V2: the k largest elements of each row in descending order, and where they were. Of equal
// elements the earlier comes first; NaN comes after every number.
#include <math.h>
#include <string.h>

#include "ops/copy_util.h"

// True when element `a` of the row goes before element `b`.
typedef bool (*before_function)(const void* row, int32_t a, int32_t b);

typedef struct topk_params {
  int64_t rows;
  int32_t length, k;
  before_function before;
  int32_t scratch;  // k indices
} topk_params;

#define BEFORE(name, T)                                       \
  static bool name(const void* row, int32_t a, int32_t b) {   \
    const T* values = row;                                    \
    if (values[a] != values[b]) return values[a] > values[b]; \
    return a < b;                                             \
  }
BEFORE(before_u8, uint8_t)
BEFORE(before_i8, int8_t)
BEFORE(before_i16, int16_t)
BEFORE(before_i32, int32_t)
BEFORE(before_i64, int64_t)

static bool before_f32(const void* row, int32_t a, int32_t b) {
  const float* values = row;
  const bool nan_a = isnan(values[a]);
  const bool nan_b = isnan(values[b]);
  if (nan_a != nan_b) return nan_b;
  if (values[a] > values[b]) return true;
  return values[a] < values[b] ? false : a < b;
}

static before_function before_of(lm_type type) {
  switch (type) {
    case LM_FLOAT32:
      return before_f32;
    case LM_UINT8:
      return before_u8;
    case LM_INT8:
      return before_i8;
    case LM_INT16:
      return before_i16;
    case LM_INT32:
      return before_i32;
    case LM_INT64:
      return before_i64;
    default:
      return NULL;
  }
}

static lm_status topk_v2_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type index_types[] = {LM_INT32, LM_INT16};
  LM_TRY(lm__op_check_counts(context, 2, 2, 2, err));
  const lm_tensor* input = lm_op_input(context, 0);
  LM_TRY(lm__op_check_same_type(context, "input", input, "values", lm_op_output(context, 0), err));
  LM_TRY(lm__op_check_type(context, "indices", lm_op_output(context, 1), index_types, 2, err));
  const before_function before = before_of(input->type);
  LM_OP_CHECK(context, before != NULL, LM_UNSUPPORTED, "input of type %s is not supported",
              lm_type_name(input->type));
  LM_TRY(lm__op_check_rank(context, "input", input, 1, LM_MAX_RANK, err));
  LM_TRY(lm__op_check_int_vector(context, "k", lm_op_input(context, 1), 1, err));
  int32_t k;
  LM_TRY(lm__op_read_int(context, "k", lm_op_input(context, 1), 0, &k, err));
  if (k < 0) k = 0;
  const int32_t last = input->shape.rank - 1;
  LM_OP_CHECK(context, k <= input->shape.dims[last], LM_BAD_MODEL, "k is %d of %d elements", k,
              input->shape.dims[last]);
  LM_OP_CHECK(context,
              lm_op_output(context, 1)->type == LM_INT32 || input->shape.dims[last] <= INT16_MAX,
              LM_UNSUPPORTED, "int16 indices of %d elements", input->shape.dims[last]);
  lm_shape shape = input->shape;
  shape.dims[last] = k;
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  LM_TRY(lm_op_set_output_shape(context, 1, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(topk_params), &memory, err));
  topk_params* p = memory;
  *p = (topk_params){.rows = lm__dims_product(&input->shape, 0, last),
                     .length = input->shape.dims[last],
                     .k = k,
                     .before = before};
  return k == 0 ? LM_OK
                : lm_op_request_scratch(context, (size_t)k * sizeof(int32_t), &p->scratch, err);
}

// Restores the heap whose top is the element that goes last, below node `at`.
static void sift_down(const topk_params* p, const void* row, int32_t* heap, int32_t count,
                      int32_t at) {
  for (;;) {
    int32_t last = at;
    for (int32_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; ++child) {
      if (p->before(row, heap[last], heap[child])) last = child;
    }
    if (last == at) return;
    const int32_t index = heap[at];
    heap[at] = heap[last];
    heap[last] = index;
    at = last;
  }
}

// The first k indices in order: a heap of the best so far, then sorted from its top.
static void select_row(const topk_params* p, const void* row, int32_t* heap) {
  for (int32_t i = 0; i < p->k; ++i) heap[i] = i;
  for (int32_t i = p->k / 2 - 1; i >= 0; --i) sift_down(p, row, heap, p->k, i);
  for (int32_t i = p->k; i < p->length; ++i) {
    if (!p->before(row, i, heap[0])) continue;
    heap[0] = i;
    sift_down(p, row, heap, p->k, 0);
  }
  for (int32_t end = p->k - 1; end > 0; --end) {
    const int32_t worst = heap[0];
    heap[0] = heap[end];
    heap[end] = worst;
    sift_down(p, row, heap, end, 0);
  }
}

static lm_status topk_v2_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const topk_params* p = lm_op_params(context);
  if (p->k == 0 || p->rows == 0) return LM_OK;
  const lm_tensor* input = lm_op_input(context, 0);
  lm_tensor* values = lm_op_output(context, 0);
  lm_tensor* indices = lm_op_output(context, 1);
  const size_t bytes = lm_type_bytes(input->type);
  int32_t* best = lm_op_scratch(context, p->scratch);
  for (int64_t r = 0; r < p->rows; ++r) {
    const char* row = (const char*)input->data + (size_t)(r * p->length) * bytes;
    select_row(p, row, best);
    for (int32_t i = 0; i < p->k; ++i) {
      const int64_t at = r * p->k + i;
      memcpy((char*)values->data + (size_t)at * bytes, row + (size_t)best[i] * bytes, bytes);
      if (indices->type == LM_INT16) {
        ((int16_t*)indices->data)[at] = (int16_t)best[i];
      } else {
        ((int32_t*)indices->data)[at] = best[i];
      }
    }
  }
  return LM_OK;
}

const lm_op lm_op_topk_v2 = {
    .name = "TOPK_V2",
    .builtin = LM_BUILTIN_TOPK_V2,
    .max_version = 3,
    .prepare = topk_v2_prepare,
    .eval = topk_v2_eval,
};
