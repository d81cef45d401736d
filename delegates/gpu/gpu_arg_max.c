// SPDX-License-Identifier: MIT
#include "gpu_arg.h"

static lm_status arg_max_compile(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  return lm__gpu_arg_compile(build, node, true, "arg_max", err);
}

const lm__gpu_op lm__gpu_op_arg_max = {
    .builtin = LM_BUILTIN_ARG_MAX,
    .supports = lm__gpu_arg_supports,
    .compile = arg_max_compile,
};
