// SPDX-License-Identifier: MIT
#include "ops/lstm_util.h"

// Indices of the node's inputs.
enum {
  IN_WEIGHTS = 1,
  IN_RECURRENT = 5,
  IN_PEEPHOLE = 9,  // input, forget, output: the cell gate has none
  IN_BIAS = 12,
  IN_PROJECTION = 16,
  IN_PROJECTION_BIAS,
  IN_OUTPUT_STATE,
  IN_CELL_STATE,
  IN_NORM,
};

lm__lstm_tensors lm__lstm_collect(lm_op_context* context) {
  lm__lstm_tensors t = {
      .input = lm_op_input(context, 0),
      .projection = lm_op_input(context, IN_PROJECTION),
      .projection_bias = lm_op_input(context, IN_PROJECTION_BIAS),
      .output_state = lm_op_input(context, IN_OUTPUT_STATE),
      .cell_state = lm_op_input(context, IN_CELL_STATE),
      .output = lm_op_output(context, 0),
  };
  for (int32_t g = 0; g < LM__LSTM_GATES; ++g) {
    t.weights[g] = lm_op_input(context, IN_WEIGHTS + g);
    t.recurrent[g] = lm_op_input(context, IN_RECURRENT + g);
    t.bias[g] = lm_op_input(context, IN_BIAS + g);
    t.norm[g] = lm_op_input(context, IN_NORM + g);
  }
  t.peephole[LM__LSTM_INPUT] = lm_op_input(context, IN_PEEPHOLE);
  t.peephole[LM__LSTM_FORGET] = lm_op_input(context, IN_PEEPHOLE + 1);
  t.peephole[LM__LSTM_OUTPUT] = lm_op_input(context, IN_PEEPHOLE + 2);
  return t;
}

static lm_status check_vector(const lm_op_context* context, const char* what, const lm_tensor* t,
                              lm_type type, int32_t length, lm_error* err) {
  LM_OP_CHECK(context, t != NULL, LM_BAD_MODEL, "%s is absent", what);
  LM_TRY(lm__op_check_type(context, what, t, &type, 1, err));
  const int64_t count = lm_shape_count(&t->shape);
  LM_OP_CHECK(context, t->shape.rank == 1 && count == length, LM_BAD_MODEL,
              "%s has %lld elements, expected %d", what, (long long)count, length);
  return LM_OK;
}

static lm_status check_matrix(const lm_op_context* context, const char* what, const lm_tensor* t,
                              lm_type type, int32_t rows, int32_t columns, lm_error* err) {
  LM_OP_CHECK(context, t != NULL, LM_BAD_MODEL, "%s is absent", what);
  LM_TRY(lm__op_check_type(context, what, t, &type, 1, err));
  LM_TRY(lm__op_check_rank(context, what, t, 2, 2, err));
  LM_OP_CHECK(context, t->shape.dims[0] == rows && t->shape.dims[1] == columns, LM_BAD_MODEL,
              "%s is [%d,%d], expected [%d,%d]", what, t->shape.dims[0], t->shape.dims[1], rows,
              columns);
  if (type == LM_INT8) LM_TRY(lm__op_check_per_tensor(context, what, t, err));
  return LM_OK;
}

// The input gate may be missing as a whole: coupled to the forget gate.
static bool gate_exists(const lm__lstm_tensors* t, int32_t gate) {
  return gate != LM__LSTM_INPUT || t->weights[LM__LSTM_INPUT] != NULL;
}

static lm_status check_gates(const lm_op_context* context, const lm__lstm_tensors* t,
                             const lm__lstm* lstm, lm_type weights_type, lm_error* err) {
  const lm_type bias_type = weights_type == LM_INT8 ? LM_INT32 : LM_FLOAT32;
  const bool peephole = t->peephole[LM__LSTM_OUTPUT] != NULL;
  const bool norm = t->norm[LM__LSTM_FORGET] != NULL;
  LM_OP_CHECK(context, weights_type == LM_FLOAT32 || (!peephole && !norm), LM_UNSUPPORTED,
              "integer cell with %s is not supported",
              peephole ? "peephole weights" : "layer normalization");
  for (int32_t g = 0; g < LM__LSTM_GATES; ++g) {
    if (!gate_exists(t, g)) {
      LM_OP_CHECK(context, t->recurrent[g] == NULL && t->peephole[g] == NULL && t->norm[g] == NULL,
                  LM_BAD_MODEL, "input gate has no input weights but others");
      continue;
    }
    LM_TRY(check_matrix(context, "input weights", t->weights[g], weights_type, lstm->cells,
                        lstm->inputs, err));
    LM_TRY(check_matrix(context, "recurrent weights", t->recurrent[g], weights_type, lstm->cells,
                        lstm->outputs, err));
    LM_TRY(check_vector(context, "gate bias", t->bias[g], bias_type, lstm->cells, err));
    if (peephole && g != LM__LSTM_CELL) {
      LM_TRY(
          check_vector(context, "peephole weights", t->peephole[g], LM_FLOAT32, lstm->cells, err));
    }
    if (norm) {
      LM_TRY(
          check_vector(context, "layer normalization", t->norm[g], LM_FLOAT32, lstm->cells, err));
    }
  }
  return LM_OK;
}

static lm_status check_state(const lm_op_context* context, const char* what, const lm_tensor* t,
                             lm_type type, int32_t batches, int32_t length, lm_error* err) {
  LM_TRY(check_matrix(context, what, t, type, batches, length, err));
  LM_OP_CHECK(context, t->def->is_variable, LM_BAD_MODEL, "%s is no variable tensor", what);
  if (type == LM_INT16) LM_TRY(lm__op_check_per_tensor(context, what, t, err));
  return LM_OK;
}

lm_status lm__lstm_check(const lm_op_context* context, const lm__lstm_tensors* t, lm__lstm* lstm,
                         lm_error* err) {
  static const lm_type kTypes[] = {LM_FLOAT32, LM_INT8};
  LM_TRY(lm__op_check_type(context, "input", t->input, kTypes, 2, err));
  LM_TRY(lm__op_check_same_type(context, "input", t->input, "output", t->output, err));
  LM_TRY(lm__op_check_rank(context, "input", t->input, 3, 3, err));
  const lm_type type = t->input->type;
  LM_OP_CHECK(context, t->weights[LM__LSTM_OUTPUT] != NULL && t->recurrent[LM__LSTM_OUTPUT] != NULL,
              LM_BAD_MODEL, "output gate has no weights");
  LM_TRY(lm__op_check_rank(context, "input weights", t->weights[LM__LSTM_OUTPUT], 2, 2, err));
  LM_TRY(lm__op_check_rank(context, "recurrent weights", t->recurrent[LM__LSTM_OUTPUT], 2, 2, err));

  const int32_t* in = t->input->shape.dims;
  lstm->steps = lstm->time_major ? in[0] : in[1];
  lstm->batches = lstm->time_major ? in[1] : in[0];
  lstm->inputs = in[2];
  lstm->cells = t->weights[LM__LSTM_OUTPUT]->shape.dims[0];
  lstm->outputs = t->recurrent[LM__LSTM_OUTPUT]->shape.dims[1];
  LM_OP_CHECK(context, lstm->inputs > 0 && lstm->cells > 0 && lstm->outputs > 0, LM_BAD_MODEL,
              "%d inputs, %d cells, %d outputs", lstm->inputs, lstm->cells, lstm->outputs);
  LM_TRY(check_gates(context, t, lstm, type, err));
  if (t->projection != NULL) {
    LM_TRY(check_matrix(context, "projection weights", t->projection, type, lstm->outputs,
                        lstm->cells, err));
    if (t->projection_bias != NULL) {
      LM_TRY(check_vector(context, "projection bias", t->projection_bias,
                          type == LM_INT8 ? LM_INT32 : LM_FLOAT32, lstm->outputs, err));
    }
  } else {
    LM_OP_CHECK(context, lstm->outputs == lstm->cells && t->projection_bias == NULL, LM_BAD_MODEL,
                "%d outputs of %d cells without a projection", lstm->outputs, lstm->cells);
  }
  LM_TRY(check_state(context, "output state", t->output_state, type, lstm->batches, lstm->outputs,
                     err));
  return check_state(context, "cell state", t->cell_state, type == LM_INT8 ? LM_INT16 : LM_FLOAT32,
                     lstm->batches, lstm->cells, err);
}
