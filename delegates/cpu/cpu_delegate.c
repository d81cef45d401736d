// SPDX-License-Identifier: MIT
//
// The vtable, and the ops by which it says what the delegate takes.
#include <stdio.h>
#include <string.h>

#include "cpu_op.h"
#include "cpu_program.h"
#include "kernels.h"

// ---- open and close

static void cpu_close(lm_delegate* delegate) {
  lm__cpu_delegate* self = (lm__cpu_delegate*)delegate;
  lm__thread_pool_destroy(self->pool);
  lm_free(self->allocator, self->cache_folder);
  lm_free(self->allocator, self);
}

extern const lm_delegate_vtable lm_delegate_cpu;

static lm_status measure_tiles(lm__cpu_delegate* self, lm__cpu_amx amx, lm_error* err) {
  const bool floats = amx != LM_CPU_AMX_OFF && self->products != 6 && !self->exact;
  if (amx == LM_CPU_AMX_AUTO) {
    return lm__tile_speed_make(self->isa, floats, self->allocator, &self->tile_speed, err);
  }
  const uint32_t isa = self->isa & ~(amx == LM_CPU_AMX_OFF ? (uint32_t)LM_CPU_AMX_INT8 : 0);
  self->tile_speed = lm__tile_speed_fixed(isa, floats);
  return LM_OK;
}

static void write_name(lm__cpu_delegate* self) {
  bool split6 = false;
  for (int i = 0; i < LM_TILE_CLASSES && self->products == 0; ++i) {
    split6 |= self->tile_speed.split6[i] > 1;
  }
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
  self->winograd = extra.winograd && extra.products != 6;
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

const lm_delegate_vtable lm_delegate_cpu = {
    .abi = LM_DELEGATE_ABI,
    .name = "cpu",
    .description = "SIMD kernels and threads on the host processor",
    .open = cpu_open,
    .close = cpu_close,
    .supports = cpu_supports,
    .compile = lm__cpu_program_compile,
    .bind = lm__cpu_program_bind,
    .run = lm__cpu_program_run,
    .destroy_program = lm__cpu_program_destroy,
    .stats = lm__cpu_program_stats,
    .device_name = cpu_device_name,
};
