// SPDX-License-Identifier: MIT
//
// The micro-kernels of this build as tables, and the choice among them. Tests walk the tables too.
#ifndef LITMARK_CPU_KERNELS_H_
#define LITMARK_CPU_KERNELS_H_

#include "cpu_features.h"
#include "ukernels/ukernel.h"

typedef struct lm__f32_gemm_uk {
  uint32_t isa;
  int32_t mr, nr;
  int32_t vectors;   ///< in nr
  bool exact;        ///< gives the very bits of the reference kernel
  int32_t products;  ///< 3 or 6: multiplies in bfloat16 parts, see lm__f32_gemm_args; 0: in floats
  bool half;         ///< weights are packed as float16
  void (*run)(const lm__f32_gemm_args* args);
  const char* name;
} lm__f32_gemm_uk;

typedef struct lm__q8_gemm_uk {
  uint32_t isa;
  int32_t mr, nr, kr;
  bool is_signed;      ///< the kernel multiplies activations as s8, else as u8; or
  bool is_either;      ///< as what they are: lm__q8_gemm_args says it
  lm__q8_order order;  ///< of the columns; any but LM_Q8_PLAIN: has a fixed-point epilogue
  bool is_short;       ///< for rows of few products
  void (*run)(const lm__q8_gemm_args* args);
  const char* name;
} lm__q8_gemm_uk;

typedef struct lm__f32_dw_uk {
  uint32_t isa;
  int32_t nr;
  bool exact;  ///< gives the very bits of the reference kernel
  void (*run)(const lm__f32_dw_args* args);
  const char* name;
} lm__f32_dw_uk;

typedef struct lm__q8_dw_uk {
  uint32_t isa;
  int32_t nr;
  bool pairs;  ///< see lm__q8_dw_args
  void (*run)(const lm__q8_dw_args* args);
  const char* name;
} lm__q8_dw_uk;

typedef struct lm__q8_add_uk {
  uint32_t isa;
  bool wants_linear;
  void (*run)(const lm__q8_add_args* args, const lm__rows* rows);
  const char* name;
} lm__q8_add_uk;

typedef struct lm__q8_mul_uk {
  uint32_t isa;
  void (*run)(const lm__q8_mul_args* args, const lm__rows* rows);
  const char* name;
} lm__q8_mul_uk;

/// out[i] = table[a[i]], a table of 256 bytes; `a` may be `out`.
typedef struct lm__lookup_uk {
  uint32_t isa;
  void (*run)(size_t count, const uint8_t* a, const uint8_t* table, uint8_t* out);
  const char* name;
} lm__lookup_uk;

/// Whether a kernel multiplies activations as s8 that are s8 (`input_signed`) or u8. Where that
/// differs, they are flipped.
static inline bool lm__q8_gemm_is_signed(const lm__q8_gemm_uk* uk, bool input_signed) {
  return uk->is_either ? input_signed : uk->is_signed;
}

// Fastest first; the last needs no instruction set.
extern const lm__f32_gemm_uk lm__f32_gemm_uks[];
extern const int32_t lm__f32_gemm_uk_count;
extern const lm__q8_gemm_uk lm__q8_gemm_uks[];
extern const int32_t lm__q8_gemm_uk_count;
extern const lm__f32_dw_uk lm__f32_dw_uks[];
extern const int32_t lm__f32_dw_uk_count;
extern const lm__q8_dw_uk lm__q8_dw_uks[];
extern const int32_t lm__q8_dw_uk_count;
extern const lm__q8_add_uk lm__q8_add_uks[];
extern const int32_t lm__q8_add_uk_count;
extern const lm__q8_mul_uk lm__q8_mul_uks[];
extern const int32_t lm__q8_mul_uk_count;
extern const lm__lookup_uk lm__lookup_uks[];
extern const int32_t lm__lookup_uk_count;
extern const lm__pool_uk* const lm__pool_uks[];
extern const int32_t lm__pool_uk_count;
extern const lm__vector_uk* const lm__vector_uks[];
extern const int32_t lm__vector_uk_count;

/// Those that multiply in bfloat16 parts. The table ends with an entry without a kernel, because
/// most builds have none.
extern const lm__f32_gemm_uk lm__f32_split_uks[];
extern const int32_t lm__f32_split_uk_count;

/// Those with weights in float16: the table ends as the one before.
extern const lm__f32_gemm_uk lm__f32_gemm_half_uks[];
extern const int32_t lm__f32_gemm_half_uk_count;

/// The kernel that does what `uk` does, to the bit, with weights in float16; NULL: there is none.
const lm__f32_gemm_uk* lm__f32_gemm_half_of(const lm__f32_gemm_uk* uk);

/// Features without which `products` bfloat16 products cannot stand for one of floats.
#define LM_CPU_SPLIT_NEEDS (LM_CPU_AVX512 | LM_CPU_AMX_BF16)

/// The kernel that multiplies `rows` rows in bfloat16 parts; NULL where there is none or it does
/// not pay.
const lm__f32_gemm_uk* lm__f32_split_select(uint32_t isa, int32_t products, int64_t rows);

/// The kernel for a product of `rows` x `columns`, sums of `depth` products each, on a machine with
/// the features `isa`; `exact` asks for the reference kernel's bits.
const lm__f32_gemm_uk* lm__f32_gemm_select(uint32_t isa, bool exact, int32_t columns);
const lm__q8_gemm_uk* lm__q8_gemm_select(uint32_t isa, int64_t rows, int32_t columns,
                                         int64_t depth);
const lm__f32_dw_uk* lm__f32_dw_select(uint32_t isa, bool exact);
const lm__q8_dw_uk* lm__q8_dw_select(uint32_t isa);
const lm__q8_add_uk* lm__q8_add_select(uint32_t isa);
const lm__q8_mul_uk* lm__q8_mul_select(uint32_t isa);
const lm__lookup_uk* lm__lookup_select(uint32_t isa);
const lm__pool_uk* lm__pool_select(uint32_t isa);
const lm__vector_uk* lm__vector_select(uint32_t isa);

#endif  // LITMARK_CPU_KERNELS_H_
