// SPDX-License-Identifier: MIT
//
// The vtable: options, programs, steps. What single ops do is in cpu_<op>.c.
#include "cpu_delegate.h"

#include <stdio.h>
#include <string.h>

#include "cpu_fusion.h"
#include "cpu_strip.h"
#include "cpu_weights.h"
#include "float_rounding.h"
#include "kernels.h"

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
};

// ---- open and close

static void cpu_close(lm_delegate* delegate) {
  lm__cpu_delegate* self = (lm__cpu_delegate*)delegate;
  lm__thread_pool_destroy(self->pool);
  lm_free(self->allocator, self->cache_folder);
  lm_free(self->allocator, self);
}

extern const lm_delegate_vtable lm_delegate_cpu;

static lm_status measure_tiles(lm__cpu_delegate* self, lm__cpu_amx amx, lm_error* err) {
  const bool floats = amx != LM_CPU_AMX_OFF && self->products == 0 && !self->exact;
  if (amx == LM_CPU_AMX_AUTO) {
    return lm__tile_speed_make(self->isa, floats, self->allocator, &self->tile_speed, err);
  }
  const uint32_t isa = self->isa & ~(amx == LM_CPU_AMX_OFF ? (uint32_t)LM_CPU_AMX_INT8 : 0);
  self->tile_speed = lm__tile_speed_fixed(isa, floats);
  return LM_OK;
}

static void write_name(lm__cpu_delegate* self) {
  bool split6 = false;
  for (int i = 0; i < LM_TILE_CLASSES; ++i) split6 |= self->tile_speed.split6[i] > 1;
  snprintf(self->name, sizeof self->name, "%s, %d thread%s%s",
           lm__cpu_isa_name(self->isa & lm__cpu_built()), self->threads,
           self->threads == 1 ? "" : "s", split6 ? ", fp32 by split6" : "");
}

static lm_status cpu_open(const lm_delegate_options* options, lm_allocator allocator,
                          lm_delegate** out_delegate, lm_error* err) {
  *out_delegate = NULL;
  if (options->device != NULL && options->device[0] != '\0') {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate cpu: there is one device, not '%.40s'",
                   options->device);
  }
  if (options->threads < 0 || options->threads > 1024) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate cpu: %d threads, 0 to 1024 are possible",
                   options->threads);
  }
  lm__cpu_options extra;
  LM_CPU_TRY(lm__cpu_options_parse(options->extra, &extra, err));

  lm__cpu_delegate* self = lm_alloc(allocator, sizeof *self);
  if (self == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu");
  self->base.vtable = &lm_delegate_cpu;
  self->allocator = allocator;
  self->isa = extra.isa;
  self->exact = extra.exact;
  self->strips = extra.strips;
  self->products = extra.products;
  self->winograd = extra.winograd && extra.products == 0;
  self->threads = options->threads > 0 ? options->threads : lm__processor_count();
  self->vector = lm__vector_select(self->isa);
  lm_status status = LM_OK;
  if (extra.cache != NULL) {
    self->cache_folder = lm_alloc(allocator, extra.cache_length + 1);
    if (self->cache_folder != NULL) {
      memcpy(self->cache_folder, extra.cache, extra.cache_length);
    } else {
      status = LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate cpu");
    }
  }
  if (status == LM_OK) status = measure_tiles(self, extra.amx, err);
  write_name(self);
  if (status == LM_OK) {
    status = lm__half_speed_make(self->isa, allocator, &self->half_speed, err);
  }
  if (status == LM_OK) {
    status = lm__thread_pool_create(self->threads, allocator, &self->pool, err);
  }
  if (status != LM_OK) {
    cpu_close(&self->base);
    return status;
  }
  *out_delegate = &self->base;
  return LM_OK;
}

static const char* cpu_device_name(const lm_delegate* delegate) {
  return ((const lm__cpu_delegate*)delegate)->name;
}

// ---- placement

#define LM_CPU_OP(id) extern const lm__cpu_op lm__cpu_op_##id;
#include "cpu_op_list.inc"
#undef LM_CPU_OP

static const lm__cpu_op* const kOps[] = {
#define LM_CPU_OP(id) &lm__cpu_op_##id,
#include "cpu_op_list.inc"
#undef LM_CPU_OP
};

const lm__cpu_op* lm__cpu_op_find(const lm__cpu_delegate* delegate, const lm_graph* graph,
                                  const lm_node* node, const char** out_why) {
  *out_why = "no kernel in this delegate";
  for (size_t i = 0; i < sizeof kOps / sizeof kOps[0]; ++i) {
    if (kOps[i]->builtin != node->def->builtin) continue;
    const char* why = NULL;
    if (kOps[i]->supports(delegate, graph, node, &why)) {
      *out_why = NULL;
      return kOps[i];
    }
    if (why != NULL) *out_why = why;
  }
  return NULL;
}

static bool cpu_supports(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                         const char** out_why) {
  *out_why = NULL;
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    const lm_tensor* output = lm_graph_output(graph, node, i);
    LM_CPU_REQUIRE(output != NULL && output->bytes > 0, "an output has no elements");
  }
  return lm__cpu_op_find((const lm__cpu_delegate*)delegate, graph, node, out_why) != NULL;
}

// ---- programs

static void cpu_destroy_program(lm_program* program) {
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
  return make_pads(program, err);
}

static lm_status cpu_compile(lm_delegate* delegate, const lm_graph* graph,
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
                         .exact = self->exact || lm__rounds_floats_from(graph, 0)};
  lm_status status = lm__readers_make(self->allocator, graph, partition, &build.readers, err);
  if (status == LM_OK) status = compile_steps(&build, partition, err);
  lm__readers_release(self->allocator, &build.readers);
  if (status != LM_OK) {
    cpu_destroy_program(&program->base);
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

static lm_status cpu_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
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

static lm_status cpu_run(lm_program* program, lm_profiler* profiler, lm_error* err) {
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

static void cpu_stats(const lm_program* program, lm_program_stats* out_stats) {
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
  if (self->weights.cache != NULL) out_stats->note = lm__pack_cache_note(self->weights.cache);
}

const lm_delegate_vtable lm_delegate_cpu = {
    .abi = LM_DELEGATE_ABI,
    .name = "cpu",
    .description = "SIMD kernels and threads on the host processor",
    .open = cpu_open,
    .close = cpu_close,
    .supports = cpu_supports,
    .compile = cpu_compile,
    .bind = cpu_bind,
    .run = cpu_run,
    .destroy_program = cpu_destroy_program,
    .stats = cpu_stats,
    .device_name = cpu_device_name,
};
