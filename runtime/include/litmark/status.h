// SPDX-License-Identifier: MIT
#ifndef LITMARK_STATUS_H_
#define LITMARK_STATUS_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Every status: enumerator, value, text. Values are stable; programs' exit codes derive from them.
#define LM_STATUS_LIST(X)                               \
  X(OK, 0, "ok")                                        \
  X(INVALID_ARGUMENT, 1, "invalid argument")            \
  X(OUT_OF_MEMORY, 2, "out of memory")                  \
  X(BAD_MODEL, 3, "malformed model file")               \
  X(UNSUPPORTED, 4, "valid, but not supported")         \
  X(UNAVAILABLE, 5, "driver or device not present")     \
  X(IO, 6, "file cannot be read or written")            \
  X(BAD_INPUT, 7, "malformed or mismatched input data") \
  X(TIMEOUT, 8, "out of time")                          \
  X(INTERNAL, 9, "internal error")

typedef enum lm_status {
#define LM_STATUS_ENUM(name, value, text) LM_##name = value,
  LM_STATUS_LIST(LM_STATUS_ENUM)
#undef LM_STATUS_ENUM
} lm_status;

#if defined(__GNUC__) || defined(__clang__)
#define LM_PRINTF(format_index, first_index) \
  __attribute__((format(printf, format_index, first_index)))
#else
#define LM_PRINTF(format_index, first_index)
#endif

/// What went wrong, in storage of the caller. No allocation is needed to report a failure.
/// The first failure wins: a record that holds one is not overwritten until lm_error_clear().
typedef struct lm_error {
  lm_status status;
  const char* file;  ///< source file that reported it, static string
  int line;
  char message[480];  ///< one line, NUL-terminated, no trailing newline
} lm_error;

/// A record that holds no failure: `lm_error err = LM_ERROR_INIT;`
#define LM_ERROR_INIT     \
  {                       \
    LM_OK, NULL, 0, { 0 } \
  }

/// Stores a failure and returns `status`, so that `return LM_FAIL(err, LM_BAD_MODEL, "...")` reads
/// as one statement. `err` may be NULL. Line breaks and control characters are replaced by spaces,
/// because names out of hostile files end up in messages.
lm_status lm_error_set(lm_error* err, lm_status status, const char* file, int line,
                       const char* format, ...) LM_PRINTF(5, 6);

/// The comma shows compilers and analyzers which value comes out.
#define LM_FAIL(err, status, ...) \
  (lm_error_set((err), (status), __FILE__, __LINE__, __VA_ARGS__), (status))

/// Forgets a stored failure.
void lm_error_clear(lm_error* err);

/// "ok", "malformed model file", ...; "unknown status" for other values. Static string.
const char* lm_status_text(lm_status status);

#ifdef __cplusplus
}
#endif

#endif  // LITMARK_STATUS_H_
