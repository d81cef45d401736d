// SPDX-License-Identifier: MIT
//
// The vtable: which op takes a node, programs from compile to destruction.
#include "gpu_delegate.h"

#include <stdio.h>
#include <string.h>

#include "float_rounding.h"
#include "gpu_half_trial.h"
#include "gpu_tune.h"

// What outputs of these kernels are held to, relative to the largest: GPUs sum in another order,
// and their exp and division are not the C library's.
#define FLOAT_TOLERANCE 1e-4

// Kernels count elements in an int, and a launch may have some work-items too many.
#define MOST_ELEMENTS (INT32_MAX - (1 << 20))

// ---- open and close

void lm__gpu_close(lm_delegate* delegate) {
  lm__gpu_delegate* self = (lm__gpu_delegate*)delegate;
  const lm_allocator allocator = self->allocator;
  lm__gpu_tuner_destroy(self->tuner);
  if (self->device != NULL) self->device->vtable->close(self->device);
  lm__gpu_options_deinit(&self->options, allocator);
  lm_free(allocator, self);
}

lm_status lm__gpu_delegate_create(const lm_delegate_vtable* vtable, lm__gpu_device* device,
                                  lm__gpu_options* options, lm_delegate** out_delegate,
                                  lm_error* err) {
  *out_delegate = NULL;
  const lm_allocator allocator = device->allocator;
  lm__gpu_delegate* self = lm_alloc(allocator, sizeof *self);
  if (self == NULL) {
    device->vtable->close(device);
    lm__gpu_options_deinit(options, allocator);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "delegate %s", vtable->name);
  }
  self->base.vtable = vtable;
  self->allocator = allocator;
  self->device = device;
  self->options = *options;
  *options = (lm__gpu_options){0};
  self->context = (lm__gpu_context){device, &self->options};
  const lm_device_info* info = &device->caps.info;
  char units[32] = "";
  if (info->type == LM_DEVICE_CPU && info->compute_units > 0) {
    snprintf(units, sizeof units, ", %u thread%s", info->compute_units,
             info->compute_units == 1 ? "" : "s");
  }
  snprintf(self->name, sizeof self->name, "%s, %s%s%s%s%s", info->name, info->api,
           info->driver[0] != '\0' ? ", " : "", info->driver, units,
           self->options.half ? ", fp16" : "");
  if (self->options.half && !device->caps.half_storage) {
    const lm_status status =
        LM_FAIL(err, LM_UNAVAILABLE, "delegate %s: precision=fp16: %s has no float16 in buffers",
                vtable->name, info->name);
    lm__gpu_close(&self->base);
    return status;
  }
  const lm_status status = lm__gpu_tuner_create(self->device, &self->options, &self->tuner, err);
  if (status != LM_OK) {
    lm__gpu_close(&self->base);
    return status;
  }
  *out_delegate = &self->base;
  return LM_OK;
}

const char* lm__gpu_device_name(const lm_delegate* delegate) {
  return ((const lm__gpu_delegate*)delegate)->name;
}

const lm_device_info* lm__gpu_device_info(const lm_delegate* delegate) {
  return &((const lm__gpu_delegate*)delegate)->device->caps.info;
}

// ---- placement

#define LM_GPU_OP(id) extern const lm__gpu_op lm__gpu_op_##id;
#include "gpu_op_list.inc"
#undef LM_GPU_OP

static const lm__gpu_op* const kOps[] = {
#define LM_GPU_OP(id) &lm__gpu_op_##id,
#include "gpu_op_list.inc"
#undef LM_GPU_OP
};

static const lm__gpu_op* find_op(const lm__gpu_context* context, const lm_graph* graph,
                                 const lm_node* node, const char** out_why) {
  *out_why = "no kernel in this delegate";
  for (size_t i = 0; i < sizeof kOps / sizeof kOps[0]; ++i) {
    if (kOps[i]->builtin != node->def->builtin) continue;
    const char* why = NULL;
    if (kOps[i]->supports(context, graph, node, &why)) return kOps[i];
    if (why != NULL) *out_why = why;
  }
  return NULL;
}

// What ARG_MAX and ARG_MIN say as int64 is int32 on the device.
static bool is_index(const lm_graph* graph, const lm_tensor* tensor) {
  if (tensor->producer < 0) return false;
  const int32_t maker = graph->nodes[tensor->producer].def->builtin;
  return maker == LM_BUILTIN_ARG_MAX || maker == LM_BUILTIN_ARG_MIN;
}

static bool fits_device(const lm__gpu_context* context, const lm_graph* graph,
                        const lm_tensor* tensor, const char** out_why) {
  LM_GPU_REQUIRE(lm_shape_count(&tensor->shape) > 0, "a tensor has no elements");
  LM_GPU_REQUIRE(lm_shape_count(&tensor->shape) <= MOST_ELEMENTS,
                 "a tensor has more elements than kernels count");
  LM_GPU_REQUIRE(
      lm__gpu_room(context->device, tensor->bytes) <= context->device->caps.max_buffer_bytes,
      "a tensor is larger than the device's largest buffer");
  if (lm__gpu_is_constant(tensor)) return true;  // what an op makes of it is the op's business
  LM_GPU_REQUIRE(tensor->type != LM_INT64 || is_index(graph, tensor),
                 "int64 tensors have no type on the device");
  lm__gpu_type type;
  LM_GPU_REQUIRE(lm__gpu_tensor_type(context, tensor, &type), lm__gpu_why_no_type(context, tensor));
  const size_t bytes = (size_t)lm_shape_count(&tensor->shape) * lm__gpu_type_bytes(type);
  LM_GPU_REQUIRE(lm__gpu_room(context->device, bytes) <= context->device->caps.max_buffer_bytes,
                 "a tensor is larger than the device's largest buffer");
  const bool converted = bytes != tensor->bytes;
  LM_GPU_REQUIRE(!converted || tensor->type == LM_FLOAT32 || tensor->type == LM_INT64 ||
                     tensor->quantization.count == 1,
                 "an activation with a scale for each channel");
  return true;
}

static bool makes_floats(const lm_graph* graph, const lm_node* node) {
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    if (lm_graph_output(graph, node, i)->type == LM_FLOAT32) return true;
  }
  return false;
}

bool lm__gpu_supports(const lm_delegate* delegate, const lm_graph* graph, const lm_node* node,
                      const char** out_why) {
  const lm__gpu_context* context = &((const lm__gpu_delegate*)delegate)->context;
  *out_why = NULL;
  const lm__gpu_op* op = find_op(context, graph, node, out_why);
  if (op == NULL) return false;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* input = lm_graph_input(graph, node, i);
    if (input != NULL && !fits_device(context, graph, input, out_why)) return false;
  }
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    const lm_tensor* output = lm_graph_output(graph, node, i);
    LM_GPU_REQUIRE(output != NULL, "an output is absent");
    if (!fits_device(context, graph, output, out_why)) return false;
  }
  // A GPU sums in another order than the reference kernels, whose very bits would be needed.
  LM_GPU_REQUIRE(context->options->dequantize || !makes_floats(graph, node) ||
                     !lm__rounds_floats_from(graph, node->index),
                 "floats are rounded to integers from here on, down to the last bit "
                 "(quantized=float takes it)");
  *out_why = NULL;
  return true;
}

// ---- compile

static void release_plan(lm__gpu_program* program) {
  const lm_allocator allocator = program->delegate->allocator;
  lm_free(allocator, program->regions.items);
  lm_free(allocator, program->launches.items);
  lm_free(allocator, program->uploads.items);
  lm_free(allocator, program->downloads.items);
  program->regions.items = NULL;
  program->launches.items = NULL;
  program->uploads.items = program->downloads.items = NULL;
}

void lm__gpu_destroy_program(lm_program* program) {
  lm__gpu_program* self = (lm__gpu_program*)program;
  const lm_allocator allocator = self->delegate->allocator;
  lm__gpu_device* device = self->delegate->device;
  if (self->recording != NULL) device->vtable->recording_destroy(device, self->recording);
  for (int32_t i = 0; i < self->buffers.count; ++i) {
    device->vtable->buffer_destroy(device, self->buffers.items[i]);
  }
  lm_free(allocator, self->buffers.items);
  release_plan(self);
  lm_free(allocator, self);
}

static lm_status compile_node(lm__gpu_build* build, const lm_node* node, lm_error* err) {
  const char* why;
  const lm__gpu_op* op = find_op(&build->context, build->graph, node, &why);
  if (op == NULL) return LM_FAIL(err, LM_INTERNAL, "node %d: %s", node->index, why);
  build->node = node;
  build->noted = false;
  LM_GPU_TRY(op->compile(build, node, err));
  if (!build->noted) lm__gpu_note(build, node->index, "in another node's kernel");
  if (build->compiler == NULL) return LM_OK;
  // What was constant has been copied.
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const int32_t input = node->def->inputs[i];
    if (input < 0 || !lm__gpu_is_constant(&build->graph->tensors[input])) continue;
    lm_compiler_release(build->compiler, input);
  }
  return LM_OK;
}

// Tensors that do not leave the partition have no memory on the host.
static void elide_inner(const lm__gpu_build* build) {
  const lm_partition* partition = build->partition;
  for (int32_t n = 0; n < partition->node_count; ++n) {
    const lm_node_def* def = build->graph->nodes[partition->nodes[n]].def;
    for (int32_t i = 0; i < def->output_count; ++i) {
      bool leaves = false;
      for (int32_t o = 0; o < partition->output_count; ++o) {
        leaves = leaves || partition->outputs[o] == def->outputs[i];
      }
      if (!leaves) lm_compiler_elide(build->compiler, def->outputs[i]);
    }
  }
}

static lm_status compile_all(lm__gpu_build* build, lm_error* err) {
  const lm_allocator allocator = build->delegate->allocator;
  const size_t tensors = (size_t)build->graph->tensor_count;
  build->tensors = lm_alloc_array(allocator, tensors, sizeof *build->tensors);
  if (build->tensors == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu program: %zu tensors", tensors);
  }
  for (size_t i = 0; i < tensors; ++i) build->tensors[i] = -1;
  LM_GPU_TRY(lm__readers_make(allocator, build->graph, build->partition, &build->readers, err));
  for (int32_t i = 0; i < build->partition->node_count; ++i) {
    LM_GPU_TRY(compile_node(build, &build->graph->nodes[build->partition->nodes[i]], err));
  }
  LM_GPU_TRY(lm__gpu_outputs(build, err));
  LM_GPU_TRY(lm__gpu_blocks_upload(build, err));
  LM_GPU_TRY(lm__gpu_memory_place(build, err));
  if (build->compiler != NULL) elide_inner(build);
  return LM_OK;
}

lm_status lm__gpu_program_make(lm__gpu_delegate* self, const lm_graph* graph,
                               const lm_partition* partition, lm_compiler* compiler, bool half,
                               lm__gpu_program** out_program, lm_error* err) {
  *out_program = NULL;
  lm__gpu_program* program = lm_alloc(self->allocator, sizeof *program);
  if (program == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu program");
  program->base.delegate = &self->base;
  program->delegate = self;
  program->half = half;
  const size_t before = self->device->vtable->device_bytes(self->device);
  lm__gpu_build build = {.delegate = self,
                         .options = self->options,
                         .program = program,
                         .graph = graph,
                         .partition = partition,
                         .compiler = compiler};
  build.options.half = half;
  build.context = (lm__gpu_context){self->device, &build.options};
  const lm_status status = compile_all(&build, err);
  lm__gpu_blocks_release(&build);
  lm__readers_release(self->allocator, &build.readers);
  lm_free(self->allocator, build.tensors);
  if (status != LM_OK) {
    lm__gpu_destroy_program(&program->base);
    return status;
  }
  const size_t after = self->device->vtable->device_bytes(self->device);
  program->device_bytes = after > before ? after - before : 0;
  *out_program = program;
  return LM_OK;
}

lm_status lm__gpu_compile(lm_delegate* delegate, const lm_graph* graph,
                          const lm_partition* partition, lm_compiler* compiler,
                          lm_program** out_program, lm_error* err) {
  *out_program = NULL;
  lm__gpu_delegate* self = (lm__gpu_delegate*)delegate;
  lm__gpu_half_trial trial = {0};
  if (self->options.half && self->options.trial) {
    lm__gpu_half_trial_run(self, graph, partition, &trial);
  }
  const bool half = self->options.half && lm__gpu_halves_do(&trial);
  lm__gpu_tuner_begin(self->tuner, graph);
  lm__gpu_program* program;
  LM_GPU_TRY(lm__gpu_program_make(self, graph, partition, compiler, half, &program, err));
  program->trial = trial;
  *out_program = &program->base;
  return LM_OK;
}

// ---- bind and run

lm_status lm__gpu_bind(lm_program* program, const lm_graph* graph, void* const* buffers,
                       lm_error* err) {
  (void)buffers;
  lm__gpu_program* self = (lm__gpu_program*)program;
  lm__gpu_device* device = self->delegate->device;
  const size_t before = device->vtable->device_bytes(device);
  LM_GPU_TRY(lm__gpu_record(self, graph, err));
  const size_t after = device->vtable->device_bytes(device);
  if (after > before) self->device_bytes += after - before;
  release_plan(self);
  return LM_OK;
}

lm_status lm__gpu_run(lm_program* program, lm_profiler* profiler, lm_error* err) {
  lm__gpu_program* self = (lm__gpu_program*)program;
  return self->delegate->device->vtable->run(self->recording, &self->times, profiler, err);
}

// ---- reports

// With precision=fp16: what came of it.
static void note_halves(const lm__gpu_program* self, char* text, size_t size) {
  const lm__gpu_half_trial* trial = &self->trial;
  if (!self->half) {
    snprintf(text, size,
             "; in float32, because float16 changes outputs of test image %d by %.1e of the "
             "largest, more than %.1e",
             trial->images, trial->error, LM_GPU_HALF_LIMIT);
    return;
  }
  const int used = snprintf(text, size, "; in float32: %d of %d filters, %d of %d tensors",
                            self->wide_filters, self->filters, self->wide_tensors, self->tensors);
  if (used < 0 || (size_t)used >= size) return;
  if (trial->images > 0) {
    snprintf(text + used, size - (size_t)used,
             "; float16 changes outputs of %d test images by %.1e", trial->images, trial->error);
  } else if (trial->why_not[0] != '\0') {
    snprintf(text + used, size - (size_t)used, "; not tried before: %s", trial->why_not);
  }
}

static void make_note(lm__gpu_program* self) {
  lm__gpu_device* device = self->delegate->device;
  int32_t compiled = 0, cached = 0;
  uint64_t ns = 0;
  device->vtable->compile_stats(device, &compiled, &cached, &ns);
  const char* folder = self->delegate->options.cache_folder;
  const double mib = 1024.0 * 1024.0, least = (double)self->arena_bound_bytes;
  const int used = snprintf(
      self->note, sizeof self->note,
      "kernels: %d compiled, %d from the cache%s, %.0f ms; weights %.2f MiB, tensors %.2f MiB "
      "(%.2f of the least)",
      compiled, cached, folder == NULL ? " (off)" : "", (double)ns * 1e-6,
      (double)self->weights_bytes / mib, (double)self->arena_bytes / mib,
      least > 0 ? (double)self->arena_bytes / least : 1.0);
  if (self->delegate->options.half && used > 0 && (size_t)used < sizeof self->note) {
    note_halves(self, self->note + used, sizeof self->note - (size_t)used);
  }
}

void lm__gpu_stats(const lm_program* program, lm_program_stats* out_stats) {
  lm__gpu_program* self = (lm__gpu_program*)program;
  make_note(self);
  *out_stats = (lm_program_stats){
      .device_bytes = self->device_bytes,
      .float_tolerance = self->half ? LM_GPU_HALF_TOLERANCE : FLOAT_TOLERANCE,
      .precision = self->tensors + self->filters == 0 ? NULL
                   : self->half                       ? "fp16"
                                                      : "fp32",
      .integer_steps = self->dequantized ? -1 : 0,
      .note = self->note,
  };
}

void lm__gpu_times_of(const lm_program* program, lm_program_times* out_times) {
  *out_times = ((const lm__gpu_program*)program)->times;
}
