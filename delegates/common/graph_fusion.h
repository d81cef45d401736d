// SPDX-License-Identifier: MIT
//
// Questions about a graph that delegates ask before they let one op do another's work: who alone
// reads a tensor, where in a concatenation it goes, what a PAD adds. The answers depend on graph
// and partition only.
#ifndef LITMARK_GRAPH_FUSION_H_
#define LITMARK_GRAPH_FUSION_H_

#include "litmark/delegate.h"

/// Who reads the tensors of a graph.
typedef struct lm__readers {
  int32_t* sole;  ///< [tensor_count] the one node that reads it, if it lies in the partition; or -1
  uint8_t* inside;  ///< [node_count] 1 in the partition
} lm__readers;

/// Made once a program, used while it is compiled.
lm_status lm__readers_make(lm_allocator allocator, const lm_graph* graph,
                           const lm_partition* partition, lm__readers* out_readers, lm_error* err);
void lm__readers_release(lm_allocator allocator, lm__readers* readers);

/// The node of the partition that alone reads `t`; NULL: there is none such.
const lm_node* lm__readers_sole(const lm__readers* readers, const lm_graph* graph,
                                const lm_tensor* t);

/// True when a node of the partition makes `t`.
bool lm__readers_made_inside(const lm__readers* readers, const lm_tensor* t);

/// True for a CONCATENATION of images along their channels, without an activation.
bool lm__joins_channels(const lm_graph* graph, const lm_node* node);

/// Channels of the inputs of such a concatenation before `input`.
size_t lm__joined_channels_before(const lm_graph* graph, const lm_node* concatenation,
                                  const lm_tensor* input);

/// True for an ADD of `t` and another tensor of the same shape, no constant, that is there before
/// `node` runs. `*out_other` is that tensor.
bool lm__adds_earlier(const lm_graph* graph, const lm_node* add, const lm_tensor* t,
                      const lm_node* node, const lm_tensor** out_other);

#endif  // LITMARK_GRAPH_FUSION_H_
