// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "ops/lstm_util.h"

static float dot(const float* a, const float* b, int32_t count) {
  float sum = 0.0f;
  for (int32_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

static float activate(lm_activation activation, float x) {
  switch (activation) {
    case LM_ACTIVATION_RELU:
      return x < 0.0f ? 0.0f : x;
    case LM_ACTIVATION_RELU_N1_TO_1:
      return lm__clampf(x, -1.0f, 1.0f);
    case LM_ACTIVATION_RELU6:
      return lm__clampf(x, 0.0f, 6.0f);
    case LM_ACTIVATION_TANH:
      return tanhf(x);
    default:
      return x;
  }
}

// To mean 0 and variance 1, then times the coefficients plus the bias.
static void normalize(float* gate, int32_t cells, const float* coefficients, const float* bias) {
  float sum = 0.0f;
  for (int32_t c = 0; c < cells; ++c) sum += gate[c];
  const float mean = sum / (float)cells;
  float squares = 0.0f;
  for (int32_t c = 0; c < cells; ++c) squares += (gate[c] - mean) * (gate[c] - mean);
  const float inverse = 1.0f / sqrtf(squares / (float)cells + 1e-8f);
  for (int32_t c = 0; c < cells; ++c) {
    gate[c] = (gate[c] - mean) * inverse * coefficients[c] + bias[c];
  }
}

static void compute_gate(const lm__lstm* lstm, const lm__lstm_tensors* t, int32_t g,
                         const float* in, const float* state, const float* cell, float* gate) {
  const float* bias = t->bias[g]->data;
  const float* weights = t->weights[g]->data;
  const float* recurrent = t->recurrent[g]->data;
  const bool norm = t->norm[g] != NULL;
  for (int32_t c = 0; c < lstm->cells; ++c) {
    float sum = norm ? 0.0f : bias[c];
    sum += dot(weights + (int64_t)c * lstm->inputs, in, lstm->inputs);
    sum += dot(recurrent + (int64_t)c * lstm->outputs, state, lstm->outputs);
    if (t->peephole[g] != NULL) sum += ((const float*)t->peephole[g]->data)[c] * cell[c];
    gate[c] = sum;
  }
  if (norm) normalize(gate, lstm->cells, t->norm[g]->data, bias);
  for (int32_t c = 0; c < lstm->cells; ++c) {
    gate[c] =
        g == LM__LSTM_CELL ? activate(lstm->activation, gate[c]) : 1.0f / (1.0f + expf(-gate[c]));
  }
}

static float clip(float x, float limit) { return limit > 0.0f ? lm__clampf(x, -limit, limit) : x; }

void lm__lstm_step_float(const lm__lstm* lstm, const lm__lstm_tensors* t, int32_t b,
                         const float* in, float* out, float* scratch) {
  const int32_t cells = lstm->cells;
  float* state = (float*)t->output_state->data + (int64_t)b * lstm->outputs;
  float* cell = (float*)t->cell_state->data + (int64_t)b * cells;
  float* gates[LM__LSTM_GATES];
  for (int32_t g = 0; g < LM__LSTM_GATES; ++g) gates[g] = scratch + (int64_t)g * cells;
  float* hidden = scratch + (int64_t)LM__LSTM_GATES * cells;

  const bool coupled = t->weights[LM__LSTM_INPUT] == NULL;
  for (int32_t g = coupled ? LM__LSTM_FORGET : LM__LSTM_INPUT; g <= LM__LSTM_CELL; ++g) {
    compute_gate(lstm, t, g, in, state, cell, gates[g]);
  }
  for (int32_t c = 0; c < cells; ++c) {
    const float forget = gates[LM__LSTM_FORGET][c];
    const float admit = coupled ? 1.0f - forget : gates[LM__LSTM_INPUT][c];
    cell[c] = clip(forget * cell[c] + gates[LM__LSTM_CELL][c] * admit, lstm->cell_clip);
  }
  // The output gate looks through its peephole at the new cell state.
  compute_gate(lstm, t, LM__LSTM_OUTPUT, in, state, cell, gates[LM__LSTM_OUTPUT]);
  for (int32_t c = 0; c < cells; ++c) {
    hidden[c] = gates[LM__LSTM_OUTPUT][c] * activate(lstm->activation, cell[c]);
  }
  if (t->projection == NULL) {
    memcpy(state, hidden, (size_t)cells * sizeof *state);
  } else {
    const float* bias = t->projection_bias != NULL ? t->projection_bias->data : NULL;
    for (int32_t o = 0; o < lstm->outputs; ++o) {
      const float* row = (const float*)t->projection->data + (int64_t)o * cells;
      const float sum = (bias != NULL ? bias[o] : 0.0f) + dot(row, hidden, cells);
      state[o] = clip(sum, lstm->projection_clip);
    }
  }
  memcpy(out, state, (size_t)lstm->outputs * sizeof *out);
}
