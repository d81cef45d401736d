// SPDX-License-Identifier: MIT
#ifndef LITMARK_ALLOCATOR_H_
#define LITMARK_ALLOCATOR_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Every tensor buffer starts on this boundary ...
#define LM_ALIGNMENT 64
/// ... and is followed by this many bytes that may be read (not written, value unspecified).
/// Constants that live in the bytes of a model file are the exception on both counts: they are
/// aligned to their element size only, and end where they end.
#define LM_TAIL_BYTES 64

/// Where memory comes from. Passed by value and remembered by every object that is created with it.
/// Must be usable from every thread that creates or destroys objects.
typedef struct lm_allocator {
  /// Returns `size` bytes aligned to LM_ALIGNMENT, or NULL. `size` is never 0.
  void* (*allocate)(void* context, size_t size);
  /// Returns memory to where it came from. `pointer` is never NULL.
  void (*release)(void* context, void* pointer);
  void* context;  ///< BORROWED for as long as any object uses this allocator
} lm_allocator;

/// The C library's heap.
lm_allocator lm_allocator_default(void);

/// `size` zeroed bytes aligned to LM_ALIGNMENT; NULL when there is no memory. A size of 0 gives a
/// unique pointer that must be released too.
void* lm_alloc(lm_allocator allocator, size_t size);

/// Zeroed array of `count` elements; NULL when the product overflows or there is no memory.
void* lm_alloc_array(lm_allocator allocator, size_t count, size_t element_size);

/// `pointer` may be NULL.
void lm_free(lm_allocator allocator, void* pointer);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_ALLOCATOR_H_
