// SPDX-License-Identifier: MIT
//
// Tensors as .npy files (NumPy Enhancement Proposal 1, format versions 1 to 3).
#ifndef LITMARK_HARNESS_NPY_H_
#define LITMARK_HARNESS_NPY_H_

#include "litmark/status.h"
#include "litmark/tensor.h"

typedef struct lm_npy {
  lm_type type;
  lm_shape shape;
  size_t bytes;
  void* data;  ///< OWNED; C order, little endian
} lm_npy;

/// Reads an array of numbers or booleans in C order.
/// @retval LM_IO         the file cannot be read.
/// @retval LM_BAD_INPUT  it is no such array, or shorter than its header says.
lm_status lm_npy_read(const char* path, lm_npy* out, lm_error* err);
void lm_npy_free(lm_npy* npy);

/// Writes `path` whole or not at all (a temporary file beside it is renamed).
/// @retval LM_UNSUPPORTED  NumPy has no such element type.
lm_status lm_npy_write(const char* path, lm_type type, const lm_shape* shape, const void* data,
                       size_t bytes, lm_error* err);

#endif  // LITMARK_HARNESS_NPY_H_
