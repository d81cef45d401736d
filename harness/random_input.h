// SPDX-License-Identifier: MIT
#ifndef LITMARK_HARNESS_RANDOM_INPUT_H_
#define LITMARK_HARNESS_RANDOM_INPUT_H_

#include "litmark/tensor.h"

/// Fills `bytes` bytes of a tensor of `type` with values that depend on `seed` alone: floats
/// uniform in [-1, 1), 8- and 16-bit integers over their whole range, wider integers 0 to 2 (they
/// tend to be indices), booleans 0 or 1. Returns false for types that it cannot make (strings,
/// resources).
bool lm_random_fill(void* data, size_t bytes, lm_type type, uint64_t seed);

#endif  // LITMARK_HARNESS_RANDOM_INPUT_H_
