// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

enum { MAX_OPS_SHOWN = 8, MAX_REASONS = 40 };

// The same model on the same delegate is placed the same way, whatever the number of threads.
static bool is_repeated(const lm_merged* merged, int position) {
  const lm_result* r = &merged->results->items[merged->order[position]];
  for (int i = 0; i < position; ++i) {
    const lm_result* earlier = &merged->results->items[merged->order[i]];
    if (earlier->placed_count > 0 && strcmp(earlier->model.sha256, r->model.sha256) == 0 &&
        strcmp(earlier->delegate, r->delegate) == 0) {
      return true;
    }
  }
  return false;
}

// "gpu: opencl" where it was a question.
static const char* asked_for(lm_pool* pool, const lm_result* r) {
  if (r->requested == NULL || strcmp(r->requested, r->delegate) == 0) return r->delegate;
  return lm__pool_print(pool, "%s: %s", r->requested, r->delegate);
}

lm_table lm__table_placement(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Asked for", false, NULL},
      {"Ran on", false, "planner: folded away or done while planning"},
      {"Nodes", true, NULL},
      {"MACs", true, NULL},
      {"Share of MACs", true, NULL},
      {"Partitions", true, "maximal runs of nodes that were handed over at once"},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (r->placed_count == 0 || is_repeated(merged, i)) continue;
    double sum = 0;
    for (int k = 0; k < r->placed_count; ++k) sum += fmax(r->placed[k].macs, 0);
    lm__table_start_group(&t);
    for (int k = 0; k < r->placed_count; ++k) {
      const lm_placed* p = &r->placed[k];
      lm__table_add(&t, k == 0 ? r->model.name : "");
      lm__table_add(&t, k == 0 ? asked_for(pool, r) : "");
      lm__table_add(&t, p->name);
      lm__table_add(&t, lm__text_fixed(pool, p->nodes, 0));
      lm__table_add(&t, lm__text_count(pool, p->macs));
      lm_cell* share = lm__table_add(
          &t, sum > 0 && !isnan(p->macs) ? lm__text_percent(pool, p->macs / sum, 1) : NULL);
      if (sum > 0 && p->macs > 0) share->share = p->macs / sum;
      lm__table_add(&t, lm__text_fixed(pool, p->partitions, 0));
    }
  }
  lm__table_prune(&t);
  return t;
}

typedef struct reason {
  const lm_node_facts* node;
  int count;
} reason;

static int add_reason(reason* reasons, int count, const lm_node_facts* node) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(reasons[i].node->op, node->op) == 0 &&
        strcmp(reasons[i].node->why_not, node->why_not) == 0 &&
        strcmp(reasons[i].node->delegate, node->delegate) == 0) {
      ++reasons[i].count;
      return count;
    }
  }
  if (count == MAX_REASONS) return count;
  reasons[count] = (reason){node, 1};
  return count + 1;
}

lm_table lm__table_reasons(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL}, {"Asked for", false, NULL}, {"Nodes", true, NULL},
      {"Op", false, NULL},    {"Ran on", false, NULL},    {"Why", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (r->node_count == 0 || is_repeated(merged, i)) continue;
    reason reasons[MAX_REASONS];
    int count = 0;
    for (int k = 0; k < r->node_count; ++k) {
      if (r->nodes[k].why_not != NULL) count = add_reason(reasons, count, &r->nodes[k]);
    }
    if (count > 0) lm__table_start_group(&t);
    for (int k = 0; k < count; ++k) {
      lm__table_add(&t, r->model.name);
      lm__table_add(&t, r->delegate);
      lm__table_add(&t, lm__pool_print(pool, "%d", reasons[k].count));
      lm__table_add(&t, reasons[k].node->op);
      lm__table_add(&t, reasons[k].node->delegate);
      lm__table_add(&t, reasons[k].node->why_not);
    }
  }
  return t;
}

lm_table lm__table_nodes(lm_pool* pool, const lm_result* r) {
  static const lm_column kColumns[] = {
      {"Node", true, NULL},
      {"Op", false, NULL},
      {"Ran on", false, NULL},
      {"Partition", true, "of the delegate: what was handed over at once"},
      {"Kernel", false, "none where it was fused into another node's"},
      {"MACs", true, NULL},
      {"Why not on the first delegate", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < r->node_count; ++i) {
    const lm_node_facts* n = &r->nodes[i];
    lm__table_add(&t, lm__pool_print(pool, "%d", i));
    lm__table_add(&t, n->op);
    lm__table_add(&t, n->delegate);
    lm__table_add(&t, lm__text_fixed(pool, n->partition, 0));
    lm__table_add(&t, n->kernel);
    lm__table_add(&t, n->macs > 0 ? lm__text_count(pool, n->macs) : NULL);
    lm__table_add(&t, n->why_not)->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}

lm_table lm__table_failures(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Delegate", false, NULL},
      {"Threads", true, NULL},
      {"What was wrong", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->failure_count; ++i) {
    const lm_failure_facts* f = &merged->results->failures[i];
    lm__table_add(&t, f->model);
    lm__table_add(&t, f->delegate);
    lm__table_add(&t, lm__text_fixed(pool, f->threads, 0));
    lm__table_add(&t, f->message);
  }
  lm__table_prune(&t);
  return t;
}

static int slower_first(const void* a, const void* b) {
  const double x = (*(const lm_op_facts* const*)a)->mean_us;
  const double y = (*(const lm_op_facts* const*)b)->mean_us;
  // Unknown times go last.
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return (x < y) - (x > y);
}

lm_table lm__table_ops(lm_pool* pool, const lm_result* r) {
  static const lm_column kColumns[] = {
      {"Node", true, NULL},
      {"Op", false, NULL},
      {"Kind", false, "node; program: all that a delegate took at once; kernel: a part of one"},
      {"Kernel", false, NULL},
      {"Delegate", false, NULL},
      {"Mean µs", true, NULL},
      {"Share", true, "of the profiled time"},
      {"Shape", false, "input * weights > output"},
      {"MAC/s", true, NULL},
      {"Of peak", true, "of the machine, measured in the same run"},
      {"MAC/byte", true, "multiply-accumulates over inputs, weights and outputs, each once"},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  const lm_op_facts** sorted = lm__pool_array(pool, (size_t)r->op_count, sizeof *sorted);
  if (sorted == NULL) return t;
  for (int i = 0; i < r->op_count; ++i) sorted[i] = &r->ops[i];
  qsort(sorted, (size_t)r->op_count, sizeof *sorted, slower_first);
  for (int i = 0; i < r->op_count && i < MAX_OPS_SHOWN; ++i) {
    const lm_op_facts* op = sorted[i];
    lm__table_add(&t, lm__text_fixed(pool, op->index, 0));
    lm__table_add(&t, op->op);
    lm__table_add(&t, op->kind);
    lm__table_add(&t, op->kernel);
    lm__table_add(&t, op->delegate);
    lm__table_add(&t, lm__text_fixed(pool, op->mean_us, lm__text_decimals(op->mean_us)));
    lm_cell* share = lm__table_add(&t, lm__text_percent(pool, op->share, 1));
    if (op->share > 0) share->share = op->share;
    lm__table_add(&t, op->shape);
    lm__table_add(&t, lm__text_count(pool, op->macs_per_second));
    lm__table_add(&t, lm__text_percent(pool, op->fraction_of_peak, 0));
    const double intensity = op->macs > 0 && op->bytes > 0 ? op->macs / op->bytes : NAN;
    lm__table_add(&t, lm__text_fixed(pool, intensity, 1));
  }
  lm__table_prune(&t);
  return t;
}
