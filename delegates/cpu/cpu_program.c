// SPDX-License-Identifier: MIT
#include "cpu_program.h"

#include <stdio.h>
#include <string.h>

#include "cpu_fusion.h"
#include "cpu_op.h"
#include "cpu_product.h"
#include "cpu_strip.h"
#include "cpu_weights.h"
#include "float_rounding.h"

// Smaller weights are read before a fetch would pay.
#define WEIGHTS_WORTH_FETCHING ((size_t)16 << 10)

typedef struct pad {
  size_t bytes;
  uint8_t* data;
} pad;

struct lm__cpu_program {
  lm_program base;
  lm_allocator allocator;
  lm__cpu_step** steps;  // [step_count]
  int32_t step_count;
  pad* pads;  // [256], indexed by value; most stay empty
  lm__cpu_weights weights;
  char note[440];  // "": none
};

void lm__cpu_program_destroy(lm_program* program) {
  lm__cpu_program* self = (lm__cpu_program*)program;
  for (int32_t i = 0; i < self->step_count; ++i) {
    lm__cpu_step* step = self->steps[i];
    if (!step->packed_is_shared) lm_free(self->allocator, step->packed);
    lm_free(self->allocator, step->tables);
    if (step->strip != NULL) lm_free(self->allocator, step->strip->tables);
    lm_free(self->allocator, step->strip);
    lm_free(self->allocator, step);
  }
  lm_free(self->allocator, self->steps);
  for (int i = 0; self->pads != NULL && i < 256; ++i) lm_free(self->allocator, self->pads[i].data);
  lm_free(self->allocator, self->pads);
  lm__cpu_weights_close(&self->weights);
  lm_free(self->allocator, self);
}

static lm_status make_step(const lm__cpu_build* build, const lm_node* node,
                           const lm__cpu_step_kind* kind, size_t bytes, const char* kernel,
                           lm__cpu_step** out_step, lm_error* err) {
  *out_step = NULL;
  lm__cpu_step* step = lm_alloc(build->program->allocator, bytes);
  if (step == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d", node->index);
  step->kind = kind;
  step->delegate = build->delegate;
  step->weights = build->weights;
  step->node_index = node->index;
  step->kernel = kernel;
  lm_compiler_note(build->compiler, node->index, kernel);
  *out_step = step;
  return LM_OK;
}

lm_status lm__cpu_step_create(const lm__cpu_build* build, const lm_node* node,
                              const lm__cpu_step_kind* kind, size_t bytes, const char* kernel,
                              lm__cpu_step** out_step, lm_error* err) {
  LM_CPU_TRY(make_step(build, node, kind, bytes, kernel, out_step, err));
  lm__cpu_program* program = build->program;
  program->steps[program->step_count++] = *out_step;  // room for one a node was made at the start
  return LM_OK;
}

lm_status lm__cpu_step_replace(const lm__cpu_build* build, const lm_node* node,
                               const lm__cpu_step_kind* kind, size_t bytes, const char* kernel,
                               lm__cpu_step** out_step, lm_error* err) {
  LM_CPU_TRY(make_step(build, node, kind, bytes, kernel, out_step, err));
  lm__cpu_program_step(build->program, node->index)->strip = *out_step;
  return LM_OK;
}

lm__cpu_step* lm__cpu_program_step(const lm__cpu_program* program, int32_t node_index) {
  int32_t low = 0, high = program->step_count;  // steps are in the order of their nodes
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    lm__cpu_step* step = program->steps[middle];
    if (step->node_index == node_index) return step;
    if (step->node_index < node_index) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return NULL;
}

lm_status lm__cpu_step_tables(lm__cpu_step* step, size_t bytes, lm_error* err) {
  step->tables = lm_alloc(step->delegate->allocator, bytes);
  if (step->tables == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: node %d: %zu bytes of tables",
                   step->node_index, bytes);
  }
  step->tables_bytes = bytes;
  return LM_OK;
}

lm_status lm__cpu_pad_request(const lm__cpu_build* build, uint8_t value, size_t bytes,
                              lm_error* err) {
  pad* p = &build->program->pads[value];
  (void)err;
  if (bytes > p->bytes) p->bytes = bytes;
  return LM_OK;
}

static lm_status make_pads(lm__cpu_program* program, lm_error* err) {
  for (int i = 0; i < 256; ++i) {
    pad* p = &program->pads[i];
    if (p->bytes == 0) continue;
    p->bytes += LM_TAIL_BYTES;
    p->data = lm_alloc(program->allocator, p->bytes);
    if (p->data == NULL) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: pad of %zu bytes", p->bytes);
    }
    memset(p->data, i, p->bytes);
  }
  return LM_OK;
}

const uint8_t* lm__cpu_pad(const lm__cpu_binding* binding, uint8_t value) {
  return binding->program->pads[value].data;
}

static lm_status request_scratch(const lm__cpu_build* build, const lm_node* node, int32_t last_node,
                                 size_t bytes, size_t* out_stride, int32_t* out_index,
                                 lm_error* err) {
  // Threads do not share cache lines, and each has its own tail.
  *out_stride = (bytes + LM_TAIL_BYTES + 2 * LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
  return lm_compiler_request(build->compiler, *out_stride * (size_t)build->delegate->threads,
                             node->index, last_node, out_index, err);
}

lm_status lm__cpu_scratch_request(const lm__cpu_build* build, const lm_node* node, size_t bytes,
                                  size_t* out_stride, int32_t* out_index, lm_error* err) {
  return request_scratch(build, node, node->index, bytes, out_stride, out_index, err);
}

lm_status lm__cpu_part_scratch_request(const lm__cpu_build* build, const lm_node* node,
                                       size_t bytes, size_t* out_stride, int32_t* out_index,
                                       lm_error* err) {
  const lm_node* last = node;
  for (int i = 0; i < 2; ++i) {  // a strip has three ops at most
    const lm_node* next = lm__cpu_sole_reader(build, lm_graph_output(build->graph, last, 0));
    if (next != NULL) last = next;
  }
  return request_scratch(build, node, last->index, bytes, out_stride, out_index, err);
}

// What a step has copied is needed no more: it goes at once, so that the model and its packed copy
// are never both in memory.
static void release_consumed(const lm__cpu_build* build, const lm_node* node,
                             const lm__cpu_op* op) {
  for (int32_t i = 0; i < node->def->input_count && i < 32; ++i) {
    if ((op->consumes >> i & 1u) == 0 || node->def->inputs[i] < 0) continue;
    lm_compiler_release(build->compiler, node->def->inputs[i]);
  }
}

// What ran in bfloat16 parts, and what became of the pack cache.
static void write_note(lm__cpu_program* program) {
  int32_t counts[7] = {0};
  for (int32_t i = 0; i < program->step_count; ++i) ++counts[program->steps[i]->float_products];
  const char* cache =
      program->weights.cache != NULL ? lm__pack_cache_note(program->weights.cache) : "";
  int used = 0;
  if (counts[3] + counts[6] > 0) {
    used = snprintf(program->note, sizeof program->note,
                    "of %d products of floats %d are three of bfloat16 parts, %d are six%s",
                    counts[1] + counts[3] + counts[6], counts[3], counts[6],
                    cache[0] != '\0' ? "; " : "");
  }
  snprintf(program->note + used, sizeof program->note - (size_t)used, "%s", cache);
}

static lm_status compile_steps(const lm__cpu_build* build, const lm_partition* partition,
                               lm_error* err) {
  lm__cpu_program* program = build->program;
  program->steps =
      lm_alloc_array(program->allocator, (size_t)partition->node_count, sizeof *program->steps);
  program->pads = lm_alloc_array(program->allocator, 256, sizeof *program->pads);
  if (program->steps == NULL || program->pads == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: %d steps", partition->node_count);
  }
  LM_CPU_TRY(lm__cpu_weights_open(&program->weights, build, partition, err));
  for (int32_t i = 0; i < partition->node_count; ++i) {
    const lm_node* node = &build->graph->nodes[partition->nodes[i]];
    lm__cpu_step* step;
    const char* why;
    const lm__cpu_op* op = lm__cpu_op_find(build->delegate, build->graph, node, &why);
    LM_CPU_TRY(op->compile(build, node, &step, err));
    release_consumed(build, node, op);
  }
  if (build->delegate->strips != LM_CPU_STRIPS_OFF) LM_CPU_TRY(lm__cpu_strips_make(build, err));
  LM_CPU_TRY(lm__cpu_weights_finish(&program->weights, program->steps, program->step_count, err));
  write_note(program);
  return make_pads(program, err);
}

lm_status lm__cpu_program_compile(lm_delegate* delegate, const lm_graph* graph,
                                  const lm_partition* partition, lm_compiler* compiler,
                                  lm_program** out_program, lm_error* err) {
  *out_program = NULL;
  lm__cpu_delegate* self = (lm__cpu_delegate*)delegate;
  lm__cpu_program* program = lm_alloc(self->allocator, sizeof *program);
  if (program == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu: program");
  program->base.delegate = delegate;
  program->allocator = self->allocator;
  lm__cpu_build build = {.delegate = self,
                         .graph = graph,
                         .compiler = compiler,
                         .program = program,
                         .weights = &program->weights,
                         .exact = self->exact || lm__rounds_floats_from(graph, 0),
                         .three_from = lm__cpu_three_from(graph)};
  lm_status status = lm__readers_make(self->allocator, graph, partition, &build.readers, err);
  if (status == LM_OK) status = compile_steps(&build, partition, err);
  lm__readers_release(self->allocator, &build.readers);
  if (status != LM_OK) {
    lm__cpu_program_destroy(&program->base);
    return status;
  }
  *out_program = &program->base;
  return LM_OK;
}

// What a step reads of its weights first comes from memory, unless somebody asks for it before. The
// product before it does, see lm__f32_gemm_args.
static void link_weights(lm__cpu_program* program) {
  const lm__cpu_step* later = NULL;
  for (int32_t i = program->step_count - 1; i >= 0; --i) {
    lm__cpu_step* step = program->steps[i];
    step->next = later;
    if (step->packed_bytes >= WEIGHTS_WORTH_FETCHING) later = step;
  }
}

lm_status lm__cpu_program_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                               lm_error* err) {
  (void)err;
  lm__cpu_program* self = (lm__cpu_program*)program;
  const lm__cpu_binding binding = {graph, buffers, self};
  link_weights(self);
  for (int32_t i = 0; i < self->step_count; ++i) {
    lm__cpu_step* step = self->steps[i];
    step->kind->bind(step, &binding);
    if (step->strip != NULL) step->strip->kind->bind(step->strip, &binding);
  }
  return LM_OK;
}

lm_status lm__cpu_program_run(lm_program* program, lm_profiler* profiler, lm_error* err) {
  (void)err;
  lm__cpu_program* self = (lm__cpu_program*)program;
  for (int32_t i = 0; i < self->step_count; ++i) {
    lm__cpu_step* step = self->steps[i];
    if (step->is_part) step = step->strip;
    if (step == NULL) continue;  // a strip that ends at a later node does it
    if (profiler == NULL) {
      step->kind->run(step);
      continue;
    }
    const uint64_t begin_ns = lm_now_ns();
    step->kind->run(step);
    lm_profiler_record(profiler, LM_EVENT_KERNEL, step->node_index, step->kernel, begin_ns,
                       lm_now_ns());
  }
  return LM_OK;
}

void lm__cpu_program_stats(const lm_program* program, lm_program_stats* out_stats) {
  const lm__cpu_program* self = (const lm__cpu_program*)program;
  *out_stats = (lm_program_stats){0};
  for (int32_t i = 0; i < self->step_count; ++i) {
    const lm__cpu_step* step = self->steps[i];
    out_stats->packed_bytes += step->packed_bytes + step->tables_bytes;
    if (step->float_tolerance > out_stats->float_tolerance) {
      out_stats->float_tolerance = step->float_tolerance;
    }
  }
  for (int i = 0; i < 256; ++i) out_stats->packed_bytes += self->pads[i].bytes;
  if (self->note[0] != '\0') out_stats->note = self->note;
}
