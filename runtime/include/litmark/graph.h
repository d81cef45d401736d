// SPDX-License-Identifier: MIT
#ifndef LITMARK_GRAPH_H_
#define LITMARK_GRAPH_H_

#include "litmark/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct lm_op;

/// What holds a tensor's bytes.
typedef enum lm_storage {
  LM_STORAGE_NONE,      ///< nothing reads or writes it here (inside a delegate's program, say)
  LM_STORAGE_CONSTANT,  ///< the model file, or computed once while planning; never written later
  LM_STORAGE_ARENA,     ///< the overlay arena: valid from its producer to its last reader
  LM_STORAGE_VARIABLE,  ///< keeps its value from one invocation to the next
} lm_storage;

/// A tensor of an interpreter: the definition with the shape that planning inferred.
typedef struct lm_tensor {
  const lm_tensor_def* def;
  lm_type type;
  lm_shape shape;
  lm_quantization quantization;
  lm_storage storage;
  size_t bytes;
  void* data;        ///< NULL until there is storage; constants have it before any prepare
  int32_t producer;  ///< node index; -1 for graph inputs, constants and variables
  int32_t last_use;  ///< last node that reads it; node_count for graph outputs; -1: nobody
} lm_tensor;

/// One operator with its kernel.
typedef struct lm_node {
  const lm_node_def* def;
  const struct lm_op* op;  ///< reference kernel; never NULL once planned
  int32_t index;           ///< position in execution order
  bool folded;             ///< evaluated while planning; nothing runs it any more
  void* params;            ///< what prepare computed, see lm_op_alloc_params()
} lm_node;

/// One subgraph under execution. Owned by an interpreter; delegates and ops read it.
typedef struct lm_graph {
  const lm_model* model;
  const lm_subgraph_def* def;
  lm_tensor* tensors;
  int32_t tensor_count;
  lm_node* nodes;
  int32_t node_count;
} lm_graph;

/// Tensor of input `i` of a node; NULL where an optional input is absent or `i` is out of range.
const lm_tensor* lm_graph_input(const lm_graph* graph, const lm_node* node, int32_t i);

/// Tensor of output `i` of a node; NULL out of range.
const lm_tensor* lm_graph_output(const lm_graph* graph, const lm_node* node, int32_t i);

/// Name for messages: the builtin's name, or that of the custom op.
const char* lm_node_name(const lm_node_def* def);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_GRAPH_H_
