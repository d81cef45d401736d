// SPDX-License-Identifier: MIT
//
// DEPTHWISE_CONV_2D (one output channel for each input channel) for devices that are processors
// (PoCL): one work-item makes one row of pixels of some channels, PIXELS pixels x 16 channels at a
// time with explicit float16 sums. Every column of the image that PIXELS windows share is read
// once. At least 16 channels; the last block begins where 16 are left and makes some again.
// Bias: a float for each channel, then 16 zeros, which columns outside the image read.
LM_CONST(3, TAIL, 0)
LM_CONST(4, PIXELS, 7)
LM_CONST(5, TAPS_H, 3)
LM_CONST(6, TAPS_W, 3)
LM_CONST(7, STRIDE_W, 1)

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

static inline float16 conv_tail(float16 v, __global const LM_T* residual, const lm_params p) {
  v = clamp16(v, p.low, p.high);
  if (TAIL == 1) v = clamp16(v + LOAD16(residual), p.tail_low, p.tail_high);  // ADD
  if (TAIL == 2) v = v * clamp16(v * (1.0f / 6.0f) + 0.5f, 0.0f, 1.0f);      // HARD_SWISH
  if (TAIL == 3) v = 1.0f / (1.0f + exp(-v));                               // LOGISTIC
  return v;
}

enum { COLUMNS = (PIXELS - 1) * STRIDE_W + TAPS_W };

LM_KERNEL5(depthwise_rows, LM_IN(0, LM_T, x), LM_IN(1, LM_T, w), LM_IN(2, float, bias),
           LM_IN(3, LM_T, residual), LM_OUT(4, LM_T, y)) {
  const int row = LM_GROUP_ID(0);  // of all images
  const int out_y = row % p.out_h, batch = row / p.out_h;
  const int begin = LM_GROUP_ID(1) * p.split, end = min(begin + p.split, p.out_c);
  const int top = out_y * p.stride_h - p.pad_top;
  __global const LM_T* zeros = (__global const LM_T*)(bias + p.out_c);
  __global const LM_T* image = x + (size_t)batch * p.in_h * p.in_w * p.out_c;

  for (int first = 0; first < p.out_w; first += PIXELS) {
    const int left = first * STRIDE_W - p.pad_left;
    const bool inside = left >= 0 & left + COLUMNS <= p.in_w;
    const size_t to = (size_t)row * p.out_w + first;
    for (int block = begin; block < end; block += 16) {
      const int c = min(block, p.out_c - 16);
      float16 sum[PIXELS];
      const float16 start = vload16(0, bias + c);
      LM_UNROLL for (int i = 0; i < PIXELS; ++i) sum[i] = start;
      LM_UNROLL for (int tap_y = 0; tap_y < TAPS_H; ++tap_y) {
        const int in_y = top + tap_y * p.dilation_h;
        if (in_y < 0 || in_y >= p.in_h) continue;
        float16 f[TAPS_W];
        LM_UNROLL for (int j = 0; j < TAPS_W; ++j) {
          f[j] = LOAD16(w + (tap_y * TAPS_W + j) * p.out_c + c);
        }
        __global const LM_T* line = image + ((long)in_y * p.in_w + left) * p.out_c + c;
        LM_UNROLL for (int k = 0; k < COLUMNS; ++k) {
          __global const LM_T* at = line + k * p.out_c;
          if (!inside) at = (uint)(left + k) < (uint)p.in_w ? at : zeros;
          const float16 e = LOAD16(at);
          LM_UNROLL for (int i = 0; i < PIXELS; ++i) {
            const int j = k - i * STRIDE_W;
            if (j >= 0 && j < TAPS_W) sum[i] = fma(e, f[j], sum[i]);
          }
        }
      }
      LM_UNROLL for (int i = 0; i < PIXELS; ++i) {
        if (first + i < p.out_w) {
          STORE16(conv_tail(sum[i], residual + (to + i) * p.out_c + c, p),
                  y + (to + i) * p.out_stride + p.out_offset + c);
        }
      }
    }
  }
}
