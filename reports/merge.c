// SPDX-License-Identifier: MIT
#include "merge.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "network_name.h"

static bool same_text(const char* a, const char* b) {
  return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool same_machine(const lm_results* results, const lm_result* a, const lm_result* b) {
  const lm_file_context *x = &results->files[a->source], *y = &results->files[b->source];
  if (x == y) return true;
  return same_text(x->cpu, y->cpu) && same_text(x->host, y->host);
}

int lm__merge_model_of(const lm_merged* merged, const lm_result* result) {
  return merged->model_of[result - merged->results->items];
}

const char* lm__merge_short_name(const lm_merged* merged, const lm_model_facts* model) {
  if (merged->family_count != 1 || model->precision == NULL) return model->name;
  for (int i = 0; i < merged->model_count; ++i) {
    for (int k = 0; k < i; ++k) {
      const char* a = merged->models[i].facts->precision;
      if (a == NULL || same_text(a, merged->models[k].facts->precision)) return model->name;
    }
  }
  return model->precision;
}

bool lm__merge_is_usable(const lm_result* result) {
  return !same_text(result->verdict, "INVALID") && !same_text(result->verdict, "CONTRADICTION") &&
         !same_text(result->check_status, "mismatch");
}

const lm_result* lm__merge_eval_of(const lm_results* results, const lm_result* bench) {
  const lm_result* best = NULL;
  for (int i = 0; i < results->count; ++i) {
    const lm_result* r = &results->items[i];
    if (!r->is_eval || strcmp(r->model.sha256, bench->model.sha256) != 0 ||
        strcmp(r->delegate, bench->delegate) != 0) {
      continue;
    }
    if (r->threads == bench->threads) return r;
    if (best == NULL) best = r;
  }
  return best;
}

// A bench row of `model` that may be compared with `like`: same delegate, threads and machine; one
// of the same file before others. `like` NULL: an eval row's delegate has no bench row.
static const lm_result* find_bench(const lm_results* results, const lm_model_facts* model,
                                   const lm_result* like) {
  const lm_result* best = NULL;
  for (int i = 0; like != NULL && i < results->count; ++i) {
    const lm_result* r = &results->items[i];
    if (r->is_eval || strcmp(r->model.sha256, model->sha256) != 0 ||
        strcmp(r->delegate, like->delegate) != 0 || r->threads != like->threads ||
        isnan(r->latency.median) || !lm__merge_is_usable(r) || !same_machine(results, r, like)) {
      continue;
    }
    if (r->source == like->source) return r;
    if (best == NULL) best = r;
  }
  return best;
}

static const lm_result* find_eval(const lm_results* results, const lm_model_facts* model,
                                  const char* delegate, double threads) {
  const lm_result key = {.delegate = delegate, .threads = threads, .model = *model};
  const lm_result* eval = lm__merge_eval_of(results, &key);
  return eval != NULL && !isnan(eval->top1.ratio) ? eval : NULL;
}

static void collect_models(lm_pool* pool, const lm_results* results, lm_merged* out) {
  out->models = lm__pool_array(pool, (size_t)results->count, sizeof *out->models);
  out->model_of = lm__pool_array(pool, (size_t)results->count, sizeof *out->model_of);
  if (out->models == NULL || out->model_of == NULL) return;
  for (int i = 0; i < results->count; ++i) {
    const lm_result* r = &results->items[i];
    int m = 0;
    while (m < out->model_count && strcmp(out->models[m].facts->sha256, r->model.sha256) != 0) ++m;
    out->model_of[i] = m;
    if (m < out->model_count) continue;
    out->models[out->model_count++] =
        (lm_model_entry){&r->model, lm__network_name(pool, r->model.name), -1};
  }
}

static bool same_network(const lm_model_entry* a, const lm_model_entry* b) {
  if (a->facts->inputs != NULL && b->facts->inputs != NULL &&
      !lm__network_same_shapes(a->facts->inputs, b->facts->inputs)) {
    return false;
  }
  return strcasecmp(a->network, b->network) == 0;
}

static int precision_rank(const lm_model_entry* m) {
  if (same_text(m->facts->precision, "float32")) return 2;
  if (same_text(m->facts->precision, "float16")) return 1;
  return 0;
}

static void collect_families(lm_pool* pool, lm_merged* out) {
  if (pool->failed) return;
  out->families = lm__pool_array(pool, (size_t)out->model_count, sizeof *out->families);
  if (out->families == NULL) return;
  for (int i = 0; i < out->model_count; ++i) {
    lm_model_entry* m = &out->models[i];
    for (int j = 0; j < i && m->family < 0; ++j) {
      if (same_network(&out->models[j], m)) m->family = out->models[j].family;
    }
    if (m->family < 0) {
      m->family = out->family_count++;
      out->families[m->family] = (lm_family){m->network, -1, 0};
    }
    lm_family* f = &out->families[m->family];
    ++f->member_count;
    const int rank = precision_rank(m);
    if (rank > 0 && (f->base < 0 || rank > precision_rank(&out->models[f->base]))) f->base = i;
  }
}

static void compare_accuracy(lm_comparison* c) {
  if (c->eval == NULL || c->base_eval == NULL || c->is_base) return;
  // Two counts over different images are not a difference of the models.
  if (c->eval->top1.total != c->base_eval->top1.total ||
      (c->eval->recipe.dataset_sha256 != NULL && c->base_eval->recipe.dataset_sha256 != NULL &&
       strcmp(c->eval->recipe.dataset_sha256, c->base_eval->recipe.dataset_sha256) != 0)) {
    return;
  }
  c->top1_delta = c->eval->top1.ratio - c->base_eval->top1.ratio;
  const lm_interval own = c->eval->top1.ci95, other = c->base_eval->top1.ci95;
  c->top1_differs = own.high < other.low || own.low > other.high;
  for (int i = 0; i < c->eval->agreement_count; ++i) {
    const lm_agreement* a = &c->eval->agreements[i];
    if (strcmp(a->with, c->base_eval->name) != 0) continue;
    c->agreement = a;
    c->lost = a->right_to_wrong;
    c->won = a->wrong_to_right;
    if (!isnan(a->p)) c->top1_differs = a->p < 0.05;
    return;
  }
  for (int i = 0; i < c->base_eval->agreement_count; ++i) {
    const lm_agreement* a = &c->base_eval->agreements[i];
    if (strcmp(a->with, c->eval->name) != 0) continue;
    c->agreement = a;
    c->lost = a->wrong_to_right;
    c->won = a->right_to_wrong;
    if (!isnan(a->p)) c->top1_differs = a->p < 0.05;
    return;
  }
}

static double peak_of(const lm_result* r) {
  double peak = NAN;
  for (int i = 0; r != NULL && i < LM_PEAK_COUNT; ++i) peak = fmax(peak, r->memory.peak[i]);
  return peak;
}

static void finish_comparison(lm_comparison* c, const lm_model_facts* base) {
  c->size_ratio = base->bytes / c->model->bytes;
  c->speedup = c->memory_ratio = c->top1_delta = c->lost = c->won = NAN;
  c->speedup_bounds = (lm_interval){NAN, NAN};
  if (c->bench != NULL && c->base_bench != NULL && c->bench->latency.median > 0) {
    const lm_latency_facts *old = &c->base_bench->latency, *now = &c->bench->latency;
    c->speedup = old->median / now->median;
    if (now->ci95.low > 0) {
      c->speedup_bounds =
          (lm_interval){old->ci95.low / now->ci95.high, old->ci95.high / now->ci95.low};
    }
    c->memory_ratio = peak_of(c->base_bench) / peak_of(c->bench);
  }
  compare_accuracy(c);
}

// The row of the base model on a delegate that most other members were measured beside; of equal
// ones the fastest.
static const lm_result* choose_bench(const lm_merged* merged, int family, const char* delegate) {
  const lm_results* results = merged->results;
  const lm_model_facts* base = merged->models[merged->families[family].base].facts;
  const lm_result* best = NULL;
  int best_partners = -1;
  for (int i = 0; i < results->count; ++i) {
    const lm_result* r = &results->items[i];
    if (r->is_eval || strcmp(r->model.sha256, base->sha256) != 0 || isnan(r->latency.median) ||
        strcmp(r->delegate, delegate) != 0 || !lm__merge_is_usable(r)) {
      continue;
    }
    int partners = 0;
    for (int m = 0; m < merged->model_count; ++m) {
      partners += merged->models[m].family == family &&
                  find_bench(results, merged->models[m].facts, r) != NULL;
    }
    if (partners > best_partners ||
        (partners == best_partners && r->latency.median < best->latency.median)) {
      best = r;
      best_partners = partners;
    }
  }
  return best;
}

static void add_comparison(lm_merged* out, int family, int model, const char* delegate,
                           const lm_result* base_bench) {
  const lm_results* results = out->results;
  const lm_model_facts* base = out->models[out->families[family].base].facts;
  const double threads = base_bench != NULL ? base_bench->threads : NAN;
  lm_comparison* c = &out->comparisons[out->comparison_count];
  *c = (lm_comparison){
      .family = family,
      .is_base = model == out->families[family].base,
      .delegate = delegate,
      .model = out->models[model].facts,
      .bench = find_bench(results, out->models[model].facts, base_bench),
      .base_bench = base_bench,
      .eval = find_eval(results, out->models[model].facts, delegate, threads),
      .base_eval = find_eval(results, base, delegate, threads),
  };
  if (c->bench == NULL && c->eval == NULL) return;
  finish_comparison(c, base);
  ++out->comparison_count;
}

static void compare_on_delegate(lm_merged* out, int family, const char* delegate) {
  const lm_result* base_bench = choose_bench(out, family, delegate);
  const int base = out->families[family].base, before = out->comparison_count;
  add_comparison(out, family, base, delegate, base_bench);
  if (out->comparison_count == before) return;  // nothing known about the base on this delegate
  for (int m = 0; m < out->model_count; ++m) {
    if (out->models[m].family == family && m != base) {
      add_comparison(out, family, m, delegate, base_bench);
    }
  }
  // The base alone says nothing about quantization.
  if (out->comparison_count == before + 1) out->comparison_count = before;
}

static bool is_first_with_delegate(const lm_merged* m, int index, int family) {
  const lm_result* r = &m->results->items[index];
  if (m->models[lm__merge_model_of(m, r)].family != family) return false;
  for (int i = 0; i < index; ++i) {
    const lm_result* earlier = &m->results->items[i];
    if (strcmp(earlier->delegate, r->delegate) == 0 &&
        m->models[lm__merge_model_of(m, earlier)].family == family) {
      return false;
    }
  }
  return true;
}

// Float models first, then by how much was quantized.
static int precision_place(const lm_model_entry* m) {
  static const char* const kOrder[] = {"float32", "float16", "dynamic", "mixed",
                                       "int16",   "int8",    "uint8"};
  int i = 0;
  while (i < 7 && !same_text(m->facts->precision, kOrder[i])) ++i;
  return i;
}

// Sorts the models by family and precision; indices that stand elsewhere follow.
static void sort_models(lm_pool* pool, lm_merged* out) {
  const int n = out->model_count;
  int* place = lm__pool_array(pool, (size_t)n, sizeof *place);
  lm_model_entry* sorted = lm__pool_array(pool, (size_t)n, sizeof *sorted);
  if (pool->failed) return;
  for (int i = 0; i < n; ++i) {
    const lm_model_entry* m = &out->models[i];
    for (int k = 0; k < n; ++k) {
      const lm_model_entry* other = &out->models[k];
      const int by_family = other->family - m->family;
      const int by_precision = precision_place(other) - precision_place(m);
      const int before = by_family != 0 ? by_family : by_precision != 0 ? by_precision : k - i;
      place[i] += before < 0;
    }
    sorted[place[i]] = *m;
  }
  for (int i = 0; i < out->results->count; ++i) out->model_of[i] = place[out->model_of[i]];
  for (int f = 0; f < out->family_count; ++f) {
    if (out->families[f].base >= 0) out->families[f].base = place[out->families[f].base];
  }
  out->models = sorted;
}

static void order_results(lm_pool* pool, lm_merged* out) {
  out->order = lm__pool_array(pool, (size_t)out->results->count, sizeof *out->order);
  if (pool->failed) return;
  int n = 0;
  for (int f = 0; f < out->family_count; ++f) {
    for (int m = 0; m < out->model_count; ++m) {
      if (out->models[m].family != f) continue;
      for (int i = 0; i < out->results->count; ++i) {
        if (out->model_of[i] == m) out->order[n++] = i;
      }
    }
  }
}

void lm__merge_results(lm_pool* pool, const lm_results* results, lm_merged* out) {
  *out = (lm_merged){.results = results};
  collect_models(pool, results, out);
  collect_families(pool, out);
  sort_models(pool, out);
  order_results(pool, out);
  out->comparisons = lm__pool_array(pool, (size_t)results->count + 1, sizeof *out->comparisons);
  if (pool->failed) return;
  for (int f = 0; f < out->family_count; ++f) {
    if (out->families[f].base < 0 || out->families[f].member_count < 2) continue;
    for (int i = 0; i < results->count; ++i) {
      if (is_first_with_delegate(out, i, f)) {
        compare_on_delegate(out, f, results->items[i].delegate);
      }
    }
  }
  for (int i = 1; i < results->count; ++i) {
    if (!same_machine(results, &results->items[0], &results->items[i])) {
      out->several_machines = true;
    }
  }
}

const lm_result* lm__merge_fastest(const lm_merged* merged, int family) {
  const lm_result* best = NULL;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    if (r->is_eval || isnan(r->latency.median) || !lm__merge_is_usable(r)) continue;
    if (merged->models[lm__merge_model_of(merged, r)].family != family) continue;
    if (best == NULL || r->latency.median < best->latency.median) best = r;
  }
  return best;
}
