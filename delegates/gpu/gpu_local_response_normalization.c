// SPDX-License-Identifier: MIT
#include "gpu_util.h"

typedef struct lrn_params {
  int32_t items, depth, radius;
  float bias, alpha, beta;
} lrn_params;

static bool lrn_supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         const char** out_why) {
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

static lm_status lrn_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_lrn_options* options = node->def->options;
  const lm_shape* shape = &lm_graph_input(lm__gpu_graph(build), node, 0)->shape;
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const lrn_params p = {.items = (int32_t)lm_shape_count(shape),
                        .depth = shape->dims[3],
                        .radius = options->radius,
                        .bias = options->bias,
                        .alpha = options->alpha,
                        .beta = options->beta};
  lm__gpu_call call =
      lm__gpu_linear_call("lrn", lm__gpu_value_type(build, y), p.items, &p, sizeof p);
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_local_response_normalization = {
    .builtin = LM_BUILTIN_LOCAL_RESPONSE_NORMALIZATION,
    .supports = lrn_supports,
    .compile = lrn_compile,
};
