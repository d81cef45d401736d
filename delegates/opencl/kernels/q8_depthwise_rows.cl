// SPDX-License-Identifier: MIT
//
// DEPTHWISE_CONV_2D on bytes (one output channel for each input channel, at least 16) for devices
// that are processors (PoCL): one work-item makes a row of pixels, 16 channels at a time; the last
// block of channels begins where 16 are left and makes some again. Weights: [filter_h][filter_w]
// [out_c] 16-bit numbers without zero point. Channels: biases, multipliers, shifts.
LM_PARAMS(int in_h; int in_w; int out_h; int out_w; int out_c; int filter_h; int filter_w;
          int stride_h; int stride_w; int dilation_h; int dilation_w; int pad_h; int pad_w;
          int input_zero; int output_zero; int min; int max; int dst_stride; int dst_offset;)

#ifdef LM_TYPE_U8
typedef uchar16 bytes;
#else
typedef char16 bytes;
#endif
typedef bytes __attribute__((aligned(1))) any_bytes;
typedef short16 __attribute__((aligned(2))) any_shorts;

LM_KERNEL4(q8_depthwise_rows, LM_IN(0, LM_T, src), LM_IN(1, short, weights),
           LM_IN(2, int, channels), LM_OUT(3, char, dst)) {
  const int row = LM_GROUP_ID(0);
  const int batch = row / p.out_h;
  const int top = row % p.out_h * p.stride_h - p.pad_h;
  // Rows of the filter that lie inside the image.
  int fy0 = 0, fy1 = p.filter_h;
  while (fy0 < fy1 && top + fy0 * p.dilation_h < 0) ++fy0;
  while (fy1 > fy0 && top + (fy1 - 1) * p.dilation_h >= p.in_h) --fy1;
  __global const LM_T* image = src + (size_t)batch * p.in_h * p.in_w * p.out_c;
  const int16 zero = p.input_zero;

  for (int x = 0; x < p.out_w; ++x) {
    const int left = x * p.stride_w - p.pad_w;
    int fx0 = 0, fx1 = p.filter_w;
    while (fx0 < fx1 && left + fx0 * p.dilation_w < 0) ++fx0;
    while (fx1 > fx0 && left + (fx1 - 1) * p.dilation_w >= p.in_w) --fx1;
    __global char* to = dst + ((size_t)row * p.out_w + x) * p.dst_stride + p.dst_offset;
    for (int block = 0; block < p.out_c; block += 16) {
      const int c = min(block, p.out_c - 16);
      int16 sum = vload16(0, channels + c);
      for (int fy = fy0; fy < fy1; ++fy) {
        const size_t line = (size_t)(top + fy * p.dilation_h) * p.in_w;
        for (int fx = fx0; fx < fx1; ++fx) {
          __global const LM_T* at = image + (line + left + fx * p.dilation_w) * p.out_c + c;
          __global const short* w = weights + (fy * p.filter_w + fx) * p.out_c + c;
          sum += (convert_int16(*(__global const any_bytes*)at) - zero) *
                 convert_int16(*(__global const any_shorts*)w);
        }
      }
      int16 q = multiply16(sum, vload16(0, channels + p.out_c + c),
                           vload16(0, channels + 2 * p.out_c + c));
      // Both bounds lie far outside of every byte, and what is added cannot wrap.
      q = clamp(clamp(q, -65536, 65536) + p.output_zero, p.min, p.max);
      vstore16(convert_char16(q), 0, to + c);
    }
  }
}
