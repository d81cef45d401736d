// SPDX-License-Identifier: MIT
#include "litmark/interpreter.h"

#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "model/model_pages.h"
#include "plan/plan.h"

// ---------------------------------------------------------------- create and destroy

static lm_status find_op(lm_node* node, lm_error* err) {
  const lm_node_def* def = node->def;
  node->op = lm_op_find(def->builtin, def->custom_name);
  if (node->op == NULL) {
    if (def->builtin == LM_BUILTIN_CUSTOM) {
      return LM_FAIL(err, LM_UNSUPPORTED, "custom op '%.80s' (node %d) has no kernel in this build",
                     def->custom_name, node->index);
    }
    return LM_FAIL(err, LM_UNSUPPORTED, "%s (code %d, node %d) has no kernel in this build",
                   lm_builtin_name(def->builtin), def->builtin, node->index);
  }
  if (def->version > node->op->max_version) {
    return LM_FAIL(err, LM_UNSUPPORTED, "%s node %d is version %d, this build knows up to %d",
                   node->op->name, node->index, def->version, node->op->max_version);
  }
  if (node->op->options == LM_OPTIONS_NONE) return LM_OK;
  if (def->options == NULL && node->op->options_optional) return LM_OK;
  if (def->options == NULL || def->options_kind != node->op->options) {
    return LM_FAIL(err, LM_BAD_MODEL, "%s node %d: its options table is %s", node->op->name,
                   node->index, def->options == NULL ? "missing" : "that of another operator");
  }
  return LM_OK;
}

static lm_status build_graph(lm_interpreter* it, const lm_subgraph_def* def, lm_error* err) {
  lm_graph* graph = &it->graph;
  *graph = (lm_graph){.model = it->model,
                      .def = def,
                      .tensor_count = def->tensor_count,
                      .node_count = def->node_count};
  graph->tensors =
      lm__arena_alloc_array(&it->graph_memory, (size_t)def->tensor_count, sizeof *graph->tensors);
  graph->nodes =
      lm__arena_alloc_array(&it->graph_memory, (size_t)def->node_count, sizeof *graph->nodes);
  it->input_shapes =
      lm__arena_alloc_array(&it->graph_memory, (size_t)def->input_count, sizeof *it->input_shapes);
  if (graph->tensors == NULL || graph->nodes == NULL || it->input_shapes == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "graph: %d tensors, %d nodes", def->tensor_count,
                   def->node_count);
  }
  for (int32_t i = 0; i < def->tensor_count; ++i) {
    graph->tensors[i].def = &def->tensors[i];
    graph->tensors[i].type = def->tensors[i].type;
    graph->tensors[i].shape = def->tensors[i].shape;
    graph->tensors[i].quantization = def->tensors[i].quantization;
  }
  for (int32_t i = 0; i < def->input_count; ++i) {
    it->input_shapes[i] = def->tensors[def->inputs[i]].shape;
  }
  for (int32_t n = 0; n < def->node_count; ++n) {
    graph->nodes[n] = (lm_node){.def = &def->nodes[n], .index = n};
    const lm_status status = find_op(&graph->nodes[n], err);
    if (status != LM_OK) return status;
  }
  return LM_OK;
}

lm_status lm_interpreter_create(const lm_model* model, const lm_interpreter_options* options,
                                lm_allocator allocator, lm_interpreter** out_interpreter,
                                lm_error* err) {
  *out_interpreter = NULL;
  if (options->struct_size != sizeof *options) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "lm_interpreter_options of %u bytes, expected %zu",
                   options->struct_size, sizeof *options);
  }
  if (options->subgraph_index < 0 || options->subgraph_index >= model->subgraph_count) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "subgraph %d of %d", options->subgraph_index,
                   model->subgraph_count);
  }
  for (int32_t d = 0; d < options->delegate_count; ++d) {
    const lm_delegate_vtable* vtable = options->delegates[d]->vtable;
    if (vtable->abi != LM_DELEGATE_ABI) {
      return LM_FAIL(err, LM_INVALID_ARGUMENT, "delegate %s has ABI %u, this runtime %d",
                     vtable->name, vtable->abi, LM_DELEGATE_ABI);
    }
  }
  lm_interpreter* it = lm_alloc(allocator, sizeof *it);
  if (it == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "interpreter: %zu bytes", sizeof *it);
  it->model = model;
  it->allocator = allocator;
  it->no_in_place = options->no_in_place;
  lm__arena_init(&it->graph_memory, allocator);
  lm__arena_init(&it->plan_memory, allocator);
  it->delegate_count = options->delegate_count;
  it->delegates = lm__arena_alloc_array(&it->graph_memory, (size_t)options->delegate_count,
                                        sizeof *it->delegates);
  lm_status status = LM_OK;
  if (it->delegates == NULL) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "interpreter: %d delegates", options->delegate_count);
    goto fail;
  }
  for (int32_t d = 0; d < options->delegate_count; ++d) it->delegates[d] = options->delegates[d];
  status = build_graph(it, &model->subgraphs[options->subgraph_index], err);
  if (status != LM_OK) goto fail;
  *out_interpreter = it;
  return LM_OK;

fail:
  lm_interpreter_destroy(it);
  return status;
}

static void discard_plan(lm_interpreter* it) {
  for (int32_t p = 0; p < it->program_count; ++p) {
    lm_program* program = it->programs[p].program;
    program->delegate->vtable->destroy_program(program);
  }
  lm_free(it->allocator, it->overlay);
  lm__arena_deinit(&it->plan_memory);
  it->planned = false;
  it->node_scratch = NULL;
  it->usage_first = it->usage_last = it->readers = NULL;
  it->gave_back = false;
  it->aliases = NULL;
  it->programs = NULL;
  it->program_count = 0;
  it->steps = NULL;
  it->step_count = 0;
  it->overlay = NULL;
  it->placements = NULL;
  it->report = (lm_plan_report){0};
  // Data pointers of the old plan are gone. (No tensors yet when create ran out of memory.)
  for (int32_t i = 0; it->graph.tensors != NULL && i < it->graph.tensor_count; ++i) {
    it->graph.tensors[i].data = NULL;
    it->graph.tensors[i].storage = LM_STORAGE_NONE;
  }
}

void lm_interpreter_destroy(lm_interpreter* interpreter) {
  if (interpreter == NULL) return;
  discard_plan(interpreter);
  lm__arena_deinit(&interpreter->graph_memory);
  lm_free(interpreter->allocator, interpreter);
}

// ---------------------------------------------------------------- plan: memory

// What owns each usage handed to the memory planner.
typedef struct usage_list {
  lm_usage* usages;
  int32_t count;
  int32_t* tensor_usage;  // [tensor_count] usage of a tensor, -1: none
} usage_list;

static bool wants_arena(const lm_tensor* t) { return t->storage == LM_STORAGE_ARENA; }

// Lets `output` live in the memory of `input` when one ends where the other begins.
static void try_alias(lm_interpreter* it, usage_list* list, int32_t output, int32_t input) {
  const lm_tensor* in = &it->graph.tensors[input];
  const lm_tensor* out = &it->graph.tensors[output];
  if (it->no_in_place || !wants_arena(in) || !wants_arena(out) || in->bytes != out->bytes) return;
  // Graph inputs and outputs keep their contents past the last node, even where that one reads
  // them.
  if (it->usage_last[input] >= it->graph.node_count) return;
  const int32_t a = list->tensor_usage[input], b = list->tensor_usage[output];
  if (a < 0 || b < 0 || a == b || list->usages[a].last != list->usages[b].first) return;
  list->usages[a].last = list->usages[b].last;
  list->usages[b].bytes = 0;  // dead: merged into a
  for (int32_t i = 0; i < it->graph.tensor_count; ++i) {
    if (list->tensor_usage[i] == b) list->tensor_usage[i] = a;
  }
}

static void merge_in_place(lm_interpreter* it, usage_list* list) {
  // Programs first: they stated their wishes explicitly.
  for (const lm__alias* a = it->aliases; a != NULL; a = a->next) {
    try_alias(it, list, a->output_tensor, a->input_tensor);
  }
  for (int32_t s = 0; s < it->step_count; ++s) {
    if (it->steps[s].program_index >= 0) continue;
    const lm_node* node = &it->graph.nodes[it->steps[s].node_index];
    if (node->def->output_count != 1) continue;
    for (int32_t i = 0; i < node->def->input_count && i < 32; ++i) {
      if ((node->op->in_place_inputs >> i & 1u) == 0 || node->def->inputs[i] < 0) continue;
      const int32_t before = list->tensor_usage[node->def->outputs[0]];
      try_alias(it, list, node->def->outputs[0], node->def->inputs[i]);
      if (list->tensor_usage[node->def->outputs[0]] != before) break;
    }
  }
}

static int32_t add_usage(usage_list* list, size_t bytes, int32_t first, int32_t last) {
  list->usages[list->count] = (lm_usage){.bytes = bytes, .first = first, .last = last};
  return list->count++;
}

static lm_status collect_usages(lm_interpreter* it, usage_list* list, lm_error* err) {
  size_t capacity = (size_t)it->graph.tensor_count;
  for (int32_t s = 0; s < it->step_count; ++s) {
    if (it->steps[s].program_index >= 0) continue;
    const lm__scratch* scratch = it->node_scratch[it->steps[s].node_index];
    for (; scratch != NULL; scratch = scratch->next) ++capacity;
  }
  for (int32_t p = 0; p < it->program_count; ++p) {
    capacity += (size_t)it->programs[p].request_count;
  }
  list->usages = lm__arena_alloc_array(&it->plan_memory, capacity, sizeof *list->usages);
  list->tensor_usage = lm__arena_alloc_array(&it->plan_memory, (size_t)it->graph.tensor_count,
                                             sizeof *list->tensor_usage);
  if (list->usages == NULL || list->tensor_usage == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "memory plan: %zu buffers", capacity);
  }
  const int32_t last_position = it->graph.node_count > 0 ? it->graph.node_count - 1 : 0;
  for (int32_t i = 0; i < it->graph.tensor_count; ++i) {
    const lm_tensor* t = &it->graph.tensors[i];
    list->tensor_usage[i] = -1;
    if (!wants_arena(t)) continue;
    // node_count as "last" means: to the end. Graph inputs nobody reads end at -1.
    int32_t last = it->usage_last[i] > last_position ? last_position : it->usage_last[i];
    if (last < it->usage_first[i]) last = it->usage_first[i];
    list->tensor_usage[i] = add_usage(list, t->bytes, it->usage_first[i], last);
  }
  return LM_OK;
}

// Reference kernels' scratch and programs' buffers follow the tensors in the list, in this order.
static void collect_buffers(lm_interpreter* it, usage_list* list) {
  for (int32_t s = 0; s < it->step_count; ++s) {
    if (it->steps[s].program_index >= 0) continue;
    const int32_t n = it->steps[s].node_index;
    for (lm__scratch* scratch = it->node_scratch[n]; scratch != NULL; scratch = scratch->next) {
      add_usage(list, scratch->bytes, n, n);
    }
  }
  for (int32_t p = 0; p < it->program_count; ++p) {
    for (lm__request* r = it->programs[p].requests; r != NULL; r = r->next) {
      add_usage(list, r->bytes, r->first, r->last);
    }
  }
}

static void assign_addresses(lm_interpreter* it, const usage_list* list, int32_t tensor_usages) {
  char* base = it->overlay;
  for (int32_t i = 0; i < it->graph.tensor_count; ++i) {
    if (list->tensor_usage[i] < 0) continue;
    it->graph.tensors[i].data = base + list->usages[list->tensor_usage[i]].offset;
  }
  int32_t next = tensor_usages;
  for (int32_t s = 0; s < it->step_count; ++s) {
    if (it->steps[s].program_index >= 0) continue;
    lm__scratch* scratch = it->node_scratch[it->steps[s].node_index];
    for (; scratch != NULL; scratch = scratch->next) {
      scratch->address = base + list->usages[next++].offset;
    }
  }
  for (int32_t p = 0; p < it->program_count; ++p) {
    for (lm__request* r = it->programs[p].requests; r != NULL; r = r->next) {
      r->offset = list->usages[next++].offset;
    }
  }
}

static lm_status plan_memory(lm_interpreter* it, lm_error* err) {
  usage_list list = {0};
  lm_status status = collect_usages(it, &list, err);
  if (status != LM_OK) return status;
  const int32_t tensor_usages = list.count;
  size_t naive = 0;
  merge_in_place(it, &list);
  collect_buffers(it, &list);
  for (int32_t i = 0; i < it->graph.tensor_count; ++i) {
    if (!wants_arena(&it->graph.tensors[i])) continue;
    if (!lm__checked_add(naive, it->graph.tensors[i].bytes, &naive)) naive = SIZE_MAX;
  }
  for (int32_t i = tensor_usages; i < list.count; ++i) {
    if (!lm__checked_add(naive, list.usages[i].bytes, &naive)) naive = SIZE_MAX;
  }
  const int32_t positions = it->graph.node_count > 0 ? it->graph.node_count : 1;
  status = lm_memory_plan(list.usages, list.count, positions, it->allocator,
                          &it->report.arena_bytes, &it->report.arena_lower_bound_bytes, err);
  if (status != LM_OK) return status;
  it->report.arena_naive_bytes = naive;
  status = lm__check_memory(it->report.arena_bytes, "the arena", err);
  if (status != LM_OK) return status;
  it->overlay = lm_alloc(it->allocator, it->report.arena_bytes + LM_TAIL_BYTES);
  if (it->overlay == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "arena: %zu bytes", it->report.arena_bytes);
  }
  assign_addresses(it, &list, tensor_usages);
  return LM_OK;
}

// ---------------------------------------------------------------- plan: the rest

static void add_stats(lm_plan_report* report, const lm_program_stats* stats) {
  report->packed_bytes += stats->packed_bytes;
  report->device_bytes += stats->device_bytes;
  if (report->note == NULL) report->note = stats->note;
  if (report->precision == NULL) {
    report->precision = stats->precision;
  } else if (stats->precision != NULL && strcmp(report->precision, stats->precision) != 0) {
    report->precision = "mixed";
  }
  if (stats->float_tolerance > report->float_tolerance) {
    report->float_tolerance = stats->float_tolerance;
  }
  if (report->integer_steps >= 0 &&
      (stats->integer_steps < 0 || stats->integer_steps > report->integer_steps)) {
    report->integer_steps = stats->integer_steps;
  }
}

static lm_status bind_programs(lm_interpreter* it, lm_error* err) {
  for (int32_t p = 0; p < it->program_count; ++p) {
    lm__program_entry* entry = &it->programs[p];
    void** buffers =
        lm__arena_alloc_array(&it->plan_memory, (size_t)entry->request_count, sizeof *buffers);
    if (buffers == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "program buffers");
    int32_t i = 0;
    for (const lm__request* r = entry->requests; r != NULL; r = r->next) {
      buffers[i++] = (char*)it->overlay + r->offset;
    }
    const lm_delegate_vtable* vtable = entry->program->delegate->vtable;
    const lm_status status = vtable->bind(entry->program, &it->graph, buffers, err);
    if (status != LM_OK) return status;
    if (vtable->stats != NULL) {
      lm_program_stats stats = {0};
      vtable->stats(entry->program, &stats);
      add_stats(&it->report, &stats);
    }
  }
  return LM_OK;
}

static lm_status allocate_tables(lm_interpreter* it, lm_error* err) {
  const size_t nodes = (size_t)it->graph.node_count;
  const size_t tensors = (size_t)it->graph.tensor_count;
  lm__arena* memory = &it->plan_memory;
  it->placements = lm__arena_alloc_array(memory, nodes, sizeof *it->placements);
  it->node_scratch = lm__arena_alloc_array(memory, nodes, sizeof *it->node_scratch);
  it->usage_first = lm__arena_alloc_array(memory, tensors, sizeof *it->usage_first);
  it->usage_last = lm__arena_alloc_array(memory, tensors, sizeof *it->usage_last);
  it->readers = lm__arena_alloc_array(memory, tensors, sizeof *it->readers);
  if (it->placements == NULL || it->node_scratch == NULL || it->usage_first == NULL ||
      it->usage_last == NULL || it->readers == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "plan: %zu nodes, %zu tensors", nodes, tensors);
  }
  return LM_OK;
}

lm_status lm_interpreter_plan(lm_interpreter* interpreter, lm_error* err) {
  lm_interpreter* it = interpreter;
  discard_plan(it);
  lm_status status = allocate_tables(it, err);
  if (status == LM_OK) status = lm__plan_prepare(it, err);
  if (status == LM_OK) status = lm__plan_partition(it, err);
  if (status == LM_OK) status = plan_memory(it, err);
  if (status == LM_OK) status = bind_programs(it, err);
  if (status != LM_OK) {
    discard_plan(it);
    return status;
  }
  // What else was touched meanwhile is seldom read again: names, and what packing skipped over.
  if (it->gave_back) lm__model_give_back(it->model, it->model->mapping, it->model->file_bytes);
  it->report.node_count = it->graph.node_count;
  it->report.placements = it->placements;
  it->report.partition_count = it->program_count;
  it->report.persistent_bytes = it->plan_memory.used_bytes;
  for (int32_t n = 0; n < it->graph.node_count; ++n) {
    const lm_node* node = &it->graph.nodes[n];
    if (!node->folded && node->op->macs != NULL) {
      it->report.macs += node->op->macs(&it->graph, node);
    }
  }
  it->planned = true;
  lm_interpreter_reset_variables(it);
  return LM_OK;
}

// ---------------------------------------------------------------- running

static lm_status run_step(lm_interpreter* it, const lm__step* step, lm_error* err) {
  if (step->program_index >= 0) {
    lm_program* program = it->programs[step->program_index].program;
    return program->delegate->vtable->run(program, it->profiler, err);
  }
  lm_op_context context;
  lm__op_context_init(&context, it, &it->graph.nodes[step->node_index]);
  return context.node->op->eval(&context, err);
}

static const char* step_name(const lm_interpreter* it, const lm__step* step) {
  if (step->program_index < 0) return it->graph.nodes[step->node_index].op->name;
  return it->programs[step->program_index].program->delegate->vtable->name;
}

lm_status lm_interpreter_invoke(lm_interpreter* interpreter, lm_error* err) {
  lm_interpreter* it = interpreter;
  if (!it->planned) return LM_FAIL(err, LM_INVALID_ARGUMENT, "invoke before plan");
  for (int32_t s = 0; s < it->step_count; ++s) {
    const lm__step* step = &it->steps[s];
    const uint64_t begin = it->profiler != NULL ? lm_now_ns() : 0;
    const lm_status status = run_step(it, step, err);
    if (status != LM_OK) return status;
    if (it->profiler == NULL) continue;
    lm_profiler_record(it->profiler, step->program_index >= 0 ? LM_EVENT_PROGRAM : LM_EVENT_NODE,
                       step->node_index, step_name(it, step), begin, lm_now_ns());
  }
  return LM_OK;
}

void lm_interpreter_reset_variables(lm_interpreter* interpreter) {
  for (int32_t i = 0; i < interpreter->graph.tensor_count; ++i) {
    lm_tensor* t = &interpreter->graph.tensors[i];
    if (t->storage != LM_STORAGE_VARIABLE || t->data == NULL) continue;
    const bool offset = t->type == LM_INT8 && t->quantization.count == 1;
    memset(t->data, offset ? t->quantization.zero_points[0] : 0, t->bytes);
  }
}

// ---------------------------------------------------------------- access

int32_t lm_interpreter_input_count(const lm_interpreter* interpreter) {
  return interpreter->graph.def->input_count;
}

int32_t lm_interpreter_output_count(const lm_interpreter* interpreter) {
  return interpreter->graph.def->output_count;
}

lm_tensor* lm_interpreter_input(lm_interpreter* interpreter, int32_t i) {
  const lm_subgraph_def* def = interpreter->graph.def;
  return i >= 0 && i < def->input_count ? &interpreter->graph.tensors[def->inputs[i]] : NULL;
}

const lm_tensor* lm_interpreter_output(const lm_interpreter* interpreter, int32_t i) {
  const lm_subgraph_def* def = interpreter->graph.def;
  return i >= 0 && i < def->output_count ? &interpreter->graph.tensors[def->outputs[i]] : NULL;
}

lm_status lm_interpreter_resize_input(lm_interpreter* interpreter, int32_t i, const lm_shape* shape,
                                      lm_error* err) {
  lm_tensor* input = lm_interpreter_input(interpreter, i);
  if (input == NULL) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "input %d of %d", i,
                   interpreter->graph.def->input_count);
  }
  size_t bytes;
  if (shape->rank < 0 || shape->rank > LM_MAX_RANK || !lm_shape_bytes(shape, input->type, &bytes)) {
    return LM_FAIL(err, LM_INVALID_ARGUMENT, "input %d cannot take that shape", i);
  }
  discard_plan(interpreter);
  interpreter->input_shapes[i] = *shape;
  input->shape = *shape;
  return LM_OK;
}

void lm_interpreter_set_profiler(lm_interpreter* interpreter, lm_profiler* profiler) {
  interpreter->profiler = profiler;
}

bool lm_interpreter_program_times(const lm_interpreter* interpreter, lm_program_times* out_times) {
  *out_times = (lm_program_times){0};
  bool any = false;
  for (int32_t i = 0; interpreter->planned && i < interpreter->program_count; ++i) {
    const lm_program* program = interpreter->programs[i].program;
    if (program->delegate->vtable->times == NULL) continue;
    lm_program_times t = {0};
    program->delegate->vtable->times(program, &t);
    out_times->wall_ns += t.wall_ns;
    out_times->upload_ns += t.upload_ns;
    out_times->enqueue_ns += t.enqueue_ns;
    out_times->wait_ns += t.wait_ns;
    out_times->download_ns += t.download_ns;
    out_times->device_ns += t.device_ns;
    out_times->kernels_ns += t.kernels_ns;
    out_times->dispatches += t.dispatches;
    out_times->submits += t.submits;
    any = true;
  }
  return any;
}

const lm_plan_report* lm_interpreter_report(const lm_interpreter* interpreter) {
  return interpreter->planned ? &interpreter->report : NULL;
}

const lm_graph* lm_interpreter_graph(const lm_interpreter* interpreter) {
  return &interpreter->graph;
}
