// SPDX-License-Identifier: MIT
//
// Random nets of one op on bytes, and the comparison of a delegate with the reference kernels.
#ifndef LITMARK_TESTS_Q8_NET_H_
#define LITMARK_TESTS_Q8_NET_H_

#include "litmark/delegate.h"
#include "small_net.h"

enum { Q8_QUANTIZATIONS = 8, Q8_CONSTANTS = 8 };

/// A net under construction with what it points to.
typedef struct q8_net {
  small_net net;
  uint64_t seed;
  float scales[Q8_QUANTIZATIONS];
  int32_t zero_points[Q8_QUANTIZATIONS];
  int32_t quantizations;
  void* constants[Q8_CONSTANTS];  // OWNED
  int32_t constant_count;
  union {
    lm_conv_options conv;
    lm_pool_options pool;
    lm_fully_connected_options fully_connected;
    lm_arithmetic_options arithmetic;
    lm_softmax_options softmax;
    lm_resize_options resize;
    lm_reducer_options reducer;
    lm_concatenation_options concatenation;
  } options;
} q8_net;

void q8_init(q8_net* q, uint64_t seed);
void q8_deinit(q8_net* q);

/// In [low, high].
int32_t q8_random(q8_net* q, int32_t low, int32_t high);
/// 2^x for x in [low, high].
float q8_random_scale(q8_net* q, float low, float high);

/// A tensor with the given scale and a zero point: any, or for int8 weights 0.
int32_t q8_tensor(q8_net* q, lm_type type, const int32_t* shape, float scale);
/// Constant memory of the net's own, zeroed.
void* q8_memory(q8_net* q, size_t bytes);
/// A constant of random bytes with a scale; `zero_point` 0 for int8 weights.
int32_t q8_weights(q8_net* q, lm_type type, const int32_t* shape, float scale, int32_t zero_point);
/// Gives a tensor a scale for each index along `axis`, `scale` times 2^-2 to 1.
void q8_per_channel(q8_net* q, int32_t tensor, int32_t axis, float scale);
/// int32 biases of up to `most`.
int32_t q8_biases(q8_net* q, int32_t count, int32_t most);

/// Runs the net twice on the delegate and compares with the reference kernels byte for byte; the
/// delegate must take every node. `fill` writes the inputs; NULL: random bytes.
void q8_compare(q8_net* q, lm_delegate* delegate, const char* what,
                void (*fill)(q8_net* q, int32_t index, lm_tensor* input));

#endif  // LITMARK_TESTS_Q8_NET_H_
