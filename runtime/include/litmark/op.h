// SPDX-License-Identifier: MIT
//
// The interface of an op: one file in runtime/ops/, one line in op_list.inc.
//
// prepare runs while planning: it checks everything (counts, types, shapes, quantization), sets the
// shapes of the outputs and computes what eval needs. eval runs on every invocation: it trusts
// prepare, allocates nothing, and checks only what it reads out of tensors (indices of a GATHER).
#ifndef LITMARK_OP_H_
#define LITMARK_OP_H_

#include "litmark/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The runtime's handle during prepare and eval of one node. Valid inside the call only.
typedef struct lm_op_context lm_op_context;

typedef struct lm_op {
  const char* name;         ///< "ADD"; for custom ops their name in the file
  int32_t builtin;          ///< LM_BUILTIN_ADD; LM_BUILTIN_CUSTOM for custom ops
  int32_t max_version;      ///< highest version of the operator that this kernel understands
  lm_options_kind options;  ///< options it expects; a node without the table is refused ...
  bool options_optional;    ///< ... unless this is set (then node->def->options may be NULL)
  /// Inputs (bit i: input i) whose buffer output 0 may take over when this node is the last to read
  /// it and both have the same size in bytes. Only for kernels that read element i before they
  /// write it, and nothing before i afterwards.
  uint32_t in_place_inputs;
  /// The output depends on shapes only, never on the contents of inputs (SHAPE, RANK): the planner
  /// evaluates it at once.
  bool shape_only;
  lm_status (*prepare)(lm_op_context* context, lm_error* err);
  lm_status (*eval)(lm_op_context* context, lm_error* err);
  /// OPTIONAL: multiply-accumulates of one evaluation; shapes are final. NULL: counts as none.
  uint64_t (*macs)(const lm_graph* graph, const lm_node* node);
} lm_op;

/// The kernel of an operator; NULL when this build has none.
const lm_op* lm_op_find(int32_t builtin, const char* custom_name);

/// Kernel number `index`, for listings; NULL past the last.
const lm_op* lm_op_at(int32_t index);

// ---- inside prepare and eval

const lm_node* lm_op_node(const lm_op_context* context);
const lm_graph* lm_op_graph(const lm_op_context* context);

/// "CONV_2D node 14", for messages. Valid until the context ends.
const char* lm_op_label(const lm_op_context* context);

/// Tensor of input `i`; NULL where it is absent.
const lm_tensor* lm_op_input(const lm_op_context* context, int32_t i);
/// Tensor of output `i`; NULL where it is absent.
lm_tensor* lm_op_output(lm_op_context* context, int32_t i);
/// What prepare stored with lm_op_alloc_params().
void* lm_op_params(const lm_op_context* context);

// ---- inside prepare only

/// Sets the shape (and with it the bytes) of output `i`.
/// @retval LM_BAD_MODEL  a dimension is negative or the size does not fit.
lm_status lm_op_set_output_shape(lm_op_context* context, int32_t i, const lm_shape* shape,
                                 lm_error* err);

/// Zeroed memory that lives until the next plan; the first block of a node is its params.
lm_status lm_op_alloc_params(lm_op_context* context, size_t bytes, void** out, lm_error* err);

/// Asks for scratch memory that eval reaches with lm_op_scratch(). It shares the arena with tensors
/// that are not alive while this node runs.
lm_status lm_op_request_scratch(lm_op_context* context, size_t bytes, int32_t* out_index,
                                lm_error* err);

// ---- inside eval only

/// Scratch block `index` of this node, LM_ALIGNMENT aligned, contents undefined.
void* lm_op_scratch(const lm_op_context* context, int32_t index);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_OP_H_
