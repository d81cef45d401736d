// SPDX-License-Identifier: MIT
#include "cpu_table.h"

#include <string.h>

#include "litmark/interpreter.h"

#include "cpu_fusion.h"
#include "kernels.h"

#define VALUES 256
#define MOST_INPUTS 2

typedef struct table_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const uint8_t* input;
  uint8_t* output;
  size_t count;
  const lm__lookup_uk* uk;
} table_step;

static bool is_byte(const lm_tensor* t) {
  return (t->type == LM_INT8 || t->type == LM_UINT8) && t->quantization.count == 1;
}

bool lm__cpu_table_supports(const lm_graph* graph, const lm_node* node, int32_t input) {
  if (node->def->input_count > MOST_INPUTS || node->def->output_count != 1) return false;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* t = lm_graph_input(graph, node, i);
    if (t == NULL) return false;
    if (i == input ? !is_byte(t) : !lm__cpu_is_constant(t) || lm_shape_count(&t->shape) != 1) {
      return false;
    }
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
  t->shape = (lm_shape){1, {VALUES}};
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

static lm_status run_reference(const one_node* o, lm_allocator allocator, uint8_t* table,
                               lm_error* err) {
  const lm_interpreter_options options = {.struct_size = sizeof options};
  lm_interpreter* interpreter;
  LM_CPU_TRY(lm_interpreter_create(&o->model, &options, allocator, &interpreter, err));
  lm_status status = lm_interpreter_plan(interpreter, err);
  if (status == LM_OK) {
    uint8_t* in = lm_interpreter_input(interpreter, 0)->data;
    for (int i = 0; i < VALUES; ++i) in[i] = (uint8_t)i;
    status = lm_interpreter_invoke(interpreter, err);
  }
  if (status == LM_OK) memcpy(table, lm_interpreter_output(interpreter, 0)->data, VALUES);
  lm_interpreter_destroy(interpreter);
  return status;
}

static void look_up(const lm__cpu_step* step, size_t begin, size_t end) {
  const table_step* s = (const table_step*)step;
  s->uk->run(end - begin, s->input + begin, step->packed, s->output + begin);
}

static void table_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  table_step* s = (table_step*)step;
  s->output = binding->graph->tensors[s->output_index].data;
  s->input = step->is_part ? s->output : binding->graph->tensors[s->input_index].data;
}

static void table_run(lm__cpu_step* step) {
  lm__cpu_for(step, ((const table_step*)step)->count, 65536, look_up);
}

static const lm__cpu_step_kind kTable = {table_bind, table_run};

lm_status lm__cpu_table_compile(const lm__cpu_build* build, const lm_node* node, int32_t input,
                                lm__cpu_step** out_step, lm_error* err) {
  const lm__lookup_uk* uk = lm__lookup_select(build->delegate->isa);
  LM_CPU_TRY(
      lm__cpu_step_create(build, node, &kTable, sizeof(table_step), uk->name, out_step, err));
  table_step* s = (table_step*)*out_step;
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, VALUES, err));
  one_node o;
  one_node_init(&o, build->graph, node, input);
  LM_CPU_TRY(run_reference(&o, build->delegate->allocator, s->step.packed, err));
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  s->uk = uk;
  s->input_index = lm__cpu_index(build->graph, lm_graph_input(build->graph, node, input));
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  lm__cpu_make_elementwise(build, node, &s->step, look_up);
  return LM_OK;
}
