// SPDX-License-Identifier: MIT
#include "ops/split_util.h"

#include <string.h>

lm_status lm__split_prepare(lm_op_context* context, int32_t input_index, int32_t axis,
                            lm_error* err) {
  const lm_tensor* input = lm_op_input(context, input_index);
  LM_OP_CHECK(context, lm_type_bytes(input->type) > 0, LM_UNSUPPORTED,
              "input of type %s is not supported", lm_type_name(input->type));
  for (int32_t i = 0; i < lm_op_node(context)->def->output_count; ++i) {
    const lm_tensor* output = lm_op_output(context, i);
    LM_TRY(lm__op_check_same_type(context, "input", input, "an output", output, err));
  }
  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__split), &memory, err));
  *(lm__split*)memory = (lm__split){.input_index = input_index, .axis = axis};
  return LM_OK;
}

lm_status lm__split_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__split* split = lm_op_params(context);
  const lm_tensor* input = lm_op_input(context, split->input_index);
  const size_t outer = (size_t)lm__dims_product(&input->shape, 0, split->axis);
  if (input->bytes == 0) return LM_OK;
  const char* in = input->data;
  for (size_t k = 0; k < outer; ++k) {
    for (int32_t i = 0; i < lm_op_node(context)->def->output_count; ++i) {
      const lm_tensor* output = lm_op_output(context, i);
      const size_t bytes = output->bytes / outer;
      if (bytes == 0) continue;
      memcpy((char*)output->data + k * bytes, in, bytes);
      in += bytes;
    }
  }
  return LM_OK;
}
