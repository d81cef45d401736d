// SPDX-License-Identifier: MIT
#include "plots.h"

#include "atomic_file.h"
#include "embedded.h"
#include "gnuplot.h"
#include "plot_data.h"

typedef struct plot_kind {
  const char *name, *title, *caption;
  const char* script;
  void (*data)(lm_pool* pool, const lm_merged* merged, lm_plot_data* out);
} plot_kind;

// One line a plot; the order is that of the page.
static const plot_kind kPlots[LM_MAX_PLOTS] = {
    {"latency", "Latency",
     "Median of the steady inferences. The whisker is the 95 % confidence interval of the median.",
     lm__embedded_latency_gp, lm__plot_latency_data},
    {"accuracy", "Accuracy against latency",
     "One point a model and delegate, at its fastest number of threads. Whiskers: 95 % intervals "
     "of both. Up and to the left is better.",
     lm__embedded_accuracy_gp, lm__plot_accuracy_data},
    {"size", "Model size", "Size of the model file.", lm__embedded_size_gp, lm__plot_size_data},
    {"memory", "Memory",
     "Peak resident memory of the process; the pieces are what each phase adds to the peak.",
     lm__embedded_memory_gp, lm__plot_memory_data},
    {"times", "Where the time on a device goes",
     "One inference by the clock of the host, in the order in which it happens; the dark line is "
     "the device at work, by its own clock.",
     lm__embedded_times_gp, lm__plot_times_data},
    {"engines", "Other runtimes against the baseline",
     "Time of an engine divided by that of the baseline, taken block by block while they were "
     "interleaved: median with its 95 % interval. Beyond the line at 1 the baseline is faster.",
     lm__embedded_engines_gp, lm__plot_engines_data},
    {"roofline", "Ops below the machine's limits",
     "One point an op with weights that takes at least 0.5 % of its model's time. Lines: measured "
     "peaks of multiplying and of reading. A point far below both is where time is to be won; "
     "Winograd multiplies less than is counted and may pass the roof. One machine, its least "
     "number of threads.",
     lm__embedded_roofline_gp, lm__plot_roofline_data},
};

static lm_status write_file(lm_pool* pool, const char* directory, const char* name,
                            const char* suffix, const char* const* texts, lm_error* err) {
  lm_atomic_file file;
  const char* path = lm__pool_print(pool, "%s/plots/%s.%s", directory, name, suffix);
  lm_status status = lm_atomic_open(path, &file, err);
  if (status != LM_OK) return status;
  for (; *texts != NULL; ++texts) fputs(*texts, file.stream);
  return lm_atomic_commit(&file, err);
}

static lm_status write_sources(lm_pool* pool, const plot_kind* kind, const lm_plot_data* data,
                               const char* directory, lm_error* err) {
  const char* const table[] = {data->header, "\n", data->rows, NULL};
  const lm_status status = write_file(pool, directory, kind->name, "tsv", table, err);
  if (status != LM_OK) return status;
  // A row always holds a tab, so no row can end the data early.
  const char* const script[] = {"# Draw again: gnuplot -d ",
                                kind->name,
                                ".gp > ",
                                kind->name,
                                ".svg\n",
                                data->settings,
                                "$data << LITMARK_DATA\n",
                                data->rows,
                                "LITMARK_DATA\n",
                                lm__embedded_common_gp,
                                kind->script,
                                NULL};
  return write_file(pool, directory, kind->name, "gp", script, err);
}

// Draws one plot. What gnuplot cannot do lands in out->problem.
static lm_status draw(lm_pool* pool, const plot_kind* kind, const char* directory, lm_plot* plot,
                      lm_plots* out, lm_error* err) {
  if (out->problem != NULL) return LM_OK;
  lm_error why = LM_ERROR_INIT;
  const char* svg = NULL;
  const char* path = lm__pool_print(pool, "%s/plots/%s.gp", directory, kind->name);
  if (lm__gnuplot_run(path, pool, &svg, &why) != LM_OK) {
    out->problem = lm__pool_clean(pool, why.message);
    return LM_OK;
  }
  plot->svg = lm__svg_inline(pool, svg, kind->name);
  const char* const text[] = {lm__svg_standalone(pool, svg, kind->name, lm__embedded_plot_css),
                              NULL};
  return write_file(pool, directory, kind->name, "svg", text, err);
}

lm_status lm__plots_draw(lm_pool* pool, const lm_merged* merged, const char* directory,
                         lm_plots* out, lm_error* err) {
  *out = (lm_plots){0};
  lm_status status = lm_make_directories(lm__pool_print(pool, "%s/plots", directory), err);
  for (int i = 0; i < LM_MAX_PLOTS && status == LM_OK; ++i) {
    lm_plot_data data;
    kPlots[i].data(pool, merged, &data);
    if (pool->failed) return LM_FAIL(err, LM_OUT_OF_MEMORY, "out of memory");
    if (data.row_count == 0) continue;
    const char* caption = kPlots[i].caption;
    if (data.left_out > 0) {
      caption = lm__pool_print(pool, "%s %d more stand in the table.", caption, data.left_out);
    }
    lm_plot* plot = &out->items[out->count++];
    *plot = (lm_plot){kPlots[i].name, kPlots[i].title, caption, NULL};
    status = write_sources(pool, &kPlots[i], &data, directory, err);
    if (status == LM_OK) status = draw(pool, &kPlots[i], directory, plot, out, err);
  }
  return status;
}
