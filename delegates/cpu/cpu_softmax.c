// SPDX-License-Identifier: MIT
//
// SOFTMAX over the last dimension. A row of bytes has at most 256 differences to its largest value,
// so exponentials come from a table, and the results of a long row from a second one.
#include <float.h>
#include <math.h>

#include "cpu_op.h"
#include "kernels.h"

#define VALUES 256
#define LONG_ROW 384  // from here on a table of a row's results pays

typedef struct softmax_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const void* input;
  void* output;
  int32_t rows;
  size_t depth;
  float beta;
  bool exact, is_signed;
  const lm__lookup_uk* lookup;
  const int32_t*
      exponentials;  // [VALUES] by the difference to the largest value; in the packed block
  int32_t reach;     // larger differences count as minus infinity
} softmax_step;

static bool softmax_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                             const lm_node* node, const char** out_why) {
  (void)delegate;
  LM_CPU_REQUIRE(lm__cpu_is_plain(lm_graph_input(graph, node, 0)),
                 "type is not float32, int8 or uint8");
  return true;
}

static void float_row(const softmax_step* s, const float* in, float* out) {
  if (!s->exact) {
    s->step.delegate->vector->f32_softmax_fast(s->depth, in, out, s->beta);
    return;
  }
  float max = -FLT_MAX;
  for (size_t i = 0; i < s->depth; ++i) {
    if (max < in[i]) max = in[i];
  }
  float sum = 0.0f;
  for (size_t i = 0; i < s->depth; ++i) {
    out[i] = expf((in[i] - max) * s->beta);
    sum += out[i];
  }
  for (size_t i = 0; i < s->depth; ++i) out[i] /= sum;
}

// What the reference kernel makes of a sum of exponentials with 12 integer bits.
typedef struct share {
  int32_t inverse, exponent;
} share;

static share share_of(int64_t sum) {
  const uint32_t total = sum > INT32_MAX ? INT32_MAX : (uint32_t)sum;
  const int32_t zeros = __builtin_clz(total);  // the sum is at least 1.0
  return (share){lm_fixed_one_over_one_plus((int32_t)((total << zeros) - 0x80000000u)),
                 12 - zeros + 31 - 8};
}

static uint8_t result(const softmax_step* s, const share* k, int32_t difference) {
  int32_t q = 0;
  // Beyond an exponent of 31 every share rounds to 0.
  if (difference <= s->reach && k->exponent <= 31) {
    q = lm_rounding_divide_by_pot(lm_srdhm(k->inverse, s->exponentials[difference]), k->exponent);
  }
  q = q > 255 ? 255 : q;
  return (uint8_t)(s->is_signed ? q - 128 : q);
}

// Values of int8 and uint8 differ by the same amounts once the sign bit is flipped.
static void byte_row(const softmax_step* s, const uint8_t* in, uint8_t* out) {
  const uint8_t flip = s->is_signed ? 0x80 : 0;
  uint8_t max = 0;
  for (size_t i = 0; i < s->depth; ++i) {
    const uint8_t x = in[i] ^ flip;
    max = x > max ? x : max;
  }
  int64_t sum = 0;
  for (size_t i = 0; i < s->depth; ++i) {
    const int32_t difference = max - (in[i] ^ flip);
    if (difference <= s->reach) {
      sum += lm_rounding_divide_by_pot(s->exponentials[difference], 12);
    }
  }
  const share k = share_of(sum);
  if (s->depth < LONG_ROW) {
    for (size_t i = 0; i < s->depth; ++i) out[i] = result(s, &k, max - (in[i] ^ flip));
    return;
  }
  uint8_t table[VALUES] = {0};
  for (int32_t x = 0; x <= max; ++x) table[(uint8_t)x ^ flip] = result(s, &k, max - x);
  s->lookup->run(s->depth, in, table, out);
}

static void softmax_rows(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const softmax_step* s = context;
  for (int32_t r = begin; r < end; ++r) {
    const size_t at = (size_t)r * s->depth;
    if (s->exponentials == NULL) {
      float_row(s, (const float*)s->input + at, (float*)s->output + at);
    } else {
      byte_row(s, (const uint8_t*)s->input + at, (uint8_t*)s->output + at);
    }
  }
}

static void softmax_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  softmax_step* s = (softmax_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void softmax_run(lm__cpu_step* step) {
  softmax_step* s = (softmax_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->rows, softmax_rows, s);
}

static const lm__cpu_step_kind kSoftmax = {softmax_bind, softmax_run};

// exp(-difference * beta * scale) in the reference's fixed point.
static lm_status make_exponentials(softmax_step* s, float input_scale, lm_error* err) {
  const double real = fmin((double)s->beta * (double)input_scale * (1 << 26), 2147483647.0);
  const lm_multiplier to_q5 = lm_multiplier_make(real);
  const double reach = floor(31.0 * (1 << 26) / (double)(1LL << to_q5.shift));
  s->reach = reach < VALUES - 1 ? (int32_t)reach : VALUES - 1;
  LM_CPU_TRY(lm__cpu_step_pack(&s->step, VALUES * sizeof(int32_t), err));
  int32_t* exponentials = s->step.packed;
  for (int32_t d = 0; d <= s->reach; ++d) {
    exponentials[d] = lm_fixed_exp_q5(lm_multiply(-d, to_q5));
  }
  s->exponentials = exponentials;
  return LM_OK;
}

static lm_status softmax_compile(const lm__cpu_build* build, const lm_node* node,
                                 lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  const bool is_float = input->type == LM_FLOAT32;
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kSoftmax, sizeof(softmax_step),
                                 is_float ? "f32_softmax" : "q8_softmax", out_step, err));
  softmax_step* s = (softmax_step*)*out_step;
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->depth = (size_t)input->shape.dims[input->shape.rank - 1];
  s->rows = (int32_t)((size_t)lm_shape_count(&input->shape) / s->depth);
  s->beta = ((const lm_softmax_options*)node->def->options)->beta;
  s->exact = build->exact;
  s->is_signed = input->type == LM_INT8;
  s->lookup = lm__lookup_select(build->delegate->isa);
  lm_compiler_alias(build->compiler, s->output_index, s->input_index);
  return is_float ? LM_OK : make_exponentials(s, input->quantization.scales[0], err);
}

const lm__cpu_op lm__cpu_op_softmax = {
    .builtin = LM_BUILTIN_SOFTMAX,
    .supports = softmax_supports,
    .compile = softmax_compile,
};
