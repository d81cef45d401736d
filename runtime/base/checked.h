// SPDX-License-Identifier: MIT
//
// Size arithmetic that cannot wrap: every sum or product of sizes out of a file goes through here.
#ifndef LITMARK_BASE_CHECKED_H_
#define LITMARK_BASE_CHECKED_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool lm__checked_add(size_t a, size_t b, size_t* out) {
  return !__builtin_add_overflow(a, b, out);
}

static inline bool lm__checked_mul(size_t a, size_t b, size_t* out) {
  return !__builtin_mul_overflow(a, b, out);
}

/// Rounds up to a multiple of `alignment`, a power of two.
static inline bool lm__checked_align(size_t size, size_t alignment, size_t* out) {
  size_t sum;
  if (!lm__checked_add(size, alignment - 1, &sum)) return false;
  *out = sum & ~(alignment - 1);
  return true;
}

#endif  // LITMARK_BASE_CHECKED_H_
