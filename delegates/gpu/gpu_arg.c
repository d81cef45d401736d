// SPDX-License-Identifier: MIT
#include "gpu_arg.h"

typedef struct arg_params {
  int32_t items, extent, inner;
} arg_params;

bool lm__gpu_arg_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)), "axis is not constant");
  return lm__gpu_check(context, graph, node, 1u << 0, out_why);
}

lm_status lm__gpu_arg_compile(lm__gpu_build* build, const lm_node* node, bool largest,
                              const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_shape* input = &lm_graph_input(graph, node, 0)->shape;
  int64_t axis = lm__gpu_int_at(lm_graph_input(graph, node, 1), 0);
  if (axis < 0) axis += input->rank;
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const int64_t items = lm_shape_count(&lm_graph_output(graph, node, 0)->shape);
  const arg_params p = {
      .items = (int32_t)items,
      .extent = input->dims[axis],
      .inner = (int32_t)lm__gpu_dims_product(input, (int32_t)axis + 1, input->rank)};
  lm__gpu_call call = lm__gpu_linear_call("arg", lm__gpu_value_type(build, x), items, &p, sizeof p);
  call.key.constant_count = 1;
  call.key.constants[0] = largest;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
