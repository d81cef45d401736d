// SPDX-License-Identifier: MIT
//
// STRIDED_SLICE whose entries describe the dimensions of the input in order: no ellipsis, no new
// axes. The reference kernel has inferred the output's shape.
#include "cpu_move.h"

static bool strided_slice_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                   const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_strided_slice_options* options = node->def->options;
  LM_CPU_REQUIRE(lm__cpu_move_supports(lm_graph_input(graph, node, 0)),
                 "elements have no fixed size");
  for (int32_t i = 1; i < 4; ++i) {
    LM_CPU_REQUIRE(lm__cpu_is_constant_int(lm_graph_input(graph, node, i)),
                   "begin, end or strides are not constant");
  }
  LM_CPU_REQUIRE(options->ellipsis_mask == 0 && options->new_axis_mask == 0,
                 "ellipsis or new axes");
  return true;
}

static bool bit(int32_t mask, int32_t i) { return ((uint32_t)mask >> i & 1u) != 0; }

static int64_t clamp_index(int64_t at, int64_t size, int64_t stride) {
  const int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
  return at < low ? low : at > high ? high : at;
}

static lm_status strided_slice_compile(const lm__cpu_build* build, const lm_node* node,
                                       lm__cpu_step** out_step, lm_error* err) {
  const lm_strided_slice_options* options = node->def->options;
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* begins = lm_graph_input(build->graph, node, 1);
  const lm_tensor* strides = lm_graph_input(build->graph, node, 3);
  ptrdiff_t dense[LM_MAX_RANK], by[LM_MAX_RANK], offset = 0;
  lm__cpu_dense_strides(&input->shape, dense);
  const int32_t entries = begins->shape.dims[0];
  for (int32_t d = 0, to = 0; d < input->shape.rank; ++d) {
    int64_t begin = 0, stride = 1;
    const int64_t size = input->shape.dims[d];
    const bool shrinks = d < entries && bit(options->shrink_axis_mask, d);
    if (d < entries) {
      stride = lm__cpu_int_at(strides, d);
      begin = lm__cpu_int_at(begins, d);
      if (begin < 0) begin += size;
      if (!shrinks) begin = clamp_index(begin, size, stride);
      if (bit(options->begin_mask, d)) begin = stride > 0 ? 0 : size - 1;
    }
    offset += (ptrdiff_t)begin * dense[d];
    if (!shrinks) by[to++] = (ptrdiff_t)stride * dense[d];
  }
  return lm__cpu_move_view(build, node, "strided_slice", input, offset, by,
                           lm_graph_output(build->graph, node, 0), out_step, err);
}

const lm__cpu_op lm__cpu_op_strided_slice = {
    .builtin = LM_BUILTIN_STRIDED_SLICE,
    .supports = strided_slice_supports,
    .compile = strided_slice_compile,
};
