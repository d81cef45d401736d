// SPDX-License-Identifier: MIT
//
// Between the files of `litmark inspect`: what was found out about a model.
#ifndef LITMARK_CLI_INSPECT_H_
#define LITMARK_CLI_INSPECT_H_

#include <stdio.h>

#include "litmark/interpreter.h"

#include "session.h"

typedef struct inspection {
  const char* path;
  const char* delegate;
  const lm_model* model;
  const lm_subgraph_def* subgraph;
  const lm_graph* graph;         ///< NULL when the model could not be planned ...
  const lm_plan_report* report;  ///< ... and this too
  const lm_session* session;     ///< ... and this
  const lm_error* failure;       ///< why not; status LM_OK otherwise
} inspection;

/// Shape as planned, or as the file states it.
const lm_shape* inspect_shape(const inspection* in, int32_t tensor_index);

/// Element type, likewise: some ops decide it whatever the file states.
lm_type inspect_type(const inspection* in, int32_t tensor_index);

/// Multiply-accumulates of a node; 0 without a plan.
uint64_t inspect_macs(const inspection* in, int32_t node_index);

void inspect_print(const inspection* in, bool all_tensors, FILE* out);

/// The same for programs.
/// @retval LM_OUT_OF_MEMORY, LM_IO
lm_status inspect_write_json(const inspection* in, const char* path, lm_error* err);

#endif  // LITMARK_CLI_INSPECT_H_
