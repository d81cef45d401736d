// SPDX-License-Identifier: MIT
#include "gpu_q8_binary.h"

LM_GPU_Q8_BINARY_OP(squared_difference, SQUARED_DIFFERENCE);
