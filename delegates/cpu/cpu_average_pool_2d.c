// SPDX-License-Identifier: MIT
#include "cpu_pool.h"

static lm_status average_pool_compile(const lm__cpu_build* build, const lm_node* node,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm__vector_uk* v = build->delegate->vector;
  switch (lm_graph_output(build->graph, node, 0)->type) {
    case LM_INT8:
      return lm__cpu_pool_compile(build, node, v->s8_average_pool, "s8_average_pool", out_step, err);
    case LM_UINT8:
      return lm__cpu_pool_compile(build, node, v->u8_average_pool, "u8_average_pool", out_step, err);
    default:
      return lm__cpu_pool_compile(build, node, v->f32_average_pool, "f32_average_pool", out_step, err);
  }
}

const lm__cpu_op lm__cpu_op_average_pool_2d = {
    .builtin = LM_BUILTIN_AVERAGE_POOL_2D,
    .supports = lm__cpu_pool_supports,
    .compile = average_pool_compile,
};
