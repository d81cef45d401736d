// SPDX-License-Identifier: MIT
//
// The C face of the FlatBuffers reader: bytes in, lm_model's structs out.
#ifndef LITMARK_MODEL_TFLITE_READER_H_
#define LITMARK_MODEL_TFLITE_READER_H_

#include "base/arena.h"
#include "litmark/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Verifies `data` and fills `model`, whose structs live in `arena`. On failure the arena may hold
/// memory that its deinit releases.
lm_status lm__tflite_read(const void* data, size_t size, lm__arena* arena, lm_model* model,
                          lm_error* err);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_MODEL_TFLITE_READER_H_
