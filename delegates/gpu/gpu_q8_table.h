// SPDX-License-Identifier: MIT
//
// Ops that compute each byte of their output from one byte: the reference kernel fills a table
// while compiling (node_table.h), the device looks up.
#ifndef LITMARK_GPU_Q8_TABLE_H_
#define LITMARK_GPU_Q8_TABLE_H_

#include "gpu_q8.h"

bool lm__gpu_q8_table_supports(const lm__gpu_context* context, const lm_graph* graph,
                               const lm_node* node, const char** out_why);
lm_status lm__gpu_q8_table_compile(lm__gpu_build* build, const lm_node* node, lm_error* err);

/// Looks the elements of `input` up and writes them in rows: `row` elements of the input, one after
/// another, go to element r * output_row + offset of `output`.
lm_status lm__gpu_q8_table_emit(lm__gpu_build* build, const lm_node* node, lm__gpu_value input,
                                int64_t count, int64_t row, const uint8_t* table,
                                lm__gpu_value output, int64_t output_row, int64_t offset,
                                lm_error* err);

/// Defines lm__gpu_op_q8_<name>.
#define LM_GPU_Q8_TABLE_OP(name, upper)                                                   \
  const lm__gpu_op lm__gpu_op_q8_##name = {LM_BUILTIN_##upper, lm__gpu_q8_table_supports, \
                                           lm__gpu_q8_table_compile}

#endif  // LITMARK_GPU_Q8_TABLE_H_
