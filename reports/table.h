// SPDX-License-Identifier: MIT
//
// One description of a table, four renderers: terminal, Markdown, HTML, CSV.
#ifndef LITMARK_REPORTS_TABLE_H_
#define LITMARK_REPORTS_TABLE_H_

#include <stdio.h>

#include "report_pool.h"

typedef enum lm_tone {
  LM_TONE_PLAIN,
  LM_TONE_STRONG,  ///< the number that the row is about
  LM_TONE_MUTED,
  LM_TONE_GOOD,
  LM_TONE_BAD,
  LM_TONE_BADGE_GOOD,
  LM_TONE_BADGE_WARN,
  LM_TONE_BADGE_BAD,
  LM_TONE_BADGE_NEUTRAL,
} lm_tone;

typedef struct lm_column {
  const char* title;
  bool number;       ///< aligned to the right
  const char* hint;  ///< what it means, shown on hover; may be NULL
} lm_column;

typedef struct lm_cell {
  const char* text;  ///< NULL: nothing known
  lm_tone tone;
  bool is_number;  ///< CSV: written as it stands, also with a sign in front
  double share;    ///< above 0: a bar behind the text, 1 is the whole width
} lm_cell;

typedef struct lm_table {
  const char* title;  ///< may be NULL
  const lm_column* columns;
  int column_count, row_count, row_capacity;
  lm_cell* cells;
  bool* group_starts;  ///< by row: a rule stands above it
  int used;            ///< cells of the last, unfinished row
  lm_pool* pool;
  lm_cell dropped;  ///< receives what cannot be kept
} lm_table;

/// A table without rows. `columns` is BORROWED.
void lm__table_init(lm_table* table, lm_pool* pool, const char* title, const lm_column* columns,
                    int column_count);

/// Adds the next cell; rows follow from the number of columns. Returns it for further settings;
/// never NULL (what cannot be kept for lack of memory is dropped and the pool remembers).
lm_cell* lm__table_add(lm_table* table, const char* text);

/// The row that begins with the next cell starts a group.
void lm__table_start_group(lm_table* table);

/// Leaves out columns of which no cell holds anything.
void lm__table_prune(lm_table* table);

/// For a terminal: aligned, long cells shortened to `max_width` characters.
void lm__table_write_text(const lm_table* table, int max_width, FILE* out);
/// GitHub-flavoured Markdown, with everything escaped.
void lm__table_write_markdown(const lm_table* table, FILE* out);
/// RFC 4180, and no text that a spreadsheet takes for a formula.
void lm__table_write_csv(const lm_table* table, FILE* out);
void lm__table_write_html(const lm_table* table, FILE* out);

/// Text with everything escaped that HTML elements and attributes treat specially.
void lm__html_text(FILE* out, const char* text);
/// The same for Markdown, outside code blocks.
void lm__markdown_text(FILE* out, const char* text);

#endif  // LITMARK_REPORTS_TABLE_H_
