// SPDX-License-Identifier: MIT
//
// UNIDIRECTIONAL_SEQUENCE_LSTM in parts: the tensors of a node, their checks, and one step of the
// cell for one batch in float32 and in integers.
#ifndef LITMARK_OPS_LSTM_UTIL_H_
#define LITMARK_OPS_LSTM_UTIL_H_

#include "ops/kernel_util.h"

/// Gates, in the order of the node's inputs.
enum { LM__LSTM_INPUT, LM__LSTM_FORGET, LM__LSTM_CELL, LM__LSTM_OUTPUT, LM__LSTM_GATES };

/// The tensors of a node; NULL where a gate or an extension is absent.
typedef struct lm__lstm_tensors {
  const lm_tensor* input;                    ///< [batches, steps, inputs] or [steps, batches, ...]
  const lm_tensor* weights[LM__LSTM_GATES];  ///< [cells, inputs]
  const lm_tensor* recurrent[LM__LSTM_GATES];  ///< [cells, outputs]
  const lm_tensor* peephole[LM__LSTM_GATES];   ///< [cells], float32 only; none for CELL
  const lm_tensor* bias[LM__LSTM_GATES];       ///< [cells]
  const lm_tensor* norm[LM__LSTM_GATES];       ///< [cells], float32 only: layer normalization
  const lm_tensor* projection;                 ///< [outputs, cells]
  const lm_tensor* projection_bias;            ///< [outputs]
  const lm_tensor* output_state;               ///< [batches, outputs], variable
  const lm_tensor* cell_state;                 ///< [batches, cells], variable
  const lm_tensor* output;
} lm__lstm_tensors;

typedef struct lm__lstm {
  int32_t batches, steps, inputs, cells, outputs;
  bool time_major;
  lm_activation activation;
  float cell_clip, projection_clip;  ///< 0: none
  int32_t scratch;                   ///< room for five vectors of `cells` floats
  // Integers only.
  lm_multiplier weights_factor[LM__LSTM_GATES], recurrent_factor[LM__LSTM_GATES];
  lm_multiplier hidden_factor, projection_factor;
  int32_t cell_exponent;  ///< scale of the cell state is 2^cell_exponent
  int32_t hidden_zero, cell_clip_q, projection_clip_q;
} lm__lstm;

/// Collects the tensors of the node.
lm__lstm_tensors lm__lstm_collect(lm_op_context* context);

/// Checks every tensor and fills the sizes.
lm_status lm__lstm_check(const lm_op_context* context, const lm__lstm_tensors* t, lm__lstm* lstm,
                         lm_error* err);

/// Fills the rescale factors of an integer node.
lm_status lm__lstm_prepare_integer(const lm_op_context* context, const lm__lstm_tensors* t,
                                   lm__lstm* lstm, lm_error* err);

/// One step of batch `b`: reads `in` [inputs], updates both states, writes `out` [outputs].
void lm__lstm_step_float(const lm__lstm* lstm, const lm__lstm_tensors* t, int32_t b,
                         const float* in, float* out, float* scratch);
void lm__lstm_step_integer(const lm__lstm* lstm, const lm__lstm_tensors* t, int32_t b,
                           const int8_t* in, int8_t* out, int16_t* scratch);

#endif  // LITMARK_OPS_LSTM_UTIL_H_
