// SPDX-License-Identifier: MIT
#include "cpu_features.h"
#include "ukernel.h"

#define UK_SET lm__uk_vector__scalar
#define UK_ISA 0
#define UK_TITLE "vector__scalar"
#include "vector_body.inc"
