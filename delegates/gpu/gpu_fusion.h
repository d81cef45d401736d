// SPDX-License-Identifier: MIT
//
// Ops that another op does along with its own work: padding in front of a convolution, and behind
// one an element-wise op or a concatenation of channels. The answers are pure functions of the
// graph, so that both ops of a pair come to the same one. Which ops take part is said in
// gpu_fusion.c: who adds an op there makes its `compile` ask.
//
//   CONV_2D (floats)          tail = lm__gpu_tail_of(build, node), and does the tail's work;
//                             lm__gpu_target_of(build, tail != NULL ? tail : node, ...)
//                             lm__gpu_padding_of(build, input 0, ...)
//   ADD, RELU, ...            if (lm__gpu_is_tail(build, node)) return LM_OK;
//   PAD                       if (lm__gpu_is_fused_padding(build, node)) return LM_OK;
//   convolutions, pools       write to lm__gpu_target_of(build, node, ...)
//   CONCATENATION             skips inputs with lm__gpu_is_in_place(build, node, input)
#ifndef LITMARK_GPU_FUSION_H_
#define LITMARK_GPU_FUSION_H_

#include "gpu_build.h"

/// The node of this partition that alone reads `t`; NULL: several do, or one outside.
const lm_node* lm__gpu_sole_reader(const lm__gpu_build* build, const lm_tensor* t);

/// Where an op that makes pixels ([N,H,W,C]) puts them.
typedef struct lm__gpu_target {
  lm__gpu_value value;
  lm__gpu_type type;
  size_t offset;        ///< elements before the first pixel
  size_t pixel_stride;  ///< elements from one pixel to the next
} lm__gpu_target;

/// Where `node` puts its output: into the tensor itself, or into that of a concatenation of
/// channels that alone reads it. Every op for which gpu_fusion.c says that it writes pixels (see
/// the top) writes there.
lm_status lm__gpu_target_of(lm__gpu_build* build, const lm_node* node, lm__gpu_target* out_target,
                            lm_error* err);

/// True when the tensor's producer writes it where the concatenation `node` wants it.
bool lm__gpu_is_in_place(const lm__gpu_build* build, const lm_node* node, const lm_tensor* input);

/// The element-wise op that a CONV_2D or DEPTHWISE_CONV_2D in floats does on its sums before it
/// writes them, to the target of that op: ADD with a tensor of the same shape that is there before
/// the convolution runs, or an activation (RELU, RELU6, RELU_N1_TO_1, HARD_SWISH, LOGISTIC). The
/// convolution's own activation, and its clamp, come first. NULL: none.
const lm_node* lm__gpu_tail_of(const lm__gpu_build* build, const lm_node* convolution);

/// True when `node`, an element-wise op that asks in its compile, is such a tail.
bool lm__gpu_is_tail(const lm__gpu_build* build, const lm_node* node);

/// Of a tail that is an ADD: the input that the convolution does not make.
const lm_tensor* lm__gpu_tail_operand(const lm__gpu_build* build, const lm_node* convolution,
                                      const lm_node* tail);

/// Padding of an image in front of a convolution, with what reads as 0.
typedef struct lm__gpu_padding {
  const lm_tensor* input;  ///< of the PAD: what the convolution reads
  int32_t top, left;
} lm__gpu_padding;

/// True when `input` comes from a PAD that the CONV_2D or DEPTHWISE_CONV_2D (padding VALID) which
/// alone reads it does itself, in floats and bytes alike.
bool lm__gpu_padding_of(const lm__gpu_build* build, const lm_tensor* input,
                        lm__gpu_padding* out_padding);

/// True when the PAD `node` is such a one.
bool lm__gpu_is_fused_padding(const lm__gpu_build* build, const lm_node* node);

#endif  // LITMARK_GPU_FUSION_H_
