// SPDX-License-Identifier: MIT
//
// BATCH_MATMUL: [...,M,K] times [...,K,N], either side transposed on request; batch dimensions
// broadcast. FLOAT32, INT8, INT16 (also with INT8 on the right), and FLOAT32 with INT8 on the
// right, whose left side is quantized row by row.
#include <string.h>

#include "ops/hybrid.h"
#include "ops/kernel_util.h"

typedef struct matmul_params matmul_params;

// Multiplies one pair of matrices; `out` is the output's.
typedef void (*matmul_kernel)(const matmul_params* p, const void* lhs, const void* rhs, void* out);

struct matmul_params {
  int32_t batch_rank;
  int32_t batch_dims[LM_MAX_RANK];
  int64_t lhs_strides[LM_MAX_RANK], rhs_strides[LM_MAX_RANK];  // of whole matrices
  int64_t batches, m, n, k;
  int64_t lhs_row, lhs_k, rhs_col, rhs_k;  // element strides inside a matrix
  matmul_kernel kernel;
  lm_multiplier scale;
  int32_t zero_lhs, zero_rhs, zero_out;
  bool is_hybrid;
  lm__hybrid hybrid;
};

#define MATMUL(name, TL, TR, TO, A, element, result)                                      \
  static void name(const matmul_params* p, const void* lhs, const void* rhs, void* out) { \
    const TL* a = lhs;                                                                    \
    const TR* b = rhs;                                                                    \
    TO* y = out;                                                                          \
    for (int64_t i = 0; i < p->m; ++i) {                                                  \
      for (int64_t j = 0; j < p->n; ++j) {                                                \
        A sum = 0;                                                                        \
        for (int64_t k = 0; k < p->k; ++k) {                                              \
          const A u = (A)a[i * p->lhs_row + k * p->lhs_k];                                \
          const A v = (A)b[j * p->rhs_col + k * p->rhs_k];                                \
          sum += (element);                                                               \
        }                                                                                 \
        *y++ = (TO)(result);                                                              \
      }                                                                                   \
    }                                                                                     \
  }

MATMUL(matmul_f32, float, float, float, float, u* v, sum)
MATMUL(matmul_i8, int8_t, int8_t, int8_t, int32_t, (u - p->zero_lhs) * (v - p->zero_rhs),
       lm__requantize(sum, p->scale, p->zero_out, INT8_MIN, INT8_MAX))
MATMUL(matmul_i8_i32, int8_t, int8_t, int32_t, int32_t, u* v, sum)
MATMUL(matmul_i16, int16_t, int16_t, int16_t, int64_t, u* v,
       lm__clamp(lm__multiply64(sum, p->scale), INT16_MIN, INT16_MAX))
MATMUL(matmul_i16_i8, int16_t, int8_t, int16_t, int64_t, u* v,
       lm__clamp(lm__multiply64(sum, p->scale), INT16_MIN, INT16_MAX))

static lm_status prepare_shapes(lm_op_context* context, matmul_params* p, lm_error* err) {
  const lm_batch_matmul_options* options = lm_op_node(context)->def->options;
  const lm_shape* lhs = &lm_op_input(context, 0)->shape;
  const lm_shape* rhs = &lm_op_input(context, 1)->shape;
  LM_TRY(lm__op_check_rank(context, "left input", lm_op_input(context, 0), 2, LM_MAX_RANK, err));
  LM_TRY(lm__op_check_rank(context, "right input", lm_op_input(context, 1), 2, LM_MAX_RANK, err));
  const int32_t l0 = lhs->dims[lhs->rank - 2], l1 = lhs->dims[lhs->rank - 1];
  const int32_t r0 = rhs->dims[rhs->rank - 2], r1 = rhs->dims[rhs->rank - 1];
  p->m = options->adj_x ? l1 : l0;
  p->k = options->adj_x ? l0 : l1;
  p->n = options->adj_y ? r0 : r1;
  p->lhs_row = options->adj_x ? 1 : l1;
  p->lhs_k = options->adj_x ? l1 : 1;
  p->rhs_col = options->adj_y ? r1 : 1;
  p->rhs_k = options->adj_y ? 1 : r1;
  const int32_t rhs_k = options->adj_y ? r1 : r0;
  LM_OP_CHECK(context, p->k == rhs_k, LM_BAD_MODEL, "inner dimensions %lld and %d", (long long)p->k,
              rhs_k);
  const lm_shape lhs_batch = lm_shape_make(lhs->rank - 2, lhs->dims);
  const lm_shape rhs_batch = lm_shape_make(rhs->rank - 2, rhs->dims);
  lm_shape shape;
  LM_TRY(lm__op_broadcast_shape(context, &lhs_batch, &rhs_batch, &shape, err));
  lm__op_broadcast_strides(&lhs_batch, &shape, p->lhs_strides);
  lm__op_broadcast_strides(&rhs_batch, &shape, p->rhs_strides);
  p->batch_rank = shape.rank;
  for (int32_t d = 0; d < shape.rank; ++d) p->batch_dims[d] = shape.dims[d];
  p->batches = lm_shape_count(&shape);
  shape.dims[shape.rank++] = (int32_t)p->m;
  shape.dims[shape.rank++] = (int32_t)p->n;
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status prepare_quantized(lm_op_context* context, matmul_params* p, lm_error* err) {
  const lm_tensor* lhs = lm_op_input(context, 0);
  const lm_tensor* rhs = lm_op_input(context, 1);
  const lm_tensor* output = lm_op_output(context, 0);
  LM_OP_CHECK(context, rhs->quantization.count <= 1, LM_UNSUPPORTED,
              "right input is quantized per channel (%d scales) and the left one is no float",
              rhs->quantization.count);
  LM_TRY(lm__op_check_per_tensor(context, "left input", lhs, err));
  LM_TRY(lm__op_check_per_tensor(context, "right input", rhs, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", output, err));
  p->zero_lhs = lm__op_zero_point(lhs);
  p->zero_rhs = lm__op_zero_point(rhs);
  p->zero_out = lm__op_zero_point(output);
  LM_OP_CHECK(context,
              lhs->type != LM_INT16 || (p->zero_lhs == 0 && p->zero_rhs == 0 && p->zero_out == 0),
              LM_UNSUPPORTED, "int16 with zero points %d, %d and %d, expected 0", p->zero_lhs,
              p->zero_rhs, p->zero_out);
  // A sum of products of 9-bit numbers must fit 32 bits.
  LM_OP_CHECK(context, lhs->type != LM_INT8 || p->k <= INT32_MAX / (255 * 255), LM_UNSUPPORTED,
              "inner dimension %lld", (long long)p->k);
  const double product = (double)(lm__op_scale(lhs) * lm__op_scale(rhs));
  return lm__op_multiplier(context, product / (double)lm__op_scale(output),
                           lhs->type == LM_INT8 ? LM_MAX_SHIFT_32 : LM_MAX_SHIFT_64, &p->scale,
                           err);
}

static lm_status prepare_hybrid(lm_op_context* context, matmul_params* p, lm_error* err) {
  const lm_batch_matmul_options* options = lm_op_node(context)->def->options;
  const lm_tensor* lhs = lm_op_input(context, 0);
  const lm_tensor* rhs = lm_op_input(context, 1);
  LM_OP_CHECK(context, !options->adj_x, LM_UNSUPPORTED,
              "transposed float input with int8 weights is not supported");
  LM_OP_CHECK(context, rhs->quantization.count > 0, LM_BAD_MODEL, "right input is not quantized");
  const int32_t column_axis = rhs->shape.rank - (options->adj_y ? 2 : 1);
  LM_OP_CHECK(context,
              rhs->quantization.count == 1 ||
                  (rhs->quantization.axis == column_axis && rhs->quantization.count == p->n),
              LM_UNSUPPORTED, "right input is quantized along axis %d, expected %d",
              rhs->quantization.axis, column_axis);
  LM_OP_CHECK(context, p->k <= INT32_MAX / (128 * 128), LM_UNSUPPORTED, "inner dimension %lld",
              (long long)p->k);
  const int64_t rows = p->k == 0 ? 0 : lm_shape_count(&lhs->shape) / p->k;
  LM_OP_CHECK(context, rows <= INT32_MAX, LM_UNSUPPORTED, "%lld rows", (long long)rows);
  p->is_hybrid = true;
  if (rows == 0) return LM_OK;
  return lm__hybrid_prepare(context, lhs, (int32_t)rows, options->asymmetric_quantize_inputs,
                            &p->hybrid, err);
}

static lm_status batch_matmul_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 2, 2, 1, err));
  const lm_type lhs = lm_op_input(context, 0)->type;
  const lm_type rhs = lm_op_input(context, 1)->type;
  const lm_type out = lm_op_output(context, 0)->type;
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(matmul_params), &memory, err));
  matmul_params* p = memory;
  LM_TRY(prepare_shapes(context, p, err));
  if (lhs == LM_FLOAT32 && rhs == LM_INT8 && out == LM_FLOAT32) {
    return prepare_hybrid(context, p, err);
  }
  if (lhs == LM_FLOAT32 && rhs == LM_FLOAT32 && out == LM_FLOAT32) p->kernel = matmul_f32;
  if (lhs == LM_INT8 && rhs == LM_INT8 && out == LM_INT8) p->kernel = matmul_i8;
  if (lhs == LM_INT8 && rhs == LM_INT8 && out == LM_INT32) p->kernel = matmul_i8_i32;
  if (lhs == LM_INT16 && rhs == LM_INT16 && out == LM_INT16) p->kernel = matmul_i16;
  if (lhs == LM_INT16 && rhs == LM_INT8 && out == LM_INT16) p->kernel = matmul_i16_i8;
  LM_OP_CHECK(context, p->kernel != NULL, LM_UNSUPPORTED, "%s times %s to %s is not supported",
              lm_type_name(lhs), lm_type_name(rhs), lm_type_name(out));
  if (lhs == LM_FLOAT32) return LM_OK;
  if (out == LM_INT32) {
    LM_OP_CHECK(context, p->k <= INT32_MAX / (128 * 128), LM_UNSUPPORTED, "inner dimension %lld",
                (long long)p->k);
    return LM_OK;
  }
  return prepare_quantized(context, p, err);
}

// Which matrices of the inputs make matrix `b` of the output.
static void locate(const matmul_params* p, int64_t b, int64_t* lhs, int64_t* rhs) {
  *lhs = *rhs = 0;
  for (int32_t d = p->batch_rank - 1; d >= 0; --d) {
    const int64_t at = b % p->batch_dims[d];
    b /= p->batch_dims[d];
    *lhs += at * p->lhs_strides[d];
    *rhs += at * p->rhs_strides[d];
  }
}

static void matmul_hybrid(const matmul_params* p, const lm_tensor* weights, const int8_t* rows,
                          const float* scales, const int32_t* zero_points, int64_t matrix,
                          float* out) {
  const int8_t* b = (const int8_t*)weights->data + matrix * p->k * p->n;
  for (int64_t i = 0; i < p->m; ++i) {
    for (int64_t j = 0; j < p->n; ++j) {
      int32_t sum = 0;
      int32_t weight_sum = 0;
      for (int64_t k = 0; k < p->k; ++k) {
        const int32_t w = b[j * p->rhs_col + k * p->rhs_k];
        sum += rows[i * p->k + k] * w;
        weight_sum += w;
      }
      const int64_t centred = sum - (int64_t)weight_sum * zero_points[i];
      const int32_t channel = weights->quantization.count > 1 ? (int32_t)j : 0;
      *out++ = scales[i] * weights->quantization.scales[channel] * (float)centred;
    }
  }
}

static lm_status batch_matmul_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const matmul_params* p = lm_op_params(context);
  const lm_tensor* lhs = lm_op_input(context, 0);
  const lm_tensor* rhs = lm_op_input(context, 1);
  lm_tensor* output = lm_op_output(context, 0);
  if (output->bytes == 0) return LM_OK;
  if (p->k == 0 && output->type != LM_INT8) {
    memset(output->data, 0, output->bytes);
    return LM_OK;
  }
  const int8_t* rows = NULL;
  const float* scales = NULL;
  const int32_t* zero_points = NULL;
  const bool is_hybrid = p->is_hybrid;
  if (is_hybrid) {
    lm__hybrid_quantize(context, &p->hybrid, lhs->data, &rows, &scales, &zero_points);
  }
  const size_t lhs_bytes = (size_t)(p->m * p->k) * lm_type_bytes(lhs->type);
  const size_t rhs_bytes = (size_t)(p->k * p->n) * lm_type_bytes(rhs->type);
  const size_t out_bytes = (size_t)(p->m * p->n) * lm_type_bytes(output->type);
  for (int64_t b = 0; b < p->batches; ++b) {
    int64_t l, r;
    locate(p, b, &l, &r);
    char* out = (char*)output->data + (size_t)b * out_bytes;
    if (is_hybrid) {
      matmul_hybrid(p, rhs, rows + l * p->m * p->k, scales + l * p->m, zero_points + l * p->m, r,
                    (float*)out);
    } else {
      p->kernel(p, (const char*)lhs->data + (size_t)l * lhs_bytes,
                (const char*)rhs->data + (size_t)r * rhs_bytes, out);
    }
  }
  return LM_OK;
}

static uint64_t batch_matmul_macs(const lm_graph* graph, const lm_node* node) {
  (void)graph;
  const matmul_params* p = node->params;
  return p == NULL ? 0 : (uint64_t)p->batches * (uint64_t)p->m * (uint64_t)p->n * (uint64_t)p->k;
}

const lm_op lm_op_batch_matmul = {
    .name = "BATCH_MATMUL",
    .builtin = LM_BUILTIN_BATCH_MATMUL,
    .max_version = 5,
    .options = LM_OPTIONS_BATCH_MATMUL,
    .prepare = batch_matmul_prepare,
    .eval = batch_matmul_eval,
    .macs = batch_matmul_macs,
};
