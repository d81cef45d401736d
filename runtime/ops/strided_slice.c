// SPDX-License-Identifier: MIT
//
// STRIDED_SLICE: what x[begin:end:stride, ..., np.newaxis, i] selects. Each entry of begin, end and
// strides describes one dimension, unless a mask says that it is an ellipsis (any number of whole
// dimensions), a new axis, or a single index whose dimension disappears.
#include "ops/copy_util.h"

// One dimension of the result before it shrinks.
typedef struct slice_dim {
  int64_t begin, count, stride;
  bool shrink;
} slice_dim;

typedef struct slice_spec {
  const lm_tensor* begin;
  const lm_tensor* end;
  const lm_tensor* strides;
  int32_t count;
  const lm_strided_slice_options* options;
} slice_spec;

static bool bit(int32_t mask, int32_t i) { return ((uint32_t)mask >> i & 1u) != 0; }

static int64_t clamp_index(int64_t at, int64_t size, int64_t stride) {
  const int64_t low = stride > 0 ? 0 : -1;
  const int64_t high = stride > 0 ? size : size - 1;
  return at < low ? low : (at > high ? high : at);
}

// Entry `i` applied to a dimension of `size` elements.
static lm_status read_entry(const lm_op_context* context, const slice_spec* spec, int32_t i,
                            int64_t size, slice_dim* out, lm_error* err) {
  const lm_strided_slice_options* options = spec->options;
  const int64_t stride = lm__op_int_at(spec->strides, i);
  LM_OP_CHECK(context, stride != 0 && stride > INT32_MIN && stride <= INT32_MAX, LM_BAD_MODEL,
              "stride %d is %lld", i, (long long)stride);
  int64_t begin = lm__op_int_at(spec->begin, i);
  int64_t end = lm__op_int_at(spec->end, i);
  LM_OP_CHECK(context,
              begin >= INT32_MIN && begin <= INT32_MAX && end >= INT32_MIN && end <= INT32_MAX,
              LM_BAD_MODEL, "entry %d is %lld to %lld", i, (long long)begin, (long long)end);
  if (begin < 0) begin += size;
  if (bit(options->shrink_axis_mask, i)) {
    if (bit(options->begin_mask, i)) begin = stride > 0 ? 0 : size - 1;
    LM_OP_CHECK(context, begin >= 0 && begin < size, LM_BAD_MODEL,
                "index %lld is outside a dimension of %lld", (long long)begin, (long long)size);
    *out = (slice_dim){.begin = begin, .count = 1, .stride = 1, .shrink = true};
    return LM_OK;
  }
  begin = clamp_index(begin, size, stride);
  if (bit(options->begin_mask, i)) begin = stride > 0 ? 0 : size - 1;
  if (options->offset) end += begin;
  if (end < 0) end += size;
  end = clamp_index(end, size, stride);
  if (bit(options->end_mask, i)) end = stride > 0 ? size : -1;
  int64_t count =
      stride > 0 ? (end - begin + stride - 1) / stride : (begin - end - stride - 1) / -stride;
  if (stride > 0 ? end <= begin : end >= begin) count = 0;
  *out = (slice_dim){.begin = begin, .count = count, .stride = stride};
  return LM_OK;
}

// Where the result is built up.
typedef struct slice_build {
  const lm_shape* input;
  int64_t in_strides[LM_MAX_RANK];
  int32_t next;  // dimension of the input that the next entry describes
  lm_shape shape;
  int64_t steps[LM_MAX_RANK];  // of the output's dimensions through the input
  int64_t offset;
} slice_build;

static lm_status push(const lm_op_context* context, slice_build* build, int64_t dim, int64_t step,
                      lm_error* err) {
  LM_OP_CHECK(context, build->shape.rank < LM_MAX_RANK, LM_UNSUPPORTED,
              "output has more than %d dimensions", LM_MAX_RANK);
  build->steps[build->shape.rank] = step;
  build->shape.dims[build->shape.rank++] = (int32_t)dim;
  return LM_OK;
}

static lm_status push_whole(const lm_op_context* context, slice_build* build, int32_t until,
                            lm_error* err) {
  for (; build->next < until; ++build->next) {
    LM_TRY(
        push(context, build, build->input->dims[build->next], build->in_strides[build->next], err));
  }
  return LM_OK;
}

// How many entries after `i` describe a dimension of the input.
static int32_t entries_after(const slice_spec* spec, int32_t i) {
  int32_t count = 0;
  for (int32_t k = i + 1; k < spec->count; ++k) {
    if (!bit(spec->options->new_axis_mask, k)) ++count;
  }
  return count;
}

static lm_status build_slice(const lm_op_context* context, const slice_spec* spec,
                             slice_build* build, lm_error* err) {
  const int32_t rank = build->input->rank;
  for (int32_t i = 0; i < spec->count; ++i) {
    if (bit(spec->options->ellipsis_mask, i)) {
      const int32_t until = rank - entries_after(spec, i);
      LM_TRY(push_whole(context, build, until, err));
    } else if (bit(spec->options->new_axis_mask, i)) {
      LM_TRY(push(context, build, 1, 0, err));
    } else {
      LM_OP_CHECK(context, build->next < rank, LM_BAD_MODEL, "%d entries for an input of rank %d",
                  spec->count, rank);
      slice_dim dim = {0};
      LM_TRY(read_entry(context, spec, i, build->input->dims[build->next], &dim, err));
      const int64_t step = build->in_strides[build->next++];
      if (dim.count > 0) build->offset += dim.begin * step;
      if (!dim.shrink) LM_TRY(push(context, build, dim.count, dim.stride * step, err));
    }
  }
  return push_whole(context, build, rank, err);
}

static lm_status strided_slice_prepare(lm_op_context* context, lm_error* err) {
  LM_TRY(lm__op_check_counts(context, 4, 4, 1, err));
  LM_TRY(lm__op_check_copyable(context, err));
  slice_spec spec = {.begin = lm_op_input(context, 1),
                     .end = lm_op_input(context, 2),
                     .strides = lm_op_input(context, 3),
                     .options = lm_op_node(context)->def->options};
  LM_TRY(lm__op_check_int_vector(context, "begin", spec.begin, -1, err));
  const int64_t count = spec.begin->shape.dims[0];
  LM_TRY(lm__op_check_rank(context, "end", spec.end, 1, 1, err));
  LM_TRY(lm__op_check_rank(context, "strides", spec.strides, 1, 1, err));
  LM_TRY(lm__op_check_int_vector(context, "end", spec.end, count, err));
  LM_TRY(lm__op_check_int_vector(context, "strides", spec.strides, count, err));
  LM_OP_CHECK(context, count <= 2 * LM_MAX_RANK, LM_UNSUPPORTED, "%lld entries, at most %d",
              (long long)count, 2 * LM_MAX_RANK);
  spec.count = (int32_t)count;
  const uint32_t ellipsis = (uint32_t)spec.options->ellipsis_mask & ((1u << count) - 1);
  LM_OP_CHECK(context, (ellipsis & (ellipsis - 1)) == 0, LM_BAD_MODEL, "more than one ellipsis");
  slice_build build = {.input = &lm_op_input(context, 0)->shape};
  lm__dense_strides(build.input, build.in_strides);
  LM_TRY(build_slice(context, &spec, &build, err));

  void* memory;
  LM_TRY(lm_op_alloc_params(context, sizeof(lm__copy), &memory, err));
  lm__copy* copy = memory;
  int64_t out_strides[LM_MAX_RANK];
  lm__dense_strides(&build.shape, out_strides);
  copy->in_offset = build.offset;
  for (int32_t d = 0; d < build.shape.rank; ++d) {
    lm__copy_add(copy, build.shape.dims[d], build.steps[d], out_strides[d]);
  }
  lm__copy_finish(copy);
  return lm_op_set_output_shape(context, 0, &build.shape, err);
}

const lm_op lm_op_strided_slice = {
    .name = "STRIDED_SLICE",
    .builtin = LM_BUILTIN_STRIDED_SLICE,
    .max_version = 8,
    .options = LM_OPTIONS_STRIDED_SLICE,
    .prepare = strided_slice_prepare,
    .eval = lm__copy_eval,
};
