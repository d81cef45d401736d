// SPDX-License-Identifier: MIT
#ifndef LITMARK_BASE_HASH64_H_
#define LITMARK_BASE_HASH64_H_

#include <stddef.h>
#include <stdint.h>

/// XXH64 of `bytes` bytes at `data` (the xxHash specification, version 0.1.1): as fast as memory is
/// read, and blind to no accident; whoever wants two inputs of one value can make them. Results
/// chain: the hash of one piece is the seed of the next.
uint64_t lm__hash64(const void* data, size_t bytes, uint64_t seed);

#endif  // LITMARK_BASE_HASH64_H_
