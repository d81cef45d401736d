// SPDX-License-Identifier: MIT
#include "cpu_clamp.h"

LM_CPU_CLAMP_OP(relu_0_to_1, LM_BUILTIN_RELU_0_TO_1, 0.0f, 1.0f);
