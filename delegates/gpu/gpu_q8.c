// SPDX-License-Identifier: MIT
#include "gpu_q8.h"

bool lm__gpu_q8_is_byte(const lm__gpu_context* context, const lm_tensor* t) {
  lm__gpu_type type;
  return (t->type == LM_INT8 || t->type == LM_UINT8) && t->quantization.count == 1 &&
         lm__gpu_tensor_type(context, t, &type) && (type == LM_GPU_I8 || type == LM_GPU_U8);
}

bool lm__gpu_q8_is_wanted(const lm__gpu_context* context, const lm_tensor* t,
                          const char** out_why) {
  if (t->type != LM_INT8 && t->type != LM_UINT8) return false;
  if (context->options->dequantize) return false;
  LM_GPU_REQUIRE(context->device->caps.byte_storage, "device has no 8-bit storage buffers");
  return true;
}

bool lm__gpu_q8_is_countable(const lm_tensor* t, const char** out_why) {
  const int64_t count = lm_shape_count(&t->shape);
  LM_GPU_REQUIRE(count > 0 && count <= INT32_MAX, "tensor is empty or too large");
  return true;
}

bool lm__gpu_q8_check(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                      int32_t input_count, const char** out_why) {
  for (int32_t i = 0; i <= input_count; ++i) {
    const lm_tensor* t =
        i < input_count ? lm_graph_input(graph, node, i) : lm_graph_output(graph, node, 0);
    if (t == NULL || !lm__gpu_q8_is_wanted(context, t, out_why)) return false;
    LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, t), "quantization is not per tensor");
    if (!lm__gpu_q8_is_countable(t, out_why)) return false;
  }
  return true;
}
