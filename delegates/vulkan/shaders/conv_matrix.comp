// SPDX-License-Identifier: MIT
//
// Convolutions of 1x1 and FULLY_CONNECTED in float16 by cooperative matrices: products of 16 x 16
// tiles that a subgroup computes together, F16 x F16 summed in F32. A work-group is one subgroup and
// makes 32 rows by 64 channels.
//
// Filters: [out_c / 64][in_c][64]; in_c is a multiple of 16, and there are 16 rows or more: the last
// tiles begin so early that they end with the last row, and store only what no other tile does.
//
// For F32 tiles are plain arrays, which every work-item computes for itself: slow, for tests of
// everything here but the matrices on devices that have none.
#if defined(LM_HAS_MATRIX)
#define TILE fcoopmatNV<16, gl_ScopeSubgroup, 16, 16>
#define SUM_TILE fcoopmatNV<32, gl_ScopeSubgroup, 16, 16>
#define ZERO SUM_TILE(0.0f)
#define LOAD(tile, from, at, stride) coopMatLoadNV(tile, from, uint(at), uint(stride), false)
#define MULTIPLY_ADD(a, b, sum) sum = coopMatMulAddNV(a, b, sum)
#define STORE(tile) coopMatStoreNV(tile, stage, 0u, 16u, false)
#else
struct lm_tile {
  float e[256];
};
lm_tile lm_zero() {
  lm_tile t;
  for (int i = 0; i < 256; ++i) t.e[i] = 0.0f;
  return t;
}
#define TILE lm_tile
#define SUM_TILE lm_tile
#define ZERO lm_zero()
#define LOAD(tile, from, at, stride) \
  for (int l = 0; l < 256; ++l) tile.e[l] = LM_GET(from, (at) + l / 16 * (stride) + l % 16)
#define MULTIPLY_ADD(a, b, sum)     \
  for (int l = 0; l < 256; ++l) {   \
    for (int m = 0; m < 16; ++m) {  \
      sum.e[l] += a.e[l / 16 * 16 + m] * b.e[16 * m + l % 16]; \
    }                               \
  }
#define STORE(tile) \
  for (int l = LM_LOCAL_ID(0); l < 256; l += LM_LOCAL_SIZE(0)) stage[l] = tile.e[l]
#endif

#define TILES_M 2
#define TILES_N 4
LM_SHARED(float, stage, 256)

LM_KERNEL5(conv_matrix, LM_IN(0, LM_T, x), LM_IN(1, LM_T, w), LM_IN(2, float, bias),
           LM_IN(3, LM_T, residual), LM_OUT(4, LM_T, y)) {
  int row0 = LM_GROUP_ID(0) * 16 * TILES_M;
  int column0 = LM_GROUP_ID(1) * 16 * TILES_N;
  SUM_TILE sum[TILES_M * TILES_N];
  LM_UNROLL for (int i = 0; i < TILES_M * TILES_N; ++i) sum[i] = ZERO;

  for (int k = 0; k < p.in_c; k += 16) {
    TILE a[TILES_M];
    LM_UNROLL for (int i = 0; i < TILES_M; ++i) {
      int row = min(row0 + 16 * i, p.rows - 16);
      LOAD(a[i], x, row * p.in_c + k, p.in_c);
    }
    LM_UNROLL for (int j = 0; j < TILES_N; ++j) {
      TILE b;
      LOAD(b, w, (LM_GROUP_ID(1) * p.in_c + k) * 16 * TILES_N + 16 * j, 16 * TILES_N);
      LM_UNROLL for (int i = 0; i < TILES_M; ++i) {
        MULTIPLY_ADD(a[i], b, sum[i * TILES_N + j]);
      }
    }
  }

  // Which work-item holds which element is the driver's secret: through work-group memory.
  LM_UNROLL for (int i = 0; i < TILES_M; ++i) {
    int first = row0 + 16 * i;
    int row = min(first, p.rows - 16);
    LM_UNROLL for (int j = 0; j < TILES_N; ++j) {
      STORE(sum[i * TILES_N + j]);
      LM_BARRIER();
      for (int e = LM_LOCAL_ID(0); e < 256; e += LM_LOCAL_SIZE(0)) {
        int r = row + e / 16;
        int channel = column0 + 16 * j + e % 16;
        if (r >= first && channel < p.out_c) LM_CONV_STORE(r, channel, stage[e] + bias[channel])
      }
      LM_BARRIER();
    }
  }
}
