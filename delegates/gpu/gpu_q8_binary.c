// SPDX-License-Identifier: MIT
#include "gpu_q8_binary.h"

#define DIMS 4

// As in kernels/q8_binary.kernel.
typedef struct binary_params {
  int32_t items, run, dims[DIMS - 1];
  int32_t a[DIMS - 1], b[DIMS - 1];
  int32_t zero_a, zero_b, zero_out, left_shift;
  lm_multiplier scale_a, scale_b, scale_out;
  int32_t min, max;
} binary_params;

// Dimensions along which both operands step alike, merged; aligned to the innermost.
typedef struct walk {
  int32_t dims[DIMS];
  int32_t a[DIMS], b[DIMS];
} walk;

static bool walk_init(walk* w, const lm_shape* output, const lm_shape* a, const lm_shape* b) {
  int64_t strides_a[LM_MAX_RANK], strides_b[LM_MAX_RANK];
  lm__gpu_broadcast_strides(a, output, strides_a);
  lm__gpu_broadcast_strides(b, output, strides_b);
  *w = (walk){.dims = {1, 1, 1, 1}, .a = {1, 1, 1, 1}, .b = {1, 1, 1, 1}};
  int32_t at = DIMS;
  for (int32_t d = output->rank - 1; d >= 0; --d) {
    const int32_t dim = output->dims[d];
    if (dim == 1) continue;
    const bool merge = at < DIMS && strides_a[d] == (int64_t)w->a[at] * w->dims[at] &&
                       strides_b[d] == (int64_t)w->b[at] * w->dims[at];
    if (merge) {
      w->dims[at] *= dim;
      continue;
    }
    if (at == 0) return false;
    --at;
    w->dims[at] = dim;
    w->a[at] = (int32_t)strides_a[d];
    w->b[at] = (int32_t)strides_b[d];
  }
  return true;
}

bool lm__gpu_q8_binary_supports(lm__gpu_q8_binary op, const lm__gpu_context* context,
                                const lm_graph* graph, const lm_node* node, const char** out_why) {
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  if (op < LM_GPU_Q8_EQUAL) {
    if (!lm__gpu_q8_check(context, graph, node, 2, out_why)) return false;
  } else {
    // The output is bool.
    if (!lm__gpu_q8_is_wanted(context, a, out_why)) return false;
    LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, a) && lm__gpu_q8_is_byte(context, b),
                   "quantization is not per tensor");
    if (!lm__gpu_q8_is_countable(output, out_why)) return false;
  }
  walk w;
  LM_GPU_REQUIRE(walk_init(&w, &output->shape, &a->shape, &b->shape),
                 "operands broadcast along more than four groups of dimensions");
  return true;
}

// Both operands in units of twice the larger scale, with `left_shift` more bits; `square`: the
// result is a square of such units.
static void set_sum_scales(binary_params* p, float a, float b, float out, int32_t left_shift,
                           bool square) {
  const double twice_max = (double)(2 * (a > b ? a : b));
  const double units = (double)((float)(1 << (square ? 2 * left_shift : left_shift)) * out);
  p->left_shift = left_shift;
  p->scale_a = lm_multiplier_make((double)a / twice_max);
  p->scale_b = lm_multiplier_make((double)b / twice_max);
  p->scale_out = lm_multiplier_make((square ? twice_max * twice_max : twice_max) / units);
}

// The formulas are the reference's, with its roundings to float and to double.
static void set_scales(binary_params* p, lm__gpu_q8_binary op, const lm_tensor* input_a,
                       const lm_tensor* input_b, const lm_tensor* output) {
  const float a = lm__gpu_q8_scale(input_a), b = lm__gpu_q8_scale(input_b);
  p->zero_a = lm__gpu_q8_zero(input_a);
  p->zero_b = lm__gpu_q8_zero(input_b);
  if (op >= LM_GPU_Q8_EQUAL) {
    p->left_shift = 8;
    p->scale_a = lm_multiplier_make((double)a);
    p->scale_b = lm_multiplier_make((double)b);
    return;
  }
  const float out = lm__gpu_q8_scale(output);
  p->zero_out = lm__gpu_q8_zero(output);
  switch (op) {
    case LM_GPU_Q8_MUL:
      p->scale_out = lm_multiplier_make((double)(a * b / out));
      return;
    case LM_GPU_Q8_PRELU:
      p->scale_a = lm_multiplier_make((double)(a / out));
      p->scale_out = lm_multiplier_make((double)(a * b / out));
      return;
    case LM_GPU_Q8_SQUARED_DIFFERENCE:
      set_sum_scales(p, a, b, out, 7, true);
      return;
    default:
      set_sum_scales(p, a, b, out, 20, false);
      return;
  }
}

static lm_activation activation_of(lm__gpu_q8_binary op, const lm_node* node) {
  const bool has_activation =
      op <= LM_GPU_Q8_MUL && node->def->options_kind == LM_OPTIONS_ARITHMETIC;
  return has_activation ? ((const lm_arithmetic_options*)node->def->options)->activation
                        : LM_ACTIVATION_NONE;
}

static lm_status set_clamp(const lm__gpu_build* build, lm__gpu_q8_binary op, const lm_node* node,
                           const lm_tensor* output, binary_params* p, lm_error* err) {
  if (op >= LM_GPU_Q8_EQUAL) return LM_OK;
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, activation_of(op, node), output, &clamp, err));
  p->min = clamp.qmin;
  p->max = clamp.qmax;
  return LM_OK;
}

lm_status lm__gpu_q8_binary_compile(lm__gpu_q8_binary op, lm__gpu_build* build, const lm_node* node,
                                    lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  walk w;
  (void)walk_init(&w, &output->shape, &a->shape, &b->shape);
  const int64_t rows = lm_shape_count(&output->shape) / w.dims[DIMS - 1];
  binary_params params = {
      .run = lm__gpu_run_of(lm__gpu_build_context(build), w.dims[DIMS - 1], rows),
      .dims = {w.dims[1], w.dims[2], w.dims[3]},
      .a = {w.a[0], w.a[1], w.a[2]},
      .b = {w.b[0], w.b[1], w.b[2]},
  };
  const int64_t items = lm__gpu_pieces(rows, w.dims[DIMS - 1], params.run);
  params.items = (int32_t)items;
  set_scales(&params, op, a, b, output);
  LM_GPU_TRY(set_clamp(build, op, node, output, &params, err));

  lm__gpu_value va, vb, vout;
  LM_GPU_TRY(lm__gpu_tensor(build, a, &va, err));
  LM_GPU_TRY(lm__gpu_tensor(build, b, &vb, err));
  LM_GPU_TRY(lm__gpu_tensor(build, output, &vout, err));
  lm__gpu_call call = lm__gpu_linear_call("q8_binary", lm__gpu_value_type(build, va), items,
                                          &params, sizeof params);
  call.key.constant_count = 3;
  call.key.constants[0] = (int32_t)op;
  call.key.constants[1] = w.a[DIMS - 1];
  call.key.constants[2] = w.b[DIMS - 1];
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(va);
  call.args[1] = LM_GPU_READ(vb);
  call.args[2] = LM_GPU_WRITE(vout);
  return lm__gpu_emit(build, node, &call, err);
}
