// SPDX-License-Identifier: MIT
#include "node_table.h"

#include <string.h>

#include "litmark/interpreter.h"

#define MOST_INPUTS 2

static bool is_byte(const lm_tensor* t) {
  return (t->type == LM_INT8 || t->type == LM_UINT8) && t->quantization.count == 1;
}

bool lm__node_has_table(const lm_graph* graph, const lm_node* node, int32_t input) {
  if (node->def->input_count > MOST_INPUTS || node->def->output_count != 1) return false;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* t = lm_graph_input(graph, node, i);
    if (t == NULL) return false;
    const bool is_constant = t->storage == LM_STORAGE_CONSTANT;
    if (i == input ? !is_byte(t) : !is_constant || lm_shape_count(&t->shape) != 1) return false;
  }
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  return is_byte(output) && lm_shape_count(&output->shape) ==
                                lm_shape_count(&lm_graph_input(graph, node, input)->shape);
}

// The node alone, over a vector of all values.
typedef struct one_node {
  lm_model model;
  lm_subgraph_def subgraph;
  lm_tensor_def tensors[MOST_INPUTS + 1];
  lm_node_def node;
  int32_t inputs[MOST_INPUTS];
  int32_t input, output;
} one_node;

// What planning made of the tensor, which may differ from what the file states.
static lm_tensor_def definition_of(const lm_tensor* t) {
  lm_tensor_def def = *t->def;
  def.type = t->type;
  def.shape = t->shape;
  def.quantization = t->quantization;
  def.is_variable = false;
  def.data = NULL;
  return def;
}

static void set_vector_shape(lm_tensor_def* t) {
  t->shape = (lm_shape){1, {LM__NODE_TABLE_SIZE}};
  t->shape_signature = t->shape;
}

static void one_node_init(one_node* o, const lm_graph* graph, const lm_node* node, int32_t input) {
  const int32_t count = node->def->input_count;
  for (int32_t i = 0; i < count; ++i) {
    const lm_tensor* t = lm_graph_input(graph, node, i);
    o->tensors[i] = definition_of(t);
    o->inputs[i] = i;
    if (i == input) {
      set_vector_shape(&o->tensors[i]);
    } else {
      o->tensors[i].data = t->data;
      o->tensors[i].data_bytes = t->bytes;
    }
  }
  o->tensors[count] = definition_of(lm_graph_output(graph, node, 0));
  set_vector_shape(&o->tensors[count]);
  o->input = input;
  o->output = count;
  o->node = *node->def;
  o->node.inputs = o->inputs;
  o->node.outputs = &o->output;
  o->subgraph = (lm_subgraph_def){
      .name = "",
      .tensors = o->tensors,
      .tensor_count = count + 1,
      .nodes = &o->node,
      .node_count = 1,
      .inputs = &o->input,
      .input_count = 1,
      .outputs = &o->output,
      .output_count = 1,
  };
  o->model = (lm_model){.description = "", .subgraphs = &o->subgraph, .subgraph_count = 1};
}

lm_status lm__node_table_fill(const lm_graph* graph, const lm_node* node, int32_t input,
                              lm_allocator allocator, uint8_t* table, lm_error* err) {
  one_node o;
  one_node_init(&o, graph, node, input);
  const lm_interpreter_options options = {.struct_size = sizeof options};
  lm_interpreter* interpreter;
  lm_status status = lm_interpreter_create(&o.model, &options, allocator, &interpreter, err);
  if (status != LM_OK) return status;
  status = lm_interpreter_plan(interpreter, err);
  if (status == LM_OK) {
    uint8_t* in = lm_interpreter_input(interpreter, 0)->data;
    for (int i = 0; i < LM__NODE_TABLE_SIZE; ++i) in[i] = (uint8_t)i;
    status = lm_interpreter_invoke(interpreter, err);
  }
  if (status == LM_OK) {
    memcpy(table, lm_interpreter_output(interpreter, 0)->data, LM__NODE_TABLE_SIZE);
  }
  lm_interpreter_destroy(interpreter);
  return status;
}
