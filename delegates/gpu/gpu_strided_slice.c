// SPDX-License-Identifier: MIT
//
// STRIDED_SLICE: the entries of begin, end and strides describe the dimensions of the input in
// order, apart from an ellipsis (any number of whole dimensions) and new axes. The reference kernel
// has inferred the output's shape, so that the ends do not matter any more.
#include "gpu_move.h"

static bool strided_slice_supports(const lm__gpu_context* context, const lm_graph* graph,
                                   const lm_node* node, const char** out_why) {
  for (int32_t i = 1; i < 4; ++i) {
    LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, i)),
                   "begin, end or strides are not constant");
  }
  return lm__gpu_move_supports(context, graph, node, 1u << 0, out_why);
}

static bool bit(int32_t mask, int32_t i) { return ((uint32_t)mask >> i & 1u) != 0; }

// Where entry `i` begins in a dimension of `size` elements.
static int64_t begin_of(const lm_strided_slice_options* options, const lm_tensor* begins,
                        int64_t stride, int32_t i, int64_t size) {
  if (bit(options->begin_mask, i)) return stride > 0 ? 0 : size - 1;
  int64_t begin = lm__gpu_int_at(begins, i);
  if (begin < 0) begin += size;
  if (bit(options->shrink_axis_mask, i)) return begin;
  const int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
  return begin < low ? low : begin > high ? high : begin;
}

// How many entries after `i` describe a dimension of the input.
static int32_t entries_after(const lm_strided_slice_options* options, int32_t entries, int32_t i) {
  int32_t count = 0;
  for (int32_t k = i + 1; k < entries; ++k) count += bit(options->new_axis_mask, k) ? 0 : 1;
  return count;
}

static void describe(const lm_graph* graph, const lm_node* node, lm__gpu_move* move) {
  const lm_strided_slice_options* options = node->def->options;
  const lm_shape* input = &lm_graph_input(graph, node, 0)->shape;
  const lm_tensor* begins = lm_graph_input(graph, node, 1);
  const lm_tensor* strides = lm_graph_input(graph, node, 3);
  const lm_shape* output = &lm_graph_output(graph, node, 0)->shape;
  const int32_t entries = begins->shape.dims[0];
  int64_t in[LM_MAX_RANK], out[LM_MAX_RANK];
  lm__gpu_dense_strides(input, in);
  lm__gpu_dense_strides(output, out);
  int32_t from = 0, to = 0;
  for (int32_t i = 0; i < entries; ++i) {
    if (bit(options->ellipsis_mask, i)) {
      const int32_t until = input->rank - entries_after(options, entries, i);
      for (; from < until; ++from, ++to) {
        lm__gpu_move_add(move, input->dims[from], in[from], out[to]);
      }
    } else if (bit(options->new_axis_mask, i)) {
      ++to;
    } else {
      const int64_t stride = lm__gpu_int_at(strides, i);
      move->in_offset += begin_of(options, begins, stride, i, input->dims[from]) * in[from];
      if (!bit(options->shrink_axis_mask, i)) {
        lm__gpu_move_add(move, output->dims[to], stride * in[from], out[to]);
        ++to;
      }
      ++from;
    }
  }
  for (; from < input->rank; ++from, ++to) {
    lm__gpu_move_add(move, input->dims[from], in[from], out[to]);
  }
}

static lm_status strided_slice_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  lm__gpu_move move = {0};
  describe(graph, node, &move);
  return lm__gpu_move_emit(build, node, &move, lm_graph_input(graph, node, 0),
                           lm_graph_output(graph, node, 0), "strided_slice", err);
}

const lm__gpu_op lm__gpu_op_strided_slice = {
    .builtin = LM_BUILTIN_STRIDED_SLICE,
    .supports = strided_slice_supports,
    .compile = strided_slice_compile,
};
