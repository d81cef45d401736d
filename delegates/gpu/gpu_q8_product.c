// SPDX-License-Identifier: MIT
#include "gpu_q8_product.h"

#include <math.h>
#include <string.h>

// As in kernels/q8_conv.kernel.
typedef struct product_params {
  int32_t in_h, in_w, in_c, out_h, out_w, pixels;
  int32_t filter_c;
  lm__gpu_q8_window window;
  int32_t blocks, group_blocks, group_channels;
  int32_t input_zero, row_factor;
  lm__gpu_q8_finish finish;
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
  if (!lm__gpu_q8_is_wanted(context, in, out_why)) return false;
  LM_GPU_REQUIRE(lm__gpu_q8_is_byte(context, in) && lm__gpu_q8_is_byte(context, out),
                 "quantization is not per tensor");
  LM_GPU_REQUIRE(lm__gpu_q8_is_constant(filter), "weights are not constant");
  LM_GPU_REQUIRE(filter->type == in->type && filter->quantization.count >= 1,
                 "weights are not of the input's type");
  LM_GPU_REQUIRE(!filter->def->is_sparse && filter->def->block_size == 0,
                 "weights are sparse or quantized by blocks");
  LM_GPU_REQUIRE(biases == NULL || (lm__gpu_q8_is_constant(biases) && biases->type == LM_INT32),
                 "bias is not constant or not int32");
  if (!lm__gpu_q8_is_countable(in, out_why) || !lm__gpu_q8_is_countable(out, out_why)) return false;
  // Packed, every channel of the filter has room for 4 * 3 bytes more at most.
  LM_GPU_REQUIRE(lm_shape_count(&filter->shape) <= INT32_MAX / 16, "weights are too large");
  return true;
}

bool lm__gpu_q8_conv_supported(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why) {
  return lm__gpu_q8_product_check(context, graph, node, 0, 2, out_why);
}

lm_status lm__gpu_q8_conv_product(const lm__gpu_build* build, const lm_node* node,
                                  lm__gpu_q8_product* out_product, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_conv_options* options = node->def->options;
  lm__gpu_q8_product* p = out_product;
  *p = (lm__gpu_q8_product){
      .node = node,
      .input = lm_graph_input(graph, node, 0),
      .filter = lm_graph_input(graph, node, 1),
      .bias = lm_graph_input(graph, node, 2),
      .output = lm_graph_output(graph, node, 0),
      .activation = options->activation,
  };
  p->filter_c = p->filter->shape.dims[3];
  LM_GPU_TRY(lm__geometry_of_conv(p->input, p->filter, p->output, options, &p->g, err));
  lm__gpu_padding padding;
  if (lm__gpu_padding_of(build, p->input, &padding)) {
    p->input = padding.input;
    lm__geometry_take_padding(&p->g, p->input, padding.top, padding.left);
  }
  return LM_OK;
}

// ---- constants

static int8_t signed_byte(const lm_tensor* filter, int64_t i) {
  const uint8_t flip = filter->type == LM_UINT8 ? 0x80 : 0;
  return (int8_t)(((const uint8_t*)filter->data)[i] ^ flip);
}

static int32_t words_of(const lm__gpu_q8_product* p) { return (p->filter_c + 3) / 4; }

// [group][block][tap][word] of four channels by four bytes; zeros where there is no channel or no
// byte.
static lm_status pack_weights(lm__gpu_build* build, const lm__gpu_q8_product* p, int32_t groups,
                              lm__gpu_value* out_value, lm_error* err) {
  const lm_allocator allocator = lm__gpu_allocator(build);
  const int32_t taps = p->g.filter_h * p->g.filter_w, words = words_of(p);
  const int32_t group_channels = p->g.out_c / groups;
  const int32_t group_blocks = (group_channels + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS;
  const size_t block_bytes = (size_t)taps * (size_t)words * BLOCK_CHANNELS * 4;
  const size_t bytes = (size_t)groups * (size_t)group_blocks * block_bytes;
  int8_t* packed = lm_alloc(allocator, bytes);
  if (packed == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes of weights", bytes);
  memset(packed, 0, bytes);
  for (int32_t o = 0; o < p->g.out_c; ++o) {
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
  const uint32_t in_zero = (uint32_t)lm__gpu_q8_signed_zero(p->input);
  const int64_t products = (int64_t)p->g.filter_h * p->g.filter_w * p->filter_c;
  const int32_t* stated = p->bias != NULL ? p->bias->data : NULL;
  for (int32_t o = 0; o < p->g.out_c; ++o) {
    uint32_t sum = 0;
    for (int64_t i = 0; i < products; ++i) {
      sum += (uint32_t)(int32_t)signed_byte(p->filter, o * products + i);
    }
    sum -= (uint32_t)products * (uint32_t)lm__gpu_q8_filter_zero(p->filter);
    biases[o] = (int32_t)((stated != NULL ? (uint32_t)stated[o] : 0) - in_zero * sum);
  }
}

lm_multiplier lm__gpu_q8_multiplier(const lm_tensor* input, const lm_tensor* filter,
                                    const lm_tensor* output, int32_t c) {
  return lm_multiplier_make(lm_product_factor(&input->quantization, &filter->quantization,
                                              &output->quantization, c, input->type == LM_UINT8));
}

void lm__gpu_q8_wide_factor(const lm_tensor* input, const lm_tensor* filter,
                            const lm_tensor* output, int32_t c, int32_t* out_words) {
  int exponent;
  const double factor = lm_product_factor(&input->quantization, &filter->quantization,
                                          &output->quantization, c, false);
  const double mantissa = frexp(factor, &exponent);
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
  int32_t* biases = lm_alloc(allocator, (size_t)p->g.out_c * sizeof *biases);
  if (biases == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d biases", p->g.out_c);
  fill_biases(p, biases);
  const lm_status status = make_channels(build, p->input, p->filter, p->output, p->g.out_c, biases,
                                         p->is_fully_connected, out_value, err);
  lm_free(allocator, biases);
  return status;
}

// ---- the dispatch

lm__gpu_q8_window lm__gpu_q8_window_of(const lm__geometry* geometry) {
  return (lm__gpu_q8_window){
      .filter_h = geometry->filter_h,
      .filter_w = geometry->filter_w,
      .stride_h = geometry->stride_h,
      .stride_w = geometry->stride_w,
      .dilation_h = geometry->dilation_h,
      .dilation_w = geometry->dilation_w,
      .pad_h = geometry->pad_h,
      .pad_w = geometry->pad_w,
  };
}

lm_status lm__gpu_q8_finish_of(lm__gpu_build* build, const lm__gpu_q8_product* p,
                               lm__gpu_q8_finish* out_finish, lm__gpu_value* out_value,
                               lm_error* err) {
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, p->activation, p->output, &clamp, err));
  lm__gpu_target target = {.pixel_stride = (size_t)p->g.out_c};
  if (p->is_fully_connected || p->is_transposed) {
    LM_GPU_TRY(lm__gpu_tensor(build, p->output, &target.value, err));
  } else {
    LM_GPU_TRY(lm__gpu_target_of(build, p->node, &target, err));
  }
  *out_value = target.value;
  *out_finish = (lm__gpu_q8_finish){
      .output_zero = lm__gpu_q8_zero(p->output),
      .min = clamp.qmin,
      .max = clamp.qmax,
      .dst_stride = (int32_t)target.pixel_stride,
      .dst_offset = (int32_t)target.offset,
  };
  return LM_OK;
}

static product_params make_params(const lm__gpu_q8_product* p, int32_t groups,
                                  const lm__gpu_q8_finish* finish) {
  const lm__geometry* g = &p->g;
  const int32_t group_channels = g->out_c / groups;
  const int32_t group_blocks = (group_channels + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS;
  return (product_params){
      .in_h = g->in_h,
      .in_w = g->in_w,
      .in_c = g->in_c,
      .out_h = g->out_h,
      .out_w = g->out_w,
      .pixels = g->batches * g->out_h * g->out_w,
      .filter_c = p->filter_c,
      .window = lm__gpu_q8_window_of(g),
      .blocks = groups * group_blocks,
      .group_blocks = group_blocks,
      .group_channels = group_channels,
      .input_zero = (int32_t)(0x01010101u * (uint8_t)lm__gpu_q8_signed_zero(p->input)),
      .row_factor = -lm__gpu_q8_filter_zero(p->filter),
      .finish = *finish,
  };
}

lm_status lm__gpu_q8_product_compile(lm__gpu_build* build, const lm__gpu_q8_product* p,
                                     lm_error* err) {
  if (lm__gpu_q8_rows_fit(build, p)) return lm__gpu_q8_rows_compile(build, p, err);
  const int32_t groups = p->g.in_c / p->filter_c;
  lm__gpu_q8_finish finish;
  lm__gpu_value input, weights, channels, output;
  LM_GPU_TRY(lm__gpu_q8_finish_of(build, p, &finish, &output, err));
  LM_GPU_TRY(lm__gpu_tensor(build, p->input, &input, err));
  LM_GPU_TRY(pack_weights(build, p, groups, &weights, err));
  LM_GPU_TRY(product_channels(build, p, &channels, err));

  const product_params params = make_params(p, groups, &finish);
  const bool by_words = p->g.in_c % 4 == 0 && p->filter_c % 4 == 0;
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
  call.args[3] = LM_GPU_WRITE(output);
  call.label = by_words ? "q8_conv_words" : "q8_conv_bytes";
  return lm__gpu_emit(build, p->node, &call, err);
}
