// SPDX-License-Identifier: MIT
//
// Layers -> .tflite.
#ifndef LM_MKMODEL_NET_EMIT_H_
#define LM_MKMODEL_NET_EMIT_H_

#include "litmark/allocator.h"

#include "net_builder.h"

/// Writes a network that has its weights (net_weights.h).
///
/// @param type      LM_FLOAT32, LM_INT8 or LM_UINT8: of input, output and all between.
///                  LM_FLOAT16: of the weights, each behind a node that widens it.
/// @param out_data  OWNED by the caller, from `allocator`; ready for lm_model_create().
/// @retval LM_OUT_OF_MEMORY
/// @retval LM_INVALID_ARGUMENT  another type; a file over 2 GB.
lm_status lm_net_emit(const lm_net* net, lm_type type, lm_allocator allocator, void** out_data,
                      size_t* out_bytes, lm_error* err);

/// Writes layer `index` alone as a float model over `batch` images, with the layer's inputs as the
/// graph's inputs, in their order.
lm_status lm__net_emit_layer(const lm_net* net, int32_t index, int32_t batch,
                             lm_allocator allocator, void** out_data, size_t* out_bytes,
                             lm_error* err);

#endif  // LM_MKMODEL_NET_EMIT_H_
