// SPDX-License-Identifier: MIT
//
// Which route does a convolution.
#include "gpu_conv.h"

#define MAX_VARIANTS 8

static const lm__gpu_conv_route kOwn[] = {lm__gpu_route_rows,      lm__gpu_route_depthwise_rows,
                                          lm__gpu_route_tile,      lm__gpu_route_direct,
                                          lm__gpu_route_depthwise, lm__gpu_route_few_rows};
enum { OWN_COUNT = sizeof kOwn / sizeof *kOwn };

static void take_better(const lm__gpu_conv_plan* plan, lm__gpu_conv_plan* best) {
  if (best->step_count == 0 || plan->guess_ns < best->guess_ns) *best = *plan;
}

static void choose_own(const lm__gpu_context* context, const lm__gpu_conv* conv,
                       lm__gpu_conv_plan* out_plan) {
  *out_plan = (lm__gpu_conv_plan){.step_count = 0};
  lm__gpu_conv_plan plan;
  for (int r = 0; r < OWN_COUNT; ++r) {
    for (int32_t v = 0; v < MAX_VARIANTS; ++v) {
      if (kOwn[r](context, conv, v, &plan)) take_better(&plan, out_plan);
    }
  }
}

// Products of matrices by CLBlast; what has none, depthwise and grouped convolutions, by our own.
static lm_status choose_clblast(const lm__gpu_context* context, const lm_node* node,
                                const lm__gpu_conv* conv, lm__gpu_conv_plan* out_plan,
                                lm_error* err) {
  const bool matrix = conv->kind == LM_GPU_CONV_FULL && conv->filter_c == conv->in_c;
  if (!matrix) {
    choose_own(context, conv, out_plan);
    return LM_OK;
  }
  if (lm__gpu_route_clblast(context, conv, 0, out_plan)) return LM_OK;
  return LM_FAIL(err, LM_UNAVAILABLE,
                 "%s node %d: gemm=clblast, but CLBlast is not installed (package libclblast1), or "
                 "has no such product for this device",
                 lm_node_name(node->def), node->index);
}

lm_status lm__gpu_conv_choose(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                              lm__gpu_conv_plan* out_plan, lm_error* err) {
  const lm__gpu_context* context = lm__gpu_build_context(build);
  if (context->options->gemm == LM_GPU_GEMM_CLBLAST) {
    LM_GPU_TRY(choose_clblast(context, node, conv, out_plan, err));
  } else {
    choose_own(context, conv, out_plan);
  }
  if (out_plan->step_count > 0) return LM_OK;
  return LM_FAIL(err, LM_UNSUPPORTED, "%s node %d: more work-groups than the device launches",
                 lm_node_name(node->def), node->index);
}
