// SPDX-License-Identifier: MIT
#include "findings.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "number_text.h"
#include "tables.h"

enum { MAX_GROUPS = 6, MAX_WARNINGS = 8, MAX_TOPIC = 32, MAX_NAME = 60 };

static const char* or_else(const char* text, const char* other) {
  return text != NULL ? text : other;
}

// "int8", or the model's name where several models of a family share a precision.
static const char* short_name(const lm_merged* merged, const lm_comparison* c) {
  int same = 0;
  for (int i = 0; i < merged->model_count; ++i) {
    const lm_model_entry* m = &merged->models[i];
    same += m->family == c->family && m->facts->precision != NULL && c->model->precision != NULL &&
            strcmp(m->facts->precision, c->model->precision) == 0;
  }
  return same == 1 ? c->model->precision : c->model->name;
}

static const char* milliseconds(lm_pool* pool, double ms) {
  return lm__pool_print(pool, "%s ms", lm__text_fixed(pool, ms, lm__text_decimals(ms)));
}

static void add(lm_finding_group* g, const char* topic, const char* headline, const char* detail,
                lm_tone tone) {
  g->items[g->count++] = (lm_finding){topic, headline, detail, tone};
}

static void add_fastest(lm_pool* pool, const lm_merged* merged, int family, lm_finding_group* g) {
  const lm_result* r = lm__merge_fastest(merged, family);
  if (r == NULL) return;
  const char* interval =
      lm__text_interval(pool, r->latency.ci95, lm__text_decimals(r->latency.median));
  const char* noisy = r->verdict != NULL && strcmp(r->verdict, "VALID") != 0
                          ? lm__pool_print(pool, " Marked %s.", r->verdict)
                          : "";
  const char* detail = lm__pool_print(
      pool, "%s on %s%s%s%s.%s", lm__pool_shorten(pool, r->model.name, MAX_NAME),
      lm__tables_where(pool, r), interval != NULL ? "; 95 % interval of the median " : "",
      or_else(interval, ""), interval != NULL ? " ms" : "", noisy);
  add(g, "Fastest", milliseconds(pool, r->latency.median), detail, LM_TONE_PLAIN);
}

// The comparison that the cards tell of: the quantized model that is fastest beside its float
// model; without any latency the smallest one.
static const lm_comparison* choose(const lm_merged* merged, int family) {
  const lm_comparison* best = NULL;
  for (int i = 0; i < merged->comparison_count; ++i) {
    const lm_comparison* c = &merged->comparisons[i];
    if (c->family != family || c->is_base) continue;
    const bool timed = !isnan(c->speedup), best_timed = best != NULL && !isnan(best->speedup);
    const bool better = best == NULL || (timed && !best_timed) ||
                        (timed && c->bench->latency.median < best->bench->latency.median) ||
                        (!timed && !best_timed && c->model->bytes < best->model->bytes);
    if (better) best = c;
  }
  return best;
}

static void add_speed(lm_pool* pool, const lm_merged* merged, const lm_comparison* c,
                      lm_finding_group* g) {
  if (isnan(c->speedup)) return;
  const bool faster = c->speedup >= 1;
  const double factor = faster ? c->speedup : 1 / c->speedup;
  const char* base = or_else(c->base_bench->model.precision, "float");
  const char* bounds = lm__text_interval(pool, c->speedup_bounds, 2);
  const char* detail = lm__pool_print(pool, "%s takes %s, %s %s (%s)%s%s%s.", short_name(merged, c),
                                      milliseconds(pool, c->bench->latency.median), base,
                                      milliseconds(pool, c->base_bench->latency.median),
                                      lm__tables_where(pool, c->bench),
                                      bounds != NULL ? "; the intervals allow " : "",
                                      or_else(bounds, ""), bounds != NULL ? "×" : "");
  const bool shown =
      isnan(c->speedup_bounds.low) || c->speedup_bounds.low > 1 || c->speedup_bounds.high < 1;
  add(g, "Quantization: latency",
      lm__pool_print(pool, "%s %s", lm__text_times(pool, factor), faster ? "faster" : "slower"),
      detail,
      !shown   ? LM_TONE_MUTED
      : faster ? LM_TONE_GOOD
               : LM_TONE_BAD);
}

static void add_size(lm_pool* pool, const lm_merged* merged, const lm_comparison* c,
                     lm_finding_group* g) {
  const lm_model_facts* base = merged->models[merged->families[c->family].base].facts;
  if (!(c->size_ratio > 0) || isinf(c->size_ratio)) return;
  const bool smaller = c->size_ratio >= 1;
  const double factor = smaller ? c->size_ratio : 1 / c->size_ratio;
  const char* detail = lm__pool_print(
      pool, "%s is %s, %s %s.", short_name(merged, c), lm__text_bytes(pool, c->model->bytes),
      or_else(base->precision, "float"), lm__text_bytes(pool, base->bytes));
  add(g, "Quantization: size",
      lm__pool_print(pool, "%s %s", lm__text_times(pool, factor), smaller ? "smaller" : "larger"),
      detail, smaller ? LM_TONE_GOOD : LM_TONE_BAD);
}

static void add_accuracy(lm_pool* pool, const lm_comparison* c, lm_finding_group* g) {
  if (isnan(c->top1_delta)) return;
  const double p = c->agreement != NULL ? c->agreement->p : NAN;
  const char* verdict =
      isnan(p)   ? "; not tested image by image (evaluate both in one run, the float model first)"
      : p < 0.05 ? "; a real difference"
                 : "; too few images, or too little difference, to tell them apart";
  const char* detail =
      lm__pool_print(pool, "Top-1 %s against %s of %s over %.0f images%s%s%s.",
                     lm__text_percent(pool, c->eval->top1.ratio, 2),
                     lm__text_percent(pool, c->base_eval->top1.ratio, 2),
                     or_else(c->base_eval->model.precision, "float"), c->eval->top1.total,
                     isnan(p)    ? ""
                     : p < 0.001 ? ", McNemar p "
                                 : ", McNemar p = ",
                     isnan(p) ? "" : lm__text_p(pool, p), verdict);
  add(g, "Quantization: top-1 accuracy",
      lm__pool_print(pool, "%s points", lm__text_points(pool, c->top1_delta)), detail,
      !c->top1_differs    ? LM_TONE_MUTED
      : c->top1_delta < 0 ? LM_TONE_BAD
                          : LM_TONE_GOOD);
}

static void warn(lm_findings* out, const char* text) {
  for (int i = 0; i < out->warning_count; ++i) {
    if (strcmp(out->warnings[i], text) == 0) return;
  }
  if (out->warning_count < MAX_WARNINGS) out->warnings[out->warning_count++] = text;
}

static void count_verdicts(lm_pool* pool, const lm_merged* merged, lm_findings* out) {
  int noisy = 0, few = 0, invalid = 0, fallback = 0;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    const char* v = or_else(r->verdict, "");
    noisy += strcmp(v, "NOISY") == 0;
    few += strcmp(v, "TOO_FEW") == 0;
    invalid += !lm__merge_is_usable(r);
    fallback += r->ran_on != NULL && strcmp(r->ran_on, r->delegate) != 0;
  }
  if (invalid > 0) {
    warn(out, lm__pool_print(
                  pool,
                  "%d row%s wrong or unusable numbers (INVALID, CONTRADICTION, or another output "
                  "than the reference kernels): nothing is concluded from %s.",
                  invalid, invalid == 1 ? " has" : "s have", invalid == 1 ? "it" : "them"));
  }
  if (noisy > 0) {
    warn(out, lm__pool_print(pool,
                             "%d row%s marked NOISY: the machine was not quiet while they "
                             "were measured; measure again before relying on small differences.",
                             noisy, noisy == 1 ? " is" : "s are"));
  }
  if (few > 0) {
    warn(out, lm__pool_print(pool, "%d row%s too few samples for an interval (TOO_FEW).", few,
                             few == 1 ? " has" : "s have"));
  }
  if (fallback > 0) {
    warn(out,
         lm__pool_print(pool, "%d row%s run (also) on other kernels than asked for: see Placement.",
                        fallback, fallback == 1 ? " was" : "s were"));
  }
}

static void collect_warnings(lm_pool* pool, const lm_merged* merged, lm_findings* out) {
  out->warnings = lm__pool_array(pool, MAX_WARNINGS, sizeof *out->warnings);
  if (out->warnings == NULL) return;
  if (merged->several_machines) {
    warn(out,
         "These results come from more than one machine: their latencies are listed together, "
         "but only rows of the same machine are compared.");
  }
  for (int i = 0; i < merged->results->file_count; ++i) {
    const lm_file_context* f = &merged->results->files[i];
    if (f->build_type != NULL && strcasecmp(f->build_type, "Release") != 0 &&
        strcasecmp(f->build_type, "RelWithDebInfo") != 0) {
      warn(out,
           lm__pool_print(pool,
                          "%s was measured by a %s build: its latencies say nothing about "
                          "the Release build.",
                          f->path, f->build_type[0] != '\0' ? f->build_type : "not optimised"));
    }
  }
  count_verdicts(pool, merged, out);
}

// Ahead of the fastest peer in how many rows, and where it is closest.
static void add_engines(lm_pool* pool, const lm_results* results, lm_findings* out) {
  int rows = 0, ahead = 0, behind = 0;
  const lm_contest* least = NULL;
  for (int row = 0; row < results->contest_rows; ++row) {
    const lm_contest* peer = lm__tables_fastest_peer(results, row);
    if (peer == NULL) continue;
    ++rows;
    ahead += peer->ratio_ci95.low > 1;
    behind += peer->ratio_ci95.high < 1;
    if (least == NULL || peer->ratio < least->ratio) least = peer;
  }
  if (least == NULL) return;
  lm_finding_group* g = &out->groups[out->group_count++];
  *g = (lm_finding_group){.title = "Engines"};
  add(g, "Against the fastest peer", lm__pool_print(pool, "ahead in %d of %d rows", ahead, rows),
      lm__pool_print(pool, "Behind in %d; in the others the interval of the ratio holds 1.",
                     behind),
      behind > 0      ? LM_TONE_BAD
      : ahead == rows ? LM_TONE_GOOD
                      : LM_TONE_MUTED);
  add(g, "Least ratio",
      lm__pool_print(pool, "%s", or_else(lm__text_times(pool, least->ratio), "?")),
      lm__pool_print(pool, "%s on %s, %.0f thread%s.", least->engine,
                     lm__pool_shorten(pool, least->model.name, MAX_NAME), least->threads,
                     least->threads == 1 ? "" : "s"),
      least->ratio_ci95.low > 1    ? LM_TONE_GOOD
      : least->ratio_ci95.high < 1 ? LM_TONE_BAD
                                   : LM_TONE_MUTED);
}

static void keep_group(lm_findings* out, const lm_finding_group* g) {
  if (g->count == 0) return;
  if (out->group_count < MAX_GROUPS) {
    out->groups[out->group_count++] = *g;
  } else {
    ++out->left_out;
  }
}

// Networks of which there is one thing to say share a group.
static void keep_single(lm_pool* pool, lm_findings* out, lm_finding_group* others,
                        const lm_finding_group* g) {
  if (others->count == LM_MAX_FINDINGS) {
    ++out->left_out;
    return;
  }
  others->items[others->count] = g->items[0];
  others->items[others->count++].topic = lm__pool_shorten(pool, g->title, MAX_TOPIC);
}

void lm__findings_collect(lm_pool* pool, const lm_merged* merged, lm_findings* out) {
  *out = (lm_findings){0};
  collect_warnings(pool, merged, out);
  out->groups = lm__pool_array(pool, MAX_GROUPS + 2, sizeof *out->groups);
  if (out->groups == NULL) return;
  lm_finding_group others = {0};
  for (int f = 0; f < merged->family_count; ++f) {
    lm_finding_group g = {.title = merged->families[f].title};
    add_fastest(pool, merged, f, &g);
    const lm_comparison* c = choose(merged, f);
    if (c != NULL) {
      add_speed(pool, merged, c, &g);
      add_size(pool, merged, c, &g);
      add_accuracy(pool, c, &g);
    }
    if (c == NULL && g.count == 1 && merged->family_count > 1) {
      keep_single(pool, out, &others, &g);
    } else {
      keep_group(out, &g);
    }
  }
  others.title = out->group_count > 0 ? "Other networks, fastest" : "Fastest";
  if (others.count > 0) out->groups[out->group_count++] = others;
  add_engines(pool, merged->results, out);
}
