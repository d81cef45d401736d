// SPDX-License-Identifier: MIT
#include "model/model_pages.h"
#include "plan/plan.h"

struct lm_compiler {
  lm_interpreter* interpreter;
  lm__program_entry* entry;
};

void lm_compiler_elide(lm_compiler* compiler, int32_t tensor_index) {
  lm_interpreter* it = compiler->interpreter;
  it->graph.tensors[tensor_index].storage = LM_STORAGE_NONE;
}

void lm_compiler_extend(lm_compiler* compiler, int32_t tensor_index, int32_t node_index) {
  lm_interpreter* it = compiler->interpreter;
  if (node_index < it->usage_first[tensor_index]) it->usage_first[tensor_index] = node_index;
  if (node_index > it->usage_last[tensor_index]) it->usage_last[tensor_index] = node_index;
}

void lm_compiler_alias(lm_compiler* compiler, int32_t output_tensor, int32_t input_tensor) {
  lm_interpreter* it = compiler->interpreter;
  lm__alias* alias = lm__arena_alloc(&it->plan_memory, sizeof *alias);
  if (alias == NULL) return;  // an optimisation: without memory for it there is none
  *alias = (lm__alias){output_tensor, input_tensor, it->aliases};
  it->aliases = alias;
}

lm_status lm_compiler_request(lm_compiler* compiler, size_t bytes, int32_t first_node,
                              int32_t last_node, int32_t* out_index, lm_error* err) {
  lm__request* request = lm__arena_alloc(&compiler->interpreter->plan_memory, sizeof *request);
  if (request == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "program buffer: %zu bytes", bytes);
  *request = (lm__request){.bytes = bytes, .first = first_node, .last = last_node};
  *compiler->entry->requests_tail = request;
  compiler->entry->requests_tail = &request->next;
  *out_index = compiler->entry->request_count++;
  return LM_OK;
}

void lm_compiler_note(lm_compiler* compiler, int32_t node_index, const char* kernel) {
  compiler->interpreter->placements[node_index].kernel = kernel;
}

void lm_compiler_release(lm_compiler* compiler, int32_t tensor_index) {
  lm_interpreter* it = compiler->interpreter;
  lm_tensor* t = &it->graph.tensors[tensor_index];
  if (t->storage != LM_STORAGE_CONSTANT || it->readers[tensor_index] == 0) return;
  if (--it->readers[tensor_index] > 0) return;
  it->gave_back = true;
  if (t->producer < 0) {
    lm__model_give_back(it->model, t->data, t->bytes);
  } else if (t->bytes >= LM__LARGE_CONSTANT_BYTES && t->last_use < it->graph.node_count) {
    lm__arena_free_alone(&it->plan_memory, t->data);
    t->data = NULL;
  }
}

// The first delegate that takes the node, and what the first that did not said.
static int32_t place_node(const lm_interpreter* it, const lm_node* node, const char** out_why) {
  *out_why = NULL;
  for (int32_t d = 0; d < it->delegate_count; ++d) {
    const char* why = "no reason given";
    if (it->delegates[d]->vtable->supports(it->delegates[d], &it->graph, node, &why)) return d;
    if (*out_why == NULL) *out_why = why;
  }
  return -1;
}

static void add_unique(int32_t* list, int32_t* count, int32_t value) {
  for (int32_t i = 0; i < *count; ++i) {
    if (list[i] == value) return;
  }
  list[(*count)++] = value;
}

// Collects what crosses the border of the run nodes[0..count).
static lm_status partition_borders(lm_interpreter* it, lm_partition* p, lm_error* err) {
  size_t inputs = 0, outputs = 0;
  for (int32_t n = 0; n < p->node_count; ++n) {
    const lm_node_def* def = it->graph.nodes[p->nodes[n]].def;
    inputs += (size_t)def->input_count;
    outputs += (size_t)def->output_count;
  }
  int32_t* in = lm__arena_alloc_array(&it->plan_memory, inputs, sizeof *in);
  int32_t* out = lm__arena_alloc_array(&it->plan_memory, outputs, sizeof *out);
  if (in == NULL || out == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "partition");
  const int32_t first = p->nodes[0], last = p->nodes[p->node_count - 1];
  for (int32_t n = 0; n < p->node_count; ++n) {
    const lm_node_def* def = it->graph.nodes[p->nodes[n]].def;
    for (int32_t i = 0; i < def->input_count; ++i) {
      if (def->inputs[i] < 0) continue;
      const lm_tensor* t = &it->graph.tensors[def->inputs[i]];
      if (t->storage == LM_STORAGE_CONSTANT || (t->producer >= first && t->producer <= last)) {
        continue;
      }
      add_unique(in, &p->input_count, def->inputs[i]);
    }
    for (int32_t i = 0; i < def->output_count; ++i) {
      if (it->graph.tensors[def->outputs[i]].last_use > last) {
        add_unique(out, &p->output_count, def->outputs[i]);
      }
    }
  }
  p->inputs = in;
  p->outputs = out;
  return LM_OK;
}

static lm_status compile_run(lm_interpreter* it, const int32_t* nodes, int32_t count,
                             int32_t delegate_index, lm_error* err) {
  lm_partition partition = {.nodes = nodes, .node_count = count};
  lm_status status = partition_borders(it, &partition, err);
  if (status != LM_OK) return status;
  lm__program_entry* entry = &it->programs[it->program_count];
  *entry = (lm__program_entry){.delegate_index = delegate_index, .first_node = nodes[0]};
  entry->requests_tail = &entry->requests;
  lm_compiler compiler = {it, entry};
  lm_delegate* delegate = it->delegates[delegate_index];
  status =
      delegate->vtable->compile(delegate, &it->graph, &partition, &compiler, &entry->program, err);
  if (status != LM_OK) return status;
  const int32_t number = it->program_count++;
  for (int32_t i = 0; i < count; ++i) it->placements[nodes[i]].partition = number;
  it->steps[it->step_count++] = (lm__step){.node_index = nodes[0], .program_index = number};
  return LM_OK;
}

// Lifetimes before any delegate changes them.
static void initial_lifetimes(lm_interpreter* it) {
  const lm_graph* graph = &it->graph;
  for (int32_t i = 0; i < graph->tensor_count; ++i) {
    const lm_tensor* t = &graph->tensors[i];
    it->usage_first[i] = t->producer < 0 ? 0 : t->producer;
    it->usage_last[i] = t->last_use < t->producer ? t->producer : t->last_use;
  }
  // Inputs keep what the caller wrote; outputs (last_use == node_count) live to the end.
  for (int32_t i = 0; i < graph->def->input_count; ++i) {
    it->usage_last[graph->def->inputs[i]] = graph->node_count;
  }
}

// The nodes that may read a constant: all but those that were evaluated while planning.
static void count_readers(lm_interpreter* it) {
  for (int32_t n = 0; n < it->graph.node_count; ++n) {
    const lm_node* node = &it->graph.nodes[n];
    for (int32_t i = 0; !node->folded && i < node->def->input_count; ++i) {
      if (node->def->inputs[i] >= 0) ++it->readers[node->def->inputs[i]];
    }
  }
}

lm_status lm__plan_partition(lm_interpreter* it, lm_error* err) {
  const int32_t node_count = it->graph.node_count;
  const size_t slots = (size_t)node_count;
  it->programs = lm__arena_alloc_array(&it->plan_memory, slots, sizeof *it->programs);
  it->steps = lm__arena_alloc_array(&it->plan_memory, slots, sizeof *it->steps);
  int32_t* run = lm__arena_alloc_array(&it->plan_memory, slots, sizeof *run);
  if (it->programs == NULL || it->steps == NULL || run == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "partition: %d nodes", node_count);
  }
  initial_lifetimes(it);
  count_readers(it);
  int32_t run_begin = 0, run_end = 0, run_delegate = -1;
  for (int32_t n = 0; n < node_count; ++n) {
    const lm_node* node = &it->graph.nodes[n];
    if (node->folded) continue;  // takes no time and splits no run
    const char* why;
    const int32_t delegate = place_node(it, node, &why);
    it->placements[n] = (lm_placement){
        .delegate_index = delegate,
        .delegate = delegate < 0 ? "reference" : it->delegates[delegate]->vtable->name,
        .partition = -1,
        .why_not = why};
    if (delegate != run_delegate && run_end > run_begin) {
      const lm_status status =
          compile_run(it, run + run_begin, run_end - run_begin, run_delegate, err);
      if (status != LM_OK) return status;
      run_begin = run_end;
    }
    run_delegate = delegate;
    if (delegate < 0) {
      it->steps[it->step_count++] = (lm__step){.node_index = n, .program_index = -1};
    } else {
      run[run_end++] = n;
    }
  }
  if (run_end == run_begin) return LM_OK;
  return compile_run(it, run + run_begin, run_end - run_begin, run_delegate, err);
}
