// SPDX-License-Identifier: MIT
#ifndef LM_MKMODEL_TFLITE_WRITER_OPTIONS_H_
#define LM_MKMODEL_TFLITE_WRITER_OPTIONS_H_

#include "tflite_generated.h"

#include "tflite_writer.h"

/// Fills the options table of `node` into `out`. May throw std::bad_alloc.
/// @return false when the op has no table that the struct of `node` fits.
bool lm__writer_options(const lm_writer_node& node, litmark::fb::BuiltinOptionsUnion* out);

#endif  // LM_MKMODEL_TFLITE_WRITER_OPTIONS_H_
