// SPDX-License-Identifier: MIT
//
// CONCATENATION: joins tensors along one axis. UINT8 inputs are brought to the output's
// quantization; INT8 inputs must have it already.
#include <math.h>
#include <string.h>

#include "ops/copy_util.h"

typedef struct concatenation_params {
  int64_t outer;  // product of the dimensions before the axis
  int64_t inner;  // and of those after it
  int32_t axis;
} concatenation_params;

static int32_t length_along(const lm_tensor* t, int32_t axis) {
  return t->shape.rank == 0 ? 1 : t->shape.dims[axis];
}

static lm_status check_quantization(lm_op_context* context, int32_t i, lm_error* err) {
  const lm_tensor* input = lm_op_input(context, i);
  const lm_tensor* output = lm_op_output(context, 0);
  char what[24] = "input ";
  int32_t at = 6;
  for (int32_t unit = 1000; unit > 0; unit /= 10) what[at++] = (char)('0' + i / unit % 10);
  what[at] = '\0';
  if (input->type == LM_INT8) {
    return lm__op_check_same_quantization(context, what, input, "output", output, err);
  }
  // INT16 elements are copied whatever their scales, as in the format's reference kernel.
  if (input->type != LM_UINT8) return LM_OK;
  if (input->quantization.count == 0 && output->quantization.count == 0) return LM_OK;
  LM_TRY(lm__op_check_per_tensor(context, what, input, err));
  return lm__op_check_per_tensor(context, "output", output, err);
}

static lm_status concatenation_prepare(lm_op_context* context, lm_error* err) {
  const lm_concatenation_options* options = lm_op_node(context)->def->options;
  LM_TRY(lm__op_check_counts(context, 1, INT32_MAX, 1, err));
  LM_OP_CHECK(context, options->activation == LM_ACTIVATION_NONE, LM_UNSUPPORTED,
              "fused activation %d is not supported", (int)options->activation);
  LM_TRY(lm__op_check_copyable(context, err));
  const lm_tensor* first = lm_op_input(context, 0);
  lm_shape shape = first->shape;
  if (shape.rank == 0) shape = (lm_shape){.rank = 1, .dims = {1}};
  int32_t axis;
  LM_TRY(lm__op_resolve_axis(context, options->axis, shape.rank, &axis, err));
  int64_t length = 0;
  for (int32_t i = 0; i < lm_op_node(context)->def->input_count; ++i) {
    const lm_tensor* input = lm_op_input(context, i);
    LM_OP_CHECK(context, input != NULL, LM_BAD_MODEL, "input %d is absent", i);
    LM_OP_CHECK(context, input->type == first->type, LM_BAD_MODEL, "input %d is %s, input 0 is %s",
                i, lm_type_name(input->type), lm_type_name(first->type));
    LM_OP_CHECK(context, input->shape.rank == first->shape.rank, LM_BAD_MODEL,
                "input %d has rank %d, input 0 has %d", i, input->shape.rank, first->shape.rank);
    for (int32_t d = 0; d < first->shape.rank; ++d) {
      LM_OP_CHECK(context, d == axis || input->shape.dims[d] == shape.dims[d], LM_BAD_MODEL,
                  "dimension %d of input %d is %d, of input 0 %d", d, i, input->shape.dims[d],
                  shape.dims[d]);
    }
    LM_TRY(check_quantization(context, i, err));
    length += length_along(input, axis);
    LM_OP_CHECK(context, length <= INT32_MAX, LM_BAD_MODEL, "output is too large");
  }
  shape.dims[axis] = (int32_t)length;
  LM_TRY(lm_op_set_output_shape(context, 0, &shape, err));
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(concatenation_params), &memory, err));
  concatenation_params* params = memory;
  params->outer = lm__dims_product(&shape, 0, axis);
  params->inner = lm__dims_product(&shape, axis + 1, shape.rank);
  params->axis = axis;
  return LM_OK;
}

// The format's reference kernel does this in single precision.
static void requantize_row(uint8_t* out, const uint8_t* in, int64_t count, const lm_tensor* from,
                           const lm_tensor* to) {
  const float inverse = 1.0f / lm__op_scale(to);
  const float scale = lm__op_scale(from) * inverse;
  const float bias = (float)-lm__op_zero_point(from) * scale;
  for (int64_t i = 0; i < count; ++i) {
    float value = roundf((float)in[i] * scale + bias);
    // A thousand is out of range wherever the zero point lies.
    value = value > 1000.0f ? 1000.0f : (value < -1000.0f ? -1000.0f : value);
    const int32_t q = (int32_t)value + lm__op_zero_point(to);
    out[i] = (uint8_t)(q < 0 ? 0 : (q > 255 ? 255 : q));
  }
}

static bool needs_requantization(const lm_tensor* from, const lm_tensor* to) {
  return from->type == LM_UINT8 && from->quantization.count > 0 &&
         (lm__op_scale(from) != lm__op_scale(to) ||
          lm__op_zero_point(from) != lm__op_zero_point(to));
}

static lm_status concatenation_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const concatenation_params* params = lm_op_params(context);
  lm_tensor* output = lm_op_output(context, 0);
  const int32_t input_count = lm_op_node(context)->def->input_count;
  const int64_t bytes = (int64_t)lm_type_bytes(output->type);
  char* out = output->data;
  for (int64_t k = 0; k < params->outer; ++k) {
    for (int32_t i = 0; i < input_count; ++i) {
      const lm_tensor* input = lm_op_input(context, i);
      const int64_t count = length_along(input, params->axis) * params->inner;
      if (count == 0) continue;
      const char* in = (const char*)input->data + k * count * bytes;
      if (needs_requantization(input, output)) {
        requantize_row((uint8_t*)out, (const uint8_t*)in, count, input, output);
      } else {
        memcpy(out, in, (size_t)(count * bytes));
      }
      out += count * bytes;
    }
  }
  return LM_OK;
}

const lm_op lm_op_concatenation = {
    .name = "CONCATENATION",
    .builtin = LM_BUILTIN_CONCATENATION,
    .max_version = 7,
    .options = LM_OPTIONS_CONCATENATION,
    .prepare = concatenation_prepare,
    .eval = concatenation_eval,
};
