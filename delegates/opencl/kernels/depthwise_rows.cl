// SPDX-License-Identifier: MIT
//
// DEPTHWISE_CONV_2D (one output channel for each input channel) for devices that are processors
// (PoCL): one work-item makes one row of pixels of some channels, PIXELS pixels x 16 channels at a
// time with explicit float16 sums. Every column of the image that PIXELS windows share is read
// once. At least 16 channels; the last block begins where 16 are left and makes some again.
// Filters: [taps][out_c], in float. Bias: a float for each channel, then 16 zeros, which columns outside the image read.
LM_CONST(4, PIXELS, 7)
LM_CONST(5, TAPS_H, 3)
LM_CONST(6, TAPS_W, 3)
LM_CONST(7, STRIDE_W, 1)

enum { COLUMNS = (PIXELS - 1) * STRIDE_W + TAPS_W };

LM_KERNEL5(depthwise_rows, LM_IN(0, LM_X, x), LM_IN(1, float, w), LM_IN(2, float, bias),
           LM_IN(3, LM_T, residual), LM_OUT(4, LM_T, y)) {
  const int row = LM_GROUP_ID(0);  // of all images
  const int out_y = row % p.out_h, batch = row / p.out_h;
  const int begin = LM_GROUP_ID(1) * p.split, end = min(begin + p.split, p.out_c);
  const int top = out_y * p.stride_h - p.pad_top;
  __global const LM_X* zeros = (__global const LM_X*)(bias + p.out_c);
  __global const LM_X* image = x + (size_t)batch * p.in_h * p.in_w * p.out_c;

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
          f[j] = LOAD16_FLOAT(w + (tap_y * TAPS_W + j) * p.out_c + c);
        }
        __global const LM_X* line = image + ((long)in_y * p.in_w + left) * p.out_c + c;
        LM_UNROLL for (int k = 0; k < COLUMNS; ++k) {
          __global const LM_X* at = line + k * p.out_c;
          if (!inside) at = (uint)(left + k) < (uint)p.in_w ? at : zeros;
          const float16 e = LOAD16_X(at);
          LM_UNROLL for (int i = 0; i < PIXELS; ++i) {
            const int j = k - i * STRIDE_W;
            if (j >= 0 && j < TAPS_W) sum[i] = fma(e, f[j], sum[i]);
          }
        }
      }
      LM_UNROLL for (int i = 0; i < PIXELS; ++i) {
        if (first + i < p.out_w) {
          conv_finish(sum[i], residual + (to + i) * p.out_c + c,
                      y + (to + i) * p.out_stride + p.out_offset + c, 16, p);
        }
      }
    }
  }
}
