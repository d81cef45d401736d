// SPDX-License-Identifier: MIT
#include "model_info.h"

#include <stdlib.h>
#include <string.h>

#include "result.h"

typedef enum precision {
  PRECISION_NONE,
  PRECISION_FLOAT32,
  PRECISION_FLOAT16,
  PRECISION_DYNAMIC,
  PRECISION_INT8,
  PRECISION_UINT8,
  PRECISION_INT16,
  PRECISION_OTHER,
  PRECISION_COUNT,
} precision;

static const char* const kPrecisionNames[PRECISION_COUNT] = {
    "mixed", "float32", "float16", "dynamic", "int8", "uint8", "int16", "mixed",
};

static const lm_tensor_def* input_def(const lm_subgraph_def* graph, const lm_node_def* node,
                                      int32_t i) {
  if (i >= node->input_count || node->inputs[i] < 0) return NULL;
  return &graph->tensors[node->inputs[i]];
}

// Which inputs of a node are its activations and its weights; false for ops without weights.
static bool weight_inputs(const lm_node_def* node, int32_t* activation, int32_t* weights) {
  *activation = 0;
  *weights = 1;
  switch (node->builtin) {
    case LM_BUILTIN_TRANSPOSE_CONV:
      *activation = 2;
      return true;
    case LM_BUILTIN_CONV_2D:
    case LM_BUILTIN_DEPTHWISE_CONV_2D:
    case LM_BUILTIN_FULLY_CONNECTED:
    case LM_BUILTIN_BATCH_MATMUL:
    case LM_BUILTIN_CONV_3D:
    case LM_BUILTIN_SVDF:
    case LM_BUILTIN_RNN:
    case LM_BUILTIN_UNIDIRECTIONAL_SEQUENCE_RNN:
      return true;
    case LM_BUILTIN_LSTM:
    case LM_BUILTIN_UNIDIRECTIONAL_SEQUENCE_LSTM:
      *weights = 2;  // input to forget gate: the one that is always there
      return true;
    default:
      return false;
  }
}

// Types as stored in the file: converters keep float16 weights behind DEQUANTIZE. NULL when there
// is no memory.
static lm_type* stored_types(const lm_subgraph_def* graph) {
  lm_type* types = malloc(((size_t)graph->tensor_count + 1) * sizeof *types);
  if (types == NULL) return NULL;
  for (int32_t t = 0; t < graph->tensor_count; ++t) types[t] = graph->tensors[t].type;
  for (int32_t n = 0; n < graph->node_count; ++n) {
    const lm_node_def* node = &graph->nodes[n];
    if (node->builtin != LM_BUILTIN_DEQUANTIZE || node->output_count < 1) continue;
    const lm_tensor_def* source = input_def(graph, node, 0);
    if (source != NULL && source->data != NULL) types[node->outputs[0]] = source->type;
  }
  return types;
}

static precision classify(lm_type activation, lm_type weights) {
  switch (activation) {
    case LM_FLOAT32:
      if (weights == LM_FLOAT32) return PRECISION_FLOAT32;
      return weights == LM_FLOAT16 ? PRECISION_FLOAT16 : PRECISION_DYNAMIC;
    case LM_FLOAT16:
      return PRECISION_FLOAT16;
    case LM_INT8:
      return PRECISION_INT8;
    case LM_UINT8:
      return PRECISION_UINT8;
    case LM_INT16:
      return PRECISION_INT16;
    default:
      return PRECISION_OTHER;
  }
}

static precision node_precision(const lm_subgraph_def* graph, const lm_node_def* node,
                                const lm_type* stored) {
  int32_t activation_input, weight_input;
  if (!weight_inputs(node, &activation_input, &weight_input)) return PRECISION_NONE;
  const lm_tensor_def* activation = input_def(graph, node, activation_input);
  if (activation == NULL || input_def(graph, node, weight_input) == NULL) return PRECISION_NONE;
  return classify(activation->type, stored[node->inputs[weight_input]]);
}

// Converters leave small layers in float32 in float16 and dynamic-range models: those two kinds
// absorb it. Any other mixture is called one.
static precision combine(precision a, precision b) {
  if (a == PRECISION_NONE || a == b) return b;
  if (b == PRECISION_NONE) return a;
  const precision other = a == PRECISION_FLOAT32 ? b : a;
  const bool one_is_float = a == PRECISION_FLOAT32 || b == PRECISION_FLOAT32;
  if (one_is_float && (other == PRECISION_FLOAT16 || other == PRECISION_DYNAMIC)) return other;
  return PRECISION_OTHER;
}

const char* lm_model_precision(const lm_model* model) {
  const lm_subgraph_def* graph = &model->subgraphs[0];
  precision all = PRECISION_NONE;
  lm_type* stored = stored_types(graph);
  for (int32_t n = 0; stored != NULL && n < graph->node_count; ++n) {
    all = combine(all, node_precision(graph, &graph->nodes[n], stored));
  }
  free(stored);
  // Without weighted layers the activations decide; shapes and indices do not count.
  for (int32_t n = 0; all == PRECISION_NONE && n < graph->node_count; ++n) {
    const lm_tensor_def* input = input_def(graph, &graph->nodes[n], 0);
    if (input == NULL) continue;
    const precision type = classify(input->type, input->type);
    if (type != PRECISION_OTHER) all = type;
  }
  return kPrecisionNames[all];
}

uint64_t lm_node_macs(const lm_graph* graph, int32_t node_index) {
  const lm_node* node = &graph->nodes[node_index];
  if (node->folded || node->op == NULL || node->op->macs == NULL) return 0;
  return node->op->macs(graph, node);
}

static void add_tensor(lm_json* json, cJSON* array, const lm_tensor* tensor) {
  cJSON* object = lm_json_object(json, array, NULL);
  lm_json_string(json, object, "name", tensor->def->name);
  lm_json_string(json, object, "type", lm_type_name(tensor->type));
  cJSON* shape = lm_json_array(json, object, "shape");
  for (int32_t d = 0; d < tensor->shape.rank; ++d) {
    lm_json_integer(json, shape, NULL, tensor->shape.dims[d]);
  }
}

static void add_model(lm_json* json, cJSON* result, const char* path, const char* sha256,
                      const lm_session* session) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  char name[256];
  cJSON* model = lm_json_object(json, result, "model");
  lm_json_string(json, model, "file", path);
  lm_json_string(json, model, "name", lm_model_base_name(name, sizeof name, path));
  lm_json_string(json, model, "sha256", sha256);
  lm_json_integer(json, model, "bytes", (int64_t)session->model->file_bytes);
  lm_json_integer(json, model, "weight_bytes", (int64_t)session->model->constant_bytes);
  lm_json_string(json, model, "precision", lm_model_precision(session->model));
  cJSON* inputs = lm_json_array(json, model, "inputs");
  const int32_t input_count = lm_interpreter_input_count(session->interpreter);
  for (int32_t i = 0; i < input_count; ++i) {
    add_tensor(json, inputs, lm_interpreter_input(session->interpreter, i));
  }
  cJSON* outputs = lm_json_array(json, model, "outputs");
  const int32_t output_count = lm_interpreter_output_count(session->interpreter);
  for (int32_t i = 0; i < output_count; ++i) {
    add_tensor(json, outputs, lm_interpreter_output(session->interpreter, i));
  }
  lm_json_integer(json, model, "macs", (int64_t)report->macs);
  lm_json_integer(json, model, "node_count", report->node_count);
}

// Totals of one executor. Placement names are static strings of the delegates, but equal names may
// be different pointers.
static void add_executor(lm_json* json, cJSON* array, const lm_session* session,
                         const char* executor) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  int64_t nodes = 0, macs = 0, partitions = 0;
  int32_t last_partition = -1;
  for (int32_t n = 0; n < report->node_count; ++n) {
    const lm_placement* placement = &report->placements[n];
    if (strcmp(placement->delegate, executor) != 0) continue;
    ++nodes;
    macs += (int64_t)lm_node_macs(graph, n);
    // Partitions are runs of nodes, numbered in execution order.
    if (placement->partition >= 0 && placement->partition != last_partition) {
      last_partition = placement->partition;
      ++partitions;
    }
  }
  if (nodes == 0) return;
  cJSON* object = lm_json_object(json, array, NULL);
  lm_json_string(json, object, "name", executor);
  lm_json_integer(json, object, "nodes", nodes);
  lm_json_integer(json, object, "macs", macs);
  lm_json_integer(json, object, "partitions", partitions);
}

static void add_placement(lm_json* json, cJSON* result, const lm_session* session) {
  const lm_plan_report* report = lm_interpreter_report(session->interpreter);
  const lm_graph* graph = lm_interpreter_graph(session->interpreter);
  cJSON* placement = lm_json_object(json, result, "placement");
  cJSON* delegates = lm_json_array(json, placement, "delegates");
  for (int32_t d = 0; d < session->delegate_count; ++d) {
    add_executor(json, delegates, session, session->delegates[d]->vtable->name);
  }
  add_executor(json, delegates, session, "reference");
  add_executor(json, delegates, session, "planner");
  cJSON* nodes = lm_json_array(json, placement, "nodes");
  for (int32_t n = 0; n < report->node_count; ++n) {
    const lm_placement* p = &report->placements[n];
    cJSON* node = lm_json_object(json, nodes, NULL);
    lm_json_integer(json, node, "index", n);
    lm_json_string(json, node, "op", lm_node_name(graph->nodes[n].def));
    lm_json_string(json, node, "delegate", p->delegate);
    lm_json_string(json, node, "kernel", p->kernel);
    if (p->partition >= 0) {
      lm_json_integer(json, node, "partition", p->partition);
    } else {
      lm_json_null(json, node, "partition");
    }
    lm_json_string(json, node, "why_not", p->why_not);
    lm_json_integer(json, node, "macs", (int64_t)lm_node_macs(graph, n));
  }
}

static void add_device(lm_json* json, cJSON* result, const lm_session* session) {
  const lm_device_info* info = lm_session_device(session);
  lm_json_string(json, result, "device", lm_session_device_name(session));
  if (info == NULL) {
    lm_json_null(json, result, "device_info");
    lm_json_null(json, result, "device_choice");
    return;
  }
  lm_device_info_json(json, lm_json_object(json, result, "device_info"), info);
  lm_json_string(json, result, "device_choice", session->choice.why);
}

void lm_model_info_add(lm_json* json, cJSON* result, const char* path, const char* sha256,
                       const lm_session* session, int threads) {
  char ran_on[64];
  add_model(json, result, path, sha256, session);
  lm_json_string(json, result, "requested", session->choice.requested);
  lm_json_string(json, result, "delegate", session->delegate_name);
  lm_json_string(json, result, "ran_on", lm_session_ran_on(session, ran_on, sizeof ran_on));
  lm_json_integer(json, result, "threads", threads);
  add_device(json, result, session);
  lm_delegate_settings_json(json, result, session->delegate_name, session->delegate_options,
                            lm_interpreter_report(session->interpreter)->precision);
  if (session->uses_cpu) {
    lm_isa_json(json, result, &session->isa);
  } else {
    lm_json_null(json, result, "isa");
  }
  add_placement(json, result, session);
}
