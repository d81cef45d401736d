// SPDX-License-Identifier: MIT
#ifndef LITMARK_TESTS_COUNTING_ALLOCATOR_H_
#define LITMARK_TESTS_COUNTING_ALLOCATOR_H_

#include "litmark/allocator.h"

/// The heap, counted, with a fault at will.
typedef struct counting_allocator {
  int allocations;  ///< calls so far
  int live;         ///< blocks not released
  int fail_at;      ///< number of the call that returns NULL, from 1; 0: none
} counting_allocator;

/// `counter` is BORROWED by the result.
lm_allocator counting_allocator_make(counting_allocator* counter);

#endif  // LITMARK_TESTS_COUNTING_ALLOCATOR_H_
