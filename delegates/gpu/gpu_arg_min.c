// SPDX-License-Identifier: MIT
#include "gpu_arg.h"

static lm_status arg_min_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_arg_compile(build, node, false, "arg_min", err);
}

const lm__gpu_op lm__gpu_op_arg_min = {
    .builtin = LM_BUILTIN_ARG_MIN,
    .supports = lm__gpu_arg_supports,
    .compile = arg_min_compile,
};
