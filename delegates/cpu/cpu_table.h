// SPDX-License-Identifier: MIT
//
// Nodes that compute each element of their output from one 8-bit element: a table of 256 bytes,
// made as node_table.h says.
#ifndef LITMARK_CPU_TABLE_H_
#define LITMARK_CPU_TABLE_H_

#include "cpu_op.h"

/// The node's output and its input number `input` have 8 bits and one scale each; every other input
/// is a constant with one element.
bool lm__cpu_table_supports(const lm_graph* graph, const lm_node* node, int32_t input);

/// A step that looks elements of input number `input` up.
lm_status lm__cpu_table_compile(const lm__cpu_build* build, const lm_node* node, int32_t input,
                                lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_TABLE_H_
