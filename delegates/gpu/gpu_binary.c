// SPDX-License-Identifier: MIT
#include "gpu_binary.h"

#include <math.h>
#include <string.h>

#include "litmark/kernel_math.h"

#include "gpu_walk.h"

typedef struct binary_params {
  int32_t items, run;
  int32_t low, high;  // bits of the type's elements
  int32_t dims[LM_MAX_RANK], a_strides[LM_MAX_RANK], b_strides[LM_MAX_RANK];
} binary_params;

typedef struct binary4_params {
  int32_t items;
  float low, high;
  int32_t dims[LM_MAX_RANK], a_strides[LM_MAX_RANK], b_strides[LM_MAX_RANK];
} binary4_params;

typedef struct compare_params {
  int32_t items, run;
  int32_t dims[LM_MAX_RANK], a_strides[LM_MAX_RANK], b_strides[LM_MAX_RANK];
} compare_params;

// Bounds of a fused activation.
typedef struct bounds {
  float low, high;
  int32_t int_low, int_high;
} bounds;

static const bounds kNone = {-INFINITY, INFINITY, INT32_MIN, INT32_MAX};

// The ops with a fused activation have options of this kind.
static lm_activation activation_of(const lm_node* node) {
  if (node->def->options_kind != LM_OPTIONS_ARITHMETIC || node->def->options == NULL) {
    return LM_ACTIVATION_NONE;
  }
  return ((const lm_arithmetic_options*)node->def->options)->activation;
}

// Divisors and exponents for which the reference kernel reports an error, or a processor traps.
static bool is_safe(lm__gpu_binary function, const lm_tensor* t) {
  const int64_t count = lm_shape_count(&t->shape);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t value = lm__gpu_int_at(t, i);
    if (function == LM_GPU_BINARY_POW ? value < 0 : value == 0 || value == -1) return false;
  }
  return true;
}

static bool can_fail(lm__gpu_binary function) {
  return function == LM_GPU_BINARY_DIV || function == LM_GPU_BINARY_POW ||
         function == LM_GPU_BINARY_FLOOR_DIV || function == LM_GPU_BINARY_FLOOR_MOD;
}

bool lm__gpu_binary_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, lm__gpu_binary function, const char** out_why) {
  if (!lm__gpu_check_alike(context, graph, node, LM_GPU_ALL_INPUTS, out_why)) return false;
  const lm_tensor* output = lm_graph_output(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  lm__gpu_type type;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, output, &type), "no type");
  const bool logical =
      function == LM_GPU_BINARY_LOGICAL_AND || function == LM_GPU_BINARY_LOGICAL_OR;
  if (lm__gpu_is_float(type)) {
    LM_GPU_REQUIRE(!can_fail(function) || !lm__gpu_is_dequantized(output),
                   "divisors that could be 0, which could not be reported");
    return true;
  }
  // Comparing bytes as they are is what the reference kernels do, too.
  const bool extremum = function == LM_GPU_BINARY_MAXIMUM || function == LM_GPU_BINARY_MINIMUM;
  if (logical || extremum) return true;
  LM_GPU_REQUIRE(type == LM_GPU_I32, "elements are bytes");
  LM_GPU_REQUIRE(function != LM_GPU_BINARY_PRELU, "elements are integers");
  LM_GPU_REQUIRE(!can_fail(function) || (lm__gpu_is_constant_int(b) && is_safe(function, b)),
                 "divisors or exponents are not constant, and bad ones could not be reported");
  return true;
}

static lm_status bounds_of(const lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                           bounds* out, lm_error* err) {
  const lm_tensor* output = lm_graph_output(lm__gpu_graph(build), node, 0);
  const lm_activation activation = activation_of(node);
  lm__gpu_type type;
  *out = kNone;
  if (lm__gpu_tensor_type(lm__gpu_build_context(build), output, &type) && lm__gpu_is_float(type)) {
    if (function > LM_GPU_BINARY_DIV) {
      return lm__gpu_output_range(build, output, &out->low, &out->high, err);
    }
    lm__gpu_clamp clamp;
    LM_GPU_TRY(lm__gpu_output_clamp(build, activation, output, &clamp, err));
    out->low = clamp.min;
    out->high = clamp.max;
    return LM_OK;
  }
  float low, high;
  LM_GPU_TRY(lm_activation_range_float(activation, &low, &high, err));
  if (activation != LM_ACTIVATION_NONE) out->int_low = (int32_t)low;
  if (high < 2147483648.0f) out->int_high = (int32_t)high;
  return LM_OK;
}

static void copy_dims(const lm__gpu_walk* walk, int32_t* dims, int32_t* a, int32_t* b) {
  memcpy(dims, walk->dims, sizeof walk->dims);
  memcpy(a, walk->strides[0], sizeof walk->strides[0]);
  memcpy(b, walk->strides[1], sizeof walk->strides[1]);
}

static lm__gpu_call three_tensors(const char* name, lm__gpu_type type, int64_t items,
                                  const void* params, size_t bytes, const lm__gpu_value* values) {
  lm__gpu_call call = lm__gpu_linear_call(name, type, items, params, bytes);
  call.arg_count = 3;
  call.args[0] = LM_GPU_READ(values[0]);
  call.args[1] = LM_GPU_READ(values[1]);
  call.args[2] = LM_GPU_WRITE(values[2]);
  return call;
}

// Four elements a work-item: where rows consist of fours, or there is only one row (regions have
// room for whole vectors). Not on processors, whose loops are wider than that.
static bool takes_fours(const lm__gpu_build* build, lm__gpu_binary function,
                        const lm__gpu_walk* walk, lm__gpu_type type) {
  const int32_t last = walk->rank - 1;
  return lm__gpu_is_float(type) && function <= LM_GPU_BINARY_SQUARED_DIFFERENCE &&
         !lm__gpu_wants_loops(lm__gpu_build_context(build)) && walk->strides[0][last] == 1 &&
         walk->strides[1][last] == 1 && (walk->dims[last] % 4 == 0 || last == 0);
}

static lm_status emit_fours(lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                            lm__gpu_walk walk, lm__gpu_type type, const bounds* range,
                            const lm__gpu_value* values, uint32_t overwrites, const char* label,
                            lm_error* err) {
  const int32_t last = walk.rank - 1;
  walk.dims[last] = (walk.dims[last] + 3) / 4;
  for (int32_t d = 0; d < last; ++d) {
    walk.strides[0][d] /= 4;
    walk.strides[1][d] /= 4;
  }
  const int64_t items = walk.rows * walk.dims[last];
  binary4_params p = {.items = (int32_t)items, .low = range->low, .high = range->high};
  copy_dims(&walk, p.dims, p.a_strides, p.b_strides);
  lm__gpu_call call = three_tensors("binary4", type, items, &p, sizeof p, values);
  call.key.constant_count = 2;
  call.key.constants[0] = (int32_t)function;
  call.key.constants[1] = walk.rank;
  call.overwrites = overwrites;
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}

static lm_status emit(lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                      const lm_tensor* a, const lm_tensor* b, const lm_tensor* y,
                      const bounds* range, const char* label, lm_error* err) {
  lm__gpu_value values[3];
  LM_GPU_TRY(lm__gpu_tensor(build, a, &values[0], err));
  LM_GPU_TRY(lm__gpu_tensor(build, b, &values[1], err));
  LM_GPU_TRY(lm__gpu_tensor(build, y, &values[2], err));
  const lm__gpu_type type = lm__gpu_value_type(build, values[2]);
  const lm_shape* const shapes[] = {&a->shape, &b->shape};
  const lm__gpu_walk walk = lm__gpu_walk_of(&y->shape, shapes, 2);
  uint32_t overwrites = 0;  // operands that do not repeat
  for (uint32_t i = 0; i < 2; ++i) {
    if (lm_shape_count(shapes[i]) == lm_shape_count(&y->shape)) overwrites |= 1u << i;
  }
  if (takes_fours(build, function, &walk, type)) {
    return emit_fours(build, node, function, walk, type, range, values, overwrites, label, err);
  }
  const int32_t last = walk.rank - 1;
  binary_params p = {.low = range->int_low, .high = range->int_high};
  if (lm__gpu_is_float(type)) {
    memcpy(&p.low, &range->low, sizeof p.low);
    memcpy(&p.high, &range->high, sizeof p.high);
  }
  copy_dims(&walk, p.dims, p.a_strides, p.b_strides);
  p.run = lm__gpu_run_of(lm__gpu_build_context(build), walk.dims[last], walk.rows);
  const int64_t items = lm__gpu_pieces(walk.rows, walk.dims[last], p.run);
  p.items = (int32_t)items;
  lm__gpu_call call = three_tensors("binary", type, items, &p, sizeof p, values);
  call.key.constant_count = 4;
  call.key.constants[0] = (int32_t)function;
  call.key.constants[1] = walk.rank;
  call.key.constants[2] = walk.strides[0][last];
  call.key.constants[3] = walk.strides[1][last];
  call.overwrites = overwrites;
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}

lm_status lm__gpu_binary_emit(lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                              const lm_tensor* a, const lm_tensor* b, const lm_tensor* y,
                              const char* label, lm_error* err) {
  return emit(build, node, function, a, b, y, &kNone, label, err);
}

lm_status lm__gpu_binary_compile(lm__gpu_build* build, const lm_node* node, lm__gpu_binary function,
                                 const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  bounds range;
  LM_GPU_TRY(bounds_of(build, node, function, &range, err));
  return emit(build, node, function, lm_graph_input(graph, node, 0), lm_graph_input(graph, node, 1),
              lm_graph_output(graph, node, 0), &range, label, err);
}

bool lm__gpu_compare_supports(const lm__gpu_context* context, const lm_graph* graph,
                              const lm_node* node, const char** out_why) {
  if (!lm__gpu_check(context, graph, node, LM_GPU_ALL_INPUTS, out_why)) return false;
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  lm__gpu_type type_a, type_b;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, a, &type_a) &&
                     lm__gpu_tensor_type(context, b, &type_b) && type_a == type_b,
                 "tensors of different types");
  LM_GPU_REQUIRE(lm__gpu_is_float(type_a) || type_a == LM_GPU_I32 || a->type == LM_BOOL,
                 "elements are bytes");
  return true;
}

lm_status lm__gpu_compare_compile(lm__gpu_build* build, const lm_node* node,
                                  lm__gpu_comparison comparison, const char* label, lm_error* err) {
  const lm_graph* graph = lm__gpu_graph(build);
  const lm_tensor* a = lm_graph_input(graph, node, 0);
  const lm_tensor* b = lm_graph_input(graph, node, 1);
  lm__gpu_value values[3];
  LM_GPU_TRY(lm__gpu_input_output(build, node, &values[0], &values[2], err));
  LM_GPU_TRY(lm__gpu_tensor(build, b, &values[1], err));
  const lm_shape* const shapes[] = {&a->shape, &b->shape};
  const lm__gpu_walk walk = lm__gpu_walk_of(&lm_graph_output(graph, node, 0)->shape, shapes, 2);
  const int32_t length = walk.dims[walk.rank - 1];
  compare_params p = {.run = lm__gpu_run_of(lm__gpu_build_context(build), length, walk.rows)};
  const int64_t items = lm__gpu_pieces(walk.rows, length, p.run);
  p.items = (int32_t)items;
  copy_dims(&walk, p.dims, p.a_strides, p.b_strides);
  lm__gpu_call call =
      three_tensors("compare", lm__gpu_value_type(build, values[0]), items, &p, sizeof p, values);
  call.key.constant_count = 2;
  call.key.constants[0] = (int32_t)comparison;
  call.key.constants[1] = walk.rank;
  call.label = label;
  return lm__gpu_emit(build, node, &call, err);
}
