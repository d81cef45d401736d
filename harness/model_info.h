// SPDX-License-Identifier: MIT
//
// What a result says about the model and about where its nodes ran.
#ifndef LITMARK_HARNESS_MODEL_INFO_H_
#define LITMARK_HARNESS_MODEL_INFO_H_

#include "json_build.h"
#include "session.h"

/// How the weighted layers of the main graph compute: "float32", "float16" (half-precision weights,
/// float arithmetic), "dynamic" (integer weights, float activations), "int8", "uint8", "int16"
/// (16-bit activations), or "mixed". Static string.
const char* lm_model_precision(const lm_model* model);

/// Multiply-accumulates of one evaluation of a node; 0 for folded nodes and ops without any.
uint64_t lm_node_macs(const lm_graph* graph, int32_t node_index);

/// Adds "model", "delegate", "ran_on", "threads", "device" and "placement" to a result. The session
/// is planned. `sha256` is that of the file at `path`.
void lm_model_info_add(lm_json* json, cJSON* result, const char* path, const char* sha256,
                       const lm_session* session, int threads);

#endif  // LITMARK_HARNESS_MODEL_INFO_H_
