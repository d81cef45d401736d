// SPDX-License-Identifier: MIT
#include "cpu_pool.h"
#include "kernels.h"

static lm_status max_pool_compile(const lm__cpu_build* build, const lm_node* node,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm__pool_uk* uk = lm__pool_select(build->delegate->isa);
  lm__cpu_pool_kernel kernel = {uk->name, uk->q8_max_row, NULL};
  if (lm_graph_output(build->graph, node, 0)->type == LM_FLOAT32) {
    kernel = (lm__cpu_pool_kernel){uk->name, NULL, uk->f32_max};
  }
  return lm__cpu_pool_compile(build, node, kernel, out_step, err);
}

const lm__cpu_op lm__cpu_op_max_pool_2d = {
    .builtin = LM_BUILTIN_MAX_POOL_2D,
    .supports = lm__cpu_pool_supports,
    .compile = max_pool_compile,
};
