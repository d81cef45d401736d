// SPDX-License-Identifier: MIT
//
// Between the two C++ files of the reader: the options tables of operators.
#ifndef LITMARK_MODEL_TFLITE_OPTIONS_H_
#define LITMARK_MODEL_TFLITE_OPTIONS_H_

#include "base/arena.h"
#include "litmark/model.h"

namespace litmark {
namespace fb {
struct Operator;
}
}  // namespace litmark

/// Fills node->options_kind and node->options from the operator's table. Tables that this build
/// does not know leave LM_OPTIONS_NONE.
lm_status lm__tflite_read_options(const litmark::fb::Operator* op, lm__arena* arena,
                                  int32_t subgraph_count, lm_node_def* node, lm_error* err);

#endif  // LITMARK_MODEL_TFLITE_OPTIONS_H_
