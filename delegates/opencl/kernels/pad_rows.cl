// SPDX-License-Identifier: MIT
//
// Rows of an image with zeros to their left and right, for devices that are processors: one
// work-item copies one row.
LM_PARAMS(int in_width; int out_width; int before;)

LM_KERNEL2(pad_rows, LM_IN(0, LM_T, x), LM_OUT(1, LM_T, y)) {
  const int row = LM_GROUP_ID(0);
  __global const LM_T* from = x + (size_t)row * p.in_width;
  __global LM_T* to = y + (size_t)row * p.out_width;
  for (int i = 0; i < p.before; ++i) LM_PUT(to, i, 0.0f);
  to += p.before;
  int i = 0;
  for (; i + 16 <= p.in_width; i += 16) {
#ifdef LM_TYPE_F16
    vstore_half16_rte(vload_half16(0, from + i), 0, to + i);
#else
    vstore16(vload16(0, from + i), 0, to + i);
#endif
  }
  for (; i < p.in_width; ++i) LM_PUT(to, i, LM_GET(from, i));
  for (; i < p.out_width - p.before; ++i) LM_PUT(to, i, 0.0f);
}
