// SPDX-License-Identifier: MIT
#include "op_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "litmark/kernel_math.h"

int64_t op_tensor_elements(const op_tensor* t) {
  int64_t count = 1;
  for (int32_t d = 0; d < t->rank; ++d) count *= t->dims[d];
  return count;
}

static void store(void* data, lm_type type, int64_t i, double value) {
  switch (type) {
    case LM_FLOAT32:
      ((float*)data)[i] = (float)value;
      return;
    case LM_FLOAT64:
      ((double*)data)[i] = value;
      return;
    case LM_FLOAT16:
      ((uint16_t*)data)[i] = lm_float_to_half((float)value);
      return;
    case LM_INT64:
      ((int64_t*)data)[i] = (int64_t)value;
      return;
    case LM_INT32:
      ((int32_t*)data)[i] = (int32_t)value;
      return;
    case LM_UINT32:
      ((uint32_t*)data)[i] = (uint32_t)value;
      return;
    case LM_INT16:
      ((int16_t*)data)[i] = (int16_t)value;
      return;
    case LM_UINT16:
      ((uint16_t*)data)[i] = (uint16_t)value;
      return;
    case LM_INT8:
      ((int8_t*)data)[i] = (int8_t)value;
      return;
    case LM_UINT8:
      ((uint8_t*)data)[i] = (uint8_t)value;
      return;
    case LM_BOOL:
      ((bool*)data)[i] = value != 0.0;
      return;
    default:
      fail_msg("cases cannot state values of type %s", lm_type_name(type));
  }
}

double op_element(const void* data, lm_type type, int64_t i) {
  switch (type) {
    case LM_FLOAT32:
      return (double)((const float*)data)[i];
    case LM_FLOAT64:
      return ((const double*)data)[i];
    case LM_FLOAT16:
      return (double)lm_half_to_float(((const uint16_t*)data)[i]);
    case LM_INT64:
      return (double)((const int64_t*)data)[i];
    case LM_INT32:
      return ((const int32_t*)data)[i];
    case LM_UINT32:
      return ((const uint32_t*)data)[i];
    case LM_INT16:
      return ((const int16_t*)data)[i];
    case LM_UINT16:
      return ((const uint16_t*)data)[i];
    case LM_INT8:
      return ((const int8_t*)data)[i];
    case LM_UINT8:
      return ((const uint8_t*)data)[i];
    case LM_BOOL:
      return ((const uint8_t*)data)[i];
    default:
      fail_msg("cases cannot read values of type %s", lm_type_name(type));
      return 0.0;
  }
}

void op_tensor_pack(const op_tensor* t, void* out) {
  const int64_t count = op_tensor_elements(t);
  if (t->values != NULL && t->value_count != count) {
    fail_msg("a case states %d values for %lld elements", t->value_count, (long long)count);
  }
  for (int64_t i = 0; i < count; ++i) store(out, t->type, i, t->values ? t->values[i] : 0.0);
}

static int32_t add_tensor(op_model* m, const op_tensor* t) {
  const int32_t index = m->tensor_count++;
  m->tensors[index] = (lm_tensor_def){
      .name = "t",
      .type = t->type,
      .shape = lm_shape_make(t->rank, t->dims),
      .quantization = {.count = t->scale_count,
                       .axis = t->axis,
                       .scales = t->scales,
                       .zero_points = t->zero_points},
      .buffer_index = index,
      .is_variable = t->kind == OP_VARIABLE,
  };
  m->tensors[index].shape_signature = m->tensors[index].shape;
  return index;
}

static void fill_constant(op_model* m, int32_t input, int32_t tensor, const op_tensor* t) {
  // A constant without elements still has contents.
  const size_t bytes = (size_t)op_tensor_elements(t) * lm_type_bytes(t->type);
  m->contents[input] = calloc(1, bytes + LM_TAIL_BYTES);
  assert_non_null(m->contents[input]);
  op_tensor_pack(t, m->contents[input]);
  m->tensors[tensor].data = m->contents[input];
  m->tensors[tensor].data_bytes = bytes;
}

// A RESHAPE that gives input `tensor` its own shape. Returns the copy's tensor.
static int32_t add_copy(op_model* m, int32_t node, int32_t tensor, const op_tensor* t) {
  m->copy_inputs[node] = tensor;
  m->copy_outputs[node] = add_tensor(m, t);
  m->copy_shapes[node].count = t->rank;
  memcpy(m->copy_shapes[node].values, t->dims, sizeof t->dims);
  m->nodes[node] = (lm_node_def){.builtin = LM_BUILTIN_RESHAPE,
                                 .custom_name = "",
                                 .version = 1,
                                 .inputs = &m->copy_inputs[node],
                                 .input_count = 1,
                                 .outputs = &m->copy_outputs[node],
                                 .output_count = 1,
                                 .options_kind = LM_OPTIONS_DIMS,
                                 .options = &m->copy_shapes[node]};
  return m->copy_outputs[node];
}

void op_model_init(op_model* m, const op_case* c, bool copies) {
  memset(m, 0, sizeof *m);
  int32_t inputs = 0, outputs = 0, graph_inputs = 0, node_count = 0;
  for (; inputs < OP_MAX_INPUTS && c->inputs[inputs].kind != OP_END; ++inputs) {
    const op_tensor* t = &c->inputs[inputs];
    if (t->kind == OP_ABSENT) {
      m->op_inputs[inputs] = -1;
      continue;
    }
    const int32_t tensor = add_tensor(m, t);
    m->op_inputs[inputs] = tensor;
    if (t->kind == OP_CONSTANT) fill_constant(m, inputs, tensor, t);
    if (t->kind != OP_RUNTIME) continue;
    m->case_inputs[graph_inputs] = inputs;
    m->graph_inputs[graph_inputs++] = tensor;
    // To RESHAPE, [0] in the options means a scalar.
    const bool empty_vector = t->rank == 1 && t->dims[0] == 0;
    if (copies && !empty_vector) m->op_inputs[inputs] = add_copy(m, node_count++, tensor, t);
  }
  for (; outputs < OP_MAX_OUTPUTS && c->outputs[outputs].kind != OP_END; ++outputs) {
    m->op_outputs[outputs] = add_tensor(m, &c->outputs[outputs]);
    // The op has to find the shape itself.
    lm_tensor_def* def = &m->tensors[m->op_outputs[outputs]];
    def->shape = (lm_shape){.rank = 0};
    if (c->outputs[outputs].is_stated) def->type = c->outputs[outputs].stated;
  }
  m->nodes[node_count++] = (lm_node_def){.builtin = c->builtin,
                                         .custom_name = c->custom_name ? c->custom_name : "",
                                         .version = c->version ? c->version : 1,
                                         .inputs = m->op_inputs,
                                         .input_count = inputs,
                                         .outputs = m->op_outputs,
                                         .output_count = outputs,
                                         .options_kind = c->options_kind,
                                         .options = c->options,
                                         .custom_options = c->custom_options,
                                         .custom_options_bytes = c->custom_options_bytes};
  m->subgraph = (lm_subgraph_def){.name = "main",
                                  .tensors = m->tensors,
                                  .tensor_count = m->tensor_count,
                                  .nodes = m->nodes,
                                  .node_count = node_count,
                                  .inputs = m->graph_inputs,
                                  .input_count = graph_inputs,
                                  .outputs = m->op_outputs,
                                  .output_count = outputs};
  m->model = (lm_model){.description = "", .subgraphs = &m->subgraph, .subgraph_count = 1};
}

void op_model_deinit(op_model* m) {
  for (int32_t i = 0; i < OP_MAX_INPUTS; ++i) free(m->contents[i]);
}
