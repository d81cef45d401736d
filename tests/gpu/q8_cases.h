// SPDX-License-Identifier: MIT
//
// Random nets of one op each, which a delegate computes as the reference kernels do.
#ifndef LITMARK_TESTS_Q8_CASES_H_
#define LITMARK_TESTS_Q8_CASES_H_

#include "q8_net.h"

#define Q8_CASE_LIST(X) \
  X(conv_2d)            \
  X(depthwise)          \
  X(transpose_conv)     \
  X(fully_connected)    \
  X(narrow_factors)     \
  X(wide_factors)       \
  X(quantize_integers)  \
  X(quantize_floats)    \
  X(dequantize)         \
  X(binary)             \
  X(prelu)              \
  X(comparison)         \
  X(table)              \
  X(pool)               \
  X(reduce)             \
  X(softmax)            \
  X(l2_normalization)   \
  X(resize)             \
  X(concatenation)

#define Q8_CASE_DECLARE(name) void q8_##name(q8_net* q, lm_delegate* delegate);
Q8_CASE_LIST(Q8_CASE_DECLARE)
#undef Q8_CASE_DECLARE

/// An element of an array.
#define Q8_PICK(q, array) \
  (array)[q8_random((q), 0, (int32_t)(sizeof(array) / sizeof((array)[0])) - 1)]

static inline lm_type q8_random_type(q8_net* q) {
  return q8_random(q, 0, 1) == 0 ? LM_INT8 : LM_UINT8;
}

#endif  // LITMARK_TESTS_Q8_CASES_H_
