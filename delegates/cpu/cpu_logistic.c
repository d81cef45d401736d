// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_unary.h"

// With the ends cut off where LiteRT's float kernel cuts them.
static float logistic(float x) {
  if (x > 16.619047164916992188f) return 1.0f;
  if (x < -9.0f) return expf(x);
  return 1.0f / (1.0f + expf(-x));
}

static const lm__cpu_unary kKind = {
    .name = "f32_logistic",
    .exact = LM_CPU_NO_LOOP,
    .fast = LM_F32_LOGISTIC_FAST,
    .scalar = logistic,
    .has_table = true,
};

LM_CPU_UNARY_OP(logistic, LM_BUILTIN_LOGISTIC, kKind);
