// SPDX-License-Identifier: MIT
#include "cpu_clamp.h"

LM_CPU_CLAMP_OP(relu6, LM_BUILTIN_RELU6, 0.0f, 6.0f);
