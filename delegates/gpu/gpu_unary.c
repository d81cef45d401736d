// SPDX-License-Identifier: MIT
#include "gpu_unary.h"

#include <math.h>

#include "gpu_fusion.h"

typedef struct unary_params {
  int32_t count, run;
  float alpha, low, high;
} unary_params;

// Elements of one work-item on processors: enough to make a loop worth while.
#define RUN 4096

bool lm__gpu_unary_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  return lm__gpu_check_floats(context, graph, node, LM_GPU_ALL_INPUTS, out_why);
}

bool lm__gpu_unary_partial_supports(const lm__gpu_context* context, const lm_graph* graph,
                                    const lm_node* node, const char** out_why) {
  if (!lm__gpu_unary_supports(context, graph, node, out_why)) return false;
  LM_GPU_REQUIRE(!lm__gpu_is_dequantized(lm_graph_input(graph, node, 0)),
                 "bytes for which the function is not defined");
  return true;
}

bool lm__gpu_unary_int_supports(const lm__gpu_context* context, const lm_graph* graph,
                                const lm_node* node, const char** out_why) {
  if (!lm__gpu_check_alike(context, graph, node, LM_GPU_ALL_INPUTS, out_why)) return false;
  lm__gpu_type type;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, lm_graph_output(graph, node, 0), &type) &&
                     (lm__gpu_is_float(type) || type == LM_GPU_I32),
                 "elements are bytes");
  return true;
}

static lm_status emit(lm__gpu_build* build, const lm_node* node, lm__gpu_unary function,
                      unary_params p, const char* label, lm_error* err) {
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const lm_tensor* output = lm_graph_output(lm__gpu_graph(build), node, 0);
  const lm__gpu_type type = lm__gpu_value_type(build, y);
  if (lm__gpu_is_float(type)) {
    float low, high;
    LM_GPU_TRY(lm__gpu_output_range(build, output, &low, &high, err));
    p.low = fmaxf(p.low, low);
    p.high = fminf(p.high, high);
  }
  const int64_t count = lm_shape_count(&output->shape);
  p.count = (int32_t)count;
  p.run = lm__gpu_wants_loops(lm__gpu_build_context(build)) ? RUN : 1;
  lm__gpu_call call =
      lm__gpu_linear_call("unary", type, lm__gpu_pieces(1, count, p.run), &p, sizeof p);
  call.key.constant_count = 1;
  call.key.constants[0] = (int32_t)function;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.overwrites = 1u << 0;
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}

lm_status lm__gpu_unary_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_unary function,
                                float alpha, const char* label, lm_error* err) {
  if (lm__gpu_is_tail(build, node)) return LM_OK;
  return emit(build, node, function,
              (unary_params){.alpha = alpha, .low = -INFINITY, .high = INFINITY}, label, err);
}

lm_status lm__gpu_clamp_compile(lm__gpu_build* build, const lm_node* node, float low, float high,
                                const char* label, lm_error* err) {
  if (lm__gpu_is_tail(build, node)) return LM_OK;
  return emit(build, node, LM_GPU_UNARY_CLAMP, (unary_params){.low = low, .high = high}, label,
              err);
}
