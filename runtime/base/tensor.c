// SPDX-License-Identifier: MIT
#include "litmark/tensor.h"

#include <assert.h>
#include <stdio.h>

#include "base/checked.h"

const char* lm_type_name(lm_type type) {
  switch (type) {
#define LM_TYPE_CASE(name, value, text, bits) \
  case LM_##name:                             \
    return text;
    LM_TYPE_LIST(LM_TYPE_CASE)
#undef LM_TYPE_CASE
  }
  return "unknown";
}

int lm_type_bits(lm_type type) {
  switch (type) {
#define LM_TYPE_CASE(name, value, text, bits) \
  case LM_##name:                             \
    return bits;
    LM_TYPE_LIST(LM_TYPE_CASE)
#undef LM_TYPE_CASE
  }
  return 0;
}

size_t lm_type_bytes(lm_type type) {
  const int bits = lm_type_bits(type);
  return bits % 8 == 0 ? (size_t)bits / 8 : 0;
}

int64_t lm_shape_count(const lm_shape* shape) {
  int64_t count = 1;
  for (int32_t i = 0; i < shape->rank; ++i) count *= shape->dims[i];
  return count;
}

bool lm_shape_bytes(const lm_shape* shape, lm_type type, size_t* out_bytes) {
  *out_bytes = 0;
  const int bits = lm_type_bits(type);
  if (bits == 0) return false;
  size_t count = 1;
  bool empty = false;
  for (int32_t i = 0; i < shape->rank; ++i) {
    if (shape->dims[i] < 0) return false;
    // An empty tensor may have any other dimensions: keep checking, but do not multiply by 0.
    if (shape->dims[i] == 0) {
      empty = true;
    } else if (!lm__checked_mul(count, (size_t)shape->dims[i], &count)) {
      return false;
    }
  }
  size_t total_bits;
  if (!lm__checked_mul(count, (size_t)bits, &total_bits) || total_bits > SIZE_MAX - 7 ||
      count > INT64_MAX) {
    return false;
  }
  *out_bytes = empty ? 0 : (total_bits + 7) / 8;
  return true;
}

bool lm_shape_equal(const lm_shape* a, const lm_shape* b) {
  if (a->rank != b->rank) return false;
  for (int32_t i = 0; i < a->rank; ++i) {
    if (a->dims[i] != b->dims[i]) return false;
  }
  return true;
}

lm_shape lm_shape_make(int32_t rank, const int32_t* dims) {
  assert(rank >= 0 && rank <= LM_MAX_RANK);
  lm_shape shape = {.rank = rank};
  for (int32_t i = 0; i < rank; ++i) shape.dims[i] = dims[i];
  return shape;
}

char* lm_shape_format(const lm_shape* shape, char* buffer, size_t buffer_size) {
  size_t used = (size_t)snprintf(buffer, buffer_size, "[");
  for (int32_t i = 0; i < shape->rank && used < buffer_size; ++i) {
    used += (size_t)snprintf(buffer + used, buffer_size - used, "%s%d", i > 0 ? "," : "",
                             shape->dims[i]);
  }
  if (used < buffer_size) snprintf(buffer + used, buffer_size - used, "]");
  return buffer;
}
