// SPDX-License-Identifier: MIT
#include "gpu_q8_pool.h"

#include "gpu_pool.h"

#define VECTOR 16
#define SPLIT 128  // channels of a work-item where there are few rows

// As in kernels/q8_pool.kernel, where the last member is the number of work-items, and in
// ../opencl/kernels/q8_pool_rows.cl, where it is that of the channels of one.
typedef struct pool_params {
  lm__gpu_pool_window window;
  int32_t dst_offset, dst_stride, min, max, lowest;
  int32_t items_or_split;
} pool_params;

bool lm__gpu_q8_pool_supports(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, const char** out_why) {
  // The input's scale does not count, and files may leave it out.
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  if (!lm__gpu_q8_is_wanted(context, input, out_why)) return false;
  LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, output), "quantization is not per tensor");
  if (!lm__gpu_q8_is_countable(input, out_why) || !lm__gpu_q8_is_countable(output, out_why)) {
    return false;
  }
  const lm_pool_options* options = node->def->options;
  LM_GPU_REQUIRE((int64_t)options->filter_h * options->filter_w <= INT32_MAX / 256,
                 "window is too large for sums of 32 bits");
  return true;
}

static bool rows_fit(const lm__gpu_build* build, int32_t channels, lm__gpu_type type) {
  const lm__gpu_context* context = lm__gpu_build_context(build);
  return lm__gpu_wants_loops(context) && channels >= VECTOR &&
         context->device->vtable->has_kernel(context->device, "q8_pool_rows", type);
}

static lm__gpu_call rows_call(pool_params* params, int64_t rows, lm__gpu_type type) {
  const int32_t channels = params->window.channels;
  params->items_or_split = rows >= VECTOR ? channels : SPLIT;
  const int32_t splits = (channels - 1) / params->items_or_split + 1;
  return (lm__gpu_call){.key = {.name = "q8_pool_rows", .type = type, .group = {1, 1, 1}},
                        .params = params,
                        .params_bytes = sizeof *params,
                        .items = {(uint32_t)rows, (uint32_t)splits, 1}};
}

static lm__gpu_call element_call(pool_params* params, int64_t count, lm__gpu_type type) {
  params->items_or_split = (int32_t)count;
  return lm__gpu_linear_call("q8_pool", type, count, params, sizeof *params);
}

lm_status lm__gpu_q8_pool_compile(lm__gpu_build* build, const lm_node* node, bool maximum,
                                  lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_pool_options* options = node->def->options;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  lm__geometry g;
  LM_GPU_TRY(lm__geometry_of_pool(input, output, options, &g, err));
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, options->activation, output, &clamp, err));
  lm__gpu_target target;
  LM_GPU_TRY(lm__gpu_target_of(build, node, &target, err));
  lm__gpu_value value;
  LM_GPU_TRY(lm__gpu_tensor(build, input, &value, err));

  const lm__gpu_type type = lm__gpu_value_type(build, value);
  pool_params params = {
      .window = lm__gpu_pool_window_of(&g),
      .dst_offset = (int32_t)target.offset,
      .dst_stride = (int32_t)target.pixel_stride,
      .min = clamp.qmin,
      .max = clamp.qmax,
      .lowest = input->type == LM_INT8 ? INT8_MIN : 0,
  };
  lm__gpu_call call = rows_fit(build, g.in_c, type)
                          ? rows_call(&params, (int64_t)g.batches * g.out_h, type)
                          : element_call(&params, lm_shape_count(&output->shape), type);
  call.key.constant_count = 1;
  call.key.constants[0] = maximum;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(value);
  call.args[1] = LM_GPU_WRITE(target.value);
  return lm__gpu_emit(build, node, &call, err);
}
