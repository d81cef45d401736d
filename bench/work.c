// SPDX-License-Identifier: MIT
#include "work.h"

#include <math.h>
#include <string.h>

#include "model_info.h"

bool bench_kernel_is_winograd(const char* kernel) {
  return kernel != NULL && strstr(kernel, "winograd") != NULL;
}

static bool is_8_bits(lm_type type) { return type == LM_INT8 || type == LM_UINT8; }

bench_peak_type bench_node_type(const lm_graph* graph, int32_t node_index, const char* kernel) {
  const lm_node* node = &graph->nodes[node_index];
  const lm_tensor* input = lm_graph_input(graph, node, 0);
  if (input == NULL) return BENCH_PEAK_TYPE_COUNT;
  if (is_8_bits(input->type)) return BENCH_PEAK_INT8;
  if (input->type != LM_FLOAT32) return BENCH_PEAK_TYPE_COUNT;
  if (kernel != NULL && strstr(kernel, "bf16") != NULL) return BENCH_PEAK_BFLOAT16;
  // Dynamic range: activations become 8-bit before they meet 8-bit weights.
  for (int32_t i = 1; i < node->def->input_count; ++i) {
    const lm_tensor* weights = lm_graph_input(graph, node, i);
    if (weights != NULL && is_8_bits(weights->type)) return BENCH_PEAK_INT8;
  }
  return BENCH_PEAK_FLOAT32;
}

bool bench_is_host(const char* delegate) {
  return delegate == NULL || strcmp(delegate, "cpu") == 0 || strcmp(delegate, "reference") == 0 ||
         strcmp(delegate, "planner") == 0;
}

bench_work bench_work_of(const lm_session* session) {
  bench_work work = {0};
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  uint64_t sum = 0;
  for (int32_t n = 0; n < report->node_count; ++n) {
    const uint64_t macs = lm_node_macs(graph, n);
    if (macs == 0) continue;
    sum += macs;
    const char* kernel = report->placements[n].kernel;
    work.winograd |= bench_kernel_is_winograd(kernel);
    const bench_peak_type type = bench_node_type(graph, n, kernel);
    if (type < BENCH_PEAK_TYPE_COUNT && bench_is_host(report->placements[n].delegate)) {
      work.macs[type] += macs;
    } else {
      work.other_macs += macs;
    }
  }
  // What control flow calls is in the total only, and of unknown type.
  if (report->macs > sum) work.other_macs += report->macs - sum;
  return work;
}

bench_peak_type bench_work_type(const bench_work* work) {
  bench_peak_type best = BENCH_PEAK_TYPE_COUNT;
  uint64_t most = work->other_macs;
  for (int type = 0; type < BENCH_PEAK_TYPE_COUNT; ++type) {
    if (work->macs[type] <= most) continue;
    most = work->macs[type];
    best = (bench_peak_type)type;
  }
  return best;
}

double bench_peak_seconds(const bench_peak* peak, bench_peak_type type, int threads,
                          uint64_t macs) {
  if (macs == 0) return 0;
  if (type >= BENCH_PEAK_TYPE_COUNT) return NAN;
  return (double)macs / bench_peak_macs(peak, type, threads);
}

double bench_work_fraction(const bench_work* work, const bench_peak* peak, int threads,
                           double seconds) {
  double least = work->other_macs > 0 ? NAN : 0;
  for (int type = 0; type < BENCH_PEAK_TYPE_COUNT; ++type) {
    least += bench_peak_seconds(peak, (bench_peak_type)type, threads, work->macs[type]);
  }
  return least > 0 && seconds > 0 ? least / seconds : NAN;
}
