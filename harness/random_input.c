// SPDX-License-Identifier: MIT
#include "random_input.h"

#include "litmark/kernel_math.h"

// SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
static uint64_t next(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// 24 random bits: every value is exact in binary32.
static float next_float(uint64_t* state) {
  return (float)(next(state) >> 40) * (2.0f / 16777216.0f) - 1.0f;
}

bool lm_random_fill(void* data, size_t bytes, lm_type type, uint64_t seed) {
  uint64_t state = seed;
  const size_t element = lm_type_bytes(type);
  const size_t count = element == 0 ? 0 : bytes / element;
  switch (type) {
    case LM_FLOAT32:
      for (size_t i = 0; i < count; ++i) ((float*)data)[i] = next_float(&state);
      return true;
    case LM_FLOAT64:
      for (size_t i = 0; i < count; ++i) ((double*)data)[i] = (double)next_float(&state);
      return true;
    case LM_FLOAT16:
      for (size_t i = 0; i < count; ++i) {
        ((uint16_t*)data)[i] = lm_float_to_half(next_float(&state));
      }
      return true;
    case LM_INT8:
    case LM_UINT8:
      for (size_t i = 0; i < count; ++i) ((uint8_t*)data)[i] = (uint8_t)(next(&state) >> 56);
      return true;
    case LM_INT16:
    case LM_UINT16:
      for (size_t i = 0; i < count; ++i) ((uint16_t*)data)[i] = (uint16_t)(next(&state) >> 48);
      return true;
    case LM_INT32:
    case LM_UINT32:
      for (size_t i = 0; i < count; ++i) ((int32_t*)data)[i] = (int32_t)(next(&state) % 3);
      return true;
    case LM_INT64:
    case LM_UINT64:
      for (size_t i = 0; i < count; ++i) ((int64_t*)data)[i] = (int64_t)(next(&state) % 3);
      return true;
    case LM_BOOL:
      for (size_t i = 0; i < count; ++i) ((uint8_t*)data)[i] = (uint8_t)(next(&state) & 1);
      return true;
    default:
      return bytes == 0;
  }
}
