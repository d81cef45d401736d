// SPDX-License-Identifier: MIT
#include "gpu_space_batch.h"

#include "gpu_border.h"

typedef struct space_batch_params {
  int32_t items, run, value;
  int32_t batches, block[2], before[2], whole[2], part[2], depth;
} space_batch_params;

bool lm__gpu_space_batch_supports(const lm__gpu_context* context, const lm_graph* graph,
                                  const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)) &&
                     lm__gpu_is_constant_int(lm_graph_input(graph, node, 2)),
                 "block or paddings are not constant");
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

lm_status lm__gpu_space_batch_compile(lm__gpu_build* build, const lm_node* node, bool to_parts,
                                      const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_shape* whole = to_parts ? &input->shape : &output->shape;
  const lm_shape* part = to_parts ? &output->shape : &input->shape;
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const lm__gpu_type type = lm__gpu_value_type(build, y);
  space_batch_params p = {.value = lm__gpu_border_bits(NULL, output, type),
                          .batches = whole->dims[0],
                          .block = {1, 1},
                          .whole = {1, 1},
                          .part = {1, 1},
                          .depth = whole->dims[whole->rank - 1]};
  for (int32_t d = 0; d < whole->rank - 2; ++d) {
    p.block[d] = (int32_t)lm__gpu_int_at(lm_graph_input(graph, node, 1), d);
    p.before[d] = (int32_t)lm__gpu_int_at(lm_graph_input(graph, node, 2), 2 * d);
    p.whole[d] = whole->dims[d + 1];
    p.part[d] = part->dims[d + 1];
  }
  const int64_t pixels = lm_shape_count(&output->shape) / p.depth;
  p.run = lm__gpu_run_of(lm__gpu_build_context(build), p.depth, pixels);
  const int64_t items = lm__gpu_pieces(pixels, p.depth, p.run);
  p.items = (int32_t)items;
  lm__gpu_call call =
      lm__gpu_linear_call("space_batch", lm__gpu_move_type(type), items, &p, sizeof p);
  call.key.constant_count = 1;
  call.key.constants[0] = to_parts;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
