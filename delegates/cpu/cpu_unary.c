// SPDX-License-Identifier: MIT
#include "cpu_unary.h"

#include "cpu_fusion.h"
#include "cpu_table.h"

typedef struct unary_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const float* input;
  float* output;
  size_t count;
  lm__f32_unary_fn loop;  // NULL: `scalar` for each element
  float (*scalar)(float);
  float alpha;
} unary_step;

bool lm__cpu_unary_supports(const lm__cpu_unary* kind, const lm_graph* graph, const lm_node* node,
                            const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  if (input->type == LM_FLOAT32) return true;
  LM_CPU_REQUIRE(kind->has_table && lm__cpu_table_supports(graph, node, 0),
                 kind->has_table ? "type is not float32, int8 or uint8" : "type is not float32");
  return true;
}

static void loop_piece(const lm__cpu_step* step, size_t begin, size_t end) {
  const unary_step* s = (const unary_step*)step;
  s->loop(end - begin, s->input + begin, s->output + begin, s->alpha);
}

static void scalar_piece(const lm__cpu_step* step, size_t begin, size_t end) {
  const unary_step* s = (const unary_step*)step;
  for (size_t i = begin; i < end; ++i) s->output[i] = s->scalar(s->input[i]);
}

static void unary_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  unary_step* s = (unary_step*)step;
  s->output = binding->graph->tensors[s->output_index].data;
  s->input = step->is_part ? s->output : binding->graph->tensors[s->input_index].data;
}

static void unary_run(lm__cpu_step* step) {
  const unary_step* s = (const unary_step*)step;
  if (s->loop != NULL) {
    lm__cpu_for(step, s->count, 16384, loop_piece);
  } else {
    lm__cpu_for(step, s->count, 1024, scalar_piece);
  }
}

static const lm__cpu_step_kind kUnary = {unary_bind, unary_run};

lm_status lm__cpu_unary_compile(const lm__cpu_build* build, const lm_node* node,
                                const lm__cpu_unary* kind, float alpha, lm__cpu_step** out_step,
                                lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  if (input->type != LM_FLOAT32) return lm__cpu_table_compile(build, node, 0, out_step, err);
  LM_CPU_TRY(
      lm__cpu_step_create(build, node, &kUnary, sizeof(unary_step), kind->name, out_step, err));
  unary_step* s = (unary_step*)*out_step;
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->count = (size_t)lm_shape_count(&output->shape);
  int32_t loop = kind->exact;
  if (loop == LM_CPU_NO_LOOP && !build->exact) loop = kind->fast;
  s->loop = loop == LM_CPU_NO_LOOP ? NULL : build->delegate->vector->f32_unary[loop];
  s->scalar = kind->scalar;
  s->alpha = alpha;
  lm__cpu_make_elementwise(build, node, &s->step, s->loop != NULL ? loop_piece : scalar_piece);
  return LM_OK;
}
