// SPDX-License-Identifier: MIT
//
// Ops that another op does along with its own work: padding in front of a convolution, and
// concatenation of channels behind one. The answers are pure functions of the graph, so that both
// ops of a pair come to the same one.
#ifndef LITMARK_CPU_FUSION_H_
#define LITMARK_CPU_FUSION_H_

#include "cpu_delegate.h"

/// Made once a program, used while it is compiled.
lm_status lm__cpu_readers_make(lm_allocator allocator, const lm_graph* graph,
                               const lm_partition* partition, lm__cpu_readers* out_readers,
                               lm_error* err);
void lm__cpu_readers_release(lm_allocator allocator, lm__cpu_readers* readers);

/// The node of this program that alone reads `t`, where `t` has memory of the arena; else NULL.
const lm_node* lm__cpu_sole_reader(const lm__cpu_build* build, const lm_tensor* t);

/// Where an op that makes pixels puts them.
typedef struct lm__cpu_target {
  int32_t tensor_index;
  size_t offset;        ///< elements before the first pixel
  size_t pixel_stride;  ///< elements from one pixel to the next
} lm__cpu_target;

/// Where `node`, which asks for this in its compile, puts its output: into the tensor itself, or
/// into that of a concatenation of channels that alone reads it, with no copy. Tells the compiler.
lm__cpu_target lm__cpu_target_of(const lm__cpu_build* build, const lm_node* node);

/// True when the tensor's producer writes it where the concatenation `node` wants it.
bool lm__cpu_is_in_place(const lm__cpu_build* build, const lm_node* node, const lm_tensor* input);

/// Padding of an image in front of a convolution.
typedef struct lm__cpu_padding {
  const lm_tensor* input;  ///< of the PAD
  int32_t top, left;
} lm__cpu_padding;

/// True when `input` comes from a PAD that the convolution which reads it does itself.
bool lm__cpu_padding_of(const lm__cpu_build* build, const lm_tensor* input,
                        lm__cpu_padding* out_padding);

#endif  // LITMARK_CPU_FUSION_H_
