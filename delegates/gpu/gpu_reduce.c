// SPDX-License-Identifier: MIT
#include "gpu_reduce.h"

#define GROUPS 4  // of axes, in kernels/reduce.kernel

// Work-items that a GPU should have before each takes an output of its own; below that, and for
// many elements an output, work-groups meet in local memory.
#define ENOUGH_ITEMS 16384
#define MANY_ELEMENTS 32
#define GROUP_ITEMS 256
#define MOST_LANES 32

typedef struct reduce_params {
  int32_t items, row;
  float total;
  int32_t kept[GROUPS], kept_strides[GROUPS], reduced[GROUPS], reduced_strides[GROUPS];
} reduce_params;

// Axes of the input that stay and axes that go, neighbours merged, outermost first.
typedef struct reduce_view {
  int32_t kept_rank, reduced_rank;
  int64_t kept[LM_MAX_RANK], kept_strides[LM_MAX_RANK];
  int64_t reduced[LM_MAX_RANK], reduced_strides[LM_MAX_RANK];
  int64_t outputs, elements;  // of each output
} reduce_view;

static void add_axis(int64_t* dims, int64_t* strides, int32_t* rank, int64_t dim, int64_t stride) {
  const int32_t last = *rank - 1;
  if (last >= 0 && strides[last] == stride * dim) {
    dims[last] *= dim;
    strides[last] = stride;
    return;
  }
  dims[*rank] = dim;
  strides[(*rank)++] = stride;
}

static reduce_view describe(const lm_graph* graph, const lm_node* node) {
  const lm_shape* input = &lm_graph_input(graph, node, 0)->shape;
  const lm_tensor* axes = lm_graph_input(graph, node, 1);
  bool goes[LM_MAX_RANK] = {false};
  const int64_t axis_count = input->rank == 0 ? 0 : lm_shape_count(&axes->shape);
  for (int64_t i = 0; i < axis_count; ++i) {
    const int64_t axis = lm__gpu_int_at(axes, i);
    goes[axis < 0 ? axis + input->rank : axis] = true;
  }
  int64_t strides[LM_MAX_RANK];
  lm__gpu_dense_strides(input, strides);
  reduce_view v = {.outputs = 1, .elements = 1};
  for (int32_t d = 0; d < input->rank; ++d) {
    const int64_t dim = input->dims[d];
    if (dim == 1) continue;
    if (goes[d]) {
      v.elements *= dim;
      add_axis(v.reduced, v.reduced_strides, &v.reduced_rank, dim, strides[d]);
    } else {
      v.outputs *= dim;
      add_axis(v.kept, v.kept_strides, &v.kept_rank, dim, strides[d]);
    }
  }
  return v;
}

bool lm__gpu_reduce_supports(const lm__gpu_context* context, const lm_graph* graph,
                             const lm_node* node, lm__gpu_reduction function,
                             const char** out_why) {
  LM_GPU_REQUIRE(lm__gpu_is_constant_int(lm_graph_input(graph, node, 1)), "axes are not constant");
  if (!lm__gpu_check_alike(context, graph, node, 1u << 0, out_why)) return false;
  const reduce_view v = describe(graph, node);
  LM_GPU_REQUIRE(v.kept_rank <= GROUPS && v.reduced_rank <= GROUPS, "too many groups of axes");
  lm__gpu_type type;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, lm_graph_input(graph, node, 0), &type), "no type");
  if (lm__gpu_is_float(type)) return true;
  if (type == LM_GPU_I32) {
    LM_GPU_REQUIRE(function != LM_GPU_REDUCE_MEAN, "means of integers need 64-bit sums");
    return true;
  }
  LM_GPU_REQUIRE(function != LM_GPU_REDUCE_SUM && function != LM_GPU_REDUCE_MEAN &&
                     function != LM_GPU_REDUCE_PROD,
                 "elements are bytes");
  return true;
}

// Fills the last entries; those before are of length 1.
static void fill(int32_t* dims, int32_t* strides, const int64_t* from_dims,
                 const int64_t* from_strides, int32_t rank) {
  for (int32_t d = 0; d < GROUPS; ++d) {
    const int32_t from = d - (GROUPS - rank);
    dims[d] = from < 0 ? 1 : (int32_t)from_dims[from];
    strides[d] = from < 0 ? 0 : (int32_t)from_strides[from];
  }
}

static int32_t power_of_two_up_to(int64_t n, int32_t most) {
  int32_t power = 1;
  while (power < most && power < n) power *= 2;
  return power;
}

// Outputs that follow one another in both tensors: where the innermost axis stays.
static int64_t row_of(const reduce_view* v) {
  const int32_t last = v->kept_rank - 1;
  return last >= 0 && v->kept_strides[last] == 1 ? v->kept[last] : 1;
}

static lm_status emit_groups(lm__gpu_build* build, const lm_node* node, lm__gpu_call call,
                             reduce_params p, const reduce_view* v, int32_t group, lm_error* err) {
  const uint32_t most = lm__gpu_build_context(build)->device->caps.max_groups;
  const int32_t lanes = power_of_two_up_to(row_of(v), MOST_LANES);
  const int64_t groups = (v->outputs + lanes - 1) / lanes;
  const uint32_t columns = groups > most ? most : (uint32_t)groups;
  p.row = (int32_t)columns;
  call.params = &p;
  call.key.name = "reduce_group";
  call.key.group[0] = (uint32_t)group;
  call.key.group[1] = call.key.group[2] = 1;
  call.key.constant_count = 3;
  call.key.constants[1] = group;
  call.key.constants[2] = lanes;
  call.items[0] = columns;
  call.items[1] = (uint32_t)((groups + columns - 1) / columns);
  call.items[2] = 1;
  return lm__gpu_emit(build, node, &call, err);
}

lm_status lm__gpu_reduce_compile(lm__gpu_build* build, const lm_node* node,
                                 lm__gpu_reduction function, const char* label, lm_error* err) {
  lm__gpu_value x, y;
  LM_GPU_TRY(lm__gpu_input_output(build, node, &x, &y, err));
  const lm__gpu_type type = lm__gpu_value_type(build, y);
  const lm__gpu_context* context = lm__gpu_build_context(build);
  const reduce_view v = describe(lm__gpu_graph(build), node);
  reduce_params p = {.items = (int32_t)v.outputs, .total = (float)v.elements};
  fill(p.kept, p.kept_strides, v.kept, v.kept_strides, v.kept_rank);
  fill(p.reduced, p.reduced_strides, v.reduced, v.reduced_strides, v.reduced_rank);
  lm__gpu_call call = lm__gpu_linear_call("reduce", type, v.outputs, &p, sizeof p);
  call.key.constants[0] = (int32_t)function;
  call.arg_count = 2;
  call.args[0] = LM_GPU_READ(x);
  call.args[1] = LM_GPU_WRITE(y);
  call.label = label;
  const int32_t group =
      power_of_two_up_to(context->device->caps.max_group_items / 2 + 1, GROUP_ITEMS);
  if (lm__gpu_is_float(type) && !lm__gpu_wants_loops(context) && v.outputs < ENOUGH_ITEMS &&
      v.elements >= MANY_ELEMENTS && group >= MOST_LANES) {
    return emit_groups(build, node, call, p, &v, group, err);
  }
  const int64_t row = row_of(&v);
  const int32_t block = lm__gpu_block_of(context, row);
  const int64_t items = lm__gpu_pieces(v.outputs / row, row, block);
  p.items = (int32_t)items;
  p.row = (int32_t)row;
  call.items[0] = (uint32_t)items;
  call.key.constant_count = 2;
  call.key.constants[1] = block;
  return lm__gpu_emit(build, node, &call, err);
}
