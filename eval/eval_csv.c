// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "atomic_file.h"
#include "csv.h"
#include "eval_output.h"

static void write_answer(FILE* stream, const lm_eval_run* run, const lm_subject* s, int32_t index) {
  const lm_sample* sample = &run->dataset.samples[index];
  const lm_ranking* r = &s->rankings[index];
  lm_csv_write_field(stream, sample->file);
  fprintf(stream, ",%d,", sample->label);
  lm_csv_write_field(stream, s->model_path);
  fprintf(stream, ",%s,", s->session.delegate_name);
  // A model all of whose scores are no numbers has no answer.
  if (r->top1 >= 0) fprintf(stream, "%d", r->top1 - s->label_offset);
  fputc(',', stream);
  if (!isnan(r->score)) fprintf(stream, "%.9g", r->score);
  fprintf(stream, ",%d,%d\n", r->rank, r->rank == 0);
}

static void write_answers(FILE* stream, const lm_eval_run* run, bool only_wrong) {
  fputs("file,label,model,delegate,top1,score,rank,correct\n", stream);
  for (int32_t i = 0; i < run->dataset.count; ++i) {
    if (!run->used[i]) continue;
    for (int32_t s = 0; s < run->subject_count; ++s) {
      if (only_wrong && run->subjects[s].rankings[i].rank == 0) continue;
      write_answer(stream, run, &run->subjects[s], i);
    }
  }
}

lm_status lm_eval_write_csv(const lm_eval_run* run, const char* path, bool only_wrong,
                            lm_error* err) {
  if (strcmp(path, "-") == 0) {
    write_answers(stdout, run, only_wrong);  // main() looks whether it arrived
    return LM_OK;
  }
  lm_atomic_file file;
  const lm_status status = lm_atomic_open(path, &file, err);
  if (status != LM_OK) return status;
  write_answers(file.stream, run, only_wrong);
  return lm_atomic_commit(&file, err);
}
