// SPDX-License-Identifier: MIT
//
// CONV_2D and FULLY_CONNECTED for devices that are processors (PoCL): one work-item makes ROWS
// pixels x VECTORS * 16 channels with explicit float16 sums, which stay in vector registers; no
// local memory, no barriers. Work-groups count pixels first, so that neighbours share a block of
// filters in the cache.
//
// A tap is a run of elements that lie one after the other in the image: the channels of a pixel, or
// a whole filter row where no padding is to the left or right. Filters: [channels / W][tap][run][W],
// W = VECTORS * 16, zeros behind the last channel. Bias: as many floats, then `run` zeros, which
// taps outside the image read.
LM_CONST(4, ROWS, 7)
LM_CONST(5, VECTORS, 2)
LM_CONST(6, POINTWISE, 0)  // one tap, stride 1, no padding

LM_KERNEL5(conv_rows, LM_IN(0, LM_T, x), LM_IN(1, LM_W, w), LM_IN(2, float, bias),
           LM_IN(3, LM_T, residual), LM_OUT(4, LM_T, y)) {
  const int first = LM_GROUP_ID(0) * ROWS;
  const int block = LM_GROUP_ID(1) * (16 * VECTORS);
  const int width = (p.out_c + 16 * VECTORS - 1) / (16 * VECTORS) * (16 * VECTORS);
  __global const LM_T* zeros = (__global const LM_T*)(bias + width);
  __global const LM_W* b = w + (size_t)block * p.taps_h * p.taps_w * p.run;

  // Where the window of each row begins; rows past the last do the last one's work again.
  __global const LM_T* at[ROWS];
  int at_y[ROWS], at_x[ROWS];
  if (POINTWISE) {
    LM_UNROLL for (int r = 0; r < ROWS; ++r) {
      at[r] = x + (size_t)min(first + r, p.rows - 1) * p.in_c;
    }
  } else {
    int out_x = first % p.out_w, out_y = first / p.out_w % p.out_h;
    int batch = first / p.out_w / p.out_h;
    LM_UNROLL for (int r = 0; r < ROWS; ++r) {
      at_y[r] = out_y * p.stride_h - p.pad_top;
      at_x[r] = out_x * p.stride_w - p.pad_left;
      at[r] = x + (((long)batch * p.in_h + at_y[r]) * p.in_w + at_x[r]) * p.in_c;
      if (first + r + 1 < p.rows && ++out_x == p.out_w) {
        out_x = 0;
        if (++out_y == p.out_h) {
          out_y = 0;
          ++batch;
        }
      }
    }
  }

  float16 sum[ROWS][VECTORS];
  LM_UNROLL for (int v = 0; v < VECTORS; ++v) {
    const float16 start = vload16(0, bias + block + 16 * v);
    LM_UNROLL for (int r = 0; r < ROWS; ++r) sum[r][v] = start;
  }
  for (int tap_y = 0; tap_y < p.taps_h; ++tap_y) {
    for (int tap_x = 0; tap_x < p.taps_w; ++tap_x) {
      __global const LM_T* a[ROWS];
      if (POINTWISE) {
        LM_UNROLL for (int r = 0; r < ROWS; ++r) a[r] = at[r];
      } else {
        const int dy = tap_y * p.dilation_h, dx = tap_x * p.dilation_w;
        const long step = ((long)dy * p.in_w + dx) * p.in_c;
        LM_UNROLL for (int r = 0; r < ROWS; ++r) {
          const bool inside = (uint)(at_y[r] + dy) < (uint)p.in_h & (uint)(at_x[r] + dx) < (uint)p.in_w;
          a[r] = inside ? at[r] + step : zeros;
        }
      }
      const int run = p.run;
      for (int k = 0; k < run; ++k) {
        float16 f[VECTORS];
        LM_UNROLL for (int v = 0; v < VECTORS; ++v) f[v] = LOAD16_W(b + 16 * v);
        b += 16 * VECTORS;
        LM_UNROLL for (int r = 0; r < ROWS; ++r) {
          const float16 e = (float16)(LM_GET(a[r], k));
          LM_UNROLL for (int v = 0; v < VECTORS; ++v) sum[r][v] = fma(e, f[v], sum[r][v]);
        }
      }
    }
  }

  LM_UNROLL for (int r = 0; r < ROWS; ++r) {
    if (first + r < p.rows) {
      __global LM_T* to = y + (size_t)(first + r) * p.out_stride + p.out_offset + block;
      __global const LM_T* other = residual + (size_t)(first + r) * p.out_c + block;
      LM_UNROLL for (int v = 0; v < VECTORS; ++v) {
        const int count = p.out_c - block - 16 * v;
        if (count > 0) conv_finish(sum[r][v], other + 16 * v, to + 16 * v, count, p);
      }
    }
  }
}
