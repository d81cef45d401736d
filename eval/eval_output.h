// SPDX-License-Identifier: MIT
//
// What an evaluation leaves behind: a table for people, JSON for programs, CSV image by image.
#ifndef LITMARK_EVAL_EVAL_OUTPUT_H_
#define LITMARK_EVAL_EVAL_OUTPUT_H_

#include <stdbool.h>
#include <stdio.h>

#include "eval_run.h"

/// Results that subject `index` is compared with, at most 2: the first model on the same delegate,
/// and the same model on the first delegate. Returns how many.
int32_t lm_eval_bases(const lm_eval_run* run, int32_t index, int32_t out_bases[2]);

/// Prints the accuracies, then the agreement with the first model.
void lm_eval_print(FILE* stream, const lm_eval_run* run);

/// Prints what a user should know before the run: doubtful preprocessing, files left out.
void lm_eval_print_notes(FILE* stream, const lm_eval_run* run);

/// Prints the images that were skipped or that the decoder complained about.
void lm_eval_print_damage(FILE* stream, const lm_eval_run* run);

/// Writes the result file (schema_version 1).
lm_status lm_eval_write_json(const lm_eval_run* run, int argc, char** argv, const char* path,
                             lm_error* err);

/// Writes file,label,model,delegate,top1,score,rank,correct; `only_wrong`: of the images that were
/// not recognised; "-" is stdout. top1 counts like labels: the model's offset is taken off.
lm_status lm_eval_write_csv(const lm_eval_run* run, const char* path, bool only_wrong,
                            lm_error* err);

#endif  // LITMARK_EVAL_EVAL_OUTPUT_H_
