// SPDX-License-Identifier: MIT
#include "cpu_op.h"

bool lm__cpu_is_plain(const lm_tensor* t) {
  if (t->type == LM_FLOAT32) return true;
  return (t->type == LM_INT8 || t->type == LM_UINT8) && t->quantization.count == 1;
}

bool lm__cpu_is_constant(const lm_tensor* t) {
  return t->storage == LM_STORAGE_CONSTANT && t->data != NULL;
}

bool lm__cpu_same_quantization(const lm_tensor* a, const lm_tensor* b) {
  if (a->type != b->type) return false;
  if (a->type == LM_FLOAT32) return true;
  return a->quantization.count == 1 && b->quantization.count == 1 &&
         a->quantization.scales[0] == b->quantization.scales[0] &&
         a->quantization.zero_points[0] == b->quantization.zero_points[0];
}

bool lm__cpu_is_clamp(lm_activation activation) {
  return activation == LM_ACTIVATION_NONE || activation == LM_ACTIVATION_RELU ||
         activation == LM_ACTIVATION_RELU6 || activation == LM_ACTIVATION_RELU_N1_TO_1;
}

lm_status lm__cpu_activation_range(lm_activation activation, const lm_tensor* output,
                                   lm__cpu_range* out_range, lm_error* err) {
  *out_range = (lm__cpu_range){0};
  if (output->type == LM_FLOAT32) {
    return lm_activation_range_float(activation, &out_range->min, &out_range->max, err);
  }
  return lm_activation_range_quantized(activation, output->type, output->quantization.scales[0],
                                       output->quantization.zero_points[0], &out_range->qmin,
                                       &out_range->qmax, err);
}

typedef struct piecewise {
  const lm__cpu_step* step;
  size_t count;
  int32_t pieces;
  void (*fn)(const lm__cpu_step* step, size_t begin, size_t end);
} piecewise;

static void run_pieces(void* context, int32_t thread, int32_t begin, int32_t end) {
  (void)thread;
  const piecewise* p = context;
  // Pieces begin on a cache line whatever the type, so that no two threads write the same one.
  const size_t from = p->count * (size_t)begin / (size_t)p->pieces / LM_ALIGNMENT * LM_ALIGNMENT;
  const size_t to = end == p->pieces
                        ? p->count
                        : p->count * (size_t)end / (size_t)p->pieces / LM_ALIGNMENT * LM_ALIGNMENT;
  if (from < to) p->fn(p->step, from, to);
}

void lm__cpu_for(const lm__cpu_step* step, size_t count, size_t grain,
                 void (*fn)(const lm__cpu_step* step, size_t begin, size_t end)) {
  const size_t threads = (size_t)step->delegate->threads;
  const size_t most = count / grain;
  piecewise p = {step, count, (int32_t)(most < 1 ? 1 : most < threads ? most : threads), fn};
  lm__thread_pool_run(step->delegate->pool, p.pieces, run_pieces, &p);
}
