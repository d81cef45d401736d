// SPDX-License-Identifier: MIT
#include "cpu_arg.h"

static lm_status compile(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                         lm_error* err) {
  return lm__cpu_arg_compile(build, node, true, out_step, err);
}

const lm__cpu_op lm__cpu_op_arg_max = {
    .builtin = LM_BUILTIN_ARG_MAX,
    .supports = lm__cpu_arg_supports,
    .compile = compile,
};
