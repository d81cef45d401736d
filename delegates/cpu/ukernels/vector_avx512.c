// SPDX-License-Identifier: MIT
#include "cpu_features.h"
#include "ukernel.h"

#define UK_SET lm__uk_vector__avx512
#define UK_ISA LM_CPU_AVX512
#define UK_TITLE "vector__avx512"
#include "vector_body.inc"
