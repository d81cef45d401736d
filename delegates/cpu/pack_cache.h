// SPDX-License-Identifier: MIT
//
// Packed weights on disk. A file holds the blocks of one program; a block is known by the hash of
// all that it was made from: weights, biases, quantization, kernel, layout. So a file can be stale,
// but never wrong, whatever its name says. It is mapped read-only, shared by all processes that use
// it, and never changed: a new one takes its place.
//
// Blocks hold numbers that kernels compute with, never offsets or sizes: no contents of a file, not
// even forged ones, make a kernel read or write elsewhere.
#ifndef LITMARK_CPU_PACK_CACHE_H_
#define LITMARK_CPU_PACK_CACHE_H_

#include "litmark/allocator.h"
#include "litmark/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct lm__pack_cache lm__pack_cache;

/// A block to be kept.
typedef struct lm__pack_block {
  uint64_t key;  ///< hash of what it was made from
  uint64_t tag;  ///< a number that comes with it
  const void* data;
  size_t bytes;
} lm__pack_block;

/// Opens the file for `name` (a hash that tells models apart) in `folder`, which is made if only it
/// is missing. A file that is damaged, of another version or not this user's is not used.
/// @retval LM_OUT_OF_MEMORY  the only failure: without a file the cache is empty.
lm_status lm__pack_cache_open(const char* folder, uint64_t name, lm_allocator allocator,
                              lm__pack_cache** out_cache, lm_error* err);

/// The block of `key` and its tag, with LM_TAIL_BYTES behind it, aligned to LM_ALIGNMENT, valid
/// until close; NULL when there is none of these `bytes` or its contents are damaged.
const void* lm__pack_cache_find(lm__pack_cache* cache, uint64_t key, size_t bytes,
                                uint64_t* out_tag);

/// Keeps `blocks` in the place of the file's, unless it gave out all of them.
void lm__pack_cache_keep(lm__pack_cache* cache, const lm__pack_block* blocks, int32_t count);

/// What happened, in one line: "pack cache: 96 blocks read, 24.8 MB". Valid until close.
const char* lm__pack_cache_note(const lm__pack_cache* cache);

/// `cache` may be NULL.
void lm__pack_cache_close(lm__pack_cache* cache);

#endif  // LITMARK_CPU_PACK_CACHE_H_
