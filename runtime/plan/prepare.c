// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"

lm_status lm__check_memory(size_t bytes, const char* what, lm_error* err) {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  if (pages <= 0 || page <= 0) return LM_OK;
  const size_t limit = (size_t)pages * (size_t)page;
  if (bytes <= limit) return LM_OK;
  return LM_FAIL(err, LM_OUT_OF_MEMORY, "%.100s needs %zu bytes, this machine has %zu", what, bytes,
                 limit);
}

// ---------------------------------------------------------------- the context that ops see

void lm__op_context_init(lm_op_context* context, lm_interpreter* interpreter, lm_node* node) {
  context->interpreter = interpreter;
  context->node = node;
  context->shape_set = NULL;
  context->scratch_tail = NULL;
  context->label[0] = '\0';
}

const lm_node* lm_op_node(const lm_op_context* context) { return context->node; }
const lm_graph* lm_op_graph(const lm_op_context* context) { return &context->interpreter->graph; }
void* lm_op_params(const lm_op_context* context) { return context->node->params; }

const char* lm_op_label(const lm_op_context* context) {
  // Written only when something went wrong; the const is for the kernels.
  lm_op_context* mutable_context = (lm_op_context*)context;
  snprintf(mutable_context->label, sizeof mutable_context->label, "%.40s node %d",
           lm_node_name(context->node->def), context->node->index);
  return context->label;
}

const lm_tensor* lm_op_input(const lm_op_context* context, int32_t i) {
  return lm_graph_input(&context->interpreter->graph, context->node, i);
}

lm_tensor* lm_op_output(lm_op_context* context, int32_t i) {
  return (lm_tensor*)lm_graph_output(&context->interpreter->graph, context->node, i);
}

lm_status lm_op_set_output_shape(lm_op_context* context, int32_t i, const lm_shape* shape,
                                 lm_error* err) {
  lm_tensor* output = lm_op_output(context, i);
  char text[LM_SHAPE_TEXT_SIZE];
  if (!lm_shape_bytes(shape, output->type, &output->bytes)) {
    return LM_FAIL(err, LM_BAD_MODEL, "%s: output %d of shape %s and type %s cannot be",
                   lm_op_label(context), i, lm_shape_format(shape, text, sizeof text),
                   lm_type_name(output->type));
  }
  output->shape = *shape;
  context->shape_set[i] = true;
  return LM_OK;
}

lm_status lm_op_alloc_params(lm_op_context* context, size_t bytes, void** out, lm_error* err) {
  *out = lm__arena_alloc(&context->interpreter->plan_memory, bytes);
  if (*out == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu bytes of parameters", lm_op_label(context),
                   bytes);
  }
  if (context->node->params == NULL) context->node->params = *out;
  return LM_OK;
}

lm_status lm_op_request_scratch(lm_op_context* context, size_t bytes, int32_t* out_index,
                                lm_error* err) {
  lm_interpreter* it = context->interpreter;
  int32_t index = 0;
  lm__scratch** tail = &it->node_scratch[context->node->index];
  for (; *tail != NULL; tail = &(*tail)->next) ++index;
  lm__scratch* scratch = lm__arena_alloc(&it->plan_memory, sizeof *scratch);
  if (scratch == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: scratch request", lm_op_label(context));
  }
  *scratch = (lm__scratch){.node_index = context->node->index, .bytes = bytes};
  *tail = scratch;
  *out_index = index;
  return LM_OK;
}

void* lm_op_scratch(const lm_op_context* context, int32_t index) {
  const lm__scratch* scratch = context->interpreter->node_scratch[context->node->index];
  for (; index > 0 && scratch != NULL; --index) scratch = scratch->next;
  return scratch == NULL ? NULL : scratch->address;
}

// ---------------------------------------------------------------- shapes and folding

// Tensors before any node ran: constants have contents, inputs their shapes, the rest nothing.
static lm_status reset_tensors(lm_interpreter* it, lm_error* err) {
  static const uint64_t kNothing[LM_ALIGNMENT / 8];
  lm_graph* graph = &it->graph;
  for (int32_t i = 0; i < graph->tensor_count; ++i) {
    lm_tensor* t = &graph->tensors[i];
    *t = (lm_tensor){.def = &graph->def->tensors[i],
                     .type = graph->def->tensors[i].type,
                     .shape = graph->def->tensors[i].shape,
                     .quantization = graph->def->tensors[i].quantization,
                     .producer = -1,
                     .last_use = -1};
    const bool sized = lm_shape_bytes(&t->shape, t->type, &t->bytes);
    if (t->def->data != NULL) {
      t->storage = LM_STORAGE_CONSTANT;
      t->data = (void*)t->def->data;  // never written: constants are no node's output
      if (!sized) t->bytes = t->def->data_bytes;
    } else if (t->def->is_variable) {
      t->storage = LM_STORAGE_VARIABLE;
      if (!sized) {
        return LM_FAIL(err, LM_UNSUPPORTED, "variable '%.80s' of type %s", t->def->name,
                       lm_type_name(t->type));
      }
    }
  }
  for (int32_t i = 0; i < graph->def->input_count; ++i) {
    lm_tensor* t = &graph->tensors[graph->def->inputs[i]];
    if (t->storage == LM_STORAGE_CONSTANT) {
      return LM_FAIL(err, LM_BAD_MODEL, "graph input %d, '%.80s', is a constant", i, t->def->name);
    }
    t->shape = it->input_shapes[i];
    if (!lm_shape_bytes(&t->shape, t->type, &t->bytes)) {
      char text[LM_SHAPE_TEXT_SIZE];
      return LM_FAIL(err, LM_UNSUPPORTED, "graph input %d, '%.80s', of shape %s and type %s", i,
                     t->def->name, lm_shape_format(&t->shape, text, sizeof text),
                     lm_type_name(t->type));
    }
    if (t->storage == LM_STORAGE_NONE) t->storage = LM_STORAGE_ARENA;
  }
  // Who writes what. A tensor without contents, writer or elements is an empty constant: files
  // leave the buffer of a shape of rank 0 away.
  for (int32_t n = 0; n < graph->node_count; ++n) {
    const lm_node_def* def = graph->nodes[n].def;
    for (int32_t i = 0; i < def->output_count; ++i) {
      lm_tensor* t = &graph->tensors[def->outputs[i]];
      if (t->storage != LM_STORAGE_NONE || t->producer >= 0) {
        return LM_FAIL(err, LM_BAD_MODEL,
                       "%.40s node %d writes tensor '%.80s', which is an input, a constant or "
                       "written already",
                       lm_node_name(def), n, t->def->name);
      }
      t->producer = n;
    }
  }
  for (int32_t i = 0; i < graph->tensor_count; ++i) {
    lm_tensor* t = &graph->tensors[i];
    if (t->storage == LM_STORAGE_NONE && t->producer < 0 && t->bytes == 0 &&
        lm_type_bits(t->type) != 0) {
      t->storage = LM_STORAGE_CONSTANT;
      t->data = (void*)kNothing;
    }
  }
  return LM_OK;
}

static lm_status check_inputs(const lm_graph* graph, const lm_node* node, lm_error* err) {
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* t = lm_graph_input(graph, node, i);
    if (t == NULL) continue;
    if (t->storage == LM_STORAGE_NONE) {
      return LM_FAIL(err, LM_BAD_MODEL, "%.40s node %d reads tensor '%.80s' before it is written",
                     lm_node_name(node->def), node->index, t->def->name);
    }
    if (t->def->is_sparse) {
      return LM_FAIL(err, LM_UNSUPPORTED, "%.40s node %d: tensor '%.80s' is sparse",
                     lm_node_name(node->def), node->index, t->def->name);
    }
  }
  return LM_OK;
}

static bool can_fold(const lm_graph* graph, const lm_node* node) {
  if (node->op->shape_only) return true;
  int32_t present = 0;
  for (int32_t i = 0; i < node->def->input_count; ++i) {
    const lm_tensor* t = lm_graph_input(graph, node, i);
    if (t == NULL) continue;
    if (t->storage != LM_STORAGE_CONSTANT) return false;
    ++present;
  }
  return present > 0;
}

// Evaluates a node while planning; its outputs become constants.
static lm_status fold(lm_op_context* context, lm_error* err) {
  lm_interpreter* it = context->interpreter;
  lm_node* node = context->node;
  for (lm__scratch* s = it->node_scratch[node->index]; s != NULL; s = s->next) {
    lm_status status = lm__check_memory(s->bytes, "scratch of a constant", err);
    if (status != LM_OK) return status;
    s->address = lm__arena_alloc(&it->plan_memory, s->bytes);
    if (s->address == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "scratch: %zu bytes", s->bytes);
  }
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    lm_tensor* t = lm_op_output(context, i);
    const lm_status status = lm__check_memory(t->bytes, t->def->name, err);
    if (status != LM_OK) return status;
    t->data = t->bytes >= LM__LARGE_CONSTANT_BYTES
                  ? lm__arena_alloc_alone(&it->plan_memory, t->bytes)
                  : lm__arena_alloc(&it->plan_memory, t->bytes);
    if (t->data == NULL) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: %zu bytes for a constant", lm_op_label(context),
                     t->bytes);
    }
  }
  const lm_status status = node->op->eval(context, err);
  if (status != LM_OK) return status;
  for (int32_t i = 0; i < node->def->output_count; ++i) {
    lm_op_output(context, i)->storage = LM_STORAGE_CONSTANT;
  }
  node->folded = true;
  it->placements[node->index] = (lm_placement){
      .delegate_index = -1, .delegate = "planner", .kernel = "constant folding", .partition = -1};
  return LM_OK;
}

static lm_status prepare_node(lm_interpreter* it, lm_node* node, lm_error* err) {
  lm_status status = check_inputs(&it->graph, node, err);
  if (status != LM_OK) return status;
  lm_op_context context;
  lm__op_context_init(&context, it, node);
  const int32_t outputs = node->def->output_count;
  context.shape_set = lm__arena_alloc_array(&it->plan_memory, (size_t)outputs, sizeof(bool));
  if (context.shape_set == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%s: prepare", lm_op_label(&context));
  }
  status = node->op->prepare(&context, err);
  if (status != LM_OK) return status;
  for (int32_t i = 0; i < outputs; ++i) {
    lm_tensor* t = lm_op_output(&context, i);
    if (!context.shape_set[i]) {
      return LM_FAIL(err, LM_INTERNAL, "%s: prepare left the shape of output %d open",
                     lm_op_label(&context), i);
    }
    t->storage = LM_STORAGE_ARENA;
  }
  return can_fold(&it->graph, node) ? fold(&context, err) : LM_OK;
}

// Last readers, of what still runs.
static lm_status compute_lifetimes(lm_interpreter* it, lm_error* err) {
  lm_graph* graph = &it->graph;
  for (int32_t n = 0; n < graph->node_count; ++n) {
    const lm_node* node = &graph->nodes[n];
    if (node->folded) continue;
    for (int32_t i = 0; i < node->def->input_count; ++i) {
      if (node->def->inputs[i] >= 0) graph->tensors[node->def->inputs[i]].last_use = n;
    }
  }
  for (int32_t i = 0; i < graph->def->output_count; ++i) {
    lm_tensor* t = &graph->tensors[graph->def->outputs[i]];
    if (t->storage == LM_STORAGE_NONE) {
      return LM_FAIL(err, LM_BAD_MODEL, "graph output %d, '%.80s', is written by nobody", i,
                     t->def->name);
    }
    t->last_use = graph->node_count;
  }
  return LM_OK;
}

static lm_status allocate_variables(lm_interpreter* it, lm_error* err) {
  for (int32_t i = 0; i < it->graph.tensor_count; ++i) {
    lm_tensor* t = &it->graph.tensors[i];
    if (t->storage != LM_STORAGE_VARIABLE) continue;
    const lm_status status = lm__check_memory(t->bytes, t->def->name, err);
    if (status != LM_OK) return status;
    t->data = lm__arena_alloc(&it->plan_memory, t->bytes);
    if (t->data == NULL) {
      return LM_FAIL(err, LM_OUT_OF_MEMORY, "variable '%.80s': %zu bytes", t->def->name, t->bytes);
    }
  }
  return LM_OK;
}

lm_status lm__plan_prepare(lm_interpreter* it, lm_error* err) {
  lm_status status = reset_tensors(it, err);
  if (status != LM_OK) return status;
  for (int32_t n = 0; n < it->graph.node_count; ++n) {
    lm_node* node = &it->graph.nodes[n];
    node->folded = false;
    node->params = NULL;
    status = prepare_node(it, node, err);
    if (status != LM_OK) return status;
  }
  status = compute_lifetimes(it, err);
  return status != LM_OK ? status : allocate_variables(it, err);
}
