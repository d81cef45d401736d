// SPDX-License-Identifier: MIT
#include "page.h"
#include "tables.h"

static void write_table(const char* title, const lm_table* table, FILE* out) {
  if (table->row_count == 0) return;
  fprintf(out, "\n## %s\n\n", title);
  lm__table_write_markdown(table, out);
}

static void write_findings(const lm_page* page, FILE* out) {
  const lm_findings* f = page->findings;
  for (int i = 0; i < f->warning_count; ++i) {
    fputs("> ", out);
    lm__markdown_text(out, f->warnings[i]);
    fputs("\n>\n", out);
  }
  if (page->plots->problem != NULL) {
    fputs("> No plots: ", out);
    lm__markdown_text(out, page->plots->problem);
    fputs(".\n", out);
  }
  for (int g = 0; g < f->group_count; ++g) {
    fputs("\n### ", out);
    lm__markdown_text(out, f->groups[g].title);
    fputs("\n\n", out);
    for (int i = 0; i < f->groups[g].count; ++i) {
      const lm_finding* item = &f->groups[g].items[i];
      fputs("- ", out);
      lm__markdown_text(out, item->topic);
      fputs(": **", out);
      lm__markdown_text(out, item->headline);
      fputs("**. ", out);
      lm__markdown_text(out, item->detail);
      fputc('\n', out);
    }
  }
}

static void write_plots(const lm_page* page, FILE* out) {
  for (int i = 0; i < page->plots->count; ++i) {
    const lm_plot* plot = &page->plots->items[i];
    if (plot->svg == NULL) continue;
    fprintf(out, "\n![%s](plots/%s.svg)\n", plot->title, plot->name);
  }
}

static void write_background(const lm_page* page, FILE* out) {
  const lm_results* results = page->merged->results;
  for (int i = 0; i < results->file_count; ++i) {
    const lm_table facts = lm__table_context(page->pool, &results->files[i]);
    write_table("Machine", &facts, out);
    const lm_table peak = lm__table_peak(page->pool, &results->files[i]);
    write_table("Peak of the machine", &peak, out);
  }
  fputs("\n## Method\n\n", out);
  for (const char* const* note = lm__page_method_notes; *note != NULL; ++note) {
    fputs("- ", out);
    lm__markdown_text(out, *note);
    fputc('\n', out);
  }
  fputs("\n## Reproduce\n\n", out);
  for (int i = 0; i < results->file_count; ++i) {
    // An indented block: no fence that a file name could close.
    if (results->files[i].command != NULL) fprintf(out, "    %s\n", results->files[i].command);
  }
}

void lm__page_write_markdown(const lm_page* page, FILE* out) {
  fputs("# ", out);
  lm__markdown_text(out, page->title);
  fputs("\n\n", out);
  write_findings(page, out);
  write_plots(page, out);
  const struct {
    const char* title;
    lm_table (*make)(lm_pool* pool, const lm_merged* merged);
  } kTables[] = {
      {"Float against quantized", lm__table_comparison},
      {"Asked for, but did not run", lm__table_failures},
      {"Engines side by side", lm__table_engines},
      {"Engines in detail", lm__table_engine_details},
      {"Engine versions", lm__table_engine_versions},
      {"Latency", lm__table_latency},
      {"Work and peak", lm__table_work},
      {"Devices", lm__table_devices},
      {"Time of an inference on a device", lm__table_times},
      {"Accuracy", lm__table_accuracy},
      {"Agreement", lm__table_agreement},
      {"Data set and preprocessing", lm__table_recipes},
      {"Memory", lm__table_memory},
      {"Models", lm__table_models},
      {"Program", lm__table_binary},
      {"Placement", lm__table_placement},
      {"Nodes that stayed behind", lm__table_reasons},
  };
  for (size_t i = 0; i < sizeof kTables / sizeof kTables[0]; ++i) {
    const lm_table table = kTables[i].make(page->pool, page->merged);
    write_table(kTables[i].title, &table, out);
  }
  write_background(page, out);
}
