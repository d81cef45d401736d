// SPDX-License-Identifier: MIT
#include "table.h"

#include <assert.h>
#include <string.h>

static const char kDash[] = "–";

void lm__table_init(lm_table* table, lm_pool* pool, const char* title, const lm_column* columns,
                    int column_count) {
  *table =
      (lm_table){.title = title, .columns = columns, .column_count = column_count, .pool = pool};
}

static bool grow(lm_table* t) {
  const int capacity = t->row_capacity == 0 ? 16 : t->row_capacity * 2;
  const size_t width = (size_t)t->column_count;
  lm_cell* cells = lm__pool_array(t->pool, (size_t)capacity * width, sizeof *cells);
  bool* starts = lm__pool_array(t->pool, (size_t)capacity + 1, sizeof *starts);
  if (cells == NULL || starts == NULL) return false;
  if (t->row_count > 0) {
    memcpy(cells, t->cells, (size_t)t->row_count * width * sizeof *cells);
    memcpy(starts, t->group_starts, ((size_t)t->row_count + 1) * sizeof *starts);
  }
  t->cells = cells;
  t->group_starts = starts;
  t->row_capacity = capacity;
  return true;
}

lm_cell* lm__table_add(lm_table* t, const char* text) {
  if (t->used == 0 || t->used == t->column_count) {
    if (t->row_count == t->row_capacity && !grow(t)) return &t->dropped;
    ++t->row_count;
    t->used = 0;
  }
  lm_cell* cell = &t->cells[(size_t)(t->row_count - 1) * (size_t)t->column_count + (size_t)t->used];
  ++t->used;
  *cell = (lm_cell){.text = text};
  return cell;
}

void lm__table_start_group(lm_table* t) {
  if (t->row_count == t->row_capacity && !grow(t)) return;
  t->group_starts[t->row_count] = true;
}

static bool column_is_empty(const lm_table* t, int column) {
  for (int row = 0; row < t->row_count; ++row) {
    if (t->cells[row * t->column_count + column].text != NULL) return false;
  }
  return true;
}

void lm__table_prune(lm_table* t) {
  assert(t->row_count == 0 || t->used == t->column_count);  // else a row has too few cells
  lm_column* columns = lm__pool_array(t->pool, (size_t)t->column_count, sizeof *columns);
  lm_cell* cells =
      lm__pool_array(t->pool, (size_t)t->row_count * (size_t)t->column_count, sizeof *cells);
  if (columns == NULL || cells == NULL) return;
  int kept = 0;
  for (int c = 0; c < t->column_count; ++c) kept += !column_is_empty(t, c);
  int to = 0;
  for (int c = 0; c < t->column_count; ++c) {
    if (column_is_empty(t, c)) continue;
    columns[to] = t->columns[c];
    for (int row = 0; row < t->row_count; ++row) {
      cells[row * kept + to] = t->cells[row * t->column_count + c];
    }
    ++to;
  }
  t->columns = columns;
  t->cells = cells;
  t->column_count = kept;
  t->row_capacity = t->row_count;
  t->used = kept;
}

static const lm_cell* cell_at(const lm_table* t, int row, int column) {
  return &t->cells[row * t->column_count + column];
}

static const char* cell_text(const lm_table* t, int row, int column) {
  const char* text = cell_at(t, row, column)->text;
  return text != NULL ? text : kDash;
}

static void write_padded(FILE* out, const char* text, size_t width, bool right) {
  const size_t used = lm__text_width(text);
  const int gap = used < width ? (int)(width - used) : 0;
  if (right) {
    fprintf(out, "%*s%s", gap, "", text);
  } else {
    fprintf(out, "%s%*s", text, gap, "");
  }
}

static void write_text_row(const lm_table* t, int row, const size_t* widths, FILE* out) {
  for (int c = 0; c < t->column_count; ++c) {
    const char* text = row < 0 ? t->columns[c].title : cell_text(t, row, c);
    if (c > 0) fputs("  ", out);
    const bool last = c == t->column_count - 1;
    text = lm__pool_shorten(t->pool, text, widths[c]);
    write_padded(out, text, last && !t->columns[c].number ? 0 : widths[c], t->columns[c].number);
  }
  fputc('\n', out);
}

void lm__table_write_text(const lm_table* t, int max_width, FILE* out) {
  size_t* widths = lm__pool_array(t->pool, (size_t)t->column_count, sizeof *widths);
  if (widths == NULL) return;
  for (int c = 0; c < t->column_count; ++c) {
    widths[c] = lm__text_width(t->columns[c].title);
    for (int row = 0; row < t->row_count; ++row) {
      const size_t width = lm__text_width(cell_text(t, row, c));
      if (width > widths[c]) widths[c] = width;
    }
    if (widths[c] > (size_t)max_width) widths[c] = (size_t)max_width;
  }
  write_text_row(t, -1, widths, out);
  for (int row = 0; row < t->row_count; ++row) write_text_row(t, row, widths, out);
}

void lm__markdown_text(FILE* out, const char* text) {
  for (const char* c = text; *c != '\0'; ++c) {
    switch (*c) {
      case '<':
        fputs("&lt;", out);
        break;
      case '&':
        fputs("&amp;", out);
        break;
      case '@':  // no mentions of people on GitHub
        fputs("&#64;", out);
        break;
      case ':':  // no links out of names
        fputs(c[1] == '/' ? "&#58;" : ":", out);
        break;
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
      case '#':
      case '!':
      case '$':
        fputc('\\', out);
        fputc(*c, out);
        break;
      default:
        fputc(*c, out);
    }
  }
}

void lm__table_write_markdown(const lm_table* t, FILE* out) {
  for (int row = -2; row < t->row_count; ++row) {
    fputc('|', out);
    for (int c = 0; c < t->column_count; ++c) {
      if (row == -1) {
        fputs(t->columns[c].number ? " ---: |" : " --- |", out);
        continue;
      }
      fputc(' ', out);
      const bool strong = row >= 0 && cell_at(t, row, c)->tone == LM_TONE_STRONG;
      if (strong) fputs("**", out);
      lm__markdown_text(out, row == -2 ? t->columns[c].title : cell_text(t, row, c));
      fputs(strong ? "** |" : " |", out);
    }
    fputc('\n', out);
  }
}

static void write_csv_field(FILE* out, const char* text, bool number) {
  // Spreadsheets run what begins like a formula; the apostrophe makes it text for them.
  const bool formula = !number && text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
  if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
    fputs(text, out);
    return;
  }
  fputs(formula ? "\"'" : "\"", out);
  for (; *text != '\0'; ++text) {
    if (*text == '"') fputc('"', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

void lm__table_write_csv(const lm_table* t, FILE* out) {
  for (int row = -1; row < t->row_count; ++row) {
    for (int c = 0; c < t->column_count; ++c) {
      if (c > 0) fputc(',', out);
      if (row < 0) {
        write_csv_field(out, t->columns[c].title, false);
      } else if (cell_at(t, row, c)->text != NULL) {
        write_csv_field(out, cell_at(t, row, c)->text, cell_at(t, row, c)->is_number);
      }
    }
    fputs("\r\n", out);
  }
}
