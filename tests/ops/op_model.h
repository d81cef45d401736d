// SPDX-License-Identifier: MIT
//
// The model that the fixture builds around a case.
#ifndef LITMARK_TESTS_OP_MODEL_H_
#define LITMARK_TESTS_OP_MODEL_H_

#include "op_fixture.h"

#define OP_MODEL_TENSORS (2 * OP_MAX_INPUTS + OP_MAX_OUTPUTS)

/// Everything lies in here but the contents of constants.
typedef struct op_model {
  lm_model model;
  lm_subgraph_def subgraph;
  lm_tensor_def tensors[OP_MODEL_TENSORS];
  int32_t tensor_count;
  lm_node_def nodes[OP_MAX_INPUTS + 1];  ///< copies of the inputs, then the op
  lm_dims_options copy_shapes[OP_MAX_INPUTS];
  int32_t copy_inputs[OP_MAX_INPUTS], copy_outputs[OP_MAX_INPUTS];
  int32_t op_inputs[OP_MAX_INPUTS], op_outputs[OP_MAX_OUTPUTS];
  int32_t graph_inputs[OP_MAX_INPUTS];
  int32_t case_inputs[OP_MAX_INPUTS];  ///< which input of the case graph input i is
  void* contents[OP_MAX_INPUTS];       ///< OWNED
} op_model;

/// Builds the model of a case. `copies` puts a RESHAPE to the same shape before every runtime
/// input.
void op_model_init(op_model* m, const op_case* c, bool copies);
void op_model_deinit(op_model* m);

/// Elements of a case's tensor.
int64_t op_tensor_elements(const op_tensor* t);

/// Writes the contents of `t` to `out`.
void op_tensor_pack(const op_tensor* t, void* out);

/// Element `i` of `data` as double.
double op_element(const void* data, lm_type type, int64_t i);

#endif  // LITMARK_TESTS_OP_MODEL_H_
