// SPDX-License-Identifier: MIT
#include "cpu_split.h"

LM_CPU_SPLIT_OP(split_v, LM_BUILTIN_SPLIT_V, 0, 2);
