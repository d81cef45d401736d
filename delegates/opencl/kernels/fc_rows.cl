// SPDX-License-Identifier: MIT
//
// FULLY_CONNECTED of few rows for devices that are processors (PoCL): one work-item makes 32
// channels of one row. Four sums for each vector, or the latency of one would be the time.
// Filters as for conv_rows.cl with blocks of 32.

LM_KERNEL5(fc_rows, LM_IN(0, LM_T, x), LM_IN(1, LM_W, w), LM_IN(2, float, bias),
           LM_IN(3, LM_T, residual), LM_OUT(4, LM_T, y)) {
  const int block = LM_GROUP_ID(0) * 32, row = LM_GROUP_ID(1);
  __global const LM_T* a = x + (size_t)row * p.in_c;
  __global const LM_W* b = w + (size_t)block * p.in_c;
  float16 sum[4][2];
  LM_UNROLL for (int i = 0; i < 4; ++i) sum[i][0] = sum[i][1] = (float16)0.0f;
  int k = 0;
  for (; k + 4 <= p.in_c; k += 4) {
    LM_UNROLL for (int i = 0; i < 4; ++i) {
      const float16 e = (float16)(LM_GET(a, k + i));
      sum[i][0] = fma(e, LOAD16_W(b + 32 * i), sum[i][0]);
      sum[i][1] = fma(e, LOAD16_W(b + 32 * i + 16), sum[i][1]);
    }
    b += 128;
  }
  for (; k < p.in_c; ++k, b += 32) {
    const float16 e = (float16)(LM_GET(a, k));
    sum[0][0] = fma(e, LOAD16_W(b), sum[0][0]);
    sum[0][1] = fma(e, LOAD16_W(b + 16), sum[0][1]);
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
