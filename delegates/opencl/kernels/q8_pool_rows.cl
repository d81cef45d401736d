// SPDX-License-Identifier: MIT
//
// AVERAGE_POOL_2D and MAX_POOL_2D on bytes, at least 16 channels, for devices that are processors
// (PoCL): one work-item makes `split` channels of a row of pixels, 16 at a time; the last block
// begins where 16 are left and makes some again. As q8_pool.kernel otherwise.
LM_CONST(3, MAXIMUM, 0)

LM_PARAMS(int in_h; int in_w; int channels; int out_h; int out_w; int filter_h; int filter_w;
          int stride_h; int stride_w; int pad_h; int pad_w; int dst_offset; int dst_stride; int min;
          int max; int lowest; int split;)

#ifdef LM_TYPE_U8
typedef uchar16 bytes;
#else
typedef char16 bytes;
#endif
typedef bytes __attribute__((aligned(1))) any_bytes;

// Division of magnitudes by way of floats: quotients of bytes are wrong by one at most.
static inline int16 mean16(int16 sum, int elements) {
  const int16 magnitude = convert_int16(abs(sum)) + elements / 2;
  int16 quotient = convert_int16(convert_float16(magnitude) * (1.0f / (float)elements));
  const int16 rest = magnitude - quotient * elements;
  quotient += (rest < 0) - (rest >= elements);  // comparisons of vectors give -1
  return sum > 0 ? quotient : -quotient;
}

LM_KERNEL2(q8_pool_rows, LM_IN(0, LM_T, src), LM_OUT(1, LM_T, dst)) {
  const int row = LM_GROUP_ID(0);
  const int begin = LM_GROUP_ID(1) * p.split, end = min(begin + p.split, p.channels);
  const int batch = row / p.out_h, top = row % p.out_h * p.stride_h - p.pad_h;
  const int y0 = max(top, 0), y1 = min(top + p.filter_h, p.in_h);
  __global const LM_T* image = src + (size_t)batch * p.in_h * p.in_w * p.channels;
  for (int x = 0; x < p.out_w; ++x) {
    const int left = x * p.stride_w - p.pad_w;
    const int x0 = max(left, 0), x1 = min(left + p.filter_w, p.in_w);
    __global LM_T* to = dst + ((size_t)row * p.out_w + x) * p.dst_stride + p.dst_offset;
    for (int block = begin; block < end; block += 16) {
      const int c = min(block, p.channels - 16);
      int16 result = MAXIMUM ? p.lowest : 0;
      for (int y = y0; y < y1; ++y) {
        __global const LM_T* at = image + ((size_t)y * p.in_w + x0) * p.channels + c;
        for (int i = x0; i < x1; ++i, at += p.channels) {
          const int16 value = convert_int16(*(__global const any_bytes*)at);
          result = MAXIMUM ? max(result, value) : result + value;
        }
      }
      if (!MAXIMUM) result = mean16(result, (y1 - y0) * (x1 - x0));
      result = clamp(result, p.min, p.max);
#ifdef LM_TYPE_U8
      *(__global any_bytes*)(to + c) = convert_uchar16(result);
#else
      *(__global any_bytes*)(to + c) = convert_char16(result);
#endif
    }
  }
}
