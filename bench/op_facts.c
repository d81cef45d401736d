// SPDX-License-Identifier: MIT
//
// What the rows of a profile compute and move, out of graph and placement.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_info.h"
#include "op_profile.h"

// Number of the program that a node belongs to; -1: none.
static int32_t partition_of(const lm_session* session, int32_t node_index) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  if (node_index < 0 || node_index >= report->node_count) return -1;
  return report->placements[node_index].partition;
}

// A program whose kernels reported themselves would be counted twice.
static bool is_detailed_program(const bench_profile* profile, const lm_session* session,
                                int32_t i) {
  if (profile->ops[i].kind != LM_EVENT_PROGRAM) return false;
  const int32_t partition = partition_of(session, profile->ops[i].node_index);
  for (int32_t k = 0; k < profile->count; ++k) {
    const bench_op_time* op = &profile->ops[k];
    if (op->kind == LM_EVENT_KERNEL && partition_of(session, op->node_index) == partition) {
      return true;
    }
  }
  return false;
}

// "1x56x56x64"; appends at `used` and returns the new length.
static size_t append_shape(char* text, size_t size, size_t used, const char* between,
                           const lm_tensor* tensor) {
  if (tensor == NULL || used >= size) return used;
  used += (size_t)snprintf(text + used, size - used, "%s", between);
  for (int32_t d = 0; d < tensor->shape.rank && used < size; ++d) {
    used +=
        (size_t)snprintf(text + used, size - used, "%s%d", d > 0 ? "x" : "", tensor->shape.dims[d]);
  }
  if (tensor->shape.rank == 0 && used < size) {
    used += (size_t)snprintf(text + used, size - used, "scalar");
  }
  return used;
}

static bool is_constant(const lm_tensor* tensor) {
  return tensor->producer < 0 && tensor->def->data != NULL;
}

static void describe_shape(const lm_graph* graph, const lm_node* node, bench_op_time* op) {
  size_t used = append_shape(op->shape, sizeof op->shape, 0, "", lm_graph_input(graph, node, 0));
  const lm_tensor* second = node->def->input_count > 1 ? lm_graph_input(graph, node, 1) : NULL;
  if (lm_node_macs(graph, node->index) > 0 || (second != NULL && !is_constant(second))) {
    used = append_shape(op->shape, sizeof op->shape, used, " * ", second);
  }
  append_shape(op->shape, sizeof op->shape, used, " > ", lm_graph_output(graph, node, 0));
}

static bool reads(const lm_graph* graph, int32_t node_index, const lm_tensor* tensor) {
  const lm_node* node = &graph->nodes[node_index];
  for (int32_t k = 0; k < node->def->input_count; ++k) {
    if (lm_graph_input(graph, node, k) == tensor) return true;
  }
  return false;
}

// Tensors that nodes of one row hand to each other are no traffic of the row: they may never reach
// memory.
static void add_node(const lm_graph* graph, const lm_node* node, const int32_t* owner,
                     bench_op_time* op) {
  op->macs += lm_node_macs(graph, node->index);
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(graph, node, i);
    if (input == NULL) continue;
    const bool inside = input->producer >= 0 && owner[input->producer] == owner[node->index];
    if (!inside) op->bytes += input->bytes;
  }
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    const lm_tensor* output = lm_graph_output(graph, node, i);
    if (output == NULL) continue;
    bool inside = false, outside = false;
    for (int32_t n = node->index + 1; n < graph->node_count; ++n) {
      if (!reads(graph, n, output)) continue;
      if (owner[n] == owner[node->index]) {
        inside = true;
      } else {
        outside = true;
      }
    }
    if (!inside || outside) op->bytes += output->bytes;
  }
}

// The row of the first node of the same program that reads what node `n` makes; -1: none.
static int32_t owner_of_reader(const lm_session* session, const int32_t* owner, int32_t n) {
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  const lm_tensor* output = lm_graph_output(graph, &graph->nodes[n], 0);
  for (int32_t m = n + 1; output != NULL && m < graph->node_count; ++m) {
    if (partition_of(session, m) == partition_of(session, n) && reads(graph, m, output)) {
      return owner[m];
    }
  }
  return -1;
}

// Which row stands for each node. Most have an event of their own. The others were fused: what
// multiplies, into the one that reads its result (a strip of convolutions reports its last); the
// rest, into the one before (a convolution takes the activation along). -1: none.
static void find_owners(const lm_session* session, const bench_profile* profile, int32_t* owner) {
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  for (int32_t n = 0; n < graph->node_count; ++n) owner[n] = -1;
  for (int32_t i = 0; i < profile->count; ++i) {
    const bench_op_time* op = &profile->ops[i];
    if (!op->detailed && op->node_index >= 0 && op->node_index < graph->node_count) {
      owner[op->node_index] = i;
    }
  }
  for (int32_t n = graph->node_count - 1; n >= 0; --n) {
    if (owner[n] < 0 && partition_of(session, n) >= 0 && lm_node_macs(graph, n) > 0) {
      owner[n] = owner_of_reader(session, owner, n);
    }
  }
  for (int32_t n = 1; n < graph->node_count; ++n) {
    const int32_t partition = partition_of(session, n);
    if (owner[n] < 0 && partition >= 0 && partition == partition_of(session, n - 1)) {
      owner[n] = owner[n - 1];
    }
  }
}

static void describe_row(const lm_session* session, bench_op_time* op) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  const bool known = op->node_index >= 0 && op->node_index < graph->node_count;
  op->type = BENCH_PEAK_TYPE_COUNT;
  snprintf(op->op, sizeof op->op, "%s", op->kind == LM_EVENT_PROGRAM ? "(program)" : "(unknown)");
  if (!known) return;
  const lm_node* node = &graph->nodes[op->node_index];
  op->delegate = report->placements[op->node_index].delegate;
  if (op->kind == LM_EVENT_PROGRAM) return;
  snprintf(op->op, sizeof op->op, "%s", lm_node_name(node->def));
  if (bench_is_host(op->delegate)) op->type = bench_node_type(graph, op->node_index, op->name);
  describe_shape(graph, node, op);
}

void bench_profile_describe(const lm_session* session, bench_profile* profile) {
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  for (int32_t i = 0; i < profile->count; ++i) {
    profile->ops[i].detailed = is_detailed_program(profile, session, i);
    describe_row(session, &profile->ops[i]);
  }
  int32_t* owner = calloc((size_t)graph->node_count + 1, sizeof *owner);
  if (owner == NULL) return;  // rows without work, which is what they then say
  find_owners(session, profile, owner);
  for (int32_t n = 0; n < graph->node_count; ++n) {
    if (owner[n] >= 0 && !graph->nodes[n].folded) {
      add_node(graph, &graph->nodes[n], owner, &profile->ops[owner[n]]);
    }
  }
  free(owner);
}
