// SPDX-License-Identifier: MIT
#include "gpu_q8_binary.h"

LM_GPU_Q8_BINARY_OP(not_equal, NOT_EQUAL);
