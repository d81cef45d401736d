// SPDX-License-Identifier: MIT
//
// Bytes as 16-bit differences to their zero point, with the padding of a convolution around every
// image as zeros and an even number of channels: what q8_conv_rows.cl reads. One work-item makes
// one row of an image.
LM_PARAMS(int in_h; int in_w; int in_c; int wide_h; int wide_w; int wide_c; int pad_h; int pad_w;
          int zero;)

LM_KERNEL2(q8_widen_rows, LM_IN(0, LM_T, src), LM_OUT(1, short, dst)) {
  const int row = LM_GROUP_ID(0);
  const int batch = row / p.wide_h, y = row % p.wide_h - p.pad_h;
  __global short* to = dst + (size_t)row * p.wide_w * p.wide_c;
  if (y < 0 || y >= p.in_h) {
    for (int i = 0; i < p.wide_w * p.wide_c; ++i) to[i] = 0;
    return;
  }
  __global const LM_T* from = src + ((size_t)batch * p.in_h + y) * p.in_w * p.in_c;
  const short zero = (short)p.zero;
  for (int i = 0; i < p.pad_w * p.wide_c; ++i) to[i] = 0;
  to += p.pad_w * p.wide_c;
  if (p.wide_c == p.in_c) {
    for (int i = 0; i < p.in_w * p.in_c; ++i) to[i] = (short)((short)from[i] - zero);
    to += p.in_w * p.in_c;
  } else {
    for (int x = 0; x < p.in_w; ++x, to += p.wide_c, from += p.in_c) {
      for (int c = 0; c < p.in_c; ++c) to[c] = (short)((short)from[c] - zero);
      to[p.in_c] = 0;
    }
  }
  for (int i = 0; i < (p.wide_w - p.in_w - p.pad_w) * p.wide_c; ++i) to[i] = 0;
}
