// SPDX-License-Identifier: MIT
#include <math.h>

#include "gpu_q8.h"

#define DIFFERENCES 256

// As in kernels/q8_softmax.kernel.
typedef struct softmax_params {
  int32_t rows, depth, output_zero;
} softmax_params;

static bool softmax_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, const char** out_why) {
  return lm__gpu_q8_check(context, graph, node, 1, out_why);
}

// exp(-beta * scale * i) as runtime/ops/softmax_util.c computes it; 0 where it leaves i out.
static void fill_table(double beta, double scale, int32_t* table) {
  const double real = fmin(beta * scale * (1 << 26), 2147483647.0);
  const lm_multiplier to_q5 = lm_multiplier_make(real);
  const double radius = 31.0 * (1 << 26) / (double)(1LL << to_q5.shift);
  const int32_t least = -(int32_t)floor(radius);
  for (int32_t i = 0; i < DIFFERENCES; ++i) {
    table[i] = -i < least ? 0 : lm_fixed_exp_q5(lm_multiply(-i, to_q5));
  }
}

static lm_status softmax_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_tensor* input = lm_graph_input(lm__gpu_graph(build), node, 0);
  const lm_softmax_options* options = node->def->options;
  int32_t table[DIFFERENCES];
  fill_table((double)options->beta, (double)lm__gpu_q8_scale(input), table);
  lm__gpu_value from, to, exponentials;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));
  LM_GPU_TRY(lm__gpu_constant(build, table, sizeof table, &exponentials, err));

  const int32_t depth = input->shape.dims[input->shape.rank - 1];
  const softmax_params params = {
      .rows = (int32_t)(lm_shape_count(&input->shape) / depth),
      .depth = depth,
      .output_zero = input->type == LM_INT8 ? INT8_MIN : 0,
  };
  lm__gpu_call call = lm__gpu_linear_call("q8_softmax", lm__gpu_value_type(build, from),
                                          params.rows, &params, sizeof params);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_READ(exponentials);
  call.args[2] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_softmax = {LM_BUILTIN_SOFTMAX, softmax_supports, softmax_compile};
