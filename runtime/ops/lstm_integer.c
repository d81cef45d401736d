// SPDX-License-Identifier: MIT
//
// The integer cell: int8 input, weights and output state; 16-bit gates with 3 integer bits; a
// 16-bit cell state whose scale is a power of two.
#include <math.h>
#include <string.h>

#include "ops/fixed_point16.h"
#include "ops/lstm_util.h"

#define GATE_SCALE (1.0f / 4096)

// A factor whose float value the format rounds before it becomes fixed point.
static lm_status make_factor(const lm_op_context* context, float real, lm_multiplier* out,
                             lm_error* err) {
  return lm__op_multiplier(context, (double)real, LM_MAX_SHIFT_32, out, err);
}

// The quantization of the intermediate tensor that stands for the gated cell before the projection.
static lm_status find_hidden(const lm_op_context* context, const lm_quantization** out,
                             lm_error* err) {
  const lm_node_def* def = lm_op_node(context)->def;
  const lm_graph* graph = lm_op_graph(context);
  LM_OP_CHECK(context, def->intermediate_count == 5, LM_UNSUPPORTED,
              "integer cell with %d intermediate tensors, expected 5", def->intermediate_count);
  const int32_t index = def->intermediates[4];
  LM_OP_CHECK(context, index >= 0 && index < graph->tensor_count, LM_BAD_MODEL,
              "intermediate tensor %d of %d", index, graph->tensor_count);
  *out = &graph->tensors[index].quantization;
  LM_OP_CHECK(context, (*out)->count == 1, LM_BAD_MODEL,
              "hidden state has %d quantization scales, expected 1", (*out)->count);
  return LM_OK;
}

static lm_status find_cell_exponent(const lm_op_context* context, float scale, int32_t* out,
                                    lm_error* err) {
  const float log_2 = logf(scale) * (1.0f / logf(2.0f));
  *out = (int32_t)roundf(log_2);
  LM_OP_CHECK(context, fabsf(log_2 - roundf(log_2)) < 1e-3f, LM_BAD_MODEL,
              "cell state has scale %g, no power of two", (double)scale);
  LM_OP_CHECK(context, *out >= -15 && *out <= -9, LM_UNSUPPORTED,
              "cell state has scale 2^%d, supported are 2^-15 to 2^-9", *out);
  return LM_OK;
}

lm_status lm__lstm_prepare_integer(const lm_op_context* context, const lm__lstm_tensors* t,
                                   lm__lstm* lstm, lm_error* err) {
  LM_TRY(lm__op_check_per_tensor(context, "input", t->input, err));
  LM_TRY(lm__op_check_per_tensor(context, "output", t->output, err));
  const lm_quantization* hidden = NULL;
  LM_TRY(find_hidden(context, &hidden, err));
  LM_TRY(find_cell_exponent(context, lm__op_scale(t->cell_state), &lstm->cell_exponent, err));

  const float state_scale = lm__op_scale(t->output_state);
  for (int32_t g = 0; g < LM__LSTM_GATES; ++g) {
    if (t->weights[g] == NULL) continue;
    LM_TRY(make_factor(context, lm__op_scale(t->weights[g]) * lm__op_scale(t->input) / GATE_SCALE,
                       &lstm->weights_factor[g], err));
    LM_TRY(make_factor(context, lm__op_scale(t->recurrent[g]) * state_scale / GATE_SCALE,
                       &lstm->recurrent_factor[g], err));
  }
  const float gated = (float)(1.0 / 32768 / (double)hidden->scales[0] * (1.0 / 32768));
  LM_TRY(make_factor(context, gated, &lstm->hidden_factor, err));
  lstm->hidden_zero = hidden->zero_points[0];
  if (t->projection != NULL) {
    LM_TRY(make_factor(context, lm__op_scale(t->projection) * hidden->scales[0] / state_scale,
                       &lstm->projection_factor, err));
  }
  if (lstm->cell_clip > 0.0f) {
    lstm->cell_clip_q = (int32_t)fminf(lstm->cell_clip / lm__op_scale(t->cell_state), 32767.0f);
  }
  if (lstm->projection_clip > 0.0f) {
    lstm->projection_clip_q =
        (int32_t)fminf(lstm->projection_clip / lm__op_scale(t->output), 127.0f);
  }
  return LM_OK;
}

// bias + sum of (x - zero_point) * w; wraps like the format's accumulators.
static int32_t dot(const int8_t* x, const int8_t* w, int32_t count, int32_t zero_point,
                   int32_t bias) {
  uint32_t sum = (uint32_t)bias;
  for (int32_t i = 0; i < count; ++i) sum += (uint32_t)((x[i] - zero_point) * w[i]);
  return (int32_t)sum;
}

static void compute_gate(const lm__lstm* lstm, const lm__lstm_tensors* t, int32_t g,
                         const int8_t* in, const int8_t* state, int16_t* gate) {
  const int8_t* weights = t->weights[g]->data;
  const int8_t* recurrent = t->recurrent[g]->data;
  const int32_t* bias = t->bias[g]->data;
  for (int32_t c = 0; c < lstm->cells; ++c) {
    const int32_t from_input = dot(in, weights + (int64_t)c * lstm->inputs, lstm->inputs,
                                   lm__op_zero_point(t->input), bias[c]);
    const int32_t from_state = dot(state, recurrent + (int64_t)c * lstm->outputs, lstm->outputs,
                                   lm__op_zero_point(t->output_state), 0);
    const int32_t sum =
        lm__requantize(from_input, lstm->weights_factor[g], 0, INT16_MIN, INT16_MAX);
    const int16_t x =
        (int16_t)lm__requantize(from_state, lstm->recurrent_factor[g], sum, INT16_MIN, INT16_MAX);
    gate[c] = g == LM__LSTM_CELL ? lm__fp16_tanh(x, 3) : lm__fp16_logistic(x);
  }
}

static int16_t update_cell(const lm__lstm* lstm, int32_t cell, int32_t forget, int32_t admit,
                           int32_t candidate) {
  const int32_t kept = lm_rounding_divide_by_pot(forget * cell, 15);
  const int32_t added = lm_rounding_divide_by_pot(admit * candidate, 30 + lstm->cell_exponent);
  const int32_t sum = lm__clamp((int64_t)(int16_t)kept + (int16_t)added, INT16_MIN, INT16_MAX);
  const int32_t limit = lstm->cell_clip_q;
  return (int16_t)(limit > 0 ? lm__clamp(sum, -limit, limit) : sum);
}

static void project(const lm__lstm* lstm, const lm__lstm_tensors* t, const int8_t* hidden,
                    int8_t* state) {
  const int32_t* bias = t->projection_bias != NULL ? t->projection_bias->data : NULL;
  for (int32_t o = 0; o < lstm->outputs; ++o) {
    const int8_t* row = (const int8_t*)t->projection->data + (int64_t)o * lstm->cells;
    const int32_t sum =
        dot(hidden, row, lstm->cells, -lstm->hidden_zero, bias != NULL ? bias[o] : 0);
    int32_t y = lm__requantize(sum, lstm->projection_factor, lm__op_zero_point(t->output_state),
                               INT8_MIN, INT8_MAX);
    const int32_t limit = lstm->projection_clip_q;
    if (limit > 0) y = lm__clamp(y, -limit, limit);
    state[o] = (int8_t)y;
  }
}

void lm__lstm_step_integer(const lm__lstm* lstm, const lm__lstm_tensors* t, int32_t b,
                           const int8_t* in, int8_t* out, int16_t* scratch) {
  const int32_t cells = lstm->cells;
  int8_t* state = (int8_t*)t->output_state->data + (int64_t)b * lstm->outputs;
  int16_t* cell = (int16_t*)t->cell_state->data + (int64_t)b * cells;
  int16_t* gates[LM__LSTM_GATES];
  for (int32_t g = 0; g < LM__LSTM_GATES; ++g) {
    gates[g] = scratch + (int64_t)g * cells;
    if (t->weights[g] != NULL) compute_gate(lstm, t, g, in, state, gates[g]);
  }
  const bool coupled = t->weights[LM__LSTM_INPUT] == NULL;
  // With a projection LiteRT subtracts the hidden zero point here and adds it there again.
  const int32_t hidden_zero = t->projection != NULL ? -lstm->hidden_zero : lstm->hidden_zero;
  int8_t* hidden =
      t->projection != NULL ? (int8_t*)(scratch + (int64_t)LM__LSTM_GATES * cells) : state;
  for (int32_t c = 0; c < cells; ++c) {
    const int32_t forget = gates[LM__LSTM_FORGET][c];
    const int32_t admit = coupled ? INT16_MAX - forget : gates[LM__LSTM_INPUT][c];
    cell[c] = update_cell(lstm, cell[c], forget, admit, gates[LM__LSTM_CELL][c]);
    const int32_t squashed = lm__fp16_tanh(cell[c], 15 + lstm->cell_exponent);
    hidden[c] = (int8_t)lm__requantize(gates[LM__LSTM_OUTPUT][c] * squashed, lstm->hidden_factor,
                                       hidden_zero, INT8_MIN, INT8_MAX);
  }
  if (t->projection != NULL) project(lstm, t, hidden, state);
  memcpy(out, state, (size_t)lstm->outputs);
}
