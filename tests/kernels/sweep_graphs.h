// SPDX-License-Identifier: MIT
//
// Random single-operator graphs: shapes, strides, padding, types that no table of cases would list.
// A delegate's sweep makes some thousands and compares with the reference kernels.
#ifndef LITMARK_TESTS_SWEEP_GRAPHS_H_
#define LITMARK_TESTS_SWEEP_GRAPHS_H_

#include "litmark/delegate.h"
#include "litmark/interpreter.h"

#define SWEEP_TENSORS 6
#define SWEEP_CHANNELS 64

typedef struct sweep_graph {
  lm_model model;
  lm_subgraph_def subgraph;
  lm_tensor_def tensors[SWEEP_TENSORS];
  lm_node_def node;
  union {
    lm_conv_options conv;
    lm_pool_options pool;
    lm_fully_connected_options fully_connected;
    lm_arithmetic_options arithmetic;
    lm_concatenation_options concatenation;
    lm_reducer_options reducer;
    lm_leaky_relu_options leaky_relu;
    lm_softmax_options softmax;
    lm_resize_options resize;
    lm_strided_slice_options strided_slice;
    lm_axis_options axis;
    lm_int_options integer;
    lm_type_options type;
    lm_batch_matmul_options batch_matmul;
  } options;
  float scales[SWEEP_TENSORS][SWEEP_CHANNELS];
  int32_t zero_points[SWEEP_TENSORS][SWEEP_CHANNELS];
  void* contents[SWEEP_TENSORS];
  int32_t node_inputs[SWEEP_TENSORS], graph_inputs[SWEEP_TENSORS];
  int32_t output, both_outputs[2];
  bool same_bits;    ///< floats, too, on the cpu delegate
  bool only_moves;   ///< elements are nowhere computed with
  double tolerance;  ///< of floats, relative; 0: 1e-5
  char text[160];
} sweep_graph;

/// Fills a zeroed graph with an operator of that kind.
void sweep_conv_2d(sweep_graph* g);
void sweep_conv_3x3(sweep_graph* g);
void sweep_depthwise(sweep_graph* g);
void sweep_fully_connected(sweep_graph* g);
void sweep_hybrid(sweep_graph* g);
void sweep_binary(sweep_graph* g);
void sweep_unary(sweep_graph* g);
void sweep_softmax(sweep_graph* g);
void sweep_conversion(sweep_graph* g);
void sweep_resize(sweep_graph* g);
void sweep_pool(sweep_graph* g);
void sweep_mean(sweep_graph* g);
void sweep_arg(sweep_graph* g);
void sweep_matmul(sweep_graph* g);
void sweep_pad(sweep_graph* g);
void sweep_transpose(sweep_graph* g);
void sweep_slice(sweep_graph* g);
void sweep_pack(sweep_graph* g);
void sweep_split(sweep_graph* g);
void sweep_concatenation(sweep_graph* g);

/// The generator's sequence goes on from `state`, which is not 0.
void sweep_seed(uint32_t state);
uint32_t sweep_random(void);
/// An integer in [low, high].
int32_t sweep_pick(int32_t low, int32_t high);

/// An empty graph; a program without memory ends.
sweep_graph* sweep_new(void);
void sweep_free(sweep_graph* g);

/// What a run came to.
typedef struct sweep_result {
  void* data;  ///< OWNED: free(); NULL: refused, or failed
  size_t bytes;
  bool refused;         ///< by the delegate
  const char* why_not;  ///< static: its reason
} sweep_result;

/// Plans and runs the graph with inputs made from `seed`; `delegate` NULL: on the reference
/// kernels. What goes wrong is told on stderr, a refusal is not.
sweep_result sweep_run(const sweep_graph* g, lm_delegate* delegate, uint32_t seed);

/// Largest difference allowed between floats, relative to the largest of them: `tolerance`.
bool sweep_close(const float* want, const float* got, size_t count, double tolerance);

#endif  // LITMARK_TESTS_SWEEP_GRAPHS_H_
