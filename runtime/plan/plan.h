// SPDX-License-Identifier: MIT
//
// What the parts of planning share: prepare.c infers shapes and folds constants, partition.c gives
// runs of nodes to delegates, memory_plan.c lays out the arena.
#ifndef LITMARK_PLAN_PLAN_H_
#define LITMARK_PLAN_PLAN_H_

#include "base/arena.h"
#include "litmark/interpreter.h"
#include "litmark/memory_plan.h"

/// Constants of this size and more, when planning computed them, are freed once nobody reads them.
#define LM__LARGE_CONSTANT_BYTES ((size_t)4096)

/// A scratch block of a reference kernel.
typedef struct lm__scratch {
  int32_t node_index;
  size_t bytes;
  void* address;
  struct lm__scratch* next;  ///< in order of request
} lm__scratch;

/// A wish of a delegate about the memory of a tensor, or a buffer of its own.
typedef struct lm__request {
  size_t bytes;  ///< buffers only
  int32_t first, last;
  size_t offset;
  struct lm__request* next;
} lm__request;

typedef struct lm__alias {
  int32_t output_tensor, input_tensor;
  struct lm__alias* next;
} lm__alias;

/// A program and the arena buffers that it asked for.
typedef struct lm__program_entry {
  lm_program* program;
  int32_t delegate_index;
  int32_t first_node;
  lm__request* requests;  ///< in order of request
  lm__request** requests_tail;
  int32_t request_count;
} lm__program_entry;

/// One thing that invoke does.
typedef struct lm__step {
  int32_t node_index;     ///< reference kernel, when program_index < 0
  int32_t program_index;  ///< into programs
} lm__step;

struct lm_interpreter {
  const lm_model* model;
  lm_allocator allocator;
  lm_delegate** delegates;
  int32_t delegate_count;
  bool no_in_place;
  lm_graph graph;
  lm_shape* input_shapes;  ///< [graph.def->input_count], as resized
  lm__arena graph_memory;  ///< lives as long as the interpreter
  lm_profiler* profiler;   ///< may be NULL

  // The plan.
  bool planned;
  lm__arena plan_memory;       ///< parameters, folded constants, variables, everything below
  lm__scratch** node_scratch;  ///< [node_count] first block of each node
  int32_t* usage_first;        ///< [tensor_count] lifetime of arena tensors; -1: none
  int32_t* usage_last;         ///< [tensor_count]
  int32_t* readers;            ///< [tensor_count] inputs of nodes that still read a constant
  bool gave_back;              ///< some constant's pages
  lm__alias* aliases;
  lm__program_entry* programs;
  int32_t program_count;
  lm__step* steps;
  int32_t step_count;
  void* overlay;
  lm_placement* placements;
  lm_plan_report report;
};

struct lm_op_context {
  lm_interpreter* interpreter;
  lm_node* node;
  bool* shape_set;  ///< [output_count] during prepare
  lm__scratch** scratch_tail;
  char label[64];
};

void lm__op_context_init(lm_op_context* context, lm_interpreter* interpreter, lm_node* node);

/// Shapes, parameters, folding. Fills tensors, node params, node_scratch.
lm_status lm__plan_prepare(lm_interpreter* interpreter, lm_error* err);

/// Placements, programs, steps; lifetimes as the delegates extend them.
lm_status lm__plan_partition(lm_interpreter* interpreter, lm_error* err);

/// Refuses sizes that this machine cannot hold, before somebody touches the memory.
lm_status lm__check_memory(size_t bytes, const char* what, lm_error* err);

#endif  // LITMARK_PLAN_PLAN_H_
