// SPDX-License-Identifier: MIT
#include "csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static lm_status read_text(FILE* stream, lm_csv* csv, lm_error* err) {
  struct stat info;
  if (fstat(fileno(stream), &info) != 0) return LM_FAIL(err, LM_IO, "%s", strerror(errno));
  if (S_ISDIR(info.st_mode)) return LM_FAIL(err, LM_IO, "is a folder");
  size_t room = 1 << 16, used = 0;
  for (;;) {
    char* text = realloc(csv->text, room + 1);
    if (text == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes", room);
    csv->text = text;
    used += fread(text + used, 1, room - used, stream);
    if (used < room) break;
    if (room >= LM_CSV_MAX_BYTES) {
      return LM_FAIL(err, LM_BAD_INPUT, "more than %d bytes", LM_CSV_MAX_BYTES);
    }
    room *= 2;
  }
  if (ferror(stream)) return LM_FAIL(err, LM_IO, "%s", strerror(errno));
  csv->text[used] = '\0';
  csv->at = csv->text;
  csv->end = csv->text + used;
  if (memchr(csv->text, '\0', used) != NULL) {
    return LM_FAIL(err, LM_BAD_INPUT, "holds a zero byte, so it is no text");
  }
  if (used >= 3 && memcmp(csv->text, "\xef\xbb\xbf", 3) == 0) csv->at += 3;
  return LM_OK;
}

lm_status lm_csv_open(const char* path, lm_csv* out, lm_error* err) {
  *out = (lm_csv){.next_line = 1};
  FILE* stream = fopen(path, "re");
  if (stream == NULL) return LM_FAIL(err, LM_IO, "%s", strerror(errno));
  const lm_status status = read_text(stream, out, err);
  fclose(stream);
  if (status != LM_OK) lm_csv_close(out);
  return status;
}

void lm_csv_close(lm_csv* csv) {
  free(csv->text);
  free(csv->fields);
  *csv = (lm_csv){0};
}

static lm_status add_field(lm_csv* csv, char* field, lm_error* err) {
  if (csv->field_count == csv->field_room) {
    const int32_t room = csv->field_room == 0 ? 16 : csv->field_room * 2;
    char** fields = realloc(csv->fields, (size_t)room * sizeof *fields);
    if (fields == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d fields", room);
    csv->fields = fields;
    csv->field_room = room;
  }
  csv->fields[csv->field_count++] = field;
  return LM_OK;
}

// Moves a quoted field's text over its opening quote and leaves `at` behind the closing one.
static lm_status unquote(lm_csv* csv, char** out_to, lm_error* err) {
  char* to = csv->at++;
  while (csv->at < csv->end) {
    if (*csv->at == '"') {
      if (csv->at + 1 == csv->end || csv->at[1] != '"') {
        ++csv->at;
        *out_to = to;
        return LM_OK;
      }
      ++csv->at;
    } else if (*csv->at == '\n') {
      ++csv->next_line;
    }
    *to++ = *csv->at++;
  }
  return LM_FAIL(err, LM_BAD_INPUT, "line %" PRId64 ": a quote is not closed", csv->line);
}

// Reads one field; `*out_last` when the row ends with it.
static lm_status read_field(lm_csv* csv, bool* out_last, lm_error* err) {
  char* const field = csv->at;
  char* stop = field;
  if (*csv->at == '"') {
    const lm_status status = unquote(csv, &stop, err);
    if (status != LM_OK) return status;
  } else {
    csv->at += strcspn(csv->at, ",\r\n");
    stop = csv->at;
  }
  const char ending = *csv->at;  // zero at the end of the file
  if (ending != ',' && ending != '\r' && ending != '\n' && csv->at < csv->end) {
    return LM_FAIL(err, LM_BAD_INPUT, "line %" PRId64 ": text after a closing quote", csv->line);
  }
  *out_last = ending != ',';
  if (csv->at < csv->end) ++csv->at;
  if (ending == '\r' && *csv->at == '\n') ++csv->at;
  if (ending == '\r' || ending == '\n') ++csv->next_line;
  *stop = '\0';
  return add_field(csv, field, err);
}

lm_status lm_csv_next(lm_csv* csv, bool* out_end, lm_error* err) {
  *out_end = false;
  csv->field_count = 0;
  while (*csv->at == '\n' || *csv->at == '\r') {
    if (*csv->at == '\r' && csv->at[1] == '\n') ++csv->at;
    ++csv->at;
    ++csv->next_line;
  }
  csv->line = csv->next_line;
  if (csv->at >= csv->end) {
    *out_end = true;
    return LM_OK;
  }
  for (bool last = false; !last;) {
    const lm_status status = read_field(csv, &last, err);
    if (status != LM_OK) return status;
  }
  return LM_OK;
}

void lm_csv_write_field(FILE* stream, const char* text) {
  if (strpbrk(text, ",\"\r\n") == NULL) {
    fputs(text, stream);
    return;
  }
  fputc('"', stream);
  for (const char* c = text; *c != '\0'; ++c) {
    if (*c == '"') fputc('"', stream);
    fputc(*c, stream);
  }
  fputc('"', stream);
}
