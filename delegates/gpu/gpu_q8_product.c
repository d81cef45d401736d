// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

#include <math.h>
#include <string.h>

// As in kernels/q8_conv.kernel.
typedef struct product_params {
  int32_t in_h, in_w, in_c, out_h, out_w, pixels;
  int32_t filter_h, filter_w, filter_c, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
  int32_t blocks, group_blocks, group_channels;
  int32_t input_zero, row_factor, output_zero, min, max, dst_stride, dst_offset;
} product_params;

#define BLOCK_CHANNELS 4
#define ITEM_PIXELS 4

bool lm__gpu_q8_product_check(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, int32_t input, int32_t bias,
                              const char** out_why) {
  const lm_tensor* in = lm_graph_input(graph, node, input);
  const lm_tensor* filter = lm_graph_input(graph, node, 1);
  const lm_tensor* biases = lm_graph_input(graph, node, bias);
  const lm_tensor* out = lm_graph_output(graph, node, 0);
  if (in->type != LM_INT8 && in->type != LM_UINT8) return false;
  if (context->options->dequantize) return false;
  LM_GPU_REQUIRE(context->device->caps.byte_storage, "device has no 8-bit storage buffers");
  LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, in) && lm__gpu_q8_is_byte(context, out),
                 "quantization is not per tensor");
  LM_GPU_REQUIRE(lm__gpu_q8_is_constant(filter), "weights are not constant");
  LM_GPU_REQUIRE(filter->type == in->type && filter->quantization.count >= 1,
                 "weights are not of the input's type");
  LM_GPU_REQUIRE(!filter->def->is_sparse && filter->def->block_size == 0,
                 "weights are sparse or quantized by blocks");
  LM_GPU_REQUIRE(biases == NULL || (lm__gpu_q8_is_constant(biases) && biases->type == LM_INT32),
                 "bias is not constant or not int32");
  const int64_t in_count = lm_shape_count(&in->shape), out_count = lm_shape_count(&out->shape);
  LM_GPU_REQUIRE(in_count > 0 && in_count <= INT32_MAX && out_count > 0 && out_count <= INT32_MAX,
                 "tensor is empty or too large");
  // Packed, every channel of the filter has room for 4 * 3 bytes more at most.
  LM_GPU_REQUIRE(lm_shape_count(&filter->shape) <= INT32_MAX / 16, "weights are too large");
  return true;
}

lm_status lm__gpu_q8_product_window(lm__gpu_q8_product* p, const lm_conv_options* options,
                                    const lm__gpu_padding* padding, lm_error* err) {
  const int32_t* in = p->input->shape.dims;
  const int32_t* out = p->output->shape.dims;
  const int32_t* f = p->filter->shape.dims;
  const int32_t* large = p->is_transposed ? out : in;
  p->batches = in[0];
  p->in_h = in[1];
  p->in_w = in[2];
  p->in_c = in[3];
  p->out_h = out[1];
  p->out_w = out[2];
  p->out_c = out[3];
  p->filter_h = f[1];
  p->filter_w = f[2];
  p->filter_c = f[3];
  p->stride_h = options->stride_h;
  p->stride_w = options->stride_w;
  p->dilation_h = p->is_transposed ? 1 : options->dilation_h;
  p->dilation_w = p->is_transposed ? 1 : options->dilation_w;
  p->activation = options->activation;
  if (padding != NULL) {
    p->pad_h = padding->top;
    p->pad_w = padding->left;
    return LM_OK;
  }
  lm_window h, w;
  LM_GPU_TRY(lm_window_make(options->padding, large[1], f[1], p->stride_h, p->dilation_h, &h, err));
  LM_GPU_TRY(lm_window_make(options->padding, large[2], f[2], p->stride_w, p->dilation_w, &w, err));
  p->pad_h = h.padding;
  p->pad_w = w.padding;
  return LM_OK;
}

// ---- constants

static int8_t signed_byte(const lm_tensor* filter, int64_t i) {
  const uint8_t flip = filter->type == LM_UINT8 ? 0x80 : 0;
  return (int8_t)(((const uint8_t*)filter->data)[i] ^ flip);
}

static int32_t signed_zero(const lm_tensor* t) {
  return lm__gpu_q8_zero(t) - (t->type == LM_UINT8 ? 128 : 0);
}

// The filter's zero point among signed bytes. With several scales, int8, it has none.
static int32_t filter_zero(const lm_tensor* filter) {
  return filter->quantization.count == 1 ? signed_zero(filter) : 0;
}

static int32_t words_of(const lm__gpu_q8_product* p) { return (p->filter_c + 3) / 4; }

// [group][block][tap][word] of four channels by four bytes; zeros where there is no channel or no
// byte.
static lm_status pack_weights(lm__gpu_build* build, const lm__gpu_q8_product* p, int32_t groups,
                              lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const int32_t taps = p->filter_h * p->filter_w, words = words_of(p);
  const int32_t group_channels = p->out_c / groups;
  const int32_t group_blocks = (group_channels + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS;
  const size_t block_bytes = (size_t)taps * (size_t)words * BLOCK_CHANNELS * 4;
  const size_t bytes = (size_t)groups * (size_t)group_blocks * block_bytes;
  int8_t* packed = lm_alloc(allocator, bytes);
  if (packed == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes of weights", bytes);
  memset(packed, 0, bytes);
  for (int32_t o = 0; o < p->out_c; ++o) {
    const int32_t group = o / group_channels, in_group = o % group_channels;
    const size_t block = (size_t)group * (size_t)group_blocks + (size_t)(in_group / BLOCK_CHANNELS);
    int8_t* to = packed + block * block_bytes + (size_t)(in_group % BLOCK_CHANNELS) * 4;
    for (int32_t tap = 0; tap < taps; ++tap) {
      const int64_t from = ((int64_t)o * taps + tap) * p->filter_c;
      for (int32_t c = 0; c < p->filter_c; ++c) {
        const size_t word = (size_t)tap * (size_t)words + (size_t)(c / 4);
        to[word * BLOCK_CHANNELS * 4 + (size_t)(c % 4)] = signed_byte(p->filter, from + c);
      }
    }
  }
  const lm_status status = lm__gpu_constant(build, packed, bytes, out_value, err);
  lm_free(allocator, packed);
  return status;
}

// The bias with what the zero points add to a sum of products of plain bytes; it wraps, as sums do.
static void fill_biases(const lm__gpu_q8_product* p, int32_t* biases) {
  const uint32_t in_zero = (uint32_t)signed_zero(p->input);
  const int64_t products = (int64_t)p->filter_h * p->filter_w * p->filter_c;
  const int32_t* stated = p->bias != NULL ? p->bias->data : NULL;
  for (int32_t o = 0; o < p->out_c; ++o) {
    uint32_t sum = 0;
    for (int64_t i = 0; i < products; ++i) {
      sum += (uint32_t)(int32_t)signed_byte(p->filter, o * products + i);
    }
    sum -= (uint32_t)products * (uint32_t)filter_zero(p->filter);
    biases[o] = (int32_t)((stated != NULL ? (uint32_t)stated[o] : 0) - in_zero * sum);
  }
}

static double product_of_scales(const lm_tensor* input, const lm_tensor* filter, int32_t c,
                                bool rounded) {
  const float in = lm__gpu_q8_scale(input), f = lm__gpu_q8_filter_scale(filter, c);
  return rounded ? (double)(in * f) : (double)in * (double)f;
}

lm_multiplier lm__gpu_q8_multiplier(const lm_tensor* input, const lm_tensor* filter,
                                    const lm_tensor* output, int32_t c) {
  // uint8 multiplies the scales in single precision: see runtime/ops/conv_util.c.
  return lm_multiplier_make(product_of_scales(input, filter, c, input->type == LM_UINT8) /
                            (double)lm__gpu_q8_scale(output));
}

void lm__gpu_q8_wide_factor(const lm_tensor* input, const lm_tensor* filter,
                            const lm_tensor* output, int32_t c, int32_t* out_words) {
  int exponent;
  const double mantissa = frexp(
      product_of_scales(input, filter, c, false) / (double)lm__gpu_q8_scale(output), &exponent);
  uint64_t bits = (uint64_t)ldexp(mantissa, 53);
  int32_t shift = 53 - exponent;
  if (shift > 95) {  // at most 2^-11 whatever is multiplied
    bits = 1ull << 52;
    shift = 95;
  }
  if (shift < 1) shift = 1;  // out of every range whatever is multiplied
  out_words[0] = (int32_t)(uint32_t)bits;
  out_words[1] = (int32_t)(uint32_t)(bits >> 32);
  out_words[2] = shift;
}

static lm_status make_channels(lm__gpu_build* build, const lm_tensor* input,
                               const lm_tensor* filter, const lm_tensor* output, int32_t channels,
                               const int32_t* biases, bool is_wide, lm__gpu_value* out_value,
                               lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const size_t bytes = (size_t)channels * 4 * sizeof(int32_t);
  int32_t* table = lm_alloc(allocator, bytes);
  if (table == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d channels", channels);
  for (int32_t c = 0; c < channels; ++c) {
    int32_t* to = table + (size_t)c * 4;
    to[0] = biases != NULL ? biases[c] : 0;
    if (is_wide) {
      lm__gpu_q8_wide_factor(input, filter, output, c, to + 1);
      continue;
    }
    const lm_multiplier m = lm__gpu_q8_multiplier(input, filter, output, c);
    to[1] = m.multiplier;
    to[2] = m.shift;
    to[3] = 0;
  }
  const lm_status status = lm__gpu_constant(build, table, bytes, out_value, err);
  lm_free(allocator, table);
  return status;
}

lm_status lm__gpu_q8_channels(lm__gpu_build* build, const lm_tensor* input, const lm_tensor* filter,
                              const lm_tensor* output, int32_t channels, const int32_t* biases,
                              lm__gpu_value* out_value, lm_error* err) {
  return make_channels(build, input, filter, output, channels, biases, false, out_value, err);
}

static lm_status product_channels(lm__gpu_build* build, const lm__gpu_q8_product* p,
                                  lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  int32_t* biases = lm_alloc(allocator, (size_t)p->out_c * sizeof *biases);
  if (biases == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d biases", p->out_c);
  fill_biases(p, biases);
  const lm_status status = make_channels(build, p->input, p->filter, p->output, p->out_c, biases,
                                         p->is_fully_connected, out_value, err);
  lm_free(allocator, biases);
  return status;
}

// ---- the dispatch

lm_status lm__gpu_q8_product_target(lm__gpu_build* build, const lm__gpu_q8_product* p,
                                    lm__gpu_target* out_target, lm_error* err) {
  if (!p->is_fully_connected && !p->is_transposed) {
    return lm__gpu_target_of(build, p->node, out_target, err);
  }
  *out_target = (lm__gpu_target){.pixel_stride = (size_t)p->out_c};
  return lm__gpu_tensor(build, p->output, &out_target->value, err);
}

static product_params make_params(const lm__gpu_q8_product* p, int32_t groups,
                                  const lm__gpu_target* target, const lm__gpu_clamp* clamp) {
  const int32_t group_channels = p->out_c / groups;
  const int32_t group_blocks = (group_channels + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS;
  return (product_params){
      .in_h = p->in_h,
      .in_w = p->in_w,
      .in_c = p->in_c,
      .out_h = p->out_h,
      .out_w = p->out_w,
      .pixels = p->batches * p->out_h * p->out_w,
      .filter_h = p->filter_h,
      .filter_w = p->filter_w,
      .filter_c = p->filter_c,
      .stride_h = p->stride_h,
      .stride_w = p->stride_w,
      .dilation_h = p->dilation_h,
      .dilation_w = p->dilation_w,
      .pad_h = p->pad_h,
      .pad_w = p->pad_w,
      .blocks = groups * group_blocks,
      .group_blocks = group_blocks,
      .group_channels = group_channels,
      .input_zero = (int32_t)(0x01010101u * (uint8_t)signed_zero(p->input)),
      .row_factor = -filter_zero(p->filter),
      .output_zero = lm__gpu_q8_zero(p->output),
      .min = clamp->qmin,
      .max = clamp->qmax,
      .dst_stride = (int32_t)target->pixel_stride,
      .dst_offset = (int32_t)target->offset,
  };
}

lm_status lm__gpu_q8_product_compile(lm__gpu_build* build, const lm__gpu_q8_product* p,
                                     lm_error* err) {
  if (lm__gpu_q8_rows_fit(build, p)) return lm__gpu_q8_rows_compile(build, p, err);
  const int32_t groups = p->in_c / p->filter_c;
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, p->activation, p->output, &clamp, err));
  lm__gpu_target target;
  LM_GPU_TRY(lm__gpu_q8_product_target(build, p, &target, err));
  lm__gpu_value input, weights, channels;
  LM_GPU_TRY(lm__gpu_tensor(build, p->input, &input, err));
  LM_GPU_TRY(pack_weights(build, p, groups, &weights, err));
  LM_GPU_TRY(product_channels(build, p, &channels, err));

  const product_params params = make_params(p, groups, &target, &clamp);
  const bool by_words = p->in_c % 4 == 0 && p->filter_c % 4 == 0;
  const int64_t items =
      ((int64_t)params.pixels + ITEM_PIXELS - 1) / ITEM_PIXELS * (int64_t)params.blocks;
  lm__gpu_call call = lm__gpu_linear_call("q8_conv", by_words ? LM_GPU_I32 : LM_GPU_I8, items,
                                          &params, sizeof params);
  call.key.constant_count = 4;
  call.key.constants[0] = p->is_transposed;
  call.key.constants[1] = params.row_factor != 0;
  call.key.constants[2] = lm__gpu_q8_flip(p->input);
  call.key.constants[3] = p->is_fully_connected;
  call.arg_count = 4;
  call.args[0] = LM_GPU_READ(input);
  call.args[1] = LM_GPU_READ(weights);
  call.args[2] = LM_GPU_READ(channels);
  call.args[3] = LM_GPU_WRITE(target.value);
  call.label = by_words ? "q8_conv_words" : "q8_conv_bytes";
  return lm__gpu_emit(build, p->node, &call, err);
}
