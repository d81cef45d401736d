// SPDX-License-Identifier: MIT
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "inspect.h"
#include "json_build.h"

static cJSON* shape_json(const lm_shape* shape) {
  return cJSON_CreateIntArray(shape->dims, shape->rank);
}

// Names in a model may be any bytes; JSON is UTF-8. NULL becomes null.
static void add_string(cJSON* object, const char* key, const char* text) {
  lm_json json = {0};
  lm_json_string(&json, object, key, text);
}

static cJSON* quantization_json(const lm_quantization* q) {
  if (q->count == 0) return cJSON_CreateNull();
  cJSON* object = cJSON_CreateObject();
  cJSON* scales = cJSON_AddArrayToObject(object, "scales");
  for (int32_t i = 0; i < q->count; ++i) {
    cJSON_AddItemToArray(scales, cJSON_CreateNumber((double)q->scales[i]));
  }
  cJSON_AddItemToObject(object, "zero_points", cJSON_CreateIntArray(q->zero_points, q->count));
  cJSON_AddNumberToObject(object, "axis", q->axis);
  return object;
}

static cJSON* tensor_json(const inspection* in, int32_t index) {
  const lm_tensor_def* t = &in->subgraph->tensors[index];
  cJSON* object = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "index", index);
  add_string(object, "name", t->name);
  add_string(object, "type", lm_type_name(inspect_type(in, index)));
  cJSON_AddItemToObject(object, "shape", shape_json(inspect_shape(in, index)));
  cJSON_AddItemToObject(object, "shape_signature", shape_json(&t->shape_signature));
  cJSON_AddItemToObject(object, "quantization", quantization_json(&t->quantization));
  cJSON_AddBoolToObject(object, "constant", t->data != NULL);
  cJSON_AddBoolToObject(object, "variable", t->is_variable);
  return object;
}

static cJSON* node_json(const inspection* in, int32_t n) {
  const lm_node_def* def = &in->subgraph->nodes[n];
  cJSON* object = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "index", n);
  add_string(object, "op", lm_node_name(def));
  cJSON_AddBoolToObject(object, "custom", def->builtin == LM_BUILTIN_CUSTOM);
  cJSON_AddNumberToObject(object, "version", def->version);
  cJSON_AddItemToObject(object, "inputs", cJSON_CreateIntArray(def->inputs, def->input_count));
  cJSON_AddItemToObject(object, "outputs", cJSON_CreateIntArray(def->outputs, def->output_count));
  if (in->report != NULL) {
    const lm_placement* p = &in->report->placements[n];
    cJSON_AddNumberToObject(object, "macs", (double)inspect_macs(in, n));
    add_string(object, "delegate", p->delegate);
    add_string(object, "kernel", p->kernel);
    cJSON_AddNumberToObject(object, "partition", p->partition);
    add_string(object, "why_not", p->why_not);
  }
  return object;
}

static void add_device(const lm_session* session, const lm_plan_report* report, cJSON* plan) {
  lm_json json = {0};
  lm_json_string(&json, plan, "requested", session->choice.requested);
  const lm_device_info* info = lm_session_device(session);
  if (info == NULL) {
    lm_json_null(&json, plan, "device_info");
  } else {
    lm_device_info_json(&json, lm_json_object(&json, plan, "device_info"), info);
  }
  lm_json_string(&json, plan, "device_choice", info != NULL ? session->choice.why : NULL);
  lm_delegate_settings_json(&json, plan, session->delegate_name, session->delegate_options,
                            report->precision);
}

static void add_plan(const inspection* in, cJSON* root) {
  if (in->report == NULL) {
    cJSON_AddNullToObject(root, "plan");
    add_string(root, "failure", in->failure->status != LM_OK ? in->failure->message : NULL);
    return;
  }
  const lm_plan_report* r = in->report;
  cJSON* plan = cJSON_AddObjectToObject(root, "plan");
  add_string(plan, "delegate", in->delegate);
  add_device(in->session, in->report, plan);
  cJSON_AddNumberToObject(plan, "macs", (double)r->macs);
  cJSON_AddNumberToObject(plan, "partitions", r->partition_count);
  cJSON_AddNumberToObject(plan, "arena_bytes", (double)r->arena_bytes);
  cJSON_AddNumberToObject(plan, "arena_lower_bound_bytes", (double)r->arena_lower_bound_bytes);
  cJSON_AddNumberToObject(plan, "arena_naive_bytes", (double)r->arena_naive_bytes);
  cJSON_AddNumberToObject(plan, "persistent_bytes", (double)r->persistent_bytes);
  cJSON_AddNumberToObject(plan, "packed_bytes", (double)r->packed_bytes);
  cJSON_AddNumberToObject(plan, "device_bytes", (double)r->device_bytes);
}

static cJSON* build(const inspection* in) {
  cJSON* root = cJSON_CreateObject();
  add_string(root, "file", in->path);
  cJSON_AddNumberToObject(root, "file_bytes", (double)in->model->file_bytes);
  cJSON_AddNumberToObject(root, "constant_bytes", (double)in->model->constant_bytes);
  add_string(root, "description", in->model->description);
  cJSON_AddNumberToObject(root, "subgraphs", in->model->subgraph_count);
  cJSON* signatures = cJSON_AddArrayToObject(root, "signatures");
  for (int32_t i = 0; i < in->model->signature_count; ++i) {
    cJSON* signature = cJSON_CreateObject();
    add_string(signature, "key", in->model->signatures[i].key);
    cJSON_AddNumberToObject(signature, "subgraph", in->model->signatures[i].subgraph_index);
    cJSON_AddItemToArray(signatures, signature);
  }
  cJSON* metadata = cJSON_AddArrayToObject(root, "metadata");
  for (int32_t i = 0; i < in->model->metadata_count; ++i) {
    cJSON* entry = cJSON_CreateObject();
    add_string(entry, "name", in->model->metadata[i].name);
    cJSON_AddNumberToObject(entry, "bytes", (double)in->model->metadata[i].bytes);
    cJSON_AddItemToArray(metadata, entry);
  }
  const lm_subgraph_def* s = in->subgraph;
  cJSON_AddItemToObject(root, "inputs", cJSON_CreateIntArray(s->inputs, s->input_count));
  cJSON_AddItemToObject(root, "outputs", cJSON_CreateIntArray(s->outputs, s->output_count));
  cJSON* nodes = cJSON_AddArrayToObject(root, "nodes");
  for (int32_t n = 0; n < s->node_count; ++n) cJSON_AddItemToArray(nodes, node_json(in, n));
  cJSON* tensors = cJSON_AddArrayToObject(root, "tensors");
  for (int32_t i = 0; i < s->tensor_count; ++i) cJSON_AddItemToArray(tensors, tensor_json(in, i));
  add_plan(in, root);
  return root;
}

lm_status inspect_write_json(const inspection* in, const char* path, lm_error* err) {
  cJSON* root = build(in);
  char* text = root != NULL ? cJSON_Print(root) : NULL;
  cJSON_Delete(root);
  if (text == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "JSON");
  lm_status status = LM_OK;
  if (strcmp(path, "-") == 0) {
    puts(text);
  } else {
    lm_atomic_file file;
    status = lm_atomic_open(path, &file, err);
    if (status == LM_OK) {
      fprintf(file.stream, "%s\n", text);
      status = lm_atomic_commit(&file, err);
    }
  }
  free(text);
  return status;
}
