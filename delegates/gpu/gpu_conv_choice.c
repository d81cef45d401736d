// SPDX-License-Identifier: MIT
//
// Which route does a convolution.
#include "gpu_conv.h"

#define MAX_VARIANTS 8

static const lm__gpu_conv_route kOwn[] = {lm__gpu_route_rows, lm__gpu_route_depthwise_rows,
                                          lm__gpu_route_direct, lm__gpu_route_depthwise,
                                          lm__gpu_route_few_rows};
enum { OWN_COUNT = sizeof kOwn / sizeof *kOwn };

static void take_better(const lm__gpu_conv_plan* plan, lm__gpu_conv_plan* best) {
  if (best->step_count == 0 || plan->guess_ns < best->guess_ns) *best = *plan;
}

lm_status lm__gpu_conv_choose(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                              lm__gpu_conv_plan* out_plan, lm_error* err) {
  const lm__gpu_context* context = lm__gpu_build_context(build);
  *out_plan = (lm__gpu_conv_plan){.step_count = 0};
  lm__gpu_conv_plan plan;
  for (int r = 0; r < OWN_COUNT; ++r) {
    for (int32_t v = 0; v < MAX_VARIANTS && kOwn[r](context, conv, v, &plan); ++v) {
      take_better(&plan, out_plan);
    }
  }
  if (out_plan->step_count > 0) return LM_OK;
  return LM_FAIL(err, LM_UNSUPPORTED, "%s node %d: more work-groups than the device launches",
                 lm_node_name(node->def), node->index);
}
