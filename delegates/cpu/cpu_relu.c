// SPDX-License-Identifier: MIT
#include <math.h>

#include "cpu_clamp.h"

LM_CPU_CLAMP_OP(relu, LM_BUILTIN_RELU, 0.0f, INFINITY);
