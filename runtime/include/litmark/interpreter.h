// SPDX-License-Identifier: MIT
#ifndef LITMARK_INTERPRETER_H_
#define LITMARK_INTERPRETER_H_

#include "litmark/delegate.h"
#include "litmark/op.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Runs one subgraph of a model. Belongs to one thread at a time.
///
/// Life: create, optionally resize inputs, plan, then write inputs, invoke, read outputs, as often
/// as you like. Resizing an input discards the plan.
typedef struct lm_interpreter lm_interpreter;

typedef struct lm_interpreter_options {
  uint32_t struct_size;           ///< sizeof(lm_interpreter_options)
  int32_t subgraph_index;         ///< 0: the main graph
  lm_delegate* const* delegates;  ///< in order of preference; BORROWED until destroy
  int32_t delegate_count;         ///< 0: everything runs on the reference kernels
  bool no_in_place;               ///< give every tensor memory of its own lifetime (for tests)
} lm_interpreter_options;

/// Where a node runs and why.
typedef struct lm_placement {
  int32_t delegate_index;  ///< into options.delegates; -1: reference kernel
  const char* delegate;    ///< "cpu", "reference"; "planner" for nodes folded while planning
  const char* kernel;      ///< kernel variant that the delegate noted; NULL: none noted
  int32_t partition;       ///< number of the program; -1 outside programs
  const char* why_not;     ///< reason of the first delegate that refused it; NULL: it took it
} lm_placement;

/// What planning decided. Pointers are valid until the next plan or destroy.
typedef struct lm_plan_report {
  int32_t node_count;              ///< of the graph, folded ones included
  const lm_placement* placements;  ///< [node_count]
  int32_t partition_count;         ///< programs of all delegates
  size_t arena_bytes;              ///< overlay arena: tensors, scratch, program buffers
  /// Largest sum of buffers alive at one time: no plan can be smaller (Pisarchyk & Lee 2020,
  /// arXiv:2001.03288, section 4: "breadth").
  size_t arena_lower_bound_bytes;
  size_t arena_naive_bytes;  ///< sum of all buffers, as if nothing shared memory
  size_t persistent_bytes;   ///< kernel parameters, folded constants, variables
  size_t packed_bytes;       ///< held by programs on the host
  size_t device_bytes;       ///< held by programs on devices
  uint64_t macs;             ///< multiply-accumulates of one invocation
  double float_tolerance;    ///< largest of the programs', see lm_program_stats; 0: 1e-5
  int32_t integer_steps;     ///< likewise; -1 when one of them is not held to any
  const char* precision;     ///< the programs', see lm_program_stats, or "mixed"; NULL: none says
  const char* note;          ///< of the first program that has one; NULL: none
} lm_plan_report;

/// @param model            BORROWED until destroy.
/// @param out_interpreter  Receives an OWNED handle; NULL on failure.
/// @retval LM_UNSUPPORTED  an op has no kernel, or not in the version that the file asks for.
lm_status lm_interpreter_create(const lm_model* model, const lm_interpreter_options* options,
                                lm_allocator allocator, lm_interpreter** out_interpreter,
                                lm_error* err);
void lm_interpreter_destroy(lm_interpreter* interpreter);

int32_t lm_interpreter_input_count(const lm_interpreter* interpreter);
int32_t lm_interpreter_output_count(const lm_interpreter* interpreter);

/// Input or output `i`; NULL out of range. Shapes of outputs and all `data` pointers are valid
/// after planning; data pointers then stay the same until the next plan. Inputs keep what was
/// written to them across invocations.
lm_tensor* lm_interpreter_input(lm_interpreter* interpreter, int32_t i);
const lm_tensor* lm_interpreter_output(const lm_interpreter* interpreter, int32_t i);

/// Gives input `i` another shape. Any dimension may change; the ops decide while planning whether
/// the graph still makes sense.
lm_status lm_interpreter_resize_input(lm_interpreter* interpreter, int32_t i, const lm_shape* shape,
                                      lm_error* err);

/// Infers shapes, prepares every op, places nodes, compiles programs, plans memory.
/// @retval LM_BAD_MODEL      shapes, types or quantization of an op make no sense.
/// @retval LM_UNSUPPORTED    they do, but no kernel handles them.
/// @retval LM_OUT_OF_MEMORY  also when the arena would exceed the machine's memory.
lm_status lm_interpreter_plan(lm_interpreter* interpreter, lm_error* err);

/// Runs the graph once. Allocates nothing.
/// @retval LM_INVALID_ARGUMENT  not planned.
/// @retval LM_BAD_INPUT         an index that the model read from a tensor is out of range.
lm_status lm_interpreter_invoke(lm_interpreter* interpreter, lm_error* err);

/// Sets all variables to zero (their zero point), as planning does.
void lm_interpreter_reset_variables(lm_interpreter* interpreter);

/// Events of every following invocation go to `profiler` (BORROWED; NULL: none). Recording costs
/// time: never profile a run that is measured.
void lm_interpreter_set_profiler(lm_interpreter* interpreter, lm_profiler* profiler);

/// Sums of the times of all programs that have any, for the last invocation. False: none has.
bool lm_interpreter_program_times(const lm_interpreter* interpreter, lm_program_times* out_times);

/// Valid after planning; NULL before.
const lm_plan_report* lm_interpreter_report(const lm_interpreter* interpreter);

/// The graph with the shapes of the last plan.
const lm_graph* lm_interpreter_graph(const lm_interpreter* interpreter);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_INTERPRETER_H_
