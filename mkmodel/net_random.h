// SPDX-License-Identifier: MIT
//
// Random numbers that are the same everywhere: SplitMix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014, figure 16).
#ifndef LM_MKMODEL_NET_RANDOM_H_
#define LM_MKMODEL_NET_RANDOM_H_

#include <stdint.h>

typedef struct lm_net_random {
  uint64_t state;
} lm_net_random;

static inline uint64_t lm_net_random_next(lm_net_random* random) {
  uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/// Stream number `stream` of a seed. Streams start at hashed places, so that they do not overlap.
static inline lm_net_random lm_net_random_make(uint64_t seed, uint64_t stream) {
  lm_net_random hash = {.state = seed};
  hash.state = lm_net_random_next(&hash) ^ stream;
  return (lm_net_random){.state = lm_net_random_next(&hash)};
}

/// Uniform in [low, high).
static inline float lm_net_random_uniform(lm_net_random* random, float low, float high) {
  const float unit = (float)(lm_net_random_next(random) >> 40) * 0x1p-24f;
  return low + (high - low) * unit;
}

/// Mean 0, standard deviation 1, bell-shaped within +-3.5: the sum of four uniform numbers. Unlike
/// a true normal it needs no logarithm, whose last bit differs between C libraries.
static inline float lm_net_random_bell(lm_net_random* random) {
  const uint64_t bits = lm_net_random_next(random);
  const int32_t sum = (int32_t)(bits & 0xffff) + (int32_t)(bits >> 16 & 0xffff) +
                      (int32_t)(bits >> 32 & 0xffff) + (int32_t)(bits >> 48);
  // Each part has variance (65536^2 - 1) / 12.
  return (float)(sum - 2 * 65535) / 37837.227f;
}

#endif  // LM_MKMODEL_NET_RANDOM_H_
