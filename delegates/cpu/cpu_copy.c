// SPDX-License-Identifier: MIT
#include "cpu_copy.h"

#include <string.h>

typedef struct copy_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const void* input;
  void* output;
  size_t bytes;
} copy_step;

bool lm__cpu_copy_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                           const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(input->bytes == output->bytes && lm_type_bytes(input->type) > 0,
                 "elements have no fixed size");
  return true;
}

static void copy_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  copy_step* s = (copy_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void copy_run(lm__cpu_step* step) {
  const copy_step* s = (const copy_step*)step;
  if (s->output != s->input) memcpy(s->output, s->input, s->bytes);
}

static const lm__cpu_step_kind kCopy = {copy_bind, copy_run};

lm_status lm__cpu_copy_compile(const lm__cpu_build* build, const lm_node* node,
                               lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kCopy, sizeof(copy_step), "copy", out_step, err));
  copy_step* s = (copy_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->bytes = output->bytes;
  lm_compiler_alias(build->compiler, s->output_index, s->input_index);
  return LM_OK;
}
