// SPDX-License-Identifier: MIT
#include "cpu_clamp.h"

#include "cpu_fusion.h"
#include "cpu_table.h"

typedef struct clamp_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const float* input;
  float* output;
  size_t count;
  float min, max;
} clamp_step;

bool lm__cpu_clamp_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(
      lm_graph_input(graph, node, 0)->type == LM_FLOAT32 || lm__cpu_table_supports(graph, node, 0),
      "type is not float32, int8 or uint8");
  return true;
}

static void clamp_piece(const lm__cpu_step* step, size_t begin, size_t end) {
  const clamp_step* s = (const clamp_step*)step;
  step->delegate->vector->f32_clamp(end - begin, s->input + begin, s->output + begin, s->min,
                                    s->max);
}

static void clamp_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  clamp_step* s = (clamp_step*)step;
  s->output = binding->graph->tensors[s->output_index].data;
  s->input = step->is_part ? s->output : binding->graph->tensors[s->input_index].data;
}

static void clamp_run(lm__cpu_step* step) {
  lm__cpu_for(step, ((const clamp_step*)step)->count, 16384, clamp_piece);
}

static const lm__cpu_step_kind kClamp = {clamp_bind, clamp_run};

lm_status lm__cpu_clamp_compile(const lm__cpu_build* build, const lm_node* node, float min,
                                float max, lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  if (output->type != LM_FLOAT32) return lm__cpu_table_compile(build, node, 0, out_step, err);
  LM_CPU_TRY(
      lm__cpu_step_create(build, node, &kClamp, sizeof(clamp_step), "f32_clamp", out_step, err));
  clamp_step* s = (clamp_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, lm_graph_input(build->graph, node, 0));
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  lm__cpu_make_elementwise(build, node, &s->step, clamp_piece);
  s->min = min;
  s->max = max;
  return LM_OK;
}
