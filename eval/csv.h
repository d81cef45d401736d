// SPDX-License-Identifier: MIT
//
// Comma-separated values after RFC 4180: quoted fields may hold commas, quotes (doubled) and line
// breaks; lines end in LF, CRLF or CR; a byte order mark is skipped.
#ifndef LITMARK_EVAL_CSV_H_
#define LITMARK_EVAL_CSV_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "litmark/status.h"

/// Larger files are refused.
#define LM_CSV_MAX_BYTES (256 << 20)

/// A file in memory and the row that was read last.
typedef struct lm_csv {
  char* text;  ///< OWNED; fields point into it
  char *at, *end;
  int64_t line;  ///< line on which the row begins, from 1
  int64_t next_line;
  char** fields;  ///< [field_count], zero-terminated; valid until lm_csv_close()
  int32_t field_count;
  int32_t field_room;
} lm_csv;

/// @retval LM_IO         the file cannot be read.
/// @retval LM_BAD_INPUT  it is too large or holds a zero byte.
lm_status lm_csv_open(const char* path, lm_csv* out, lm_error* err);
void lm_csv_close(lm_csv* csv);

/// Reads the next row that is not blank; `*out_end` is true when there is none.
/// @retval LM_BAD_INPUT  a quote is not closed, or text follows a closing quote.
lm_status lm_csv_next(lm_csv* csv, bool* out_end, lm_error* err);

/// Writes `text` as one field, quoted where it has to be.
void lm_csv_write_field(FILE* stream, const char* text);

#endif  // LITMARK_EVAL_CSV_H_
