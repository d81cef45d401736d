// SPDX-License-Identifier: MIT
//
// CAST between the types that have a form on the device: integers wrap, real numbers lose their
// fraction and saturate.
#include "gpu_util.h"

typedef struct cast_params {
  int32_t count, run;
} cast_params;

#define RUN 4096  // elements of a work-item on processors

static bool is_byte(lm_type type) { return type == LM_INT8 || type == LM_UINT8; }

static bool cast_supports(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  if (!lm__gpu_check(context, graph, node, LM_GPU_ALL_INPUTS, out_why)) return false;
  const lm_tensor* tensors[] = {lm_graph_input(graph, node, 0), lm_graph_output(graph, node, 0)};
  for (int32_t i = 0; i < 2; ++i) {
    lm__gpu_type type;
    // A cast is of the bytes, whatever they mean.
    LM_GPU_REQUIRE(!is_byte(tensors[i]->type) ||
                       (lm__gpu_tensor_type(context, tensors[i], &type) && !lm__gpu_is_float(type)),
                   "bytes are floats on the device");
  }
  return true;
}

static lm_status cast_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_tensor* output = lm_graph_output(lm__gpu_graph(build), node, 0);
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const int64_t count = lm_shape_count(&output->shape);
  const int32_t run = lm__gpu_wants_loops(lm__gpu_build_context(build)) ? RUN : 1;
  const cast_params p = {.count = (int32_t)count, .run = run};
  lm__gpu_call call = lm__gpu_linear_call("cast_float", lm__gpu_value_type(build, x),
                                          lm__gpu_pieces(1, count, run), &p, sizeof p);
  switch (lm__gpu_value_type(build, y)) {
    case LM_GPU_F32:
      break;
    case LM_GPU_F16:
      call.key.name = "cast_half";
      break;
    case LM_GPU_I32:
      call.key.name = "cast_int";
      break;
    default:
      call.key.name = "cast_byte";
      call.key.constant_count = 3;
      call.key.constants[0] = output->type == LM_BOOL ? 0 : 1;
      call.key.constants[1] = output->type == LM_INT8 ? INT8_MIN : 0;
      call.key.constants[2] = output->type == LM_INT8 ? INT8_MAX : UINT8_MAX;
      break;
  }
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_cast = {
    .builtin = LM_BUILTIN_CAST,
    .supports = cast_supports,
    .compile = cast_compile,
};
