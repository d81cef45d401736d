// SPDX-License-Identifier: MIT
#include "gpu_util.h"

#include <math.h>

// Enough pieces of work for the threads of a processor, with some to even out.
#define LEAST_PIECES 64
// Floats of the widest vectors of processors.
#define BLOCK 16

static bool check_tensor(const lm__gpu_context* context, const lm_tensor* t, lm__gpu_type* out_type,
                         const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, t, out_type), lm__gpu_why_no_type(context, t));
  const int64_t count = lm_shape_count(&t->shape);
  LM_GPU_REQUIRE(count > 0, "a tensor has no elements");
  LM_GPU_REQUIRE(count <= INT32_MAX, "a tensor has 2^31 elements or more");
  return true;
}

// Checks every named tensor; `out_type` is that of the first, `out_alike` whether all have it.
static bool check_all(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                      uint32_t inputs, lm__gpu_type* out_type, bool* out_alike,
                      const char** out_why) {
  bool first = true;
  *out_alike = true;
  const int32_t count = node->def->input_count + node->def->output_count;
  for (int32_t i = 0; i < count; ++i) {
    const bool is_input = i < node->def->input_count;
    if (is_input && (inputs >> (i < 31 ? i : 31) & 1u) == 0) continue;
    const lm_tensor* t = is_input ? lm_graph_input(graph, node, i)
                                  : lm_graph_output(graph, node, i - node->def->input_count);
    if (t == NULL) continue;
    lm__gpu_type type;
    if (!check_tensor(context, t, &type, out_why)) return false;
    if (first) *out_type = type;
    if (type != *out_type) *out_alike = false;
    first = false;
  }
  return true;
}

bool lm__gpu_check(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                   uint32_t inputs, const char** out_why) {
  lm__gpu_type type;
  bool alike;
  return check_all(context, graph, node, inputs, &type, &alike, out_why);
}

bool lm__gpu_check_alike(const lm__gpu_context* context, const lm_graph* graph, const lm_node* node,
                         uint32_t inputs, const char** out_why) {
  lm__gpu_type type;
  bool alike;
  if (!check_all(context, graph, node, inputs, &type, &alike, out_why)) return false;
  LM_GPU_REQUIRE(alike, "tensors of different types");
  return true;
}

bool lm__gpu_check_floats(const lm__gpu_context* context, const lm_graph* graph,
                          const lm_node* node, uint32_t inputs, const char** out_why) {
  lm__gpu_type type = LM_GPU_F32;
  bool alike;
  if (!check_all(context, graph, node, inputs, &type, &alike, out_why)) return false;
  LM_GPU_REQUIRE(lm__gpu_is_float(type), "elements are integers");
  LM_GPU_REQUIRE(alike, "tensors of different types");
  return true;
}

bool lm__gpu_same_meaning(const lm__gpu_context* context, const lm_tensor* from,
                          const lm_tensor* to) {
  lm__gpu_type type;
  if (from->type == LM_FLOAT32 || from->type == LM_FLOAT16) return true;
  if (!lm__gpu_tensor_type(context, from, &type) || !lm__gpu_is_float(type)) return true;
  const lm_quantization *a = &from->quantization, *b = &to->quantization;
  // Per channel, the axis would have to move along.
  return a->count == 1 && b->count == 1 && a->scales[0] == b->scales[0] &&
         a->zero_points[0] == b->zero_points[0];
}

bool lm__gpu_is_constant_int(const lm_tensor* t) {
  return t != NULL && (t->type == LM_INT32 || t->type == LM_INT64) &&
         t->storage == LM_STORAGE_CONSTANT && t->data != NULL;
}

int64_t lm__gpu_int_at(const lm_tensor* t, int64_t i) {
  return t->type == LM_INT64 ? ((const int64_t*)t->data)[i] : ((const int32_t*)t->data)[i];
}

int64_t lm__gpu_dims_product(const lm_shape* shape, int32_t first, int32_t last) {
  int64_t product = 1;
  for (int32_t d = first; d < last; ++d) product *= shape->dims[d];
  return product;
}

void lm__gpu_dense_strides(const lm_shape* shape, int64_t* strides) {
  int64_t stride = 1;
  for (int32_t d = shape->rank - 1; d >= 0; --d) {
    strides[d] = stride;
    stride *= shape->dims[d];
  }
}

void lm__gpu_broadcast_strides(const lm_shape* shape, const lm_shape* output, int64_t* strides) {
  int64_t stride = 1;
  for (int32_t d = output->rank - 1; d >= 0; --d) {
    const int32_t own = d - (output->rank - shape->rank);
    strides[d] = own < 0 || shape->dims[own] == 1 ? 0 : stride;
    if (own >= 0) stride *= shape->dims[own];
  }
}

lm__geometry lm__gpu_line_geometry(const lm_tensor* input, const lm_tensor* filter) {
  lm__geometry g = lm__geometry_of_rows(input, filter);
  g.in_w = g.out_w = g.batches;
  g.batches = 1;
  return g;
}

lm_status lm__gpu_output_range(const lm__gpu_build* build, const lm_tensor* output, float* out_low,
                               float* out_high, lm_error* err) {
  *out_low = -INFINITY;
  *out_high = INFINITY;
  if (output->type == LM_FLOAT32 || output->type == LM_FLOAT16) return LM_OK;
  lm__gpu_clamp clamp;
  LM_GPU_TRY(lm__gpu_output_clamp(build, LM_ACTIVATION_NONE, output, &clamp, err));
  *out_low = clamp.min;
  *out_high = clamp.max;
  return LM_OK;
}

bool lm__gpu_wants_loops(const lm__gpu_context* context) {
  const lm__gpu_caps* caps = &context->device->caps;
  return caps->info.type == LM_DEVICE_CPU && caps->subgroup_items <= 1;
}

int32_t lm__gpu_run_of(const lm__gpu_context* context, int64_t length, int64_t rows) {
  if (!lm__gpu_wants_loops(context)) return 1;
  if (rows >= LEAST_PIECES) return (int32_t)length;
  const int64_t wanted = (LEAST_PIECES + rows - 1) / rows;
  // Whole vectors.
  const int64_t run = ((length + wanted - 1) / wanted + 15) / 16 * 16;
  return (int32_t)(run < length ? run : length);
}

int32_t lm__gpu_block_of(const lm__gpu_context* context, int64_t length) {
  return lm__gpu_wants_loops(context) && length >= BLOCK ? BLOCK : 1;
}

lm_status lm__gpu_input_output(lm__gpu_build* build, const lm_node* node, lm__gpu_value* out_input,
                               lm__gpu_value* out_output, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  LM_GPU_TRY(lm__gpu_tensor(build, lm_graph_input(graph, node, 0), out_input, err));
  return lm__gpu_tensor(build, lm_graph_output(graph, node, 0), out_output, err);
}

lm__gpu_call lm__gpu_linear_call(const char* name, lm__gpu_type type, int64_t items,
                                 const void* params, size_t params_bytes) {
  return (lm__gpu_call){.key = {.name = name, .type = type},
                        .params = params,
                        .params_bytes = params_bytes,
                        .items = {(uint32_t)items, 0, 0}};
}
