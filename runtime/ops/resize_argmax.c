// SPDX-License-Identifier: MIT
//
// ResizeArgmax of MLPerf's mobile segmenter: enlarges uint8 scores [N,H,W,C] four times in both
// directions, bilinearly, and keeps the index of the best class at each pixel: [N,4H,4W] int32.
//
// The model file says no more than sizes and axis. The rest follows the kernel with which MLCommons
// runs the model (mobile_app_open, resize_argmax_op.cc), the only definition in public:
// - output (4y + i, 4x + j) lies i/4 and j/4 of the way from (y, x) to (y + 1, x + 1);
// - scores are interpolated along rows, then columns, and rounded down both times;
// - of equal scores the first class wins;
// - where the four corners agree on a class, it stands for the whole block (rounding could else let
//   a neighbour tie);
// - blocks of the last row and of the last column have the class of their corner.
#include "ops/op_util.h"

#define SCALE 4

static lm_status resize_argmax_prepare(lm_op_context* context, lm_error* err) {
  static const lm_type kBytes[] = {LM_UINT8}, kInts[] = {LM_INT32};
  LM_TRY(lm__op_check_counts(context, 3, 3, 1, err));
  const lm_tensor* input = lm_op_input(context, 0);
  const lm_tensor* size = lm_op_input(context, 1);
  const lm_tensor* axis = lm_op_input(context, 2);
  LM_TRY(lm__op_check_type(context, "input", input, kBytes, 1, err));
  LM_TRY(lm__op_check_type(context, "size", size, kInts, 1, err));
  LM_TRY(lm__op_check_type(context, "axis", axis, kInts, 1, err));
  LM_TRY(lm__op_check_type(context, "output", lm_op_output(context, 0), kInts, 1, err));
  LM_TRY(lm__op_check_rank(context, "input", input, 4, 4, err));
  LM_TRY(lm__op_check_constant(context, "size", size, err));
  LM_TRY(lm__op_check_constant(context, "axis", axis, err));
  LM_OP_CHECK(context, lm_shape_count(&size->shape) == 2 && lm_shape_count(&axis->shape) == 1,
              LM_BAD_MODEL, "size has %lld elements, axis %lld, expected 2 and 1",
              (long long)lm_shape_count(&size->shape), (long long)lm_shape_count(&axis->shape));
  int32_t resolved = 0;
  LM_TRY(lm__op_resolve_axis(context, (int32_t)lm__op_int_at(axis, 0), 4, &resolved, err));
  LM_OP_CHECK(context, resolved == 3, LM_UNSUPPORTED, "axis %d, expected 3", resolved);
  const int32_t* in = input->shape.dims;
  LM_OP_CHECK(context, in[1] > 0 && in[2] > 0 && in[3] > 0, LM_BAD_MODEL, "input is empty");
  const int64_t h = lm__op_int_at(size, 0), w = lm__op_int_at(size, 1);
  LM_OP_CHECK(context, h == (int64_t)in[1] * SCALE && w == (int64_t)in[2] * SCALE, LM_UNSUPPORTED,
              "%dx%d to %lldx%lld: only %d times the size is supported", in[1], in[2], (long long)h,
              (long long)w, SCALE);
  const lm_shape shape = {.rank = 3, .dims = {in[0], (int32_t)h, (int32_t)w}};
  return lm_op_set_output_shape(context, 0, &shape, err);
}

static int32_t best_class(const uint8_t* scores, int32_t classes) {
  int32_t best = 0;
  for (int32_t c = 1; c < classes; ++c) {
    if (scores[c] > scores[best]) best = c;
  }
  return best;
}

static void fill_block(int32_t* out, int64_t width, int32_t value) {
  for (int32_t i = 0; i < SCALE; ++i) {
    for (int32_t j = 0; j < SCALE; ++j) out[i * width + j] = value;
  }
}

// Best classes of the block whose corners have the scores at `top` and `bottom`, left and right.
static void interpolate_block(const uint8_t* top, const uint8_t* bottom, int32_t classes,
                              int32_t* out, int64_t width) {
  uint32_t best[SCALE][SCALE] = {{0}};
  fill_block(out, width, 0);
  for (int32_t c = 0; c < classes; ++c) {
    for (uint32_t j = 0; j < SCALE; ++j) {
      const uint32_t above = (top[c] * (SCALE - j) + top[classes + c] * j) / SCALE;
      const uint32_t below = (bottom[c] * (SCALE - j) + bottom[classes + c] * j) / SCALE;
      for (uint32_t i = 0; i < SCALE; ++i) {
        const uint32_t score = (above * (SCALE - i) + below * i) / SCALE;
        if (score <= best[i][j]) continue;
        best[i][j] = score;
        out[i * width + j] = c;
      }
    }
  }
}

static lm_status resize_argmax_eval(lm_op_context* context, lm_error* err) {
  (void)err;
  const lm_tensor* input = lm_op_input(context, 0);
  const int32_t* in = input->shape.dims;
  const int32_t classes = in[3];
  const int64_t in_row = (int64_t)in[2] * classes, width = (int64_t)in[2] * SCALE;
  const uint8_t* scores = input->data;
  int32_t* out = lm_op_output(context, 0)->data;
  for (int64_t row = 0; row < (int64_t)in[0] * in[1]; ++row) {
    for (int32_t x = 0; x < in[2]; ++x) {
      const uint8_t* top = scores + row * in_row + (int64_t)x * classes;
      int32_t* block = out + row * SCALE * width + (int64_t)x * SCALE;
      const int32_t corner = best_class(top, classes);
      if (row % in[1] == in[1] - 1 || x == in[2] - 1) {
        fill_block(block, width, corner);
        continue;
      }
      const uint8_t* bottom = top + in_row;
      const bool agree = best_class(top + classes, classes) == corner &&
                         best_class(bottom, classes) == corner &&
                         best_class(bottom + classes, classes) == corner;
      if (agree) {
        fill_block(block, width, corner);
      } else {
        interpolate_block(top, bottom, classes, block, width);
      }
    }
  }
  return LM_OK;
}

const lm_op lm_op_resize_argmax = {
    .name = "ResizeArgmax",
    .builtin = LM_BUILTIN_CUSTOM,
    .max_version = 1,
    .options = LM_OPTIONS_NONE,
    .prepare = resize_argmax_prepare,
    .eval = resize_argmax_eval,
};
