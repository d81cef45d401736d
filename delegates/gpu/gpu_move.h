// SPDX-License-Identifier: MIT
//
// Ops that only move elements, as copies between strided views of two tensors each. They are the
// same for every element type.
#ifndef LITMARK_GPU_MOVE_H_
#define LITMARK_GPU_MOVE_H_

#include "gpu_util.h"

/// Dimensions that the kernel steps through.
#define LM_GPU_MOVE_RANK 8

/// A copy of dims[0] x dims[1] x ... elements; strides and offsets are in elements, and may be 0 or
/// negative on the input's side.
typedef struct lm__gpu_move {
  int32_t rank;
  int64_t dims[2 * LM_MAX_RANK];
  int64_t in_strides[2 * LM_MAX_RANK], out_strides[2 * LM_MAX_RANK];
  int64_t in_offset, out_offset;
} lm__gpu_move;

/// Adds a dimension, innermost last, at most twice LM_MAX_RANK. Those of one element vanish,
/// neighbours that both sides step through alike become one.
void lm__gpu_move_add(lm__gpu_move* move, int64_t length, int64_t in_stride, int64_t out_stride);

/// The inputs that `moved` names (see lm__gpu_check) and all outputs are of one type on the device
/// and mean the same there.
bool lm__gpu_move_supports(const lm__gpu_context* context, const lm_graph* graph,
                           const lm_node* node, uint32_t moved, const char** out_why);

/// Emits the copy from `from` to `to`.
lm_status lm__gpu_move_emit(lm__gpu_build* build, const lm_node* node, const lm__gpu_move* move,
                            const lm_tensor* from, const lm_tensor* to, const char* label,
                            lm_error* err);

/// The type under which elements of `type` are moved: that of a word as wide, whatever it means.
lm__gpu_type lm__gpu_move_type(lm__gpu_type type);

/// Copies `part` into its place `at` along `axis` of `whole`, or out of it. The part has the shape
/// of the whole but for that axis, or lacks the axis.
lm_status lm__gpu_move_part(lm__gpu_build* build, const lm_node* node, const lm_tensor* whole,
                            const lm_tensor* part, int32_t axis, int64_t at, bool to_whole,
                            const char* label, lm_error* err);

/// Fills the dense `output` from element `offset` of `input` on, by `strides` along the output's
/// dimensions.
lm_status lm__gpu_move_view(lm__gpu_build* build, const lm_node* node, const lm_tensor* input,
                            int64_t offset, const int64_t* strides, const lm_tensor* output,
                            const char* label, lm_error* err);

// ---- SPLIT and SPLIT_V, in gpu_split.c

bool lm__gpu_split_supports(const lm__gpu_context* context, const lm_graph* graph,
                            const lm_node* node, const char** out_why);
lm_status lm__gpu_split_compile(lm__gpu_build* build, const lm_node* node, lm_error* err);

#endif  // LITMARK_GPU_MOVE_H_
