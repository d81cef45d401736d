// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "number_text.h"
#include "tables.h"

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

static bool knows_memory(const lm_result* r) {
  return !r->is_eval && (!isnan(lm__tables_peak(r)) || !isnan(r->memory.arena));
}

// "1.00×" is the least that any planner can reach.
static void add_arena(lm_table* t, lm_pool* pool, const lm_memory_facts* m) {
  lm__table_add(t, lm__text_bytes(pool, m->arena));
  lm__table_add(t, lm__text_bytes(pool, m->arena_bound));
  const double ratio = m->arena_bound > 0 ? m->arena / m->arena_bound : NAN;
  lm__table_add(t, lm__text_times(pool, ratio))->tone =
      ratio <= 1.0005 ? LM_TONE_GOOD : LM_TONE_PLAIN;
  lm__table_add(t, lm__text_bytes(pool, m->arena_naive))->tone = LM_TONE_MUTED;
}

lm_table lm__table_memory(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, NULL},
      {"Delegate", false, NULL},
      {"Threads", true, NULL},
      {"Peak", true, "highest resident memory of the process, all phases"},
      {"Peak/plan", true, "peak over packed weights and arena; the program itself is in the peak"},
      {"Program", true, "before anything was loaded"},
      {"Load", true, "peak until the model was loaded"},
      {"Plan", true, "peak while planning and packing weights"},
      {"First", true, "peak of the first inference"},
      {"Steady", true, "peak of the steady inferences"},
      {"Anonymous", true, "memory without a file behind it"},
      {"File-backed", true, "mapped model and program"},
      {"Arena", true, "planned memory of all activations"},
      {"Bound", true, "the largest sum of tensors alive at once: no plan needs less"},
      {"Arena/bound", true, NULL},
      {"Unshared", true, "what the arena would need without sharing"},
      {"Packed", true, "weights in the order the kernels want"},
      {"Persistent", true, NULL},
      {"Device", true, "memory on the accelerator"},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  int family = -1;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[merged->order[i]];
    if (!knows_memory(r)) continue;
    const int own = merged->models[lm__merge_model_of(merged, r)].family;
    if (own != family) lm__table_start_group(&t);
    family = own;
    const lm_memory_facts* m = &r->memory;
    lm__table_add(&t, r->model.name);
    lm__table_add(&t, r->model.precision);
    lm__table_add(&t, lm__tables_delegate(pool, r));
    lm__table_add(&t, lm__tables_threads(pool, r));
    lm__table_add(&t, lm__text_bytes(pool, lm__tables_peak(r)))->tone = LM_TONE_STRONG;
    lm__table_add(&t, lm__text_times(pool, m->peak_over_plan));
    for (int k = 0; k < LM_PEAK_COUNT; ++k) lm__table_add(&t, lm__text_bytes(pool, m->peak[k]));
    lm__table_add(&t, lm__text_bytes(pool, m->anonymous));
    lm__table_add(&t, lm__text_bytes(pool, m->file_backed));
    add_arena(&t, pool, m);
    lm__table_add(&t, lm__text_bytes(pool, m->packed));
    lm__table_add(&t, lm__text_bytes(pool, m->persistent));
    lm__table_add(&t, lm__text_bytes(pool, m->device));
  }
  lm__table_prune(&t);
  return t;
}

lm_table lm__table_models(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Model", false, NULL},
      {"Type", false, NULL},
      {"File size", true, NULL},
      {"Smaller", true, "size of the float file of this network divided by this one"},
      {"Weights", true, NULL},
      {"MACs", true, "multiply-accumulates of one inference"},
      {"Nodes", true, NULL},
      {"Inputs", false, NULL},
      {"Outputs", false, NULL},
      {"File", false, NULL},
      {"SHA-256", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  for (int f = 0; f < merged->family_count; ++f) {
    lm__table_start_group(&t);
    const lm_family* family = &merged->families[f];
    for (int i = 0; i < merged->model_count; ++i) {
      if (merged->models[i].family != f) continue;
      const lm_model_facts* m = merged->models[i].facts;
      const bool compared = family->base >= 0 && family->base != i;
      const double base = compared ? merged->models[family->base].facts->bytes : NAN;
      lm__table_add(&t, m->name);
      lm__table_add(&t, m->precision);
      lm__table_add(&t, lm__text_bytes(pool, m->bytes))->tone = LM_TONE_STRONG;
      lm__table_add(&t, m->bytes > 0 ? lm__text_times(pool, base / m->bytes) : NULL);
      lm__table_add(&t, lm__text_bytes(pool, m->weight_bytes));
      lm__table_add(&t, lm__text_count(pool, m->macs));
      lm__table_add(&t, lm__text_fixed(pool, m->node_count, 0));
      lm__table_add(&t, m->inputs);
      lm__table_add(&t, m->outputs);
      lm__table_add(&t, m->file)->tone = LM_TONE_MUTED;
      lm__table_add(&t, lm__pool_print(pool, "%.12s", m->sha256))->tone = LM_TONE_MUTED;
    }
  }
  lm__table_prune(&t);
  return t;
}

static bool same_sizes(const lm_result* a, const lm_result* b) {
  if (a->part_count != b->part_count || a->program_file_bytes != b->program_file_bytes) {
    return false;
  }
  for (int i = 0; i < a->part_count; ++i) {
    if (strcmp(a->parts[i].name, b->parts[i].name) != 0 || a->parts[i].text != b->parts[i].text ||
        a->parts[i].data != b->parts[i].data) {
      return false;
    }
  }
  return true;
}

static void add_parts(lm_table* t, lm_pool* pool, const lm_result* r, const char* program) {
  lm__table_start_group(t);
  for (int k = 0; k < r->part_count; ++k) {
    const lm_part_size* p = &r->parts[k];
    lm__table_add(t, p->name);
    lm__table_add(t, lm__text_bytes(pool, p->text));
    lm__table_add(t, lm__text_bytes(pool, p->rodata));
    lm__table_add(t, lm__text_bytes(pool, p->data));
    const double sum = p->text + p->data + (isnan(p->rodata) ? 0 : p->rodata);
    lm__table_add(t, lm__text_bytes(pool, sum))->tone = LM_TONE_STRONG;
    lm__table_add(t, lm__text_bytes(pool, p->bss));
    lm__table_add(t, program)->tone = LM_TONE_MUTED;
  }
  if (isnan(r->program_file_bytes)) return;
  lm__table_add(t, "program file");
  for (int i = 0; i < 3; ++i) lm__table_add(t, NULL);
  lm__table_add(t, lm__text_bytes(pool, r->program_file_bytes))->tone = LM_TONE_STRONG;
  lm__table_add(t, NULL);
  lm__table_add(t, program)->tone = LM_TONE_MUTED;
}

// Rows of one file come from one program; other files may come from other programs.
lm_table lm__table_binary(lm_pool* pool, const lm_merged* merged) {
  static const lm_column kColumns[] = {
      {"Part", false, NULL},
      {"Code", true, "executable sections"},
      {"Constants", true, "read-only data"},
      {"Data", true, "initialised data"},
      {"In the file", true, "sum of the three"},
      {"Zeroed", true, "data that begins as zero: memory, no file"},
      {"File", false, NULL},
  };
  lm_table t;
  lm__table_init(&t, pool, NULL, kColumns, COUNT_OF(kColumns));
  const lm_result* last = NULL;
  for (int i = 0; i < merged->results->count; ++i) {
    const lm_result* r = &merged->results->items[i];
    if (r->part_count == 0 && isnan(r->program_file_bytes)) continue;
    if (last != NULL && (last->source == r->source || same_sizes(last, r))) continue;
    const bool several = merged->results->file_count > 1;
    add_parts(&t, pool, r, several ? merged->results->files[r->source].path : NULL);
    last = r;
  }
  lm__table_prune(&t);
  return t;
}
