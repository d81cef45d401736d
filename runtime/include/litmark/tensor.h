// SPDX-License-Identifier: MIT
#ifndef LITMARK_TENSOR_H_
#define LITMARK_TENSOR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Element types: enumerator, value in the file, name, bits per element (0: variable size).
#define LM_TYPE_LIST(X)                    \
  X(FLOAT32, 0, "float32", 32)             \
  X(FLOAT16, 1, "float16", 16)             \
  X(INT32, 2, "int32", 32)                 \
  X(UINT8, 3, "uint8", 8)                  \
  X(INT64, 4, "int64", 64)                 \
  X(STRING, 5, "string", 0)                \
  X(BOOL, 6, "bool", 8)                    \
  X(INT16, 7, "int16", 16)                 \
  X(COMPLEX64, 8, "complex64", 64)         \
  X(INT8, 9, "int8", 8)                    \
  X(FLOAT64, 10, "float64", 64)            \
  X(COMPLEX128, 11, "complex128", 128)     \
  X(UINT64, 12, "uint64", 64)              \
  X(RESOURCE, 13, "resource", 0)           \
  X(VARIANT, 14, "variant", 0)             \
  X(UINT32, 15, "uint32", 32)              \
  X(UINT16, 16, "uint16", 16)              \
  X(INT4, 17, "int4", 4)                   \
  X(BFLOAT16, 18, "bfloat16", 16)          \
  X(INT2, 19, "int2", 2)                   \
  X(UINT4, 20, "uint4", 4)                 \
  X(FLOAT8_E4M3FN, 21, "float8_e4m3fn", 8) \
  X(FLOAT8_E5M2, 22, "float8_e5m2", 8)

typedef enum lm_type {
#define LM_TYPE_ENUM(name, value, text, bits) LM_##name = value,
  LM_TYPE_LIST(LM_TYPE_ENUM)
#undef LM_TYPE_ENUM
} lm_type;

/// "float32", "int8", ...; "unknown" for values that are no type. Static string.
const char* lm_type_name(lm_type type);

/// Bits of one element; 0 for types without a fixed size and for values that are no type.
int lm_type_bits(lm_type type);

/// Bytes of one element of a type of whole bytes; 0 for int4, int2, string and the like.
size_t lm_type_bytes(lm_type type);

#define LM_MAX_RANK 8

/// Dimensions, outermost first ([N,H,W,C] for images). A scalar has rank 0 and one element.
typedef struct lm_shape {
  int32_t rank;
  int32_t dims[LM_MAX_RANK];
} lm_shape;

/// Elements of a shape whose dimensions are known to be sound (see lm_shape_bytes).
int64_t lm_shape_count(const lm_shape* shape);

/// Bytes of a tensor. False when a dimension is negative, the type has no fixed size or the size
/// does not fit; `*out_bytes` is 0 then.
bool lm_shape_bytes(const lm_shape* shape, lm_type type, size_t* out_bytes);

bool lm_shape_equal(const lm_shape* a, const lm_shape* b);

/// Builds a shape out of `rank` (at most LM_MAX_RANK) dimensions.
lm_shape lm_shape_make(int32_t rank, const int32_t* dims);

/// "[1,224,224,3]" into `buffer`, always terminated; returns `buffer`.
char* lm_shape_format(const lm_shape* shape, char* buffer, size_t buffer_size);

/// Room that lm_shape_format() needs for any shape.
#define LM_SHAPE_TEXT_SIZE 104

/// Affine quantization: real = scale * (q - zero_point).
/// `count` is 0 (not quantized), 1 (per tensor) or the length of dimension `axis` (per channel).
typedef struct lm_quantization {
  int32_t count;
  int32_t axis;
  const float* scales;         ///< [count], finite and positive (checked at load)
  const int32_t* zero_points;  ///< [count], within the range of the tensor's type
} lm_quantization;

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_TENSOR_H_
