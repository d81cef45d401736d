// SPDX-License-Identifier: MIT
//
// Seeded weights that behave like trained ones. Random weights alone do not: in a deep network the
// signal explodes or dies, half of the channels are never positive, and every image ends in the
// same class. So the network is run, layer by layer, over a few generated images; after each layer
// with weights they are rescaled and the bias is set such that the layer's output has a given
// spread, as batch norm does before it is folded (data-dependent initialisation, Kraehenbuhl et al.
// 2015, arXiv:1511.06856). The same run notes the range of every layer for quantization.
//
// Layers run on the reference kernels of the runtime, one at a time, as models of one node. Their
// arithmetic has no last-bit freedom, so a seed gives the same file on every machine.
#ifndef LM_MKMODEL_NET_WEIGHTS_H_
#define LM_MKMODEL_NET_WEIGHTS_H_

#include "net_builder.h"

/// Called before layer `done` of `total`.
typedef void (*lm_net_progress)(int32_t done, int32_t total);

/// Makes the weights of all layers, and their ranges.
///
/// @param progress  May be NULL.
/// @retval LM_OUT_OF_MEMORY
lm_status lm_net_make_weights(lm_net* net, lm_net_progress progress, lm_error* err);

#endif  // LM_MKMODEL_NET_WEIGHTS_H_
