// SPDX-License-Identifier: MIT
//
// Where intermediate tensors and scratch lie: the runtime's planner over positions of dispatches,
// in one buffer, or in several where the device allows none so large.
#include <string.h>

#include "gpu_program.h"
#include "litmark/memory_plan.h"

size_t lm__gpu_room(const lm__gpu_device* device, size_t bytes) {
  const size_t asked = device->caps.range_alignment;
  const size_t unit = asked > LM_GPU_REGION_ALIGNMENT ? asked : LM_GPU_REGION_ALIGNMENT;
  return bytes == 0 ? unit : (bytes - 1) / unit * unit + unit;
}

lm_status lm__gpu_buffer_add(lm__gpu_program* program, size_t bytes, lm__gpu_memory memory,
                             int32_t* out_index, lm_error* err) {
  lm__gpu_device* device = program->delegate->device;
  *out_index = -1;
  LM_GPU_TRY(LM_GPU_GROW(program->delegate->allocator, &program->buffers, err));
  lm__gpu_buffer** slot = &program->buffers.items[program->buffers.count];
  LM_GPU_TRY(device->vtable->buffer_create(device, bytes, memory, slot, err));
  *out_index = program->buffers.count++;
  return LM_OK;
}

// What is placed: regions with memory of their own.
typedef struct placement {
  lm__gpu_value* values;  // [count]
  lm_usage* usages;       // [count] as in `values`
  int32_t* groups;        // [count] the buffer that a value goes to
  size_t* group_bytes;    // [count] of each group
  lm_usage* group;        // [count] usages of one group, for the planner
  int32_t count;
  lm__gpu_value* over;  // [regions.count] the root that a root is written over; itself: none
} placement;

static void placement_release(lm_allocator allocator, placement* p) {
  lm_free(allocator, p->values);
  lm_free(allocator, p->usages);
  lm_free(allocator, p->groups);
  lm_free(allocator, p->group_bytes);
  lm_free(allocator, p->group);
  lm_free(allocator, p->over);
}

static lm__gpu_value root_of(const lm__gpu_program* program, lm__gpu_value value) {
  return lm__gpu_region_at(program, value)->root;
}

// True where argument `input` of launch `index` ends there and `target` begins, so that it may lie
// over it.
static bool can_take_over(const lm__gpu_program* program, int32_t index, int32_t input,
                          const lm__gpu_region* target) {
  const lm__gpu_launch* launch = &program->launches.items[index];
  const lm__gpu_value root = root_of(program, launch->args[input].value);
  const lm__gpu_region* source = lm__gpu_region_at(program, root);
  for (int32_t i = 0; i < launch->arg_count; ++i) {
    if (i != input && root_of(program, launch->args[i].value) == root) return false;
  }
  return !source->is_constant && source->last == index + 1 && target->first == index + 1 &&
         source->bytes == target->bytes;
}

// Where a launch allows it and nothing needs the input afterwards, the output takes its place.
static void overwrite_one(const lm__gpu_program* program, placement* p, int32_t index) {
  const lm__gpu_launch* launch = &program->launches.items[index];
  lm__gpu_value target = -1;
  for (int32_t i = 0; i < launch->arg_count; ++i) {
    if (launch->args[i].writes) target = root_of(program, launch->args[i].value);
  }
  for (int32_t i = 0; i < launch->arg_count; ++i) {
    if ((launch->overwrites >> i & 1u) == 0 ||
        !can_take_over(program, index, i, lm__gpu_region_at(program, target))) {
      continue;
    }
    p->over[target] = p->over[root_of(program, launch->args[i].value)];
    return;
  }
}

// True for regions that need memory of the arena.
static bool is_placed(const lm__gpu_program* program, lm__gpu_value value) {
  const lm__gpu_region* region = lm__gpu_region_at(program, value);
  return region->root == value && !region->is_constant && region->first <= region->last;
}

static lm_status placement_make(lm__gpu_build* build, placement* p, lm_error* err) {
  const lm_allocator allocator = build->delegate->allocator;
  const lm__gpu_program* program = build->program;
  const size_t most = (size_t)program->regions.count;
  p->values = lm_alloc_array(allocator, most, sizeof *p->values);
  p->usages = lm_alloc_array(allocator, most, sizeof *p->usages);
  p->groups = lm_alloc_array(allocator, most, sizeof *p->groups);
  p->group_bytes = lm_alloc_array(allocator, most, sizeof *p->group_bytes);
  p->group = lm_alloc_array(allocator, most, sizeof *p->group);
  p->over = lm_alloc_array(allocator, most, sizeof *p->over);
  if (p->values == NULL || p->usages == NULL || p->groups == NULL || p->group_bytes == NULL ||
      p->group == NULL || p->over == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "gpu memory plan: %zu regions", most);
  }
  for (int32_t v = 0; v < program->regions.count; ++v) p->over[v] = v;
  for (int32_t i = 0; i < program->launches.count; ++i) overwrite_one(program, p, i);
  for (int32_t v = 0; v < program->regions.count; ++v) {
    const lm__gpu_region* region = lm__gpu_region_at(program, v);
    lm__gpu_region* under = lm__gpu_region_at(program, p->over[v]);
    if (region->last > under->last) under->last = region->last;
  }
  for (int32_t v = 0; v < program->regions.count; ++v) {
    const lm__gpu_region* region = lm__gpu_region_at(program, v);
    if (!is_placed(program, v) || p->over[v] != v) continue;
    p->values[p->count] = v;
    p->usages[p->count++] =
        (lm_usage){.bytes = lm__gpu_room(build->delegate->device, region->bytes),
                   .first = region->first,
                   .last = region->last};
  }
  return LM_OK;
}

// Plans the values of one group; false when the device allows no buffer of that size.
static lm_status plan_group(lm__gpu_build* build, placement* p, int32_t group, bool* out_fits,
                            lm_error* err) {
  const int32_t positions = build->program->launches.count + 2;
  int32_t n = 0;
  for (int32_t i = 0; i < p->count; ++i) {
    if (p->groups[i] == group) p->group[n++] = p->usages[i];
  }
  size_t bound;
  LM_GPU_TRY(lm_memory_plan(p->group, n, positions, build->delegate->allocator,
                            &p->group_bytes[group], &bound, err));
  *out_fits = p->group_bytes[group] <= build->delegate->device->caps.max_buffer_bytes;
  n = 0;
  for (int32_t i = 0; i < p->count; ++i) {
    if (p->groups[i] == group) p->usages[i].offset = p->group[n++].offset;
  }
  // That of the first attempt, with everything in one buffer.
  if (bound > build->program->arena_bound_bytes) build->program->arena_bound_bytes = bound;
  return LM_OK;
}

// Deals the values out to `groups` buffers, each to the one that has least so far.
static void deal(placement* p, int32_t groups) {
  memset(p->group_bytes, 0, (size_t)p->count * sizeof *p->group_bytes);
  for (int32_t i = 0; i < p->count; ++i) {
    int32_t least = 0;
    for (int32_t g = 1; g < groups; ++g) {
      if (p->group_bytes[g] < p->group_bytes[least]) least = g;
    }
    p->groups[i] = least;
    p->group_bytes[least] += p->usages[i].bytes;
  }
}

// As few buffers as do: one, two, four, ..., in the end one for each value, which always does
// because a region is never larger than a buffer may be.
static lm_status plan_groups(lm__gpu_build* build, placement* p, int32_t* out_groups,
                             lm_error* err) {
  for (int32_t groups = 1;; groups = groups < p->count / 2 ? groups * 2 : p->count) {
    deal(p, groups);
    bool fits = true;
    for (int32_t g = 0; g < groups && fits; ++g) LM_GPU_TRY(plan_group(build, p, g, &fits, err));
    *out_groups = groups;
    if (fits) return LM_OK;
    if (groups >= p->count) {
      return LM_FAIL(err, LM_INTERNAL, "%s: a region is larger than a buffer",
                     build->delegate->name);
    }
  }
}

static lm_status place(lm__gpu_build* build, placement* p, lm_error* err) {
  LM_GPU_TRY(placement_make(build, p, err));
  if (p->count == 0) return LM_OK;
  lm__gpu_program* program = build->program;
  int32_t groups;
  LM_GPU_TRY(plan_groups(build, p, &groups, err));
  const int32_t before = program->buffers.count;
  for (int32_t g = 0; g < groups; ++g) {
    int32_t index;
    LM_GPU_TRY(lm__gpu_buffer_add(program, p->group_bytes[g], LM_GPU_MEMORY_DEVICE, &index, err));
    program->arena_bytes += p->group_bytes[g];
  }
  for (int32_t i = 0; i < p->count; ++i) {
    lm__gpu_region* region = lm__gpu_region_at(program, p->values[i]);
    region->buffer = before + p->groups[i];
    region->offset = p->usages[i].offset;
  }
  for (int32_t v = 0; v < program->regions.count; ++v) {
    const lm__gpu_region* under = lm__gpu_region_at(program, p->over[v]);
    lm__gpu_region_at(program, v)->buffer = under->buffer;
    lm__gpu_region_at(program, v)->offset = under->offset;
  }
  return LM_OK;
}

lm_status lm__gpu_memory_place(lm__gpu_build* build, lm_error* err) {
  placement p = {0};
  const lm_status status = place(build, &p, err);
  placement_release(build->delegate->allocator, &p);
  return status;
}
