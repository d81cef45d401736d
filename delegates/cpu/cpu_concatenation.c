// SPDX-License-Identifier: MIT
//
// CONCATENATION of tensors that are quantized alike: copies of contiguous pieces, but for those
// that their producers have put where they belong.
#include <string.h>

#include "cpu_fusion.h"

typedef struct piece {
  int32_t input_index;
  const uint8_t* input;
  size_t bytes;  // a repetition
  bool is_done;  // its producer has put it there
} piece;

typedef struct concatenation_step {
  lm__cpu_step step;
  int32_t output_index;
  uint8_t* output;
  int32_t repetitions;  // product of the dimensions before the axis
  size_t output_bytes;  // a repetition
  bool has_copies;
  int32_t piece_count;
  piece* pieces;  // in the packed block
} concatenation_step;

static bool concatenation_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                   const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(lm__cpu_is_plain(output), "type is not float32, int8 or uint8");
  LM_CPU_REQUIRE(output->shape.rank > 0, "scalars");
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(graph, node, i);
    LM_CPU_REQUIRE(lm__cpu_same_quantization(input, output), "inputs are rescaled");
    LM_CPU_REQUIRE(input->shape.rank == output->shape.rank, "scalars");
  }
  return true;
}

static void concatenate(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const concatenation_step* s = context;
  for (int32_t r = begin; r < end; ++r) {
    uint8_t* out = s->output + (size_t)r * s->output_bytes;
    for (int32_t i = 0; i < s->piece_count; ++i) {
      const piece* p = &s->pieces[i];
      if (p->bytes > 0 && !p->is_done) memcpy(out, p->input + (size_t)r * p->bytes, p->bytes);
      out += p->bytes;
    }
  }
}

static void concatenation_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  concatenation_step* s = (concatenation_step*)step;
  s->output = binding->graph->tensors[s->output_index].data;
  for (int32_t i = 0; i < s->piece_count; ++i) {
    s->pieces[i].input = binding->graph->tensors[s->pieces[i].input_index].data;
  }
}

static void concatenation_run(lm__cpu_step* step) {
  concatenation_step* s = (concatenation_step*)step;
  if (s->has_copies) {
    lm__thread_pool_run(step->delegate->pool, s->repetitions, concatenate, s);
  }
}

static const lm__cpu_step_kind kConcatenation = {concatenation_bind, concatenation_run};

static lm_status concatenation_compile(const lm__cpu_build* build, const lm_node* node,
                                       lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  const lm_concatenation_options* options = node->def->options;
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kConcatenation, sizeof(concatenation_step),
                                 "concatenation", out_step, err));
  concatenation_step* s = (concatenation_step*)*out_step;
  s->piece_count = node->def->input_count;
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, (size_t)s->piece_count * sizeof(piece), err));
  s->pieces = s->step.packed;
  s->output_index = lm__cpu_index(build->graph, output);
  const int32_t axis = options->axis < 0 ? options->axis + output->shape.rank : options->axis;
  s->repetitions = 1;
  for (int32_t d = 0; d < axis; ++d) s->repetitions *= output->shape.dims[d];
  s->output_bytes = output->bytes / (size_t)s->repetitions;
  for (int32_t i = 0; i < s->piece_count; ++i) {
    const lm_tensor* input = lm_graph_input(build->graph, node, i);
    s->pieces[i].input_index = lm__cpu_index(build->graph, input);
    s->pieces[i].bytes = input->bytes / (size_t)s->repetitions;
    s->pieces[i].is_done = lm__cpu_is_in_place(build, node, input);
    if (!s->pieces[i].is_done) s->has_copies = true;
  }
  if (!s->has_copies) lm_compiler_note(build->compiler, node->index, "in place");
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_concatenation = {
    .builtin = LM_BUILTIN_CONCATENATION,
    .supports = concatenation_supports,
    .compile = concatenation_compile,
};
