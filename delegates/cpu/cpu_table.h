// SPDX-License-Identifier: MIT
//
// Nodes that compute each element of their output from one 8-bit element: a table of 256 bytes.
// Making it takes no arithmetic of this delegate's: the reference kernel itself runs on all 256
// values while compiling, in a graph of the one node, so that the results are its own.
#ifndef LITMARK_CPU_TABLE_H_
#define LITMARK_CPU_TABLE_H_

#include "cpu_delegate.h"

/// The node's output and its input number `input` have 8 bits and one scale each; every other input
/// is a constant with one element.
bool lm__cpu_table_supports(const lm_graph* graph, const lm_node* node, int32_t input);

/// A step that looks elements of input number `input` up.
lm_status lm__cpu_table_compile(const lm__cpu_build* build, const lm_node* node, int32_t input,
                                lm__cpu_step** out_step, lm_error* err);

#endif  // LITMARK_CPU_TABLE_H_
