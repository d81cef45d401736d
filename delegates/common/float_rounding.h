// SPDX-License-Identifier: MIT
//
// Where floats become integers again: there a difference in the last bit can become a whole step.
// A delegate whose floats are not the reference kernels' very bits asks before it takes nodes.
#ifndef LITMARK_FLOAT_ROUNDING_H_
#define LITMARK_FLOAT_ROUNDING_H_

#include "litmark/delegate.h"

/// True when node `first` or one behind it rounds floats that the graph computed to integers:
/// QUANTIZE, and dynamic-range nodes, which quantize their input. 0 asks about the whole graph.
bool lm__rounds_floats_from(const lm_graph* graph, int32_t first);

#endif  // LITMARK_FLOAT_ROUNDING_H_
