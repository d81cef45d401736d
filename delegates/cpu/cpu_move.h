// SPDX-License-Identifier: MIT
//
// Ops that only move elements, as copies between strided views of two tensors each.
#ifndef LITMARK_CPU_MOVE_H_
#define LITMARK_CPU_MOVE_H_

#include "cpu_op.h"

/// A copy of dims[0] x dims[1] x ... elements; strides and offsets are in elements. Strides of the
/// input may be 0 or negative, those of the output fall from dimension to dimension.
typedef struct lm__cpu_move {
  int32_t rank;
  size_t dims[LM_MAX_RANK];
  ptrdiff_t in_strides[LM_MAX_RANK], out_strides[LM_MAX_RANK];
  ptrdiff_t in_offset, out_offset;
  int32_t input_index, output_index;
  const uint8_t* input;
  uint8_t* output;
} lm__cpu_move;

/// Adds a dimension, innermost last. Those of one element vanish, neighbours that both sides step
/// through alike become one.
void lm__cpu_move_add(lm__cpu_move* move, int64_t length, ptrdiff_t in_stride,
                      ptrdiff_t out_stride);

/// Row-major strides in elements.
void lm__cpu_dense_strides(const lm_shape* shape, ptrdiff_t* strides);

/// Product of dimensions [first, last).
size_t lm__cpu_dims_product(const lm_shape* shape, int32_t first, int32_t last);

/// Integer `i` of a constant INT32 or INT64 tensor.
int64_t lm__cpu_int_at(const lm_tensor* t, int64_t i);

/// True where `t` is such a tensor.
bool lm__cpu_is_constant_int(const lm_tensor* t);

/// Elements have whole bytes, and as many as a step knows to move.
bool lm__cpu_move_supports(const lm_tensor* t);

/// A step of `count` zeroed moves over elements of `element_bytes`, to be filled in.
lm_status lm__cpu_move_create(const lm__cpu_build* build, const lm_node* node, const char* name,
                              size_t element_bytes, int32_t count, lm__cpu_step** out_step,
                              lm__cpu_move** out_moves, lm_error* err);

/// A step `name` that fills the dense `output` from element `offset` of `input` on, by `strides`
/// along the output's dimensions.
lm_status lm__cpu_move_view(const lm__cpu_build* build, const lm_node* node, const char* name,
                            const lm_tensor* input, ptrdiff_t offset, const ptrdiff_t* strides,
                            const lm_tensor* output, lm__cpu_step** out_step, lm_error* err);

/// The output is filled with the element at `value` first.
void lm__cpu_move_fill(lm__cpu_step* step, const lm_tensor* output, int32_t output_index,
                       const void* value);

#endif  // LITMARK_CPU_MOVE_H_
