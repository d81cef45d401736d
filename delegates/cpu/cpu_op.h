// SPDX-License-Identifier: MIT
//
// Private to this folder: what an op of this delegate implements, and what it is given.
//
// A program is a list of steps, one a node; a strip (cpu_strip.h) runs in place of several. A step
// is made by its op's `compile`, learns its addresses in `bind`, and then runs without further
// thought.
#ifndef LITMARK_CPU_OP_H_
#define LITMARK_CPU_OP_H_

#include "litmark/delegate.h"
#include "litmark/kernel_math.h"

#include "cpu_features.h"
#include "cpu_options.h"
#include "graph_fusion.h"
#include "half_speed.h"
#include "thread_pool.h"
#include "tile_speed.h"
#include "ukernels/ukernel.h"

typedef struct lm__cpu_delegate {
  lm_delegate base;
  lm_allocator allocator;
  uint32_t isa;               ///< what kernels may use
  lm__tile_speed tile_speed;  ///< and those of products, by depth
  lm__half_speed half_speed;  ///< and products with weights in float16
  bool exact;                 ///< float kernels give the reference's very bits whatever the graph
  int32_t products;           ///< bfloat16 products for one of floats: 3 or 6; 0: floats
  bool winograd;              ///< inexact convolutions may use Winograd's algorithm
  lm__cpu_strips strips;
  int32_t threads;
  lm__thread_pool* pool;
  const lm__vector_uk* vector;
  char* cache_folder;  ///< OWNED: where packed weights are kept; NULL: nowhere
  char name[64];
} lm__cpu_delegate;

typedef struct lm__cpu_program lm__cpu_program;
struct lm__cpu_step;

/// What compile works with.
typedef struct lm__cpu_build {
  lm__cpu_delegate* delegate;
  const lm_graph* graph;
  lm__readers readers;
  lm_compiler* compiler;
  lm__cpu_program* program;
  bool exact;  ///< float kernels must give the reference's very bits, see lm__rounds_floats_from()
  int32_t three_from;  ///< see lm__cpu_three_from()
  struct lm__cpu_weights* weights;
} lm__cpu_build;

/// What bind works with.
typedef struct lm__cpu_binding {
  const lm_graph* graph;
  void* const* buffers;  ///< requests of the program, in order
  const lm__cpu_program* program;
} lm__cpu_binding;

/// How a kind of step gets its addresses and runs.
typedef struct lm__cpu_step_kind {
  void (*bind)(struct lm__cpu_step* step, const lm__cpu_binding* binding);
  void (*run)(struct lm__cpu_step* step);
} lm__cpu_step_kind;

/// What outputs of fused multiply-adds are held to, relative to the largest. Trained networks stay
/// below 1e-5; deep ones with random weights reach 2e-5, most of it the reference's own rounding.
#define LM_CPU_FMA_TOLERANCE 5e-5

/// First member of every op's own step. Made with lm__cpu_step_create().
typedef struct lm__cpu_step {
  const lm__cpu_step_kind* kind;
  const lm__cpu_delegate* delegate;
  int32_t node_index;
  const char* kernel;  ///< static string
  void* packed;        ///< OWNED by the step: weights, tables; may be NULL
  size_t packed_bytes;
  void* tables;  ///< OWNED: more of the kind, that no pack cache holds; may be NULL
  size_t tables_bytes;
  struct lm__cpu_weights* weights;  ///< of the program
  bool packed_is_shared;            ///< `packed` belongs to `weights`
  bool is_kept;                     ///< `packed` goes into the pack cache ...
  uint64_t pack_key, pack_tag;      ///< ... with these
  bool packed_is_split;             ///< each thread reads its share of `packed`, else all of it
  const struct lm__cpu_step* next;  ///< whose packed weights products fetch ahead; may be NULL
  double float_tolerance;           ///< see lm_program_stats; 0: the default
  int32_t float_products;           ///< bfloat16 products for one of floats; 1: floats; 0: neither
  /// True: the step serves another one, a strip (cpu_strip.h) or a convolution whose tail it is,
  /// and does not run by itself. A chain's last step OWNS the strip, which runs in its place.
  bool is_part;
  struct lm__cpu_step* strip;
  /// Elements [begin, end) of an element-wise op, for the step whose tail it is (cpu_fusion.h).
  void (*piece)(const struct lm__cpu_step* step, size_t begin, size_t end);
} lm__cpu_step;

/// Inputs of convolutions and products, as bits of lm__cpu_op.consumes.
#define LM_CPU_WEIGHTS (1u << 1)
#define LM_CPU_BIAS (1u << 2)

/// One operator of this delegate. Listed in cpu_op_list.inc.
typedef struct lm__cpu_op {
  int32_t builtin;
  uint32_t consumes;  ///< bit i: compile copies input i where it is constant, run does not read it
  /// As in lm_delegate_vtable. `prepare` of the reference kernel has accepted the node. Where the
  /// node is one for another op of the same builtin, `*out_why` may stay NULL.
  bool (*supports)(const lm__cpu_delegate* delegate, const lm_graph* graph, const lm_node* node,
                   const char** out_why);
  /// Fills in a step: kernels chosen, weights packed, scratch asked for. NULL in *out_step: another
  /// node's step does this one's work, see cpu_fusion.h.
  lm_status (*compile)(const lm__cpu_build* build, const lm_node* node, lm__cpu_step** out_step,
                       lm_error* err);
} lm__cpu_op;

/// Refuses a node inside `supports`, where `out_why` is a parameter.
#define LM_CPU_REQUIRE(condition, reason) \
  do {                                    \
    if (!(condition)) {                   \
      *out_why = (reason);                \
      return false;                       \
    }                                     \
  } while (0)

/// Passes a failure on.
#define LM_CPU_TRY(expression)           \
  do {                                   \
    const lm_status try_ = (expression); \
    if (try_ != LM_OK) return try_;      \
  } while (0)

/// The first op that takes the node; NULL when none does, `*out_why` says why then.
const lm__cpu_op* lm__cpu_op_find(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                  const lm_node* node, const char** out_why);

/// A zeroed step of `bytes` bytes, owned by the program from here on.
lm_status lm__cpu_step_create(const lm__cpu_build* build, const lm_node* node,
                              const lm__cpu_step_kind* kind, size_t bytes, const char* kernel,
                              lm__cpu_step** out_step, lm_error* err);

/// A step of `bytes` bytes that runs in the place of the node's own.
lm_status lm__cpu_step_replace(const lm__cpu_build* build, const lm_node* node,
                               const lm__cpu_step_kind* kind, size_t bytes, const char* kernel,
                               lm__cpu_step** out_step, lm_error* err);

/// The node's own step; NULL where it has none.
lm__cpu_step* lm__cpu_program_step(const lm__cpu_program* program, int32_t node_index);

/// Gives the step `bytes` of zeroed packed memory. Weights: see lm__cpu_step_weights() too.
lm_status lm__cpu_step_pack(lm__cpu_step* step, size_t bytes, lm_error* err);

/// Gives the step `bytes` of zeroed memory for tables.
lm_status lm__cpu_step_tables(lm__cpu_step* step, size_t bytes, lm_error* err);

/// Asks for `bytes` filled with `value` (and a readable tail): what a convolution reads outside of
/// its input. Steps of a program share them.
lm_status lm__cpu_pad_request(const lm__cpu_build* build, uint8_t value, size_t bytes,
                              lm_error* err);
/// The memory of a pad, inside bind.
const uint8_t* lm__cpu_pad(const lm__cpu_binding* binding, uint8_t value);

/// Scratch of `bytes` a thread for the step's node; `*out_stride` is the distance between threads.
lm_status lm__cpu_scratch_request(const lm__cpu_build* build, const lm_node* node, size_t bytes,
                                  size_t* out_stride, int32_t* out_index, lm_error* err);

/// The same for a step that may become part of a strip, which runs later than the node would.
lm_status lm__cpu_part_scratch_request(const lm__cpu_build* build, const lm_node* node,
                                       size_t bytes, size_t* out_stride, int32_t* out_index,
                                       lm_error* err);

// ---- queries that several ops share

/// float32, int8 or uint8 with one scale (float32 with none).
bool lm__cpu_is_plain(const lm_tensor* t);
/// Contents are known and no constant is missing.
bool lm__cpu_is_constant(const lm_tensor* t);
bool lm__cpu_same_quantization(const lm_tensor* a, const lm_tensor* b);
/// Activations that are clamps; `out_why` as in supports.
bool lm__cpu_is_clamp(lm_activation activation);

/// Index of a tensor of the graph.
static inline int32_t lm__cpu_index(const lm_graph* graph, const lm_tensor* t) {
  return (int32_t)(t - graph->tensors);
}

/// Output range of a node in the unit of its type: floats in f, integers in q.
typedef struct lm__cpu_range {
  float min, max;
  int32_t qmin, qmax;
} lm__cpu_range;
lm_status lm__cpu_activation_range(lm_activation activation, const lm_tensor* output,
                                   lm__cpu_range* out_range, lm_error* err);

/// True where threads that share `count` units get nearly the same: none a tenth more than the
/// mean.
static inline bool lm__cpu_is_even(int64_t count, int32_t threads) {
  return 10 * ((count + threads - 1) / threads) * threads <= 11 * count;
}

/// Runs fn over [0, count) in contiguous pieces of at least `grain`, on all threads.
void lm__cpu_for(const lm__cpu_step* step, size_t count, size_t grain,
                 void (*fn)(const lm__cpu_step* step, size_t begin, size_t end));

#endif  // LITMARK_CPU_OP_H_
