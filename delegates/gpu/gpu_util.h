// SPDX-License-Identifier: MIT
//
// What the ops of this folder ask again and again: which tensors have a form on the device, shapes,
// constant integers, how much one work-item should do.
#ifndef LITMARK_GPU_UTIL_H_
#define LITMARK_GPU_UTIL_H_

#include "geometry.h"
#include "gpu_build.h"

/// For lm__gpu_check(): all inputs of a node.
#define LM_GPU_ALL_INPUTS UINT32_MAX

/// True when the inputs that `inputs` names (bit i: input i; absent ones do not count; inputs past
/// the 31st go with bit 31) and all outputs have a form on the device and between 1 and INT32_MAX
/// elements.
bool lm__gpu_check(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                   uint32_t inputs, const char** out_why);

/// The same, and they are all floats of one type on the device.
bool lm__gpu_check_floats(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, uint32_t inputs, const char** out_why);

/// The same, and they are all of one type on the device, whichever.
bool lm__gpu_check_alike(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         uint32_t inputs, const char** out_why);

/// False where elements cannot move from `from` to `to` as they are: quantized differently, and
/// dequantized on the device. (Bytes are moved whatever they mean, as the reference kernels do.)
bool lm__gpu_same_meaning(const lm__gpu_context* context, const lm_tensor* from,
                          const lm_tensor* to);

/// True where a tensor that is floats on the device is bytes in the graph.
static inline bool lm__gpu_is_dequantized(const lm_tensor* t) {
  return t->type == LM_INT8 || t->type == LM_UINT8;
}

/// True where `t` is an INT32 or INT64 tensor whose contents are known.
bool lm__gpu_is_constant_int(const lm_tensor* t);
/// Integer `i` of such a tensor.
int64_t lm__gpu_int_at(const lm_tensor* t, int64_t i);

/// Product of dimensions [first, last).
int64_t lm__gpu_dims_product(const lm_shape* shape, int32_t first, int32_t last);
/// Row-major strides in elements.
void lm__gpu_dense_strides(const lm_shape* shape, int64_t* strides);
/// The same for a shape that broadcasts to `output`: 0 along dimensions that repeat. `strides` has
/// output->rank entries.
void lm__gpu_broadcast_strides(const lm_shape* shape, const lm_shape* output, int64_t* strides);

/// FULLY_CONNECTED as its kernels take it: the rows are pixels of one line.
lm__geometry lm__gpu_line_geometry(const lm_tensor* input, const lm_tensor* filter);

/// What a float output can hold where the op does not clamp: anything, or, where it is quantized in
/// the graph, what its type can hold.
lm_status lm__gpu_output_range(const lm__gpu_build* build, const lm_tensor* output, float* out_low,
                               float* out_high, lm_error* err);

/// True for devices whose work-items are loops on a processor: few of them should each do much.
/// (Not lavapipe: it packs neighbouring work-items into vectors, as GPUs do.)
bool lm__gpu_wants_loops(const lm__gpu_context* context);

/// How many of the `length` neighbouring elements of a row one work-item should take, where there
/// are `rows` rows: 1 on GPUs.
int32_t lm__gpu_run_of(const lm__gpu_context* context, int64_t length, int64_t rows);

/// How many neighbours of a row of `length` elements a work-item should keep in registers: 1 on
/// GPUs, on processors a vector, where the row has as many.
int32_t lm__gpu_block_of(const lm__gpu_context* context, int64_t length);

/// Work-items for rows of `length` elements, `run` a piece.
static inline int64_t lm__gpu_pieces(int64_t rows, int64_t length, int64_t run) {
  return rows * ((length + run - 1) / run);
}

/// The values of input 0 and output 0, which most ops need.
lm_status lm__gpu_input_output(lm__gpu_build* build, const lm_node* node, lm__gpu_value* out_input,
                               lm__gpu_value* out_output, lm_error* err);

/// A call of `name` for `items` work-items that ask LM_LINEAR_ID().
lm__gpu_call lm__gpu_linear_call(const char* name, lm__gpu_type type, int64_t items,
                                 const void* params, size_t params_bytes);

#endif  // LITMARK_GPU_UTIL_H_
