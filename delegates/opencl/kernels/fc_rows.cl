// SPDX-License-Identifier: MIT
//
// FULLY_CONNECTED of few rows for devices that are processors (PoCL): one work-item makes 32
// channels of one row. Four sums for each vector, or the latency of one would be the time.
// Filters as for conv_rows.cl with blocks of 32.
LM_CONST(3, TAIL, 0)

LM_PARAMS(int rows; int in_h; int in_w; int in_c; int out_h; int out_w; int out_c; int taps_h;
          int taps_w; int stride_h; int stride_w; int dilation_h; int dilation_w; int pad_top;
          int pad_left; int filter_c; int group_out; int run; int split; int out_stride;
          int out_offset; float low; float high; float tail_low; float tail_high;)

#ifdef LM_TYPE_F16
#define LOAD16(at) vload_half16(0, at)
#define STORE16(value, at) vstore_half16_rte(value, 0, at)
#else
// One instruction each; the library's vload16 and vstore16 are several.
typedef float16 __attribute__((aligned(4))) any16;
#define LOAD16(at) (*(__global const any16*)(at))
#define STORE16(value, at) *(__global any16*)(at) = (value)
#endif

// As min and max instructions do it, and NaN stays NaN.
static inline float16 clamp16(float16 v, float low, float high) {
  const float16 lows = low, highs = high;
  v = lows > v ? lows : v;
  return highs < v ? highs : v;
}

// Finishes 16 sums and stores the first `count`, of as many channels as there are.
static inline void conv_finish(float16 v, __global const LM_T* residual, __global LM_T* y, int count,
                               const lm_params p) {
  v = clamp16(v, p.low, p.high);
  if (TAIL == 2) v = v * clamp16(v * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);  // HARD_SWISH
  if (TAIL == 3) v = 1.0f / (1.0f + exp(-v));                             // LOGISTIC
  if (count >= 16) {
    if (TAIL == 1) v = clamp16(v + LOAD16(residual), p.tail_low, p.tail_high);  // ADD
    STORE16(v, y);
  } else {
    float all[16];
    vstore16(v, 0, all);
    for (int i = 0; i < count; ++i) {
      float e = all[i];
      if (TAIL == 1) e = min(max(e + LM_GET(residual, i), p.tail_low), p.tail_high);
      LM_PUT(y, i, e);
    }
  }
}

LM_KERNEL5(fc_rows, LM_IN(0, LM_T, x), LM_IN(1, LM_T, w), LM_IN(2, float, bias),
           LM_IN(3, LM_T, residual), LM_OUT(4, LM_T, y)) {
  const int block = LM_GROUP_ID(0) * 32, row = LM_GROUP_ID(1);
  __global const LM_T* a = x + (size_t)row * p.in_c;
  __global const LM_T* b = w + (size_t)block * p.in_c;
  float16 sum[4][2];
  LM_UNROLL for (int i = 0; i < 4; ++i) sum[i][0] = sum[i][1] = (float16)0.0f;
  int k = 0;
  for (; k + 4 <= p.in_c; k += 4) {
    LM_UNROLL for (int i = 0; i < 4; ++i) {
      const float16 e = (float16)(LM_GET(a, k + i));
      sum[i][0] = fma(e, LOAD16(b + 32 * i), sum[i][0]);
      sum[i][1] = fma(e, LOAD16(b + 32 * i + 16), sum[i][1]);
    }
    b += 128;
  }
  for (; k < p.in_c; ++k, b += 32) {
    const float16 e = (float16)(LM_GET(a, k));
    sum[0][0] = fma(e, LOAD16(b), sum[0][0]);
    sum[0][1] = fma(e, LOAD16(b + 16), sum[0][1]);
  }
  __global LM_T* to = y + (size_t)row * p.out_stride + p.out_offset + block;
  __global const LM_T* other = residual + (size_t)row * p.out_c + block;
  LM_UNROLL for (int v = 0; v < 2; ++v) {
    const int count = p.out_c - block - 16 * v;
    const float16 all = (sum[0][v] + sum[1][v]) + (sum[2][v] + sum[3][v]);
    if (count > 0) {
      conv_finish(all + vload16(0, bias + block + 16 * v), other + 16 * v, to + 16 * v, count, p);
    }
  }
}
