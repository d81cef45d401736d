// SPDX-License-Identifier: MIT
//
// ADD of floats of one shape, or with a single number.
#include "gpu_fusion.h"

typedef struct add_params {
  int32_t count;
  int32_t b_count;  // of the second operand; it repeats
  float min, max;
} add_params;

static bool add_supports(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         const char** out_why) {
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  lm__gpu_type type;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, a, &type) && lm__gpu_is_float(type), "floats only");
  LM_GPU_REQUIRE(lm_shape_equal(&a->shape, &b->shape) || lm_shape_count(&b->shape) == 1,
                 "broadcasts other than of one number");
  return true;
}

static lm_status add_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  if (lm__gpu_is_tail(build, node)) return LM_OK;
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_arithmetic_options* options = node->def->options;  // may be absent
  const lm_activation activation = options != NULL ? options->activation : LM_ACTIVATION_NONE;
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, activation, output, &clamp, err));
  lm__gpu_value x, y, z;
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 0), &x, err));
  LM_GPU_TRY(lm__gpu_tensor(build, b, &y, err));
  LM_GPU_TRY(lm__gpu_tensor(build, output, &z, err));
  const add_params params = {.count = (int32_t)lm_shape_count(&output->shape),
                             .b_count = (int32_t)lm_shape_count(&b->shape),
                             .min = clamp.min,
                             .max = clamp.max};
  const lm__gpu_call call = {.key = {.name = "add", .type = lm__gpu_value_type(build, z)},
                             .arg_count = 3,
                             .args = {LM_GPU_READ(x), LM_GPU_READ(y), LM_GPU_WRITE(z)},
                             .params = &params,
                             .params_bytes = sizeof params,
                             .items = {(uint32_t)params.count, 0, 0}};
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_add = {
    .builtin = LM_BUILTIN_ADD, .supports = add_supports, .compile = add_compile};
