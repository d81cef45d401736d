// SPDX-License-Identifier: MIT
#include "page.h"

#include <string.h>

#include "embedded.h"
#include "tables.h"

const char* const lm__page_method_notes[] = {
    "Latency is the median of single steady inferences after warm-up. Its interval is "
    "distribution-free "
    "(order statistics) and is widened where neighbouring samples repeat each other; all raw "
    "samples are "
    "in the result file.",
    "A percentile appears only where there are samples enough for it: 29 for p90, 59 for p95, 299 "
    "for "
    "p99.",
    "Load, delegate start, planning and the first inference are timed apart and are not in the "
    "median.",
    "A speed-up is a ratio of medians; its bounds divide the ends of the two intervals the "
    "unfavourable "
    "and the favourable way, so they are rather too wide than too narrow.",
    "Accuracy intervals are Wilson's. A difference of accuracies is tested image by image (exact "
    "McNemar); grey differences are within what chance gives, which is not the same as none.",
    "Memory is the resident peak of a process that runs this configuration alone, taken by phase.",
    "The arena bound is the largest sum of activations that are alive at once: no plan can need "
    "less.",
    "Engines are compared in one process: each block gives every engine an equal, rotating turn "
    "with an untimed beginning, a ratio is of two medians of one block, and its interval is that "
    "of "
    "the median over the blocks.",
    "A row is named after what really ran. Verdicts: VALID; NOISY, the machine disturbed the run; "
    "TOO_FEW, not enough samples; CONTRADICTION, the times of a device and of the host exclude "
    "each "
    "other; INVALID, another output than the reference kernels. Do not use the last two.",
    NULL};

static void heading(FILE* out, const char* id, const char* title, const char* intro) {
  fprintf(out, "<section id=\"%s\"><h2>%s</h2>\n", id, title);
  if (intro != NULL) fprintf(out, "<p>%s</p>\n", intro);
}

static void write_plot(const lm_page* page, const char* name, FILE* out) {
  for (int i = 0; i < page->plots->count; ++i) {
    const lm_plot* plot = &page->plots->items[i];
    if (strcmp(plot->name, name) != 0 || plot->svg == NULL) continue;
    fprintf(out,
            "<figure><h3>%s</h3><figcaption>%s</figcaption>\n<div class=\"plot\" role=\"img\" "
            "aria-label=\"%s\">\n",
            plot->title, plot->caption, plot->title);
    fputs(plot->svg, out);
    fputs("</div></figure>\n", out);
  }
}

static void section_table(const char* title, const lm_table* table, FILE* out) {
  if (table->row_count == 0) return;
  if (title != NULL) fprintf(out, "<h3>%s</h3>\n", title);
  lm__table_write_html(table, out);
}

static void write_element(FILE* out, const char* name, const char* text) {
  fprintf(out, "<div class=\"%s\">", name);
  lm__html_text(out, text);
  fputs("</div>", out);
}

static const char* headline_class(lm_tone tone) {
  return tone == LM_TONE_GOOD    ? "headline good"
         : tone == LM_TONE_BAD   ? "headline bad"
         : tone == LM_TONE_MUTED ? "headline muted"
                                 : "headline";
}

static void write_summary(const lm_page* page, FILE* out) {
  const lm_findings* f = page->findings;
  heading(out, "summary", "Summary", NULL);
  for (int i = 0; i < f->warning_count; ++i) write_element(out, "note", f->warnings[i]);
  if (page->plots->problem != NULL) {
    fputs("<div class=\"note\">No plots: ", out);
    lm__html_text(out, page->plots->problem);
    fputs(".</div>\n", out);
  }
  for (int g = 0; g < f->group_count; ++g) {
    fputs("<h3>", out);
    lm__html_text(out, f->groups[g].title);
    fputs("</h3>\n<div class=\"cards\">\n", out);
    for (int i = 0; i < f->groups[g].count; ++i) {
      const lm_finding* item = &f->groups[g].items[i];
      fputs("<div class=\"card\">", out);
      write_element(out, "topic", item->topic);
      write_element(out, headline_class(item->tone), item->headline);
      write_element(out, "detail", item->detail);
      fputs("</div>\n", out);
    }
    fputs("</div>\n", out);
  }
  if (f->left_out > 0) fprintf(out, "<p>%d more networks stand in the tables.</p>\n", f->left_out);
  const lm_table comparison = lm__table_comparison(page->pool, page->merged);
  section_table("Float against quantized, side by side", &comparison, out);
  const lm_table failures = lm__table_failures(page->pool, page->merged);
  section_table("Asked for, but did not run", &failures, out);
  fputs("</section>\n", out);
}

static void write_measurements(const lm_page* page, FILE* out) {
  const lm_table latency = lm__table_latency(page->pool, page->merged);
  if (latency.row_count > 0) {
    heading(out, "latency", "Latency",
            "Milliseconds for one inference. Hover over a column's "
            "name for what it means.");
    write_plot(page, "latency", out);
    section_table(NULL, &latency, out);
    fputs("</section>\n", out);
  }
  const lm_table accuracy = lm__table_accuracy(page->pool, page->merged);
  if (accuracy.row_count > 0) {
    const lm_table agreement = lm__table_agreement(page->pool, page->merged);
    const lm_table recipes = lm__table_recipes(page->pool, page->merged);
    heading(out, "accuracy", "Accuracy",
            "Share of images whose label is the first answer (top-1) "
            "or among the first five (top-5).");
    write_plot(page, "accuracy", out);
    section_table(NULL, &accuracy, out);
    if (agreement.row_count > 0) {
      fputs("<details><summary>Agreement of every pair, image by image</summary>\n", out);
      section_table(NULL, &agreement, out);
      fputs("</details>\n", out);
    }
    fputs("<details><summary>Data set and preprocessing</summary>\n", out);
    section_table(NULL, &recipes, out);
    fputs("</details></section>\n", out);
  }
}

static void write_engines(const lm_page* page, FILE* out) {
  if (page->merged->results->contest_count == 0) return;
  const lm_table engines = lm__table_engines(page->pool, page->merged);
  const lm_table details = lm__table_engine_details(page->pool, page->merged);
  const lm_table versions = lm__table_engine_versions(page->pool, page->merged);
  heading(out, "engines", "Engines",
          "The same models and inputs on several runtimes, interleaved in blocks. Ratios are "
          "times divided by that of the baseline: above 1 the baseline is faster.");
  write_plot(page, "engines", out);
  section_table(NULL, &engines, out);
  fputs("<details><summary>Outputs, start-up, remarks</summary>\n", out);
  section_table(NULL, &details, out);
  fputs("</details>\n", out);
  section_table("Versions", &versions, out);
  fputs("</section>\n", out);
}

static void write_peak(const lm_page* page, FILE* out) {
  const lm_table work = lm__table_work(page->pool, page->merged);
  const lm_results* results = page->merged->results;
  int rates = 0;
  for (int i = 0; i < results->file_count; ++i) rates += results->files[i].rate_count;
  if (rates == 0) return;
  heading(out, "peak", "Peak",
          "How much of what the machine can do: its peaks were measured in the same run.");
  write_plot(page, "roofline", out);
  section_table(NULL, &work, out);
  for (int i = 0; i < results->file_count; ++i) {
    const lm_table peak = lm__table_peak(page->pool, &results->files[i]);
    if (peak.row_count == 0) continue;
    fputs("<h3>", out);
    lm__html_text(out, results->files[i].cpu != NULL ? results->files[i].cpu : "Machine");
    fputs("</h3>\n", out);
    section_table(NULL, &peak, out);
  }
  fputs("</section>\n", out);
}

static void write_devices(const lm_page* page, FILE* out) {
  const lm_table devices = lm__table_devices(page->pool, page->merged);
  if (devices.row_count == 0) return;
  const lm_table times = lm__table_times(page->pool, page->merged);
  heading(out, "devices", "Devices",
          "What ran on a device of its own, and where the time of an inference went there. "
          "Latency is always the whole inference.");
  section_table(NULL, &devices, out);
  write_plot(page, "times", out);
  section_table("Time of an inference", &times, out);
  fputs("</section>\n", out);
}

static void write_sizes(const lm_page* page, FILE* out) {
  const lm_table memory = lm__table_memory(page->pool, page->merged);
  if (memory.row_count > 0) {
    heading(out, "memory", "Memory",
            "Highest resident memory by phase, and how near the planned "
            "arena comes to the least possible.");
    write_plot(page, "memory", out);
    section_table(NULL, &memory, out);
    fputs("</section>\n", out);
  }
  if (page->merged->results->count == 0) return;
  const lm_table models = lm__table_models(page->pool, page->merged);
  const lm_table binary = lm__table_binary(page->pool, page->merged);
  heading(out, "size", "Size", NULL);
  write_plot(page, "size", out);
  section_table("Models", &models, out);
  section_table("Program: code and data of its parts", &binary, out);
  fputs("</section>\n", out);
}

static void write_ops(const lm_page* page, FILE* out) {
  bool any = false;
  for (int i = 0; i < page->merged->results->count; ++i) {
    const lm_result* r = &page->merged->results->items[page->merged->order[i]];
    const lm_table ops = lm__table_ops(page->pool, r);
    if (ops.row_count == 0) continue;
    if (!any) {
      fputs(
          "<h3>Slowest operations</h3>\n<p class=\"muted\">From runs of their own, because "
          "profiling slows what it observes.</p>\n",
          out);
    }
    any = true;
    fputs("<details><summary>", out);
    lm__html_text(out, r->name);
    fputs("</summary>\n", out);
    lm__table_write_html(&ops, out);
    fputs("</details>\n", out);
  }
}

// On a device every node counts: one list for each model and delegate.
static void write_nodes(const lm_page* page, FILE* out) {
  const lm_merged* merged = page->merged;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (r->is_eval || r->device_info.name == NULL || r->node_count == 0) continue;
    const lm_table nodes = lm__table_nodes(page->pool, r);
    fputs("<details><summary>Every node of ", out);
    lm__html_text(out, r->name);
    fputs("</summary>\n", out);
    lm__table_write_html(&nodes, out);
    fputs("</details>\n", out);
  }
}

static void write_placement(const lm_page* page, FILE* out) {
  if (page->merged->results->count == 0) return;
  const lm_table placement = lm__table_placement(page->pool, page->merged);
  const lm_table reasons = lm__table_reasons(page->pool, page->merged);
  heading(out, "placement", "Placement", "Which delegate really ran which part of each model.");
  section_table(NULL, &placement, out);
  if (reasons.row_count > 0) {
    section_table("Nodes that stayed behind, and why", &reasons, out);
  } else if (placement.row_count > 0) {
    fputs("<p>No node stayed behind for a stated reason.</p>\n", out);
  }
  write_nodes(page, out);
  write_ops(page, out);
  fputs("</section>\n", out);
}

static void write_background(const lm_page* page, FILE* out) {
  const lm_results* results = page->merged->results;
  heading(out, "machine", "Machine", NULL);
  for (int i = 0; i < results->file_count; ++i) {
    const lm_table facts = lm__table_context(page->pool, &results->files[i]);
    fputs("<div class=\"facts\">", out);
    lm__table_write_html(&facts, out);
    fputs("</div>\n", out);
  }
  fputs("</section>\n", out);
  heading(out, "method", "Method", NULL);
  fputs("<ul>\n", out);
  for (const char* const* note = lm__page_method_notes; *note != NULL; ++note) {
    fputs("<li>", out);
    lm__html_text(out, *note);
    fputs("</li>\n", out);
  }
  fputs("</ul></section>\n", out);
  heading(out, "reproduce", "Reproduce", "The commands that made these results.");
  fputs("<pre><code>", out);
  for (int i = 0; i < results->file_count; ++i) {
    if (results->files[i].command == NULL) continue;
    lm__html_text(out, results->files[i].command);
    fputc('\n', out);
  }
  fputs("</code></pre></section>\n", out);
}

static void write_subtitle(const lm_page* page, FILE* out) {
  if (page->merged->results->file_count == 0) return;
  const lm_file_context* f = &page->merged->results->files[0];
  const char* const parts[] = {f->cpu, f->os, f->date, f->tool};
  bool any = false;
  fputs("<p>", out);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
    if (parts[i] == NULL) continue;
    if (any) fputs(" · ", out);
    lm__html_text(out, parts[i]);
    any = true;
  }
  fputs("</p>", out);
}

static void write_head(const lm_page* page, FILE* out) {
  fputs(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing on this page may run or load anything, whatever a name in a result holds.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\">\n<title>",
      out);
  lm__html_text(out, page->title);
  fputs("</title>\n<style>\n", out);
  fputs(lm__embedded_page_css, out);
  fputs("</style></head>\n<body>\n<header><div class=\"wrap\"><h1>", out);
  lm__html_text(out, page->title);
  fputs("</h1>", out);
  write_subtitle(page, out);
  fputs(
      "</div></header>\n<nav><div class=\"wrap\"><a href=\"#summary\">Summary</a>"
      "<a href=\"#latency\">Latency</a><a href=\"#accuracy\">Accuracy</a>"
      "<a href=\"#engines\">Engines</a><a href=\"#peak\">Peak</a>"
      "<a href=\"#devices\">Devices</a><a href=\"#memory\">Memory</a><a href=\"#size\">Size</a>"
      "<a href=\"#placement\">Placement</a><a href=\"#machine\">Machine</a>"
      "<a href=\"#method\">Method</a><a href=\"#reproduce\">Reproduce</a></div></nav>\n"
      "<main class=\"wrap\">\n",
      out);
}

void lm__page_write_html(const lm_page* page, FILE* out) {
  write_head(page, out);
  write_summary(page, out);
  write_measurements(page, out);
  write_engines(page, out);
  write_peak(page, out);
  write_devices(page, out);
  write_sizes(page, out);
  write_placement(page, out);
  write_background(page, out);
  fputs(
      "</main>\n<footer><div class=\"wrap\">Made by litmark report. The same numbers: "
      "results.csv and report.md beside this page, plots/ as SVG and TSV.</div></footer>\n"
      "</body></html>\n",
      out);
}
