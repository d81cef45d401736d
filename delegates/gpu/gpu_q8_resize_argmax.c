// SPDX-License-Identifier: MIT
//
// ResizeArgmax of MLPerf's mobile segmenter, on bytes; the reference kernel tells what it computes.
#include "gpu_custom.h"
#include "gpu_util.h"

typedef struct resize_params {
  int32_t items, in_h, in_w, classes;
} resize_params;

static bool resize_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  if (!lm__gpu_is_custom(node, "ResizeArgmax")) return false;
  if (!lm__gpu_check(context, graph, node, 1u << 0, out_why)) return false;
  lm__gpu_type type;
  LM_GPU_REQUIRE(
      lm__gpu_tensor_type(context, lm_graph_input(graph, node, 0), &type) && type == LM_GPU_U8,
      "bytes are floats on the device");
  return true;
}

static lm_status resize_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const int32_t* in = lm_graph_input(graph, node, 0)->shape.dims;
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const int64_t items = (int64_t)in[0] * in[1] * in[2];  // a block of the output each
  const resize_params p = {.items = (int32_t)items, .in_h = in[1], .in_w = in[2], .classes = in[3]};
  lm__gpu_call call = lm__gpu_linear_call("q8_resize_argmax", LM_GPU_U8, items, &p, sizeof p);
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_resize_argmax = {
    .builtin = LM_BUILTIN_CUSTOM, .supports = resize_supports, .compile = resize_compile};
