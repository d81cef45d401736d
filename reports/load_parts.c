// SPDX-License-Identifier: MIT
#include "load_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LISTED = 16 };  // tensors and caches that are worth a line

static lm_interval interval(lm_json_reader* r, const lm_json_at* object, const char* key) {
  double ends[2];
  lm__read_interval(r, object, key, ends);
  return (lm_interval){ends[0], ends[1]};
}

// "L2 unified 2 MiB x 2": the schema leaves the order of the fields open, so they are just listed.
static const char* load_caches(lm_json_reader* r, const lm_json_at* cpu) {
  lm_json_at array, item;
  const char* text = NULL;
  if (lm__read_array(r, cpu, "caches", &array, &item) == 0) return NULL;
  do {
    const double level = lm__read_amount(r, &item, "level");
    const double bytes = lm__read_amount(r, &item, "bytes");
    const char* type = lm__read_string(r, &item, "type");
    if (isnan(level) || isnan(bytes) || item.index >= MAX_LISTED) continue;
    text = lm__pool_print(r->pool, "%s%sL%.0f%s%s %.0f KiB", text != NULL ? text : "",
                          text != NULL ? ", " : "", level, type != NULL ? " " : "",
                          type != NULL ? type : "", bytes / 1024);
  } while (lm__read_next(&item));
  return text;
}

// A word that a POSIX shell reads back unchanged.
static const char* shell_quoted(lm_pool* pool, const char* word) {
  static const char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+=:,@%";
  if (word[0] != '\0' && word[strspn(word, kPlain)] == '\0') return word;
  char* quoted = lm__pool_array(pool, strlen(word) * 4 + 3, 1);
  if (quoted == NULL) return "";
  char* to = quoted;
  *to++ = '\'';
  for (; *word != '\0'; ++word) {
    if (*word == '\'') {
      memcpy(to, "'\\''", 4);
      to += 4;
    } else {
      *to++ = *word;
    }
  }
  *to++ = '\'';
  return quoted;
}

static const char* load_command(lm_json_reader* r, const lm_json_at* context) {
  lm_json_at array, item;
  if (lm__read_array(r, context, "command", &array, &item) == 0) return NULL;
  char* buffer = NULL;
  size_t size = 0;
  FILE* stream = open_memstream(&buffer, &size);
  if (stream == NULL) {
    r->pool->failed = true;
    return NULL;
  }
  do {
    if (!cJSON_IsString(item.node)) {
      lm__read_fail(r, &item, "a string");
      continue;
    }
    const char* word = lm__pool_clean(r->pool, item.node->valuestring);
    fprintf(stream, "%s%s", item.index > 0 ? " " : "", shell_quoted(r->pool, word));
  } while (lm__read_next(&item));
  const bool ok = fclose(stream) == 0 && buffer != NULL;
  const char* text = ok ? lm__pool_print(r->pool, "%s", buffer) : NULL;
  if (!ok) r->pool->failed = true;
  free(buffer);
  return text;
}

static void load_tool(lm_json_reader* r, const lm_json_at* root, lm_file_context* out) {
  const lm_json_at tool = lm__read_object(r, root, "tool");
  const char* name = lm__read_string(r, &tool, "name");
  const char* version = lm__read_string(r, &tool, "version");
  if (name != NULL) {
    out->tool = lm__pool_print(r->pool, "%s%s%s", name, version != NULL ? " " : "",
                               version != NULL ? version : "");
  }
  out->git = lm__read_string(r, &tool, "git");
  out->build_type = lm__read_string(r, &tool, "build_type");
  out->compiler = lm__read_string(r, &tool, "compiler");
  out->flags = lm__read_string(r, &tool, "flags");
}

void lm__load_context(lm_json_reader* r, const lm_json_at* root, lm_file_context* out) {
  load_tool(r, root, out);
  const lm_json_at context = lm__read_object(r, root, "context");
  out->date = lm__read_string(r, &context, "date");
  out->host = lm__read_string(r, &context, "host");
  out->os = lm__read_string(r, &context, "os");
  out->memory_bytes = lm__read_amount(r, &context, "memory_bytes");
  out->load_average = lm__read_joined(r, &context, "load_average", ", ", 2);
  out->command = load_command(r, &context);
  const lm_json_at aslr = lm__read_member(r, &context, "aslr");
  out->aslr = aslr.node == NULL ? -1 : cJSON_IsTrue(aslr.node);
  if (aslr.node != NULL && !cJSON_IsBool(aslr.node)) lm__read_fail(r, &aslr, "true or false");
  const lm_json_at cpu = lm__read_object(r, &context, "cpu");
  out->cpu = lm__read_string(r, &cpu, "model");
  out->cpu_logical = lm__read_amount(r, &cpu, "logical");
  out->cpu_allowed = lm__read_amount(r, &cpu, "allowed");
  out->isa = lm__read_joined(r, &cpu, "isa", " ", -1);
  out->governor = lm__read_string(r, &cpu, "governor");
  out->frequency_mhz = interval(r, &cpu, "frequency_mhz");
  out->caches = load_caches(r, &cpu);
}

// "1x224x224x3 uint8", several separated by "; ".
static const char* load_tensors(lm_json_reader* r, const lm_json_at* model, const char* key) {
  lm_json_at array, item;
  const char* text = NULL;
  if (lm__read_array(r, model, key, &array, &item) == 0) return NULL;
  do {
    const char* type = lm__read_string(r, &item, "type");
    const char* shape = lm__read_joined(r, &item, "shape", "×", -1);
    if (item.index >= MAX_LISTED) continue;
    text = lm__pool_print(r->pool, "%s%s%s %s", text != NULL ? text : "", text != NULL ? "; " : "",
                          shape != NULL ? shape : "scalar", type != NULL ? type : "");
  } while (lm__read_next(&item));
  return text;
}

void lm__load_model(lm_json_reader* r, const lm_json_at* result, lm_model_facts* out) {
  lm_json_at model = lm__read_object(r, result, "model");
  if (model.node == NULL) lm__read_fail(r, &model, "an object");
  out->name = lm__read_need_string(r, &model, "name");
  out->sha256 = lm__read_need_string(r, &model, "sha256");
  out->file = lm__read_string(r, &model, "file");
  out->precision = lm__read_string(r, &model, "precision");
  out->inputs = load_tensors(r, &model, "inputs");
  out->outputs = load_tensors(r, &model, "outputs");
  out->bytes = lm__read_amount(r, &model, "bytes");
  out->weight_bytes = lm__read_amount(r, &model, "weight_bytes");
  out->macs = lm__read_amount(r, &model, "macs");
  out->node_count = lm__read_amount(r, &model, "node_count");
}

void lm__load_placement(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  const lm_json_at placement = lm__read_object(r, result, "placement");
  lm_json_at array, item;
  int count = lm__read_array(r, &placement, "delegates", &array, &item);
  lm_placed* placed = lm__pool_array(r->pool, (size_t)count, sizeof *placed);
  if (count > 0 && placed != NULL) {
    do {
      lm_placed* to = &placed[out->placed_count++];
      const char* name = lm__read_string(r, &item, "name");
      to->name = name != NULL ? name : "?";
      to->nodes = lm__read_amount(r, &item, "nodes");
      to->macs = lm__read_amount(r, &item, "macs");
      to->partitions = lm__read_amount(r, &item, "partitions");
    } while (lm__read_next(&item));
  }
  out->placed = placed;
  count = lm__read_array(r, &placement, "nodes", &array, &item);
  lm_node_facts* nodes = lm__pool_array(r->pool, (size_t)count, sizeof *nodes);
  if (count > 0 && nodes != NULL) {
    do {
      lm_node_facts* to = &nodes[out->node_count++];
      const char* op = lm__read_string(r, &item, "op");
      const char* delegate = lm__read_string(r, &item, "delegate");
      to->op = op != NULL ? op : "?";
      to->delegate = delegate != NULL ? delegate : "?";
      to->kernel = lm__read_string(r, &item, "kernel");
      to->why_not = lm__read_string(r, &item, "why_not");
      to->partition = lm__read_amount(r, &item, "partition");
      to->macs = lm__read_amount(r, &item, "macs");
    } while (lm__read_next(&item));
  }
  out->nodes = nodes;
}

void lm__load_ops(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  lm_json_at array, item;
  const int count = lm__read_array(r, result, "ops", &array, &item);
  lm_op_facts* ops = lm__pool_array(r->pool, (size_t)count, sizeof *ops);
  out->ops = ops;
  if (count == 0 || ops == NULL) return;
  do {
    lm_op_facts* to = &ops[out->op_count++];
    to->index = lm__read_amount(r, &item, "index");
    const char* op = lm__read_string(r, &item, "op");
    to->op = op != NULL ? op : "?";
    to->delegate = lm__read_string(r, &item, "delegate");
    to->kind = lm__read_string(r, &item, "kind");
    to->kernel = lm__read_string(r, &item, "kernel");
    to->mean_us = lm__read_amount(r, &item, "mean_us");
    to->share = lm__read_amount(r, &item, "share");
    to->shape = lm__read_string(r, &item, "shape");
    to->macs = lm__read_amount(r, &item, "macs");
    to->bytes = lm__read_amount(r, &item, "bytes");
    to->macs_per_second = lm__read_number(r, &item, "macs_per_second", 0, 1e24);
    to->fraction_of_peak = lm__read_number(r, &item, "fraction_of_peak", 0, 1e12);
  } while (lm__read_next(&item));
}

void lm__load_latency(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  const lm_json_at latency = lm__read_object(r, result, "latency_ms");
  lm_latency_facts* l = &out->latency;
  l->median = lm__read_amount(r, &latency, "median");
  l->mean = lm__read_amount(r, &latency, "mean");
  l->stddev = lm__read_amount(r, &latency, "stddev");
  l->min = lm__read_amount(r, &latency, "min");
  l->max = lm__read_amount(r, &latency, "max");
  l->p90 = lm__read_amount(r, &latency, "p90");
  l->p95 = lm__read_amount(r, &latency, "p95");
  l->p99 = lm__read_amount(r, &latency, "p99");
  l->count = lm__read_amount(r, &latency, "count");
  l->batch = lm__read_amount(r, &latency, "batch");
  l->ci95 = interval(r, &latency, "ci95");
  const lm_json_at phases = lm__read_object(r, result, "phases_ms");
  lm_phase_facts* p = &out->phases;
  p->load = lm__read_amount(r, &phases, "load");
  p->delegate_init = lm__read_amount(r, &phases, "delegate_init");
  p->plan = lm__read_amount(r, &phases, "plan");
  p->first = lm__read_amount(r, &phases, "first_inference");
  p->warmup = lm__read_amount(r, &phases, "warmup");
  p->warmup_count = lm__read_amount(r, &phases, "warmup_count");
  const lm_json_at throughput = lm__read_object(r, result, "throughput");
  out->macs_per_second = lm__read_number(r, &throughput, "macs_per_second", 0, 1e24);
  out->peak_macs_per_second = lm__read_number(r, &throughput, "peak_macs_per_second", 0, 1e24);
  out->fraction_of_peak = lm__read_number(r, &throughput, "fraction_of_peak", 0, 1e12);
  const lm_json_at winograd = lm__read_member(r, &throughput, "winograd");
  out->winograd = winograd.node != NULL && cJSON_IsTrue(winograd.node);
  if (winograd.node != NULL && !cJSON_IsBool(winograd.node)) {
    lm__read_fail(r, &winograd, "true or false");
  }
}

void lm__load_memory(lm_json_reader* r, const lm_json_at* result, lm_memory_facts* out) {
  const lm_json_at memory = lm__read_object(r, result, "memory_bytes");
  const lm_json_at peak = lm__read_object(r, &memory, "peak");
  static const char* const kPhases[LM_PEAK_COUNT] = {"baseline", "load", "plan", "first", "steady"};
  for (int i = 0; i < LM_PEAK_COUNT; ++i) out->peak[i] = lm__read_amount(r, &peak, kPhases[i]);
  out->anonymous = lm__read_amount(r, &memory, "anonymous");
  out->file_backed = lm__read_amount(r, &memory, "file_backed");
  out->arena = lm__read_amount(r, &memory, "arena");
  out->arena_bound = lm__read_amount(r, &memory, "arena_lower_bound");
  out->arena_naive = lm__read_amount(r, &memory, "arena_naive");
  out->packed = lm__read_amount(r, &memory, "packed");
  out->persistent = lm__read_amount(r, &memory, "persistent");
  out->device = lm__read_amount(r, &memory, "device");
  out->peak_over_plan = lm__read_number(r, &memory, "peak_over_plan", 0, 1e12);
  out->method = lm__read_string(r, &memory, "method");
}

static void load_part(lm_json_reader* r, const lm_json_at* part, const char* name,
                      lm_part_size* parts, int* count) {
  if (part->node == NULL || cJSON_IsNull(part->node)) return;
  parts[(*count)++] = (lm_part_size){
      .name = name,
      .text = lm__read_amount(r, part, "text"),
      .rodata = lm__read_amount(r, part, "rodata"),
      .data = lm__read_amount(r, part, "data"),
      .bss = lm__read_amount(r, part, "bss"),
  };
}

void lm__load_binary(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  const lm_json_at binary = lm__read_object(r, result, "binary_bytes");
  out->program_file_bytes = lm__read_amount(r, &binary, "file");
  const lm_json_at delegates = lm__read_object(r, &binary, "delegates");
  const int delegate_count = delegates.node != NULL ? cJSON_GetArraySize(delegates.node) : 0;
  lm_part_size* parts = lm__pool_array(r->pool, (size_t)delegate_count + 2, sizeof *parts);
  if (parts == NULL) return;
  lm_json_at part = lm__read_object(r, &binary, "runtime");
  load_part(r, &part, "runtime", parts, &out->part_count);
  const cJSON* child = delegates.node != NULL ? delegates.node->child : NULL;
  for (; child != NULL; child = child->next) {
    const char* name =
        lm__pool_print(r->pool, "delegate %s", lm__pool_clean(r->pool, child->string));
    part = (lm_json_at){child, &delegates, child->string, 0};
    load_part(r, &part, name, parts, &out->part_count);
  }
  part = lm__read_object(r, &binary, "program");
  load_part(r, &part, "whole program", parts, &out->part_count);
  out->parts = parts;
}

void lm__load_check(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  const lm_json_at check = lm__read_object(r, result, "check");
  out->check_status = lm__read_string(r, &check, "status");
  out->check_against = lm__read_string(r, &check, "against");
  out->check_why_skipped = lm__read_string(r, &check, "why_skipped");
  out->check_max_abs = lm__read_number(r, &check, "max_abs", 0, 1e300);
  out->check_mismatched = lm__read_amount(r, &check, "mismatched");
  out->check_elements = lm__read_amount(r, &check, "elements");
  const lm_json_at verdict = lm__read_object(r, result, "verdict");
  out->verdict = lm__read_string(r, &verdict, "status");
  out->verdict_reasons = lm__read_joined(r, &verdict, "reasons", "; ", -1);
}

int lm__load_failures(lm_json_reader* r, const lm_json_at* root, lm_failure_facts** out) {
  lm_json_at array, item;
  const int count = lm__read_array(r, root, "failures", &array, &item);
  *out = lm__pool_array(r->pool, (size_t)count, sizeof **out);
  if (count == 0 || *out == NULL) return 0;
  int n = 0;
  do {
    lm_failure_facts* to = &(*out)[n++];
    to->model = lm__read_string(r, &item, "model");
    to->delegate = lm__read_string(r, &item, "delegate");
    to->threads = lm__read_amount(r, &item, "threads");
    to->message = lm__read_need_string(r, &item, "message");
  } while (lm__read_next(&item));
  return n;
}

static lm_score load_score(lm_json_reader* r, const lm_json_at* accuracy, const char* key) {
  const lm_json_at at = lm__read_object(r, accuracy, key);
  const lm_score score = {
      .correct = lm__read_amount(r, &at, "correct"),
      .total = lm__read_amount(r, &at, "total"),
      .ratio = lm__read_number(r, &at, "ratio", 0, 1),
      .ci95 = interval(r, &at, "ci95"),
  };
  if (score.correct > score.total) lm__read_fail(r, &at, "correct to be at most total");
  return score;
}

static void load_recipe(lm_json_reader* r, const lm_json_at* result, lm_recipe* out) {
  const lm_json_at dataset = lm__read_object(r, result, "dataset");
  out->dataset = lm__read_string(r, &dataset, "path");
  out->dataset_sha256 = lm__read_string(r, &dataset, "sha256");
  out->images = lm__read_amount(r, &dataset, "images");
  out->classes = lm__read_amount(r, &dataset, "classes");
  const lm_json_at recipe = lm__read_object(r, result, "preprocessing");
  out->resize = lm__read_string(r, &recipe, "resize");
  out->crop = lm__read_number(r, &recipe, "crop", 0, 1e6);
  out->mean = lm__read_joined(r, &recipe, "mean", ", ", -1);
  out->std = lm__read_joined(r, &recipe, "std", ", ", -1);
  out->source = lm__read_string(r, &recipe, "source");
  out->channels = lm__read_string(r, &recipe, "channels");
  out->label_offset = lm__read_number(r, &recipe, "label_offset", -1e6, 1e6);
  out->sha256 = lm__read_string(r, &recipe, "sha256");
}

void lm__load_accuracy(lm_json_reader* r, const lm_json_at* result, lm_result* out) {
  const lm_json_at accuracy = lm__read_object(r, result, "accuracy");
  out->top1 = load_score(r, &accuracy, "top1");
  out->top5 = load_score(r, &accuracy, "top5");
  load_recipe(r, result, &out->recipe);
  const lm_json_at latency = lm__read_object(r, result, "eval_latency_ms");
  out->eval_median = lm__read_amount(r, &latency, "median");
  out->eval_mean = lm__read_amount(r, &latency, "mean");
  lm_json_at array, item;
  const int count = lm__read_array(r, result, "agreement", &array, &item);
  lm_agreement* list = lm__pool_array(r->pool, (size_t)count, sizeof *list);
  out->agreements = list;
  if (count == 0 || list == NULL) return;
  do {
    lm_agreement* to = &list[out->agreement_count++];
    const char* with = lm__read_string(r, &item, "with");
    to->with = with != NULL ? with : "?";
    to->same = lm__read_amount(r, &item, "top1_same");
    to->total = lm__read_amount(r, &item, "total");
    to->right_to_wrong = lm__read_amount(r, &item, "right_to_wrong");
    to->wrong_to_right = lm__read_amount(r, &item, "wrong_to_right");
    to->p = lm__read_number(r, &item, "mcnemar_p", 0, 1.000001);
  } while (lm__read_next(&item));
}
