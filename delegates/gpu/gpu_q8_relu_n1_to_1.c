// SPDX-License-Identifier: MIT
#include "gpu_q8_table.h"

LM_GPU_Q8_TABLE_OP(relu_n1_to_1, RELU_N1_TO_1);
