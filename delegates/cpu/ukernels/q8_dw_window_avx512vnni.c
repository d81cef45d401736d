// SPDX-License-Identifier: MIT
//
// 8-bit depthwise windows by vpdpbusd. Staging interleaves four rows ("a quad"), so that a dword
// holds four taps of a channel; the weights of the output row k stride lower are the same bytes
// shifted up. A block of 16 channels then sweeps a row, its weights in registers, four pixels at a
// time, whose bytes together fill a vector. Of 5x5 windows, a wide block of 64 channels does so, a
// group of 16 after the other, whose bytes together are whole vectors of the output.
#include <string.h>

#include "q8_dw_sweep.h"
#include "q8_dw_wide.h"

typedef void (*sweep_function)(const sweep* s);
typedef void (*wide_function)(const wide_sweep* s);
typedef struct sweep_functions {
  sweep_function relu[2], any[2], certain[2];  // [parts - 1]
  wide_function wide_relu[2], wide_any[2];     // where the window has wide blocks
} sweep_functions;

// Output columns [x, x + columns) of all rows, a wide block of `count` channels.
LM_UK_INLINE void run_wide(const lm__q8_dw_window_args* args, int32_t channel, int32_t count,
                           int32_t x, int32_t columns, const int kw, const int quads,
                           const int stride, const sweep_functions* functions) {
  const int32_t least = columns < UNIT ? UNIT : columns;
  const size_t quad_stride = (size_t)((least - 1) * stride + kw) * WIDE_COLUMN;
  for (int q = 0; q < quads; ++q) {
    stage_wide(args, args->in + 4 * q, channel, x * stride - args->pad, (columns - 1) * stride + kw,
               (uint8_t*)args->scratch + (size_t)q * quad_stride);
  }
  uint8_t aside[UNIT * LM_DW_WINDOW_WIDE] __attribute__((aligned(64)));
  const bool whole = columns >= UNIT;
  wide_sweep s = {
      .args = args,
      .blocks = (const uint8_t*)args->packed + (size_t)(channel / GROUP) * args->block_bytes,
      .in = args->scratch,
      .quad_stride = quad_stride,
      .columns = least,
      .out = aside,
      .stride = whole ? args->in_stride : LM_DW_WINDOW_WIDE,
      .lanes = UINT64_MAX >> (LM_DW_WINDOW_WIDE - count),
  };
  const int32_t parts = HEAD(s.blocks, 6)[0];
  const wide_function f =
      args->at_zero ? functions->wide_relu[parts - 1] : functions->wide_any[parts - 1];
  uint8_t* out = args->out + (size_t)x * args->in_stride + channel;
  for (int32_t r = 0; r < args->rows; ++r, out += args->out_row_stride) {
    s.row = r;
    if (whole) s.out = out;
    f(&s);
    for (int32_t p = 0; !whole && p < columns; ++p) {
      memcpy(out + (size_t)p * args->in_stride, aside + p * LM_DW_WINDOW_WIDE, (size_t)count);
    }
  }
}

// Output columns [x, x + columns) of all rows, channels [channel, channel + count), count <= 64.
LM_UK_INLINE void run_block(const lm__q8_dw_window_args* args, int32_t channel, int32_t count,
                            int32_t x, int32_t columns, const int kw, const int quads,
                            const int stride, const sweep_functions* functions) {
  const int32_t least = columns < UNIT ? UNIT : columns;
  const size_t quad_stride = (size_t)((least - 1) * stride + kw) * 64;
  const staged to = {args->scratch, quad_stride * (size_t)quads, quad_stride};
  const int32_t groups = (count + GROUP - 1) / GROUP;
  for (int q = 0; q < quads; ++q) {
    uint8_t* out = to.data + (size_t)q * quad_stride;
    const int32_t first = x * stride - args->pad, columns_in = (columns - 1) * stride + kw;
    const void* const* in = args->in + 4 * q;
    if (groups == 4) {
      stage_quad(args, in, channel, first, columns_in, &to, out, 4);
    } else if (groups >= 2) {
      // A third group is staged although there may be none: its place is.
      stage_quad(args, in, channel, first, columns_in, &to, out, 3);
    } else {
      stage_quad(args, in, channel, first, columns_in, &to, out, 1);
    }
  }
  // Rows of few pixels or channels are done in whole units too, elsewhere.
  uint8_t aside[LM_DW_WINDOW_COLUMNS * GROUP] __attribute__((aligned(64)));
  for (int32_t g = 0; g < groups; ++g) {
    const int32_t c = channel + g * GROUP;
    const int32_t live = count - g * GROUP < GROUP ? count - g * GROUP : GROUP;
    const bool whole = live == GROUP && columns >= UNIT;
    sweep s = {
        .args = args,
        .block = (const uint8_t*)args->packed + (size_t)(c / GROUP) * args->block_bytes,
        .in = to.data + (size_t)g * to.group_stride,
        .quad_stride = quad_stride,
        .columns = least,
        .out = aside,
        .stride = whole ? args->in_stride : GROUP,
    };
    const int32_t parts = HEAD(s.block, 6)[0] & LM_DW_WINDOW_PARTS;
    const bool certain = (HEAD(s.block, 6)[0] & LM_DW_WINDOW_CERTAIN) != 0;
    const sweep_function f = (certain         ? functions->certain
                              : args->at_zero ? functions->relu
                                              : functions->any)[parts - 1];
    uint8_t* out = args->out + (size_t)x * args->in_stride + c;
    for (int32_t r = 0; r < args->rows; ++r, out += args->out_row_stride) {
      s.row = r;
      if (whole) s.out = out;
      f(&s);
      for (int32_t p = 0; !whole && p < columns; ++p) {
        memcpy(out + (size_t)p * args->in_stride, aside + p * GROUP, (size_t)live);
      }
    }
  }
}

LM_UK_INLINE void run(const lm__q8_dw_window_args* args, const int kw, const int quads,
                      const int stride, const sweep_functions* functions) {
  const int32_t most = (LM_DW_WINDOW_COLUMNS / quads - kw) / stride + 1;
  const int32_t pieces = (args->columns + most - 1) / most;
  const int32_t piece = (args->columns + pieces - 1) / pieces;
  for (int32_t c = 0; c < args->channels; c += LM_DW_WINDOW_WIDE) {
    const int32_t left = args->channels - c;
    const int32_t count = left < LM_DW_WINDOW_WIDE ? left : LM_DW_WINDOW_WIDE;
    for (int32_t x = 0; x < args->columns; x += piece) {
      const int32_t columns = args->columns - x < piece ? args->columns - x : piece;
      if (lm_dw_window_is_wide(kw, left)) {
        run_wide(args, c, count, x, columns, kw, quads, stride, functions);
      } else {
        run_block(args, c, count, x, columns, kw, quads, stride, functions);
      }
    }
  }
}

// The sweeps of a window, for weights of one or two parts.
#define SWEEP(name, suffix, kw, quads, stride, parts, how)                    \
  static __attribute__((noinline, cold)) void name##suffix##parts##_again(    \
      const sweep* s, const int32_t* columns, int32_t count) {                \
    sweep_again(s, kw, quads, stride, parts, how, columns, count);            \
  }                                                                           \
  static void name##suffix##parts(const sweep* s) {                           \
    sweep_row(s, kw, quads, stride, parts, how, name##suffix##parts##_again); \
  }
#define CERTAIN_SWEEP(name, kw, quads, stride, parts)            \
  static void name##_certain##parts(const sweep* s) {            \
    sweep_row(s, kw, quads, stride, parts, LM_Q8_CERTAIN, NULL); \
  }
#define WIDE_SWEEP(name, suffix, kw, quads, stride, parts, at_zero)              \
  static __attribute__((noinline, cold)) void name##suffix##parts##_again(       \
      const wide_sweep* s, const int32_t* columns, int32_t count) {              \
    wide_again(s, kw, quads, stride, parts, at_zero, columns, count);            \
  }                                                                              \
  static void name##suffix##parts(const wide_sweep* s) {                         \
    wide_row(s, kw, quads, stride, parts, at_zero, name##suffix##parts##_again); \
  }
#define SWEEPS(name, kw, quads, stride)                         \
  SWEEP(name, _relu, kw, quads, stride, 1, LM_Q8_FIXED_AT_ZERO) \
  SWEEP(name, _relu, kw, quads, stride, 2, LM_Q8_FIXED_AT_ZERO) \
  SWEEP(name, _any, kw, quads, stride, 1, LM_Q8_FIXED)          \
  SWEEP(name, _any, kw, quads, stride, 2, LM_Q8_FIXED)          \
  CERTAIN_SWEEP(name, kw, quads, stride, 1)                     \
  CERTAIN_SWEEP(name, kw, quads, stride, 2)
#define WIDE_SWEEPS(name, kw, quads, stride)          \
  WIDE_SWEEP(name, _relu, kw, quads, stride, 1, true) \
  WIDE_SWEEP(name, _relu, kw, quads, stride, 2, true) \
  WIDE_SWEEP(name, _any, kw, quads, stride, 1, false) \
  WIDE_SWEEP(name, _any, kw, quads, stride, 2, false)
#define FUNCTIONS(name) \
  {name##_relu1, name##_relu2}, {name##_any1, name##_any2}, { name##_certain1, name##_certain2 }
#define WIDE_FUNCTIONS(name) \
  {name##_relu1, name##_relu2}, { name##_any1, name##_any2 }
#define KERNEL(name, kw, quads, stride, ...)                               \
  void lm__uk_q8_##name##__avx512vnni(const lm__q8_dw_window_args* args);  \
  void lm__uk_q8_##name##__avx512vnni(const lm__q8_dw_window_args* args) { \
    static const sweep_functions kFunctions = {__VA_ARGS__};               \
    run(args, kw, quads, stride, &kFunctions);                             \
  }
// The kernel of a window without wide blocks, and of one with them.
#define WINDOW(name, kw, quads, stride) \
  SWEEPS(name, kw, quads, stride)       \
  KERNEL(name, kw, quads, stride, FUNCTIONS(name), {NULL, NULL}, {NULL, NULL})
#define WIDE_WINDOW(name, kw, quads, stride)  \
  SWEEPS(name, kw, quads, stride)             \
  WIDE_SWEEPS(name##_wide, kw, quads, stride) \
  KERNEL(name, kw, quads, stride, FUNCTIONS(name), WIDE_FUNCTIONS(name##_wide))
WINDOW(dw_3x3s1, 3, 1, 1)
WINDOW(dw_3x3s2, 3, 1, 2)
WIDE_WINDOW(dw_5x5s1, 5, 2, 1)
WIDE_WINDOW(dw_5x5s2, 5, 2, 2)
