// SPDX-License-Identifier: MIT
#include "base/hash64.h"

#include <string.h>

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

static uint64_t load64(const uint8_t* p) {
  uint64_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

static uint64_t step(uint64_t lane, uint64_t input) { return rotate(lane + input * P2, 31) * P1; }

static uint64_t merge(uint64_t hash, uint64_t lane) { return (hash ^ step(0, lane)) * P1 + P4; }

// Whole stripes of 32 bytes in four lanes.
static uint64_t stripes(const uint8_t* p, size_t count, uint64_t seed) {
  uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
  for (size_t i = 0; i < count; ++i, p += 32) {
    a = step(a, load64(p));
    b = step(b, load64(p + 8));
    c = step(c, load64(p + 16));
    d = step(d, load64(p + 24));
  }
  const uint64_t hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  return merge(merge(merge(merge(hash, a), b), c), d);
}

uint64_t lm__hash64(const void* data, size_t bytes, uint64_t seed) {
  const uint8_t* p = data;
  uint64_t hash = bytes >= 32 ? stripes(p, bytes / 32, seed) : seed + P5;
  p += bytes / 32 * 32;
  hash += bytes;
  size_t left = bytes % 32;
  for (; left >= 8; left -= 8, p += 8) hash = rotate(hash ^ step(0, load64(p)), 27) * P1 + P4;
  if (left >= 4) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    hash = rotate(hash ^ word * P1, 23) * P2 + P3;
    left -= 4;
    p += 4;
  }
  for (; left > 0; --left, ++p) hash = rotate(hash ^ *p * P5, 11) * P1;
  hash = (hash ^ hash >> 33) * P2;
  hash = (hash ^ hash >> 29) * P3;
  return hash ^ hash >> 32;
}
