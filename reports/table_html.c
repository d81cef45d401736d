// SPDX-License-Identifier: MIT
#include "table.h"

void lm__html_text(FILE* out, const char* text) {
  for (; *text != '\0'; ++text) {
    switch (*text) {
      case '&':
        fputs("&amp;", out);
        break;
      case '<':
        fputs("&lt;", out);
        break;
      case '>':
        fputs("&gt;", out);
        break;
      case '"':
        fputs("&quot;", out);
        break;
      case '\'':
        fputs("&#39;", out);
        break;
      default:
        fputc(*text, out);
    }
  }
}

static const char* tone_class(lm_tone tone) {
  switch (tone) {
    case LM_TONE_PLAIN:
      break;
    case LM_TONE_STRONG:
      return "strong";
    case LM_TONE_MUTED:
      return "muted";
    case LM_TONE_GOOD:
      return "good";
    case LM_TONE_BAD:
      return "bad";
    case LM_TONE_BADGE_GOOD:
      return "badge b-good";
    case LM_TONE_BADGE_WARN:
      return "badge b-warn";
    case LM_TONE_BADGE_BAD:
      return "badge b-bad";
    case LM_TONE_BADGE_NEUTRAL:
      return "badge b-none";
  }
  return NULL;
}

// Longer text is broken into lines; shorter text never is.
enum { LONG_TEXT = 44 };

static void write_cell(const lm_cell* cell, const lm_column* column, FILE* out) {
  const bool is_long = cell->text != NULL && lm__text_width(cell->text) > LONG_TEXT;
  fputs(column->number ? "<td class=\"n\">" : is_long ? "<td class=\"long\">" : "<td>", out);
  if (cell->share > 0) {
    const double width = cell->share > 1 ? 100 : cell->share * 100;
    fprintf(out, "<span class=\"bar\"><i style=\"width:%.1f%%\"></i></span>", width);
  }
  const char* name = cell->text != NULL ? tone_class(cell->tone) : "muted";
  if (name != NULL) fprintf(out, "<span class=\"%s\">", name);
  lm__html_text(out, cell->text != NULL ? cell->text : "–");
  fputs(name != NULL ? "</span></td>" : "</td>", out);
}

void lm__table_write_html(const lm_table* t, FILE* out) {
  fputs("<div class=\"scroll\"><table>", out);
  if (t->title != NULL) {
    fputs("<caption>", out);
    lm__html_text(out, t->title);
    fputs("</caption>", out);
  }
  fputs("<thead><tr>", out);
  for (int c = 0; c < t->column_count; ++c) {
    fputs(t->columns[c].number ? "<th scope=\"col\" class=\"n\"" : "<th scope=\"col\"", out);
    if (t->columns[c].hint != NULL) {
      fputs(" title=\"", out);
      lm__html_text(out, t->columns[c].hint);
      fputc('"', out);
    }
    fputc('>', out);
    lm__html_text(out, t->columns[c].title);
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
  for (int row = 0; row < t->row_count; ++row) {
    fputs(row > 0 && t->group_starts[row] ? "<tr class=\"rule\">" : "<tr>", out);
    for (int c = 0; c < t->column_count; ++c) {
      write_cell(&t->cells[row * t->column_count + c], &t->columns[c], out);
    }
    fputs("</tr>\n", out);
  }
  fputs("</tbody></table></div>\n", out);
}
