// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static void add_score(lm_table* t, lm_pool* pool, const lm_score* s) {
  lm__table_add(t, lm__text_percent(pool, s->ratio, 2))->tone = LM_TONE_STRONG;
  lm__table_add(t, lm__text_percent_interval(pool, s->ci95));
}

static const char* right_of(lm_pool* pool, const lm_score* s) {
  if (isnan(s->correct) || isnan(s->total)) return NULL;
  return lm__pool_print(pool, "%.0f of %.0f", s->correct, s->total);
}

static const lm_comparison* comparison_of(const lm_merged* merged, const lm_result* eval) {
  for (int i = 0; i < merged->comparison_count; ++i) {
    const lm_comparison* c = &merged->comparisons[i];
    if (c->eval == eval) return c;
  }
  return NULL;
}

static void add_delta(lm_table* t, lm_pool* pool, const lm_comparison* c) {
  if (c == NULL || c->is_base) {
    lm__table_add(t, c != NULL ? "base" : NULL)->tone = LM_TONE_MUTED;
    lm__table_add(t, NULL);
    lm__table_add(t, NULL);
    lm__table_add(t, NULL);
    return;
  }
  const bool known = c->agreement != NULL && !isnan(c->agreement->p);
  lm_cell* delta = lm__table_add(t, lm__text_points(pool, c->top1_delta));
  delta->is_number = true;
  delta->tone = !c->top1_differs ? LM_TONE_MUTED : c->top1_delta < 0 ? LM_TONE_BAD : LM_TONE_GOOD;
  lm__table_add(t, known ? lm__text_p(pool, c->agreement->p) : NULL);
  const char* flips = NULL;
  if (c->agreement != NULL && !isnan(c->lost) && !isnan(c->won)) {
    flips = lm__pool_print(pool, "%.0f lost, %.0f won", c->lost, c->won);
  }
  lm__table_add(t, flips);
  const char* same = NULL;
  if (c->agreement != NULL && c->agreement->total > 0) {
    same = lm__text_percent(pool, c->agreement->same / c->agreement->total, 1);
  }
  lm__table_add(t, same);
}

lm_table lm__table_accuracy(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, NULL},
      {"Delegate", false, NULL},
      {"Top-1", true, NULL},
      {"95 % CI", true, "Wilson interval"},
      {"Right", true, NULL},
      {"Top-5", true, NULL},
      {"95 % CI", true, "Wilson interval"},
      {"Δ points", true, "top-1 against the float model of this network; grey: within chance"},
      {"McNemar p", true, "exact, paired image by image"},
      {"Flips", false, "images that the float model has right and this one wrong, and the reverse"},
      {"Agreement", true, "images on which both give the same first answer"},
      {"Median ms", true, "per image while evaluating; the latency section is the measurement"},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  int family = -1;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (!r->is_eval) continue;
    const int own = merged->models[lm__merge_model_of(merged, r)].family;
    if (own != family) lm__table_start_group(&t);
    family = own;
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, r->model.precision);
    lm__table_add(&t, lm__tables_delegate(pool, r));
    add_score(&t, pool, &r->top1);
    lm__table_add(&t, right_of(pool, &r->top1));
    add_score(&t, pool, &r->top5);
    add_delta(&t, pool, comparison_of(merged, r));
    lm__table_add(&t, lm__text_fixed(pool, r->eval_median, 2))->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}

lm_table lm__table_agreement(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Result", false, NULL},   {"With", false, NULL},         {"Same answer", true, NULL},
      {"Images", true, NULL},    {"Right → wrong", true, NULL}, {"Wrong → right", true, NULL},
      {"McNemar p", true, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    for (int k = 0; k < r->agreement_count; ++k) {
      const lm_agreement* a = &r->agreements[k];
      lm__table_add(&t, r->name);
      lm__table_add(&t, a->with);
      lm__table_add(&t, a->total > 0 ? lm__text_percent(pool, a->same / a->total, 2) : NULL);
      lm__table_add(&t, lm__text_fixed(pool, a->total, 0));
      lm__table_add(&t, lm__text_fixed(pool, a->right_to_wrong, 0));
      lm__table_add(&t, lm__text_fixed(pool, a->wrong_to_right, 0));
      lm__table_add(&t, lm__text_p(pool, a->p));
    }
  }
  lm__table_prune(&t);
  return t;
}

static const char* short_hash(lm_pool* pool, const char* hash) {
  return hash != NULL ? lm__pool_print(pool, "%.12s", hash) : NULL;
}

lm_table lm__table_recipes(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},       {"Delegate", false, NULL},
      {"Data set", false, NULL},    {"Images", true, NULL},
      {"Classes", true, NULL},      {"Resize", false, NULL},
      {"Crop", true, NULL},         {"Mean", false, NULL},
      {"Std", false, NULL},         {"Channels", false, NULL},
      {"Label offset", true, NULL}, {"From", false, "where mean and std come from"},
      {"Data hash", false, NULL},   {"Recipe hash", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (!r->is_eval) continue;
    const lm_recipe* p = &r->recipe;
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, r->delegate);
    lm__table_add(&t, p->dataset);
    lm__table_add(&t, lm__text_fixed(pool, p->images, 0));
    lm__table_add(&t, lm__text_fixed(pool, p->classes, 0));
    lm__table_add(&t, p->resize);
    lm__table_add(&t, isnan(p->crop) ? NULL : lm__pool_print(pool, "%g", p->crop));
    lm__table_add(&t, p->mean);
    lm__table_add(&t, p->std);
    lm__table_add(&t, p->channels);
    lm__table_add(&t, lm__text_fixed(pool, p->label_offset, 0));
    lm__table_add(&t, p->source);
    lm__table_add(&t, short_hash(pool, p->dataset_sha256))->tone = LM_TONE_MUTED;
    lm__table_add(&t, short_hash(pool, p->sha256))->tone = LM_TONE_MUTED;
  }
  lm__table_prune(&t);
  return t;
}
