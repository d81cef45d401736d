// SPDX-License-Identifier: MIT
#include "cpu_table.h"

#include "cpu_fusion.h"
#include "kernels.h"
#include "node_table.h"

typedef struct table_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const uint8_t* input;
  uint8_t* output;
  size_t count;
  const lm__lookup_uk* uk;
} table_step;

bool lm__cpu_table_supports(const lm_graph* graph, const lm_node* node, int32_t input) {
  return lm__node_has_table(graph, node, input);
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
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, LM__NODE_TABLE_SIZE, err));
  LM_CPU_TRY(lm__node_table_fill(build->graph, node, input, build->delegate->allocator,
                                 s->step.packed, err));
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  s->uk = uk;
  s->input_index = lm__cpu_index(build->graph, lm_graph_input(build->graph, node, input));
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  lm__cpu_make_elementwise(build, node, &s->step, look_up);
  return LM_OK;
}
