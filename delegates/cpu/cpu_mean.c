// SPDX-License-Identifier: MIT
//
// MEAN over neighbouring dimensions, such as height and width of an image: the tensor is batches x
// pixels x channels, whatever these are.
#include <string.h>

#include "cpu_op.h"

// Channels that stay together: whole cache lines of floats, whole vectors of bytes.
#define BLOCK_CHANNELS 64
// That keep a thread busy for longer than waking it takes.
#define SHARE_BYTES ((size_t)16 << 10)

typedef struct mean_step {
  lm__cpu_step step;
  lm_type type;
  int32_t batches, pixels, channels;
  int32_t shares;  // of a batch, among threads
  int32_t input_index, output_index, scratch_index;
  const uint8_t* input;
  void* output;
  int32_t* sums;  // [batches][channels]; float sums go into the output
  int32_t input_zero_point, output_zero_point, qmin, qmax;
  lm_multiplier multiplier;
} mean_step;

// The dimensions [*out_first, *out_last] that the axes name; false when others lie between them.
static bool neighbouring_axes(const lm_tensor* axes, int32_t rank, int32_t* out_first,
                              int32_t* out_last) {
  if (axes->type != LM_INT32) return false;
  const int64_t count = lm_shape_count(&axes->shape);
  uint32_t named = 0;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t axis = ((const int32_t*)axes->data)[i];
    named |= 1u << (axis < 0 ? axis + rank : axis);
  }
  if (named == 0) return false;
  *out_first = __builtin_ctz(named);
  *out_last = 31 - __builtin_clz(named);
  return named >> *out_first == (1u << (*out_last - *out_first + 1)) - 1;
}

static int64_t product_of(const lm_shape* shape, int32_t first, int32_t last) {
  int64_t product = 1;
  for (int32_t d = first; d <= last; ++d) product *= shape->dims[d];
  return product;
}

static bool mean_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* axes = lm_graph_input(graph, node, 1);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  LM_CPU_REQUIRE(lm__cpu_is_plain(input) && lm__cpu_is_plain(output) && input->type == output->type,
                 "type is not float32, int8 or uint8");
  LM_CPU_REQUIRE(lm__cpu_is_constant(axes), "axes are not constant");
  int32_t first = 0, last = 0;
  LM_CPU_REQUIRE(input->bytes > 0 && neighbouring_axes(axes, input->shape.rank, &first, &last),
                 "axes are no neighbouring dimensions");
  // Sums of 8-bit values, and their zero points taken off, must fit 32 bits.
  LM_CPU_REQUIRE(product_of(&input->shape, first, last) <= 1 << 22,
                 "mean of more than 2^22 elements");
  LM_CPU_REQUIRE(product_of(&input->shape, 0, first - 1) <= INT32_MAX &&
                     product_of(&input->shape, last + 1, input->shape.rank - 1) <= INT32_MAX,
                 "more elements than fit 32 bits");
  return true;
}

// Channels [first, first + count) of a batch.
static void run_f32(const mean_step* s, int32_t batch, size_t first, size_t count) {
  const size_t channels = (size_t)s->channels;
  float* out = (float*)s->output + (size_t)batch * channels + first;
  const float* in =
      (const float*)(const void*)s->input + (size_t)batch * (size_t)s->pixels * channels + first;
  if (channels == 1) {  // in the order of the reference kernel
    float sum = 0.0f;
    for (int32_t p = 0; p < s->pixels; ++p) sum += in[p];
    out[0] = sum / (float)s->pixels;
    return;
  }
  memset(out, 0, count * sizeof *out);
  for (int32_t p = 0; p < s->pixels; ++p, in += channels) {
    s->step.delegate->vector->f32_accumulate(count, in, out);
  }
  for (size_t c = 0; c < count; ++c) out[c] /= (float)s->pixels;
}

static void run_q8(const mean_step* s, int32_t batch, size_t first, size_t count) {
  const lm__vector_uk* v = s->step.delegate->vector;
  const size_t channels = (size_t)s->channels, pixels = (size_t)s->pixels;
  int32_t* sums = s->sums + (size_t)batch * channels + first;
  uint8_t* out = (uint8_t*)s->output + (size_t)batch * channels + first;
  const uint8_t* in = s->input + (size_t)batch * pixels * channels + first;
  const uint8_t flip = s->type == LM_INT8 ? 0x80 : 0;
  if (channels == 1) {
    sums[0] = v->u8_sum(pixels, in, flip);
  } else {
    v->u8_column_sums(pixels, count, in, channels, flip, sums);
  }
  const int32_t zero = (s->input_zero_point + flip) * s->pixels;
  for (size_t c = 0; c < count; ++c) {
    const int64_t y = (int64_t)lm_multiply(sums[c] - zero, s->multiplier) + s->output_zero_point;
    out[c] = (uint8_t)(y < s->qmin ? s->qmin : y > s->qmax ? s->qmax : y);
  }
}

static void run_shares(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const mean_step* s = context;
  for (int32_t i = begin; i < end; ++i) {
    const int32_t batch = i / s->shares;
    const int64_t share = i % s->shares, blocks = s->channels / BLOCK_CHANNELS;
    const size_t first = (size_t)(blocks * share / s->shares) * BLOCK_CHANNELS;
    const size_t next = (size_t)(blocks * (share + 1) / s->shares) * BLOCK_CHANNELS;
    const size_t count = (share + 1 == s->shares ? (size_t)s->channels : next) - first;
    if (s->type == LM_FLOAT32) {
      run_f32(s, batch, first, count);
    } else {
      run_q8(s, batch, first, count);
    }
  }
}

// Threads share the channels of a batch where there are blocks for all of them and work enough.
static int32_t shares_of(const mean_step* s, size_t bytes, int32_t threads) {
  if (s->batches >= threads || bytes / SHARE_BYTES < (size_t)threads) return 1;
  const int32_t blocks = s->channels / BLOCK_CHANNELS;
  return blocks < 1 ? 1 : blocks < threads ? blocks : threads;
}

static void mean_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  mean_step* s = (mean_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
  s->sums = binding->buffers[s->scratch_index];
}

static void mean_run(lm__cpu_step* step) {
  mean_step* s = (mean_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->batches * s->shares, run_shares, s);
}

static const lm__cpu_step_kind kMean = {mean_bind, mean_run};

// The division goes into the multiplier; the shift makes up for the bits that it takes.
static lm_multiplier mean_multiplier(const lm_tensor* input, const lm_tensor* output,
                                     int32_t pixels) {
  lm_multiplier m = lm_multiplier_make((double)input->quantization.scales[0] /
                                       (double)output->quantization.scales[0]);
  int32_t shift = 31 - __builtin_clz((uint32_t)pixels);
  if (shift > 31 + m.shift) shift = 31 + m.shift;
  m.multiplier = (int32_t)(((int64_t)m.multiplier << shift) / pixels);
  m.shift -= shift;
  return m;
}

static lm_status mean_compile(const lm__cpu_build* build, const lm_node* node,
                              lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  const bool is_float = input->type == LM_FLOAT32;
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kMean, sizeof(mean_step),
                                 is_float ? "f32_mean" : "q8_mean", out_step, err));
  mean_step* s = (mean_step*)*out_step;
  s->type = input->type;
  int32_t first = 0, last = 0;
  neighbouring_axes(lm_graph_input(build->graph, node, 1), input->shape.rank, &first, &last);
  s->batches = (int32_t)product_of(&input->shape, 0, first - 1);
  s->pixels = (int32_t)product_of(&input->shape, first, last);
  s->channels = (int32_t)product_of(&input->shape, last + 1, input->shape.rank - 1);
  s->shares = shares_of(s, input->bytes, build->delegate->threads);
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  if (!is_float) {
    s->input_zero_point = input->quantization.zero_points[0];
    s->output_zero_point = output->quantization.zero_points[0];
    s->multiplier = mean_multiplier(input, output, s->pixels);
    lm_type_range(output->type, &s->qmin, &s->qmax);
  }
  const size_t sums = (size_t)s->batches * (size_t)s->channels * sizeof(int32_t);
  return lm_compiler_request(build->compiler, sums, node->index, node->index, &s->scratch_index,
                             err);
}

const lm__cpu_op lm__cpu_op_mean = {
    .builtin = LM_BUILTIN_MEAN,
    .supports = mean_supports,
    .compile = mean_compile,
};
