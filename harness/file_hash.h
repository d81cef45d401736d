// SPDX-License-Identifier: MIT
//
// SHA-256 of files and of what several pieces make together (libmd computes it).
#ifndef LITMARK_HARNESS_FILE_HASH_H_
#define LITMARK_HARNESS_FILE_HASH_H_

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <sha2.h>

#include "litmark/status.h"

/// 64 hexadecimal digits and the terminator.
#define LM_HASH_TEXT_SIZE (SHA256_DIGEST_LENGTH * 2 + 1)

typedef struct lm_hash {
  SHA2_CTX context;
} lm_hash;

void lm_hash_begin(lm_hash* hash);
void lm_hash_add(lm_hash* hash, const void* data, size_t size);
/// Adds the characters and the terminating zero, so that "ab","c" and "a","bc" differ.
void lm_hash_add_text(lm_hash* hash, const char* text);
void lm_hash_end(lm_hash* hash, char out_hex[LM_HASH_TEXT_SIZE]);

/// Hash and size of a file. `out_bytes` may be NULL.
/// @retval LM_IO  the file cannot be read.
lm_status lm_hash_file(const char* path, char out_hex[LM_HASH_TEXT_SIZE], uint64_t* out_bytes,
                       lm_error* err);

#endif  // LITMARK_HARNESS_FILE_HASH_H_
