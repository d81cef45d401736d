// SPDX-License-Identifier: MIT
//
// PAD and PADV2. Images that are padded in height and width go row by row; anything else is filled
// and then copied into.
#include "cpu_pad.h"

#include <string.h>

#include "cpu_fusion.h"
#include "cpu_move.h"

typedef struct pad_step {
  lm__cpu_step step;
  int32_t input_index, output_index;
  const uint8_t* input;
  uint8_t* output;
  int32_t batches, in_h, out_h, top;
  size_t left_bytes, row_bytes, right_bytes;
  uint8_t value;
} pad_step;

// Amounts before and after of one dimension.
static void padding_of(const lm_tensor* paddings, int32_t dimension, int64_t* out_before,
                       int64_t* out_after) {
  if (paddings->type == LM_INT64) {
    *out_before = ((const int64_t*)paddings->data)[2 * dimension];
    *out_after = ((const int64_t*)paddings->data)[2 * dimension + 1];
  } else {
    *out_before = ((const int32_t*)paddings->data)[2 * dimension];
    *out_after = ((const int32_t*)paddings->data)[2 * dimension + 1];
  }
}

bool lm__cpu_pad_supports(const lm__cpu_delegate* delegate, const lm_graph* graph,
                          const lm_node* node, const char** out_why) {
  (void)delegate;
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  const lm_tensor* value = lm_graph_input(graph, node, 2);
  LM_CPU_REQUIRE(lm__cpu_move_supports(input), "elements have no fixed size");
  LM_CPU_REQUIRE(lm__cpu_is_constant_int(lm_graph_input(graph, node, 1)),
                 "paddings are not constant");
  LM_CPU_REQUIRE(value == NULL || lm__cpu_is_constant(value), "value is not constant");
  LM_CPU_REQUIRE(input->bytes > 0, "input has no elements");
  return true;
}

// An image of bytes or floats, padded in height and width only, with zeros.
static bool pads_rows(const lm_graph* graph, const lm_node* node) {
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  if (!lm__cpu_is_plain(input) || !lm__cpu_is_plain(lm_graph_output(graph, node, 0)) ||
      node->def->input_count != 2 || input->shape.rank != 4) {
    return false;
  }
  for (int32_t d = 0; d < 4; d += 3) {
    int64_t before, after;
    padding_of(lm_graph_input(graph, node, 1), d, &before, &after);
    if (before != 0 || after != 0) return false;
  }
  return true;
}

// The real 0, or the value that PADV2 names, as one element of the output.
static void padding_element(const lm_graph* graph, const lm_node* node, uint8_t* element) {
  const lm_tensor* value = lm_graph_input(graph, node, 2);
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  if (value != NULL) {
    memcpy(element, value->data, lm_type_bytes(output->type));
  } else if (output->quantization.count > 0) {
    // int16 tensors have a zero point of 0.
    element[0] = (uint8_t)output->quantization.zero_points[0];
  }
}

static lm_status compile_move(const lm__cpu_build* build, const lm_node* node,
                              lm__cpu_step** out_step, lm_error* err) {
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  lm__cpu_move* move;
  LM_CPU_TRY(
      lm__cpu_move_create(build, node, "pad", lm_type_bytes(input->type), 1, out_step, &move, err));
  move->input_index = lm__cpu_index(build->graph, input);
  move->output_index = lm__cpu_index(build->graph, output);
  uint8_t element[8] = {0};
  padding_element(build->graph, node, element);
  lm__cpu_move_fill(*out_step, output, move->output_index, element);
  ptrdiff_t in[LM_MAX_RANK], out[LM_MAX_RANK];
  lm__cpu_dense_strides(&input->shape, in);
  lm__cpu_dense_strides(&output->shape, out);
  for (int32_t d = 0; d < input->shape.rank; ++d) {
    int64_t before, after;
    padding_of(lm_graph_input(build->graph, node, 1), d, &before, &after);
    move->out_offset += (ptrdiff_t)before * out[d];
    lm__cpu_move_add(move, input->shape.dims[d], in[d], out[d]);
  }
  return LM_OK;
}

bool lm__cpu_pad_amounts(const lm_graph* graph, const lm_node* node, int32_t* out_top,
                         int32_t* out_left) {
  if (!pads_rows(graph, node)) return false;
  int64_t top, left, after;
  padding_of(lm_graph_input(graph, node, 1), 1, &top, &after);
  padding_of(lm_graph_input(graph, node, 1), 2, &left, &after);
  *out_top = (int32_t)top;
  *out_left = (int32_t)left;
  return true;
}

static void pad_rows(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const pad_step* s = context;
  const size_t out_bytes = s->left_bytes + s->row_bytes + s->right_bytes;
  for (int32_t row = begin; row < end; ++row) {
    uint8_t* out = s->output + (size_t)row * out_bytes;
    const int32_t batch = row / s->out_h, y = row % s->out_h - s->top;
    if (y < 0 || y >= s->in_h) {
      memset(out, s->value, out_bytes);
      continue;
    }
    memset(out, s->value, s->left_bytes);
    memcpy(out + s->left_bytes, s->input + ((size_t)batch * (size_t)s->in_h + y) * s->row_bytes,
           s->row_bytes);
    memset(out + s->left_bytes + s->row_bytes, s->value, s->right_bytes);
  }
}

static void pad_bind(lm__cpu_step* step, const lm__cpu_binding* binding) {
  pad_step* s = (pad_step*)step;
  s->input = binding->graph->tensors[s->input_index].data;
  s->output = binding->graph->tensors[s->output_index].data;
}

static void pad_run(lm__cpu_step* step) {
  pad_step* s = (pad_step*)step;
  lm__thread_pool_run(step->delegate->pool, s->batches * s->out_h, pad_rows, s);
}

static const lm__cpu_step_kind kPad = {pad_bind, pad_run};

lm_status lm__cpu_pad_compile(const lm__cpu_build* build, const lm_node* node,
                              lm__cpu_step** out_step, lm_error* err) {
  if (!pads_rows(build->graph, node)) return compile_move(build, node, out_step, err);
  const lm_tensor* input = lm_graph_input(build->graph, node, 0);
  const lm_tensor* paddings = lm_graph_input(build->graph, node, 1);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  lm__cpu_padding merged;
  if (lm__cpu_padding_of(build, output, &merged)) {
    lm_compiler_elide(build->compiler, lm__cpu_index(build->graph, output));
    lm_compiler_note(build->compiler, node->index, "in the convolution");
    *out_step = NULL;
    return LM_OK;
  }
  LM_CPU_TRY(lm__cpu_step_create(build, node, &kPad, sizeof(pad_step), "pad", out_step, err));
  pad_step* s = (pad_step*)*out_step;
  int64_t top, bottom, left, right;
  padding_of(paddings, 1, &top, &bottom);
  padding_of(paddings, 2, &left, &right);
  const size_t pixel_bytes = (size_t)input->shape.dims[3] * lm_type_bytes(input->type);
  s->input_index = lm__cpu_index(build->graph, input);
  s->output_index = lm__cpu_index(build->graph, output);
  s->batches = output->shape.dims[0];
  s->in_h = input->shape.dims[1];
  s->out_h = output->shape.dims[1];
  s->top = (int32_t)top;
  s->left_bytes = (size_t)left * pixel_bytes;
  s->row_bytes = (size_t)input->shape.dims[2] * pixel_bytes;
  s->right_bytes = (size_t)right * pixel_bytes;
  if (output->type != LM_FLOAT32) s->value = (uint8_t)output->quantization.zero_points[0];
  return LM_OK;
}

const lm__cpu_op lm__cpu_op_pad = {
    .builtin = LM_BUILTIN_PAD,
    .supports = lm__cpu_pad_supports,
    .compile = lm__cpu_pad_compile,
};
