// SPDX-License-Identifier: MIT
//
// CONCATENATION of uint8 tensors of different scales; of equal ones it is movement, and
// gpu_concatenation.c's.
#include <math.h>

#include "gpu_q8_table.h"
#include "node_table.h"

static bool same_quantization(const lm_tensor* a, const lm_tensor* b) {
  return lm__gpu_q8_scale(a) == lm__gpu_q8_scale(b) && lm__gpu_q8_zero(a) == lm__gpu_q8_zero(b);
}

static bool concatenation_supports(const lm__gpu_context* context, const lm_graph* graph,
                                   const lm_node* node, const char** out_why) {
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  if (output->type != LM_UINT8 || output->quantization.count == 0 ||
      !lm__gpu_q8_is_wanted(context, output, out_why)) {
    return false;
  }
  LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, output), "quantization is not per tensor");
  if (!lm__gpu_q8_is_countable(output, out_why)) return false;
  bool differs = false;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(graph, node, i);
    LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, input), "quantization is not per tensor");
    differs = differs || !same_quantization(input, output);
  }
  return differs;
}

// In single precision, as the reference.
static void fill_table(const lm_tensor* from, const lm_tensor* to, uint8_t* table) {
  const float inverse = 1.0f / lm__gpu_q8_scale(to);
  const float scale = lm__gpu_q8_scale(from) * inverse;
  const float bias = (float)-lm__gpu_q8_zero(from) * scale;
  const bool same = same_quantization(from, to);
  for (int32_t i = 0; i < LM__NODE_TABLE_SIZE; ++i) {
    // A thousand is out of range wherever the zero point lies.
    const float value = fmaxf(-1000.0f, fminf(roundf((float)i * scale + bias), 1000.0f));
    const int32_t q = (int32_t)value + lm__gpu_q8_zero(to);
    table[i] = (uint8_t)(same ? i : q < 0 ? 0 : q > 255 ? 255 : q);
  }
}

static lm_status concatenation_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_shape* shape = &output->shape;
  int32_t axis = ((const lm_concatenation_options*)node->def->options)->axis;
  if (axis < 0) axis += shape->rank;
  const int64_t inner = lm__gpu_dims_product(shape, axis + 1, shape->rank);
  const int64_t output_row = inner * shape->dims[axis];
  lm__gpu_value to;
  LM_GPU_TRY(lm__gpu_tensor(build, output, &to, err));
  int64_t offset = 0;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(graph, node, i);
    const int64_t row = inner * (input->shape.rank == 0 ? 1 : input->shape.dims[axis]);
    if (row == 0) continue;
    if (!lm__gpu_is_in_place(build, node, input)) {
      uint8_t table[LM__NODE_TABLE_SIZE];
      fill_table(input, output, table);
      lm__gpu_value from;
      LM_GPU_TRY(lm__gpu_tensor(build, input, &from, err));
      LM_GPU_TRY(lm__gpu_q8_table_emit(build, node, from, lm_shape_count(&input->shape), row, table,
                                       to, output_row, offset, err));
    }
    offset += row;
  }
  return LM_OK;
}

const lm__gpu_op lm__gpu_op_q8_concatenation = {LM_BUILTIN_CONCATENATION, concatenation_supports,
                                                concatenation_compile};
