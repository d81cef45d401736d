// SPDX-License-Identifier: MIT
//
// Ops that another op does along with its own work: padding in front of a convolution, and behind
// one concatenation of channels, or an element-wise op. The answers are pure functions of the
// graph, so that both ops of a pair come to the same one.
#ifndef LITMARK_CPU_FUSION_H_
#define LITMARK_CPU_FUSION_H_

#include "cpu_op.h"

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

/// The element-wise op that a convolution does on each block of its output while that is still in
/// the cache, writing where the op would: ADD of two tensors of one shape, or an activation. NULL:
/// none. Tells the compiler nothing.
const lm_node* lm__cpu_tail_of(const lm__cpu_build* build, const lm_node* convolution);

/// Last act of an element-wise op's compile: makes its step such a tail where it is one (a part
/// then, which gives its `piece` and reads what the convolution wrote into the op's own output),
/// else lets the output take the memory of an input. `piece` does elements of the step.
void lm__cpu_make_elementwise(const lm__cpu_build* build, const lm_node* node, lm__cpu_step* step,
                              void (*piece)(const lm__cpu_step* step, size_t begin, size_t end));

/// Padding of an image in front of a convolution.
typedef struct lm__cpu_padding {
  const lm_tensor* input;  ///< of the PAD
  int32_t top, left;
} lm__cpu_padding;

/// True when `input` comes from a PAD that the convolution which reads it does itself.
bool lm__cpu_padding_of(const lm__cpu_build* build, const lm_tensor* input,
                        lm__cpu_padding* out_padding);

#endif  // LITMARK_CPU_FUSION_H_
