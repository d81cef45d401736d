// SPDX-License-Identifier: MIT
#include "cpu_split.h"

LM_CPU_SPLIT_OP(unpack, LM_BUILTIN_UNPACK, 0, -1);
