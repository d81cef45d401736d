// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "inspect.h"
#include "result.h"

// "1.23 MiB", "456 B".
static const char* bytes_text(size_t bytes, char* buffer, size_t size) {
  if (bytes < 10240) {
    snprintf(buffer, size, "%zu B", bytes);
  } else if (bytes < 1024u * 1024) {
    snprintf(buffer, size, "%.1f KiB", (double)bytes / 1024);
  } else {
    snprintf(buffer, size, "%.2f MiB", (double)bytes / (1024 * 1024));
  }
  return buffer;
}

static const char* macs_text(uint64_t macs, char* buffer, size_t size) {
  if (macs == 0) {
    snprintf(buffer, size, "-");
  } else if (macs < 1000000) {
    snprintf(buffer, size, "%.1fk", (double)macs / 1e3);
  } else {
    snprintf(buffer, size, "%.2fM", (double)macs / 1e6);
  }
  return buffer;
}

static const char* quantization_text(const lm_quantization* q, char* buffer, size_t size) {
  buffer[0] = '\0';
  if (q->count == 1) {
    snprintf(buffer, size, "scale %.9g zero point %d", (double)q->scales[0], q->zero_points[0]);
  } else if (q->count > 1) {
    float low = q->scales[0], high = q->scales[0];
    for (int32_t i = 1; i < q->count; ++i) {
      if (q->scales[i] < low) low = q->scales[i];
      if (q->scales[i] > high) high = q->scales[i];
    }
    snprintf(buffer, size, "%d scales %.3g..%.3g along dimension %d", q->count, (double)low,
             (double)high, q->axis);
  }
  return buffer;
}

static void print_tensor(const inspection* in, const char* what, int32_t number, int32_t index,
                         FILE* out) {
  const lm_tensor_def* t = &in->subgraph->tensors[index];
  char shape[LM_SHAPE_TEXT_SIZE], signature[LM_SHAPE_TEXT_SIZE], quantization[96], name[128];
  lm_shape_format(inspect_shape(in, index), shape, sizeof shape);
  lm_shape_format(&t->shape_signature, signature, sizeof signature);
  quantization_text(&t->quantization, quantization, sizeof quantization);
  fprintf(out, "  %s %-3d %-8s %-18s %s%s%s%s  %s%s%s\n", what, number, lm_type_name(t->type),
          shape, strcmp(shape, signature) != 0 ? "signature " : "",
          strcmp(shape, signature) != 0 ? signature : "", t->data != NULL ? " constant" : "",
          t->is_variable ? " variable" : "", quantization, quantization[0] != '\0' ? "  " : "",
          lm_printable(name, sizeof name, t->name));
}

static void print_file(const inspection* in, FILE* out) {
  char file[32], constants[32], text[160];
  char path[4096];
  fprintf(out, "%s\n", lm_printable(path, sizeof path, in->path));
  fprintf(out, "  file %s, constants %s, %d subgraph%s, %d operators, %d tensors\n",
          bytes_text(in->model->file_bytes, file, sizeof file),
          bytes_text(in->model->constant_bytes, constants, sizeof constants),
          in->model->subgraph_count, in->model->subgraph_count == 1 ? "" : "s",
          in->subgraph->node_count, in->subgraph->tensor_count);
  if (in->model->description[0] != '\0') {
    fprintf(out, "  description: %s\n", lm_printable(text, sizeof text, in->model->description));
  }
  for (int32_t i = 0; i < in->model->metadata_count; ++i) {
    const lm_metadata_def* m = &in->model->metadata[i];
    fprintf(out, "  metadata: %s, %zu bytes\n", lm_printable(text, sizeof text, m->name), m->bytes);
  }
  for (int32_t i = 0; i < in->model->signature_count; ++i) {
    const lm_signature_def* s = &in->model->signatures[i];
    fprintf(out, "  signature: %s, subgraph %d, %d inputs, %d outputs\n",
            lm_printable(text, sizeof text, s->key), s->subgraph_index, s->input_count,
            s->output_count);
  }
  for (int32_t i = 0; i < in->subgraph->input_count; ++i) {
    print_tensor(in, "input ", i, in->subgraph->inputs[i], out);
  }
  for (int32_t i = 0; i < in->subgraph->output_count; ++i) {
    print_tensor(in, "output", i, in->subgraph->outputs[i], out);
  }
}

// Operators by kind, with their share of the work.
static void print_summary(const inspection* in, FILE* out) {
  const lm_subgraph_def* s = in->subgraph;
  fprintf(out, "\n%-32s %6s %12s %7s\n", "operator", "nodes", "MACs", "share");
  bool* done = calloc(s->node_count > 0 ? (size_t)s->node_count : 1, sizeof *done);
  if (done == NULL) return;
  uint64_t total = 0;
  for (int32_t n = 0; n < s->node_count; ++n) total += inspect_macs(in, n);
  for (int32_t n = 0; n < s->node_count; ++n) {
    if (done[n]) continue;
    int32_t count = 0;
    uint64_t macs = 0;
    for (int32_t k = n; k < s->node_count; ++k) {
      if (s->nodes[k].builtin != s->nodes[n].builtin ||
          strcmp(s->nodes[k].custom_name, s->nodes[n].custom_name) != 0) {
        continue;
      }
      done[k] = true;
      ++count;
      macs += inspect_macs(in, k);
    }
    char text[32], name[64];
    fprintf(out, "%-32s %6d %12s", lm_printable(name, sizeof name, lm_node_name(&s->nodes[n])),
            count, macs_text(macs, text, sizeof text));
    if (total > 0) fprintf(out, " %6.1f%%", 100.0 * (double)macs / (double)total);
    if (lm_op_find(s->nodes[n].builtin, s->nodes[n].custom_name) == NULL) {
      fprintf(out, "  no kernel in this build");
    }
    fprintf(out, "\n");
  }
  free(done);
}

static void print_nodes(const inspection* in, FILE* out) {
  const lm_subgraph_def* s = in->subgraph;
  fprintf(out, "\n%4s %-24s %-18s %-18s %-8s %9s  %s\n", "node", "operator", "input", "output",
          "type", "MACs", in->report != NULL ? "runs on" : "");
  for (int32_t n = 0; n < s->node_count; ++n) {
    const lm_node_def* def = &s->nodes[n];
    const int32_t input = def->input_count > 0 ? def->inputs[0] : -1;
    const int32_t output = def->output_count > 0 ? def->outputs[0] : -1;
    char from[LM_SHAPE_TEXT_SIZE] = "-", to[LM_SHAPE_TEXT_SIZE] = "-", macs[32], name[64];
    if (input >= 0) lm_shape_format(inspect_shape(in, input), from, sizeof from);
    if (output >= 0) lm_shape_format(inspect_shape(in, output), to, sizeof to);
    fprintf(out, "%4d %-24s %-18s %-18s %-8s %9s", n,
            lm_printable(name, sizeof name, lm_node_name(def)), from, to,
            output >= 0 ? lm_type_name(inspect_type(in, output)) : "-",
            macs_text(inspect_macs(in, n), macs, sizeof macs));
    if (in->report != NULL) {
      const lm_placement* p = &in->report->placements[n];
      fprintf(out, "  %s", p->delegate);
      if (p->partition >= 0) fprintf(out, " #%d", p->partition);
      if (p->kernel != NULL) fprintf(out, "  %s", p->kernel);
      if (p->why_not != NULL) fprintf(out, "  (%s: %s)", in->delegate, p->why_not);
    }
    fprintf(out, "\n");
  }
}

// "cpu 26 nodes in 1 partition, reference 1 node".
static void print_placement(const inspection* in, FILE* out) {
  const lm_plan_report* r = in->report;
  fprintf(out, "  placement");
  for (int32_t n = 0; n < r->node_count; ++n) {
    int32_t count = 0, partitions = 0, last = -1;
    bool seen = false;
    for (int32_t k = 0; k < r->node_count; ++k) {
      if (strcmp(r->placements[k].delegate, r->placements[n].delegate) != 0) continue;
      if (k < n) seen = true;
      ++count;
      if (r->placements[k].partition >= 0 && r->placements[k].partition != last) {
        last = r->placements[k].partition;
        ++partitions;
      }
    }
    if (seen) continue;
    fprintf(out, "%s %s %d node%s", n > 0 ? "," : "", r->placements[n].delegate, count,
            count == 1 ? "" : "s");
    if (partitions > 0) fprintf(out, " in %d partition%s", partitions, partitions == 1 ? "" : "s");
  }
  fprintf(out, "\n");
}

static void print_plan(const inspection* in, FILE* out) {
  const lm_plan_report* r = in->report;
  char a[32], b[32], c[32];
  fprintf(
      out, "\nplan\n  arena %s, lower bound %s (ratio %.3f), without sharing %s\n",
      bytes_text(r->arena_bytes, a, sizeof a), bytes_text(r->arena_lower_bound_bytes, b, sizeof b),
      r->arena_lower_bound_bytes > 0 ? (double)r->arena_bytes / (double)r->arena_lower_bound_bytes
                                     : 1.0,
      bytes_text(r->arena_naive_bytes, c, sizeof c));
  fprintf(out, "  parameters and folded constants %s, packed weights %s",
          bytes_text(r->persistent_bytes, a, sizeof a), bytes_text(r->packed_bytes, b, sizeof b));
  if (r->device_bytes > 0)
    fprintf(out, ", on the device %s", bytes_text(r->device_bytes, c, sizeof c));
  fprintf(out, "\n  %s multiply-accumulates\n", macs_text(r->macs, a, sizeof a));
  char device[400];
  if (*lm_session_device_text(in->session, device, sizeof device) != '\0') {
    fprintf(out, "  device %s\n", device);
  }
  print_placement(in, out);
}

void inspect_print(const inspection* in, bool all_tensors, FILE* out) {
  print_file(in, out);
  print_summary(in, out);
  print_nodes(in, out);
  if (all_tensors) {
    fprintf(out, "\ntensors\n");
    for (int32_t i = 0; i < in->subgraph->tensor_count; ++i) print_tensor(in, "", i, i, out);
  }
  if (in->report != NULL) print_plan(in, out);
}
