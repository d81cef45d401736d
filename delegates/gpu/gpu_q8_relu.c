// SPDX-License-Identifier: MIT
#include "gpu_q8_table.h"

LM_GPU_Q8_TABLE_OP(relu, RELU);
