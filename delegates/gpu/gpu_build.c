// SPDX-License-Identifier: MIT
//
// Values and dispatches while a program is compiled.
#include <string.h>

#include "gpu_precision.h"
#include "gpu_program.h"

lm_status lm__gpu_grow(lm_allocator allocator, void** items, int32_t count, int32_t* capacity,
                       size_t item_bytes, lm_error* err) {
  if (count < *capacity) return LM_OK;
  const int32_t wider = *capacity < 16 ? 16 : *capacity * 2;
  void* moved = lm_alloc_array(allocator, (size_t)wider, item_bytes);
  if (moved == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu program: %d items of %zu bytes", wider, item_bytes);
  }
  if (count > 0) memcpy(moved, *items, (size_t)count * item_bytes);
  lm_free(allocator, *items);
  *items = moved;
  *capacity = wider;
  return LM_OK;
}

const lm_graph* lm__gpu_graph(const lm__gpu_build* build) { return build->graph; }

const lm__gpu_context* lm__gpu_build_context(const lm__gpu_build* build) { return &build->context; }

struct lm__gpu_tuner* lm__gpu_build_tuner(const lm__gpu_build* build) {
  return build->compiler != NULL ? build->delegate->tuner : NULL;
}

lm_allocator lm__gpu_allocator(const lm__gpu_build* build) { return build->delegate->allocator; }

// ---- values

lm_status lm__gpu_region_create(lm__gpu_build* build, lm__gpu_type type, size_t bytes,
                                lm__gpu_value* out_value, lm_error* err) {
  lm__gpu_program* program = build->program;
  *out_value = -1;
  const size_t most = build->delegate->device->caps.max_buffer_bytes;
  if (bytes > most || lm__gpu_room(build->delegate->device, bytes) > most) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu bytes in one piece, the device allows %zu",
                   build->delegate->name, bytes, most);
  }
  LM_GPU_TRY(LM_GPU_GROW(build->delegate->allocator, &program->regions, err));
  const lm__gpu_value value = program->regions.count++;
  *lm__gpu_region_at(program, value) = (lm__gpu_region){
      .type = type, .root = value, .bytes = bytes, .first = INT32_MAX, .last = -1, .buffer = -1};
  *out_value = value;
  return LM_OK;
}

static lm_status tensor_type(const lm__gpu_build* build, const lm_tensor* tensor,
                             lm__gpu_type* out_type, lm_error* err) {
  if (lm__gpu_tensor_type(&build->context, tensor, out_type)) {
    if (lm__gpu_stays_wide(build, tensor)) *out_type = LM_GPU_F32;
    return LM_OK;
  }
  return LM_FAIL(err, LM_INTERNAL, "%s: tensor '%.80s' of type %s", build->delegate->name,
                 tensor->def->name, lm_type_name(tensor->type));
}

static bool is_made_inside(const lm__gpu_build* build, const lm_tensor* tensor) {
  return tensor->producer >= 0 && build->readers.inside[tensor->producer] != 0;
}

lm_status lm__gpu_tensor(lm__gpu_build* build, const lm_tensor* tensor, lm__gpu_value* out_value,
                         lm_error* err) {
  lm__gpu_value* known = &build->tensors[lm__gpu_index(build->graph, tensor)];
  *out_value = *known;
  if (*known >= 0) return LM_OK;
  lm__gpu_type type;
  LM_GPU_TRY(tensor_type(build, tensor, &type, err));
  if (tensor->quantization.count > 0 && lm__gpu_is_float(type)) build->program->dequantized = true;
  if (lm__gpu_is_constant(tensor)) {
    LM_GPU_TRY(lm__gpu_constant_tensor(build, tensor, type, out_value, err));
    *known = *out_value;
    return LM_OK;
  }
  lm__gpu_count_tensor(build, type);
  if (is_made_inside(build, tensor)) {
    const size_t count = (size_t)lm_shape_count(&tensor->shape);
    LM_GPU_TRY(
        lm__gpu_region_create(build, type, count * lm__gpu_type_bytes(type), out_value, err));
  } else {
    LM_GPU_TRY(lm__gpu_input(build, tensor, type, out_value, err));
  }
  *known = *out_value;
  return LM_OK;
}

lm__gpu_type lm__gpu_value_type(const lm__gpu_build* build, lm__gpu_value value) {
  return lm__gpu_region_at(build->program, value)->type;
}

lm_status lm__gpu_share(lm__gpu_build* build, const lm_tensor* output, const lm_tensor* input,
                        lm_error* err) {
  lm__gpu_value from, to;
  LM_GPU_TRY(lm__gpu_tensor(build, input, &from, err));
  lm__gpu_type type;
  LM_GPU_TRY(tensor_type(build, output, &type, err));
  const lm__gpu_region source = *lm__gpu_region_at(build->program, from);
  lm__gpu_value* known = &build->tensors[lm__gpu_index(build->graph, output)];
  if (*known >= 0 || type != source.type ||
      (size_t)lm_shape_count(&output->shape) * lm__gpu_type_bytes(type) != source.bytes) {
    return LM_FAIL(err, LM_INTERNAL, "%s: '%.80s' cannot share the memory of '%.80s'",
                   build->delegate->name, output->def->name, input->def->name);
  }
  LM_GPU_TRY(lm__gpu_region_create(build, type, source.bytes, &to, err));
  lm__gpu_region_at(build->program, to)->root = source.root;
  *known = to;
  if (build->node != NULL) {
    lm__gpu_note(build, build->node->index, "no copy");
  }
  return LM_OK;
}

lm_status lm__gpu_scratch(lm__gpu_build* build, size_t bytes, lm__gpu_value* out_value,
                          lm_error* err) {
  return lm__gpu_region_create(build, LM_GPU_I32, bytes, out_value, err);
}

// ---- dispatches

void lm__gpu_note(lm__gpu_build* build, int32_t node_index, const char* kernel) {
  if (build->compiler != NULL) lm_compiler_note(build->compiler, node_index, kernel);
  build->noted = true;
}

static void use(lm__gpu_program* program, lm__gpu_value value, int32_t position) {
  lm__gpu_region* region = lm__gpu_region_at(program, lm__gpu_region_at(program, value)->root);
  if (position < region->first) region->first = position;
  if (position > region->last) region->last = position;
}

// Work-items of a group for `items` of them in one dimension. A CPU driver runs a group as a loop
// on one thread: long groups, but enough of them for all threads. A GPU wants many.
static uint32_t linear_group(const lm__gpu_caps* caps, uint32_t items) {
  const uint32_t large = caps->info.type == LM_DEVICE_CPU ? 1024 : 256, small = 64;
  const uint32_t most = caps->max_group_items < large ? caps->max_group_items : large;
  const uint32_t units = caps->compute_units > 0 ? caps->compute_units : 1;
  const bool enough = items / most >= units * 4;
  return enough || most < small ? most : small;
}

static uint32_t divide_up(uint32_t a, uint32_t b) { return a / b + (a % b != 0); }

// Groups of one dimension folded into two where the device allows no more in one.
static void linear_launch(const lm__gpu_caps* caps, uint32_t items, lm__gpu_kernel_key* key,
                          uint32_t* groups) {
  key->group[0] = linear_group(caps, items);
  key->group[1] = key->group[2] = 1;
  const uint32_t all = divide_up(items, key->group[0]);
  groups[1] = divide_up(all, caps->max_groups);
  groups[0] = divide_up(all, groups[1]);
  groups[2] = 1;
}

static lm_status check_call(const lm__gpu_build* build, const lm_node* node,
                            const lm__gpu_call* call, const uint32_t* groups, lm_error* err) {
  const lm__gpu_caps* caps = &build->delegate->device->caps;
  bool sound = call->arg_count > 0 && call->arg_count <= LM_GPU_MAX_ARGS &&
               call->params_bytes <= LM_GPU_MAX_PARAMS &&
               call->key.constant_count <= LM_GPU_MAX_CONSTANTS;
  for (int d = 0; d < 3; ++d) {
    sound = sound && groups[d] > 0 && groups[d] <= caps->max_groups && call->key.group[d] > 0;
  }
  for (int32_t i = 0; sound && i < call->arg_count; ++i) {
    const lm__gpu_value value = call->args[i].value;
    sound = value >= 0 && value < build->program->regions.count &&
            !(call->args[i].writes && lm__gpu_region_at(build->program, value)->is_constant);
  }
  if (sound) return LM_OK;
  return LM_FAIL(err, LM_INTERNAL, "%s: node %d: kernel %s cannot be launched so",
                 build->delegate->name, node->index, call->key.name);
}

lm_status lm__gpu_launch_add(lm__gpu_build* build, const lm_node* node, const lm__gpu_call* call,
                             lm_error* err) {
  lm__gpu_program* program = build->program;
  lm__gpu_device* device = build->delegate->device;
  lm__gpu_call sized = *call;
  uint32_t groups[3] = {call->items[0], call->items[1], call->items[2]};
  if (call->key.group[0] == 0) linear_launch(&device->caps, call->items[0], &sized.key, groups);
  LM_GPU_TRY(check_call(build, node, &sized, groups, err));
  LM_GPU_TRY(LM_GPU_GROW(build->delegate->allocator, &program->launches, err));
  lm__gpu_launch* launch = &program->launches.items[program->launches.count];
  *launch = (lm__gpu_launch){.arg_count = call->arg_count,
                             .params_bytes = call->params_bytes,
                             .groups = {groups[0], groups[1], groups[2]},
                             .node_index = node->index,
                             .overwrites = call->overwrites,
                             .label = call->label != NULL ? call->label : call->key.name};
  memcpy(launch->args, call->args, sizeof launch->args);
  if (call->params_bytes > 0) memcpy(launch->params, call->params, call->params_bytes);
  LM_GPU_TRY(device->vtable->kernel(device, &sized.key, &launch->kernel, err));
  const int32_t position = ++program->launches.count;
  for (int32_t i = 0; i < call->arg_count; ++i) use(program, call->args[i].value, position);
  return LM_OK;
}

lm_status lm__gpu_emit(lm__gpu_build* build, const lm_node* node, const lm__gpu_call* call,
                       lm_error* err) {
  LM_GPU_TRY(lm__gpu_launch_add(build, node, call, err));
  lm__gpu_note(build, node->index, call->label != NULL ? call->label : call->key.name);
  return LM_OK;
}
