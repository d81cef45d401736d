// SPDX-License-Identifier: MIT
//
// Ops on bytes: INT8 and UINT8 tensors in exact integers, byte for byte as the reference kernels
// (runtime/ops), in files of their own, gpu_q8_<op>.c. An op here refuses tensors that are no bytes
// on the device without a reason: the op in floats has given one.
#ifndef LITMARK_GPU_Q8_H_
#define LITMARK_GPU_Q8_H_

#include "gpu_fusion.h"
#include "gpu_util.h"
#include "litmark/kernel_math.h"

/// True when `t` lies on the device as bytes and has one scale.
bool lm__gpu_q8_is_byte(const lm__gpu_context* context, const lm_tensor* t);

/// Whether the device is to compute on the bytes of `t`; false without a reason where `t` has none,
/// or the user wants floats of them.
bool lm__gpu_q8_is_wanted(const lm__gpu_context* context, const lm_tensor* t, const char** out_why);
/// True when kernels can count the elements of `t`, and there are some.
bool lm__gpu_q8_is_countable(const lm_tensor* t, const char** out_why);

/// True when inputs [0, input_count) and output 0 are such bytes and have a size that kernels can
/// count.
bool lm__gpu_q8_check(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                      int32_t input_count, const char** out_why);

static inline bool lm__gpu_q8_is_constant(const lm_tensor* t) {
  return t->storage == LM_STORAGE_CONSTANT;
}
static inline float lm__gpu_q8_scale(const lm_tensor* t) { return t->quantization.scales[0]; }
static inline int32_t lm__gpu_q8_zero(const lm_tensor* t) { return t->quantization.zero_points[0]; }

/// The zero point among signed bytes.
static inline int32_t lm__gpu_q8_signed_zero(const lm_tensor* t) {
  return lm__gpu_q8_zero(t) - (t->type == LM_UINT8 ? 128 : 0);
}

/// What makes signed bytes of those of a tensor, four at a time and one.
static inline int32_t lm__gpu_q8_flip(const lm_tensor* t) {
  return t->type == LM_UINT8 ? (int32_t)0x80808080u : 0;
}

#endif  // LITMARK_GPU_Q8_H_
