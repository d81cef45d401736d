// SPDX-License-Identifier: MIT
#include "cpu_clamp.h"

LM_CPU_CLAMP_OP(relu_n1_to_1, LM_BUILTIN_RELU_N1_TO_1, -1.0f, 1.0f);
