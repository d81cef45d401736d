// SPDX-License-Identifier: MIT
//
// UNIDIRECTIONAL_SEQUENCE_LSTM: one layer of long short-term memory over a sequence. The states are
// variable tensors: they go on from one invocation to the next until they are reset.
#include "base/checked.h"
#include "ops/lstm_util.h"

static lm_status lstm_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 1, 24, 1, err));
  const int32_t count = lm_op_node(context)->def->input_count;
  LM_OP_CHECK(context, count == 20 || count == 24, LM_BAD_MODEL, "%d inputs, expected 20 or 24",
              count);
  const lm_lstm_options* options = lm_op_node(context)->def->options;
  LM_OP_CHECK(context, !options->diagonal_recurrent, LM_UNSUPPORTED,
              "diagonal recurrent weights are not supported");
  LM_OP_CHECK(
      context,
      options->activation >= LM_ACTIVATION_NONE && options->activation <= LM_ACTIVATION_TANH,
      LM_UNSUPPORTED, "activation %d is not supported", (int)options->activation);
  void* block;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__lstm), &block, err));
  lm__lstm* lstm = block;
  lstm->time_major = options->time_major;
  lstm->activation = options->activation;
  lstm->cell_clip = options->cell_clip;
  lstm->projection_clip = options->proj_clip;
  const lm__lstm_tensors t = lm__lstm_collect(context);
  LM_TRY(lm__lstm_check(context, &t, lstm, err));
  if (t.input->type == LM_INT8) LM_TRY(lm__lstm_prepare_integer(context, &t, lstm, err));
  size_t bytes;
  LM_OP_CHECK(context, lm__checked_mul((size_t)lstm->cells, 5 * sizeof(float), &bytes),
              LM_BAD_MODEL, "%d cells", lstm->cells);
  LM_TRY(lm_op_request_scratch(context, bytes, &lstm->scratch, err));
  lm_shape shape = t.input->shape;
  shape.dims[2] = lstm->outputs;
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static lm_status lstm_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm__lstm* lstm = lm_op_params(context);
  const lm__lstm_tensors t = lm__lstm_collect(context);
  void* scratch = lm_op_scratch(context, lstm->scratch);
  for (int32_t b = 0; b < lstm->batches; ++b) {
    for (int32_t s = 0; s < lstm->steps; ++s) {
      const int64_t row =
          lstm->time_major ? (int64_t)s * lstm->batches + b : (int64_t)b * lstm->steps + s;
      const int64_t in = row * lstm->inputs, out = row * lstm->outputs;
      if (t.input->type == LM_FLOAT32) {
        lm__lstm_step_float(lstm, &t, b, (const float*)t.input->data + in,
                            (float*)t.output->data + out, scratch);
      } else {
        lm__lstm_step_integer(lstm, &t, b, (const int8_t*)t.input->data + in,
                              (int8_t*)t.output->data + out, scratch);
      }
    }
  }
  return LM_OK;
}

static uint64_t lstm_macs(const lm_graph* graph, const lm_node* node) {
  const int32_t* in = lm_graph_input(graph, node, 0)->shape.dims;
  const int32_t* recurrent = lm_graph_input(graph, node, 8)->shape.dims;  // [cells, outputs]
  const uint64_t gates = lm_graph_input(graph, node, 1) != NULL ? 4 : 3;
  uint64_t per_step = gates * (uint64_t)recurrent[0] * (uint64_t)(in[2] + recurrent[1]);
  if (lm_graph_input(graph, node, 16) != NULL) {
    per_step += (uint64_t)recurrent[0] * (uint64_t)recurrent[1];
  }
  return (uint64_t)in[0] * (uint64_t)in[1] * per_step;
}

const lm_op lm_op_unidirectional_sequence_lstm = {
    .name = "UNIDIRECTIONAL_SEQUENCE_LSTM",
    .builtin = LM_BUILTIN_UNIDIRECTIONAL_SEQUENCE_LSTM,
    .max_version = 4,
    .options = LM_OPTIONS_LSTM,
    .prepare = lstm_prepare,
    .eval = lstm_eval,
    .macs = lstm_macs,
};
