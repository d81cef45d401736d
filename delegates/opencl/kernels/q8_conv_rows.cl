// SPDX-License-Identifier: MIT
//
// CONV_2D and FULLY_CONNECTED on bytes for devices that are processors (PoCL): one work-item makes
// ROWS pixels x VECTORS * 16 channels in vector registers, from 16-bit numbers without zero points
// (q8_widen_rows.cl). Padding is part of the image there, and a tap is a run of `run` pairs: a row
// of the filter, or a pixel where columns are dilated.
//
// Weights: [channels / W][taps_h][taps_w][run][W] pairs, W = VECTORS * 16. Channels: as many biases, then
// multipliers and shifts (WIDE_FACTORS: low words, high words and shifts).
LM_CONST(3, ROWS, 7)
LM_CONST(4, VECTORS, 2)
LM_CONST(5, WIDE_FACTORS, 0)

LM_PARAMS(int pixels; int out_h; int out_w; int out_c; int wide_h; int wide_w; int pairs;
          int taps_h; int taps_w; int run; int stride_h; int stride_w; int dilation_h;
          int dilation_w; int output_zero; int min; int max; int dst_stride; int dst_offset;)

// a.even * b.even + a.odd * b.odd, in 32 bits. The builtins are what the generic form should
// become, and mostly does not.
static inline int16 pairs_dot(int16 a, int16 b) {
#if defined(__AVX512BW__)
  typedef short short32_ __attribute__((ext_vector_type(32)));
  return __builtin_ia32_pmaddwd512(__builtin_astype(a, short32_), __builtin_astype(b, short32_));
#elif defined(__AVX2__)
  return (int16)(
      __builtin_ia32_pmaddwd256(__builtin_astype(a.lo, short16), __builtin_astype(b.lo, short16)),
      __builtin_ia32_pmaddwd256(__builtin_astype(a.hi, short16), __builtin_astype(b.hi, short16)));
#else
  return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#endif
}

static inline int16 rescale(int16 sum, __global const int* channel, int width) {
  const int16 total = sum + vload16(0, channel);
  if (!WIDE_FACTORS) {
    return multiply16(total, vload16(0, channel + width), vload16(0, channel + 2 * width));
  }
  int all[16];
  vstore16(total, 0, all);
  for (int i = 0; i < 16; ++i) {
    all[i] = lm_multiply_wide(all[i], (uint)channel[width + i], (uint)channel[2 * width + i],
                              channel[3 * width + i]);
  }
  return vload16(0, all);
}

LM_KERNEL4(q8_conv_rows, LM_IN(0, int, src), LM_IN(1, int, weights), LM_IN(2, int, channels),
           LM_OUT(3, char, dst)) {
  const int first = LM_GROUP_ID(0) * ROWS;
  const int block = LM_GROUP_ID(1) * (16 * VECTORS);
  const int width = (p.out_c + 16 * VECTORS - 1) / (16 * VECTORS) * (16 * VECTORS);
  __global const int16* w = (__global const int16*)(weights + (size_t)block * p.taps_h * p.taps_w * p.run);

  // Rows past the last do the last one's work again.
  __global const int* at[ROWS];
  int x = first % p.out_w, y = first / p.out_w % p.out_h, batch = first / p.out_w / p.out_h;
  LM_UNROLL for (int r = 0; r < ROWS; ++r) {
    const size_t line = (size_t)batch * p.wide_h + y * p.stride_h;
    at[r] = src + (line * p.wide_w + x * p.stride_w) * p.pairs;
    if (first + r + 1 < p.pixels && ++x == p.out_w) {
      x = 0;
      if (++y == p.out_h) {
        y = 0;
        ++batch;
      }
    }
  }

  int16 sum[ROWS][VECTORS];
  LM_UNROLL for (int r = 0; r < ROWS; ++r) {
    LM_UNROLL for (int v = 0; v < VECTORS; ++v) sum[r][v] = 0;
  }
  const int run = p.run;
  for (int tap = 0; tap < p.taps_h * p.taps_w; ++tap) {
    const int down = tap / p.taps_w * p.dilation_h, across = tap % p.taps_w * p.dilation_w;
    const int step = (down * p.wide_w + across) * p.pairs;
    __global const int* a[ROWS];
    LM_UNROLL for (int r = 0; r < ROWS; ++r) a[r] = at[r] + step;
    for (int k = 0; k < run; ++k) {
      int16 f[VECTORS];
      LM_UNROLL for (int v = 0; v < VECTORS; ++v) f[v] = w[v];
      w += VECTORS;
      LM_UNROLL for (int r = 0; r < ROWS; ++r) {
        const int16 e = (int16)(a[r][k]);
        LM_UNROLL for (int v = 0; v < VECTORS; ++v) sum[r][v] += pairs_dot(e, f[v]);
      }
    }
  }

  LM_UNROLL for (int r = 0; r < ROWS; ++r) {
    if (first + r < p.pixels) {
      LM_UNROLL for (int v = 0; v < VECTORS; ++v) {
        const int channel = block + 16 * v;
        const int count = p.out_c - channel;
        __global char* to = dst + (size_t)(first + r) * p.dst_stride + p.dst_offset + channel;
        // Both bounds lie far outside of every byte, and what is added cannot wrap.
        int16 q = clamp(rescale(sum[r][v], channels + channel, width), -65536, 65536);
        q = clamp(q + p.output_zero, p.min, p.max);
        if (count >= 16) {
          vstore16(convert_char16(q), 0, to);
        } else {
          int all[16];
          vstore16(q, 0, all);
          for (int i = 0; i < count; ++i) to[i] = (char)all[i];
        }
      }
    }
  }
}
