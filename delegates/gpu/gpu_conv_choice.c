// SPDX-License-Identifier: MIT
//
// Which route does a convolution: by rule the one with the least guess, else by measurement.
#include "gpu_conv.h"
#include "gpu_tune.h"

#define MAX_VARIANTS 8
#define MAX_PLANS 72
#define MAX_MEASURED 12  // the ones with the least guesses
#define MAX_RATIO 40.0   // of guesses, where measuring is worth it

static const lm__gpu_conv_route kOwn[] = {lm__gpu_route_rows,     lm__gpu_route_depthwise_rows,
                                          lm__gpu_route_tile,     lm__gpu_route_block,
                                          lm__gpu_route_direct,   lm__gpu_route_depthwise,
                                          lm__gpu_route_few_rows, lm__gpu_route_matrix};
enum { OWN_COUNT = sizeof kOwn / sizeof *kOwn };

static bool fits_memory(const lm__gpu_context* context, const lm__gpu_conv* conv,
                        const lm__gpu_conv_plan* plan) {
  const size_t most = context->device->caps.max_buffer_bytes;
  size_t filter;
  return lm__gpu_conv_filter_count(conv, plan, &filter) &&
         filter <= most / lm__gpu_type_bytes(lm__gpu_conv_filter_type(conv)) &&
         plan->scratch_bytes[0] <= most && plan->scratch_bytes[1] <= most;
}

// Every plan of our own kernels, the least guess first.
static int32_t list_own(const lm__gpu_context* context, const lm__gpu_conv* conv,
                        lm__gpu_conv_plan* plans) {
  int32_t count = 0;
  for (int r = 0; r < OWN_COUNT; ++r) {
    for (int32_t v = 0; v < MAX_VARIANTS; ++v) {
      lm__gpu_conv_plan plan;
      if (!kOwn[r](context, conv, v, &plan) || !fits_memory(context, conv, &plan)) continue;
      int32_t at = count++;
      for (; at > 0 && plans[at - 1].guess_ns > plan.guess_ns; --at) plans[at] = plans[at - 1];
      plans[at] = plan;
    }
  }
  return count;
}

static int32_t promising(const lm__gpu_conv_plan* plans, int32_t count) {
  int32_t kept = 0;
  while (kept < count && kept < MAX_MEASURED &&
         plans[kept].guess_ns <= plans[0].guess_ns * MAX_RATIO) {
    ++kept;
  }
  return kept;
}

static bool has_clblast(const lm__gpu_context* context, const lm__gpu_conv* conv,
                        lm__gpu_conv_plan* out_plan) {
  return lm__gpu_route_clblast(context, conv, 0, out_plan) && fits_memory(context, conv, out_plan);
}

static lm_status choose(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                        lm__gpu_conv_plan* plans, lm__gpu_conv_plan* out_plan, lm_error* err) {
  const lm__gpu_context* context = lm__gpu_build_context(build);
  const bool matrix = conv->kind == LM_GPU_CONV_FULL && conv->filter_c == conv->in_c;
  if (context->options->gemm == LM_GPU_GEMM_CLBLAST && matrix) {
    if (has_clblast(context, conv, out_plan)) return LM_OK;
    return LM_FAIL(err, LM_UNAVAILABLE,
                   "%s node %d: gemm=clblast, but CLBlast is not installed (package libclblast1), "
                   "or has no such product for this device",
                   lm_node_name(node->def), node->index);
  }
  int32_t count = list_own(context, conv, plans);
  if (count == 0) {
    return LM_FAIL(err, LM_UNSUPPORTED, "%s node %d: more than the device launches or stores",
                   lm_node_name(node->def), node->index);
  }
  lm__gpu_tuner* tuner = lm__gpu_build_tuner(build);
  int32_t best = 0;
  if (tuner != NULL) {
    count = promising(plans, count);
    if (context->options->gemm == LM_GPU_GEMM_AUTO && has_clblast(context, conv, &plans[count])) {
      ++count;
    }
    best = lm__gpu_tuner_choose(tuner, conv, plans, count);
  }
  *out_plan = plans[best];
  return LM_OK;
}

lm_status lm__gpu_conv_choose(lm__gpu_build* build, const lm_node* node, const lm__gpu_conv* conv,
                              lm__gpu_conv_plan* out_plan, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  lm__gpu_conv_plan* plans = lm_alloc_array(allocator, MAX_PLANS, sizeof *plans);
  if (plans == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "plans of a convolution");
  const lm_status status = choose(build, node, conv, plans, out_plan, err);
  lm_free(allocator, plans);
  return status;
}
