// SPDX-License-Identifier: MIT
#include "cpu_pool.h"
#include "kernels.h"

static lm_status average_pool_compile(const lm__cpu_build* build, const lm_node* node,
                                      lm__cpu_step** out_step, lm_error* err) {
  const lm__pool_uk* uk = lm__pool_select(build->delegate->isa);
  const lm_pool_options* o = node->def->options;
  lm__cpu_pool_kernel kernel = {uk->name, NULL, uk->q8_average};
  if (lm_graph_output(build->graph, node, 0)->type == LM_FLOAT32) {
    kernel.pixel = uk->f32_average;
  } else if ((int64_t)o->filter_h * o->filter_w <= LM_POOL_ROW_TAPS && o->stride_w == 1) {
    kernel.row = uk->q8_average_row;
  }
  return lm__cpu_pool_compile(build, node, kernel, out_step, err);
}

const lm__cpu_op lm__cpu_op_average_pool_2d = {
    .builtin = LM_BUILTIN_AVERAGE_POOL_2D,
    .supports = lm__cpu_pool_supports,
    .compile = average_pool_compile,
};
