// SPDX-License-Identifier: MIT
#include "cpu_pool.h"

static lm_status max_pool_compile(const lm__cpu_build* build, const lm_node* node,
                                  lm__cpu_step** out_step, lm_error* err) {
  const lm__vector_uk* v = build->delegate->vector;
  switch (lm_graph_output(build->graph, node, 0)->type) {
    case LM_INT8:
      return lm__cpu_pool_compile(build, node, v->s8_max_pool, "s8_max_pool", out_step, err);
    case LM_UINT8:
      return lm__cpu_pool_compile(build, node, v->u8_max_pool, "u8_max_pool", out_step, err);
    default:
      return lm__cpu_pool_compile(build, node, v->f32_max_pool, "f32_max_pool", out_step, err);
  }
}

const lm__cpu_op lm__cpu_op_max_pool_2d = {
    .builtin = LM_BUILTIN_MAX_POOL_2D,
    .supports = lm__cpu_pool_supports,
    .compile = max_pool_compile,
};
