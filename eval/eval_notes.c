// SPDX-License-Identifier: MIT
#include <string.h>

#include "eval_output.h"

enum { MAX_LISTED = 10 };

void lm_eval_print_notes(FILE* stream, const lm_eval_run* run) {
  const lm_dataset* d = &run->dataset;
  if (d->note != NULL) fprintf(stream, "litmark: %s: note: %s\n", d->directory, d->note);
  if (d->ignored > 0) {
    fprintf(stream, "litmark: %s: note: %d files are not named like images and were left out\n",
            d->directory, d->ignored);
  }
  for (int32_t i = 0; i < run->subject_count; ++i) {
    const lm_subject* s = &run->subjects[i];
    // Once a model, not once a delegate.
    if (i > 0 && strcmp(run->subjects[i - 1].model_path, s->model_path) == 0) continue;
    if (s->note[0] != '\0') fprintf(stream, "litmark: %s: note: %s\n", s->model_path, s->note);
  }
}

void lm_eval_print_damage(FILE* stream, const lm_eval_run* run) {
  for (int32_t i = 0; i < run->skipped_count && i < MAX_LISTED; ++i) {
    char path[LM_CULPRIT_SIZE];
    fprintf(stream, "litmark: %s: skipped: %s\n",
            lm_dataset_path(&run->dataset, run->skipped[i].index, path), run->skipped[i].message);
  }
  if (run->skipped_count > MAX_LISTED) {
    fprintf(stream, "litmark: and %d more; --json lists them all\n",
            run->skipped_count - MAX_LISTED);
  }
  if (run->questionable > 0) {
    fprintf(stream, "litmark: %s: note: the JPEG decoder complained about %d images\n",
            run->dataset.directory, run->questionable);
  }
}
