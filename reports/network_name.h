// SPDX-License-Identifier: MIT
#ifndef LITMARK_REPORTS_NETWORK_NAME_H_
#define LITMARK_REPORTS_NETWORK_NAME_H_

#include "report_pool.h"

/// A model's name without the words that state its precision: "mobilenet_v2_1.0_224_quant" and
/// "mobilenet_v2_1.0_224" are one network. The whole name when nothing else is left.
const char* lm__network_name(lm_pool* pool, const char* model_name);

/// Whether two texts of tensors ("1x224x224x3 uint8") state the same shapes, whatever their types.
bool lm__network_same_shapes(const char* a, const char* b);

#endif  // LITMARK_REPORTS_NETWORK_NAME_H_
