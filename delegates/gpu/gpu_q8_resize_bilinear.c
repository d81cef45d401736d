// SPDX-License-Identifier: MIT
//
// RESIZE_BILINEAR of bytes. Where an output element lies is computed here, in the reference's
// arithmetic (runtime/ops/resize_bilinear.c); the device interpolates.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu_q8.h"

// As in kernels/q8_resize.kernel.
typedef struct resize_params {
  int32_t count, in_h, in_w, out_h, out_w, channels;
} resize_params;

// The two input elements of one axis, the weight of the second and, for floats, of the first.
typedef struct lerp {
  int32_t low, high, weight, rest;
} lerp;

static void set_ends(lerp* l, int64_t low, int64_t high, int32_t in) {
  l->low = low > 0 ? (int32_t)(low < in - 1 ? low : in - 1) : 0;
  l->high = (int32_t)(high < in - 1 ? high : in - 1);
}

// uint8: weights are the bits of floats.
static lerp locate_float(const lm_resize_options* options, int32_t at, int32_t in, int32_t out) {
  const float scale = options->align_corners && out > 1 ? (float)(in - 1) / (float)(out - 1)
                                                        : (float)in / (float)out;
  const float x =
      options->half_pixel_centers ? ((float)at + 0.5f) * scale - 0.5f : (float)at * scale;
  lerp l;
  set_ends(&l, (int32_t)floorf(x), (int32_t)ceilf(x), in);
  const float weight = x - (float)l.low, rest = 1 - weight;
  memcpy(&l.weight, &weight, sizeof weight);
  memcpy(&l.rest, &rest, sizeof rest);
  return l;
}

// int8: weights in 1/1024.
static lerp locate_fixed(const lm_resize_options* options, int32_t at, int32_t in, int32_t out) {
  const int32_t scale = options->align_corners && out > 1
                            ? (1024 * (in - 1) + (out - 1) / 2) / (out - 1)
                            : (int32_t)((1024 * (int64_t)in + out / 2) / out);
  int64_t x = (int64_t)at * scale;
  if (options->half_pixel_centers) x += scale / 2 - 512;
  lerp l = {.rest = 0};
  set_ends(&l, x / 1024, (x + 1023) / 1024, in);
  l.weight = (int32_t)(x - 1024 * (int64_t)l.low);
  return l;
}

static lerp locate(const lm_resize_options* options, lm_type type, int32_t at, int32_t in,
                   int32_t out) {
  return type == LM_INT8 ? locate_fixed(options, at, in, out) : locate_float(options, at, in, out);
}

// The largest sum of magnitudes of both weights along an axis: 1024 where all lie inside the image.
static int64_t most_weight(const lm_resize_options* options, int32_t in, int32_t out) {
  int64_t most = 0;
  for (int32_t at = 0; at < out; ++at) {
    const int64_t w = locate_fixed(options, at, in, out).weight;
    const int64_t sum = llabs(w) + llabs(1024 - w);
    if (sum > most) most = sum;
  }
  return most;
}

static bool resize_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  // Scales do not count, and files may leave them out.
  if (!lm__gpu_q8_is_wanted(context, input, out_why) || !lm__gpu_q8_is_countable(input, out_why) ||
      !lm__gpu_q8_is_countable(output, out_why)) {
    return false;
  }
  const int32_t* in = input->shape.dims;
  const int32_t* out = output->shape.dims;
  const lm_resize_options* options = node->def->options;
  LM_GPU_REQUIRE(input->type == LM_UINT8 ||
                     most_weight(options, in[1], out[1]) * most_weight(options, in[2], out[2]) <
                         (1 << 24) - (1 << 12),
                 "positions lie too far outside of the image for sums of 32 bits");
  return true;
}

static lm_status resize_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_tensor* input = lm_graph_input(lm__gpu_graph(build), node, 0);
  const lm_tensor* output = lm_graph_output(lm__gpu_graph(build), node, 0);
  const lm_resize_options* options = node->def->options;
  const int32_t* in = input->shape.dims;
  const int32_t* out = output->shape.dims;
  const lm_allocator allocator = lm__gpu_allocator(build);
  const size_t lengths = (size_t)out[1] + (size_t)out[2];
  lerp* axis = lm_alloc_array(allocator, lengths, sizeof *axis);
  if (axis == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu positions", lengths);
  for (int32_t y = 0; y < out[1]; ++y) axis[y] = locate(options, input->type, y, in[1], out[1]);
  for (int32_t x = 0; x < out[2]; ++x) {
    axis[out[1] + x] = locate(options, input->type, x, in[2], out[2]);
  }
  lm__gpu_value positions;
  const lm_status status = lm__gpu_constant(build, axis, lengths * sizeof *axis, &positions, err);
  lm_free(allocator, axis);
  LM_GPU_TRY(status);

  lm__gpu_value from, to;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &from, &to, err));
  const resize_params params = {
      .count = (int32_t)lm_shape_count(&output->shape),
      .in_h = in[1],
      .in_w = in[2],
      .out_h = out[1],
      .out_w = out[2],
      .channels = in[3],
  };
  lm__gpu_call call = lm__gpu_linear_call("q8_resize", lm__gpu_value_type(build, from),
                                          params.count, &params, sizeof params);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(from);
  call.args[1] = LM_GPU_READ(positions);
  call.args[2] = LM_GPU_WRITE(to);
  return lm__gpu_emit(build, node, &call, err);
}

const lm__gpu_op lm__gpu_op_q8_resize_bilinear = {LM_BUILTIN_RESIZE_BILINEAR, resize_supports,
                                                  resize_compile};
