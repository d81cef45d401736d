// SPDX-License-Identifier: MIT
//
// Resident pages of a mapped model. The file is mapped read-only, so that a page which is given
// back comes again from the file, with the same bytes, when somebody touches it.
#ifndef LITMARK_MODEL_MODEL_PAGES_H_
#define LITMARK_MODEL_MODEL_PAGES_H_

#include "litmark/model.h"

/// Gives back the pages that hold [data, data + bytes), and those that came with them when one of
/// them was touched. Does nothing where the bytes do not lie in a mapping of the model's.
void lm__model_give_back(const lm_model* model, const void* data, size_t bytes);

#endif  // LITMARK_MODEL_MODEL_PAGES_H_
