// SPDX-License-Identifier: MIT
#include "file_hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 65536 };

void lm_hash_begin(lm_hash* hash) { SHA256Init(&hash->context); }

void lm_hash_add(lm_hash* hash, const void* data, size_t size) {
  SHA256Update(&hash->context, data, size);
}

void lm_hash_add_text(lm_hash* hash, const char* text) {
  lm_hash_add(hash, text, strlen(text) + 1);
}

void lm_hash_end(lm_hash* hash, char out_hex[LM_HASH_TEXT_SIZE]) {
  static const char kDigits[] = "0123456789abcdef";
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256Final(digest, &hash->context);
  for (size_t i = 0; i < sizeof digest; ++i) {
    out_hex[2 * i] = kDigits[digest[i] >> 4];
    out_hex[2 * i + 1] = kDigits[digest[i] & 15];
  }
  out_hex[2 * sizeof digest] = '\0';
}

lm_status lm_hash_file(const char* path, char out_hex[LM_HASH_TEXT_SIZE], uint64_t* out_bytes,
                       lm_error* err) {
  out_hex[0] = '\0';
  if (out_bytes != NULL) *out_bytes = 0;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return LM_FAIL(err, LM_IO, "%s", strerror(errno));
  lm_hash hash;
  lm_hash_begin(&hash);
  uint8_t block[BLOCK];
  uint64_t total = 0;
  for (;;) {
    const ssize_t got = read(fd, block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int code = errno;
      close(fd);
      return LM_FAIL(err, LM_IO, "%s", strerror(code));
    }
    if (got == 0) break;
    lm_hash_add(&hash, block, (size_t)got);
    total += (uint64_t)got;
  }
  close(fd);
  lm_hash_end(&hash, out_hex);
  if (out_bytes != NULL) *out_bytes = total;
  return LM_OK;
}
