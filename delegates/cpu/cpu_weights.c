// SPDX-License-Identifier: MIT
#include "cpu_weights.h"

#include <string.h>

#include "base/hash64.h"

// Smaller blocks stay on the heap, which has room for them.
#define REGION_BLOCK_BYTES ((size_t)16 << 10)
// Of a constant, for the name of a cache file; and how many of them. All of them would bring most
// pages of the model into memory at once.
#define SAMPLE_BYTES ((size_t)4 << 10)
#define SAMPLES 8

static uint64_t hash_number(uint64_t number, uint64_t seed) {
  return lm__hash64(&number, sizeof number, seed);
}

typedef struct sources {
  size_t bytes;   // that are packed
  uint64_t name;  // tells models apart: options, shapes, and how the first constants begin
  int32_t samples;
} sources;

static void add_node(const lm__cpu_build* build, const lm_node* node, bool named, sources* s) {
  const char* why;
  const lm__cpu_op* op = lm__cpu_op_find(build->delegate, build->graph, node, &why);
  const lm_tensor* output = lm_graph_output(build->graph, node, 0);
  s->name = hash_number((uint64_t)node->def->builtin, s->name);
  if (output != NULL) s->name = lm__hash64(&output->bytes, sizeof output->bytes, s->name);
  for (int32_t i = 0; i < node->def->input_count && i < 32; ++i) {
    const lm_tensor* t = lm_graph_input(build->graph, node, i);
    if (t == NULL || !lm__cpu_is_constant(t) || t->data == NULL) continue;
    if (op != NULL && (op->consumes >> i & 1u) != 0) s->bytes += t->bytes;
    s->name = hash_number(t->bytes, s->name);
    if (!named || s->samples == SAMPLES) continue;
    ++s->samples;
    s->name = lm__hash64(t->data, t->bytes < SAMPLE_BYTES ? t->bytes : SAMPLE_BYTES, s->name);
  }
}

lm_status lm__cpu_weights_open(lm__cpu_weights* weights, const lm__cpu_build* build,
                               const lm_partition* partition, lm_error* err) {
  const lm__cpu_delegate* d = build->delegate;
  const bool cached = d->cache_folder != NULL;
  sources s = {0};
  s.name = hash_number((uint64_t)d->isa << 2 | (uint64_t)build->exact << 1 | d->winograd,
                       build->graph->model->file_bytes);
  for (int32_t i = 0; i < partition->node_count; ++i) {
    add_node(build, &build->graph->nodes[partition->nodes[i]], cached, &s);
  }
  if (cached) {
    LM_CPU_TRY(lm__pack_cache_open(d->cache_folder, s.name, d->allocator, &weights->cache, err));
  }
  lm__pack_region_init(&weights->region, s.bytes);
  return LM_OK;
}

lm_status lm__cpu_weights_finish(lm__cpu_weights* weights, lm__cpu_step* const* steps,
                                 int32_t step_count, lm_error* err) {
  lm__pack_region_finish(&weights->region);
  if (weights->cache == NULL || step_count == 0) return LM_OK;
  const lm_allocator allocator = steps[0]->delegate->allocator;
  lm__pack_block* blocks = lm_alloc_array(allocator, (size_t)step_count, sizeof *blocks);
  if (blocks == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d blocks", step_count);
  int32_t count = 0;
  for (int32_t i = 0; i < step_count; ++i) {
    const lm__cpu_step* s = steps[i];
    if (!s->is_kept) continue;
    blocks[count++] = (lm__pack_block){s->pack_key, s->pack_tag, s->packed, s->packed_bytes};
  }
  lm__pack_cache_keep(weights->cache, blocks, count);
  lm_free(allocator, blocks);
  return LM_OK;
}

void lm__cpu_weights_close(lm__cpu_weights* weights) {
  lm__pack_cache_close(weights->cache);
  lm__pack_region_release(&weights->region);
  weights->cache = NULL;
}

lm_status lm__cpu_step_pack(lm__cpu_step* step, size_t bytes, lm_error* err) {
  if (bytes >= REGION_BLOCK_BYTES) {
    step->packed = lm__pack_region_take(&step->weights->region, bytes);
    step->packed_is_shared = step->packed != NULL;
  }
  if (step->packed == NULL) step->packed = lm_alloc(step->delegate->allocator, bytes);
  if (step->packed == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: %zu bytes of packed weights",
                   step->node_index, bytes);
  }
  step->packed_bytes = bytes;
  return LM_OK;
}

void lm__pack_source_add(lm__pack_source* source, const void* data, size_t bytes) {
  source->pieces[source->count].data = data;
  source->pieces[source->count++].bytes = bytes;
}

void lm__pack_source_add_tensor(lm__pack_source* source, const lm_tensor* tensor) {
  lm__pack_source_add(source, tensor != NULL ? tensor->data : NULL,
                      tensor != NULL ? tensor->bytes : 0);
}

lm_status lm__cpu_step_weights(lm__cpu_step* step, const lm__pack_source* source, size_t bytes,
                               bool* out_found, lm_error* err) {
  *out_found = false;
  lm__pack_cache* cache = step->weights->cache;
  if (cache == NULL) return lm__cpu_step_pack(step, bytes, err);
  uint64_t key = lm__hash64(step->kernel, strlen(step->kernel), 0);
  for (int32_t i = 0; i < source->count; ++i) {
    // The length too: pieces must not run into each other.
    key = hash_number(source->pieces[i].bytes, key);
    if (source->pieces[i].bytes == 0) continue;
    key = lm__hash64(source->pieces[i].data, source->pieces[i].bytes, key);
  }
  step->pack_key = key;
  step->is_kept = true;
  const void* block = lm__pack_cache_find(cache, key, bytes, &step->pack_tag);
  if (block == NULL) return lm__cpu_step_pack(step, bytes, err);
  step->packed = (void*)block;  // kernels only read it
  step->packed_is_shared = true;
  step->packed_bytes = bytes;
  *out_found = true;
  return LM_OK;
}
