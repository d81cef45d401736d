// SPDX-License-Identifier: MIT
#include "litmark/op.h"

#include <string.h>

#define LM_OP(id) extern const lm_op lm_op_##id;
#include "ops/op_list.inc"
#undef LM_OP

static const lm_op* const kOps[] = {
#define LM_OP(id) &lm_op_##id,
#include "ops/op_list.inc"
#undef LM_OP
};

const lm_op* lm_op_at(int32_t index) {
  const int32_t count = (int32_t)(sizeof kOps / sizeof kOps[0]);
  return index >= 0 && index < count ? kOps[index] : NULL;
}

const lm_op* lm_op_find(int32_t builtin, const char* custom_name) {
  const lm_op* op;
  for (int32_t i = 0; (op = lm_op_at(i)) != NULL; ++i) {
    if (op->builtin != builtin) continue;
    if (builtin != LM_BUILTIN_CUSTOM || strcmp(op->name, custom_name) == 0) return op;
  }
  return NULL;
}
