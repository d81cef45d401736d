// SPDX-License-Identifier: MIT
#include "gpu_util.h"

typedef struct cumsum_params {
  int32_t items, extent, inner;
} cumsum_params;

static bool cumsum_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)), "axis is not constant");
  return lm__gpu_check_alike(context, graph, node, 1u << 0, out_why);
}

static lm_status cumsum_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  static const lm_cumsum_options plain = {false, false};
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_cumsum_options* options = node->def->options != NULL ? node->def->options : &plain;
  const lm_shape* shape = &lm_graph_input(graph, node, 0)->shape;
  int64_t axis = lm__gpu_int_at(lm_graph_input(graph, node, 1), 0);
  if (axis < 0) axis += shape->rank;
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const int64_t items = lm_shape_count(shape) / shape->dims[axis];
  const cumsum_params p = {
      .items = (int32_t)items,
      .extent = shape->dims[axis],
      .inner = (int32_t)lm__gpu_dims_product(shape, (int32_t)axis + 1, shape->rank)};
  lm__gpu_call call =
      lm__gpu_linear_call("cumsum", lm__gpu_value_type(build, y), items, &p, sizeof p);
  call.key.constant_count = 2;
  call.key.constants[0] = options->exclusive;
  call.key.constants[1] = options->reverse;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_cumsum = {
    .builtin = LM_BUILTIN_CUMSUM,
    .supports = cumsum_supports,
    .compile = cumsum_compile,
};
