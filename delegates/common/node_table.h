// SPDX-License-Identifier: MIT
//
// Nodes that compute each element of their output from one 8-bit element: a table of 256 bytes.
// Making it takes no arithmetic of a delegate's: the reference kernel itself runs on all 256 values
// while compiling, in a graph of the one node, so that the results are its own.
#ifndef LITMARK_NODE_TABLE_H_
#define LITMARK_NODE_TABLE_H_

#include "litmark/allocator.h"
#include "litmark/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LM__NODE_TABLE_SIZE 256

/// The node's output and its input number `input` have 8 bits and one scale each; every other input
/// is a constant with one element.
bool lm__node_has_table(const lm_graph* graph, const lm_node* node, int32_t input);

/// Fills the table, indexed by the bits of an element. The node is one for which
/// lm__node_has_table() holds.
lm_status lm__node_table_fill(const lm_graph* graph, const lm_node* node, int32_t input,
                              lm_allocator allocator, uint8_t* table, lm_error* err);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_NODE_TABLE_H_
