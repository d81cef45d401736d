// SPDX-License-Identifier: MIT
#include "atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static lm_status write_failure(lm_error* err, const char* what, int code) {
  // Full disks are a matter of resources, not of input.
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  const lm_status status = full ? LM_OUT_OF_MEMORY : LM_IO;
  return LM_FAIL(err, status, "cannot be %s: %s", what, strerror(code));
}

void lm_atomic_abandon(lm_atomic_file* file) {
  if (file->stream != NULL) fclose(file->stream);
  if (file->temporary != NULL && !file->nameless) unlink(file->temporary);
  free(file->temporary);
  free(file->path);
  *file = (lm_atomic_file){0};
}

// A pipe or a device is written to directly: a file renamed over /dev/null would replace it.
static lm_status open_special(const char* path, lm_atomic_file* out, lm_error* err) {
  out->stream = fopen(path, "wb");
  return out->stream != NULL ? LM_OK : write_failure(err, "written", errno);
}

// A file without a name, in the folder of `path`: whatever ends the program, nothing is left. -1:
// this file system has none, or nothing could give it a name later.
static int open_nameless(char* path) {
  if (access("/proc/self/fd", X_OK) != 0) return -1;
  char* slash = strrchr(path, '/');
  if (slash == NULL) return open(".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  const char after = slash[1];
  slash[1] = '\0';
  const int fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  slash[1] = after;
  return fd;
}

// With a name from the beginning: what a signal ends before the commit stays.
static int open_named(char* temporary) {
  const int fd = mkstemp(temporary);
  if (fd < 0) return fd;
  // mkstemp makes it private; a result is as readable as any new file.
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(fd, 0666 & ~mask);
  return fd;
}

lm_status lm_atomic_open(const char* path, lm_atomic_file* out, lm_error* err) {
  *out = (lm_atomic_file){0};
  struct stat info;
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) return open_special(path, out, err);
  const size_t size = strlen(path) + 16;
  out->path = strdup(path);
  char* temporary = malloc(size);
  if (out->path == NULL || temporary == NULL) {
    free(temporary);
    lm_atomic_abandon(out);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "file name");
  }
  snprintf(temporary, size, "%s.XXXXXX", path);
  int fd = open_nameless(out->path);
  out->nameless = fd >= 0;
  if (fd < 0) fd = open_named(temporary);
  if (fd < 0) {
    const int code = errno;
    free(temporary);
    lm_atomic_abandon(out);
    return write_failure(err, "created", code);
  }
  out->temporary = temporary;
  out->stream = fdopen(fd, "wb");
  if (out->stream == NULL) {
    const int code = errno;
    close(fd);
    lm_atomic_abandon(out);
    return write_failure(err, "written", code);
  }
  return LM_OK;
}

// Names are taken until one is free. 0 or errno.
static int give_name(lm_atomic_file* file) {
  char source[32];
  snprintf(source, sizeof source, "/proc/self/fd/%d", fileno(file->stream));
  char* suffix = file->temporary + strlen(file->path);
  uint32_t number = (uint32_t)getpid();
  for (int tries = 0; tries < 1000; ++tries, number += 0x9e3779b1u) {
    snprintf(suffix, 8, ".%06" PRIx32, number & 0xffffffu);
    if (linkat(AT_FDCWD, source, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) == 0) {
      file->nameless = false;
      return 0;
    }
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

lm_status lm_atomic_commit(lm_atomic_file* file, lm_error* err) {
  bool failed = ferror(file->stream) != 0;
  if (failed) {
    // Which error it was is long forgotten; trying once more brings it back (the disk is still
    // full).
    clearerr(file->stream);
    fputc(0, file->stream);
  }
  errno = 0;
  if (fflush(file->stream) != 0) failed = true;
  int code = errno;
  if (!failed && file->nameless) {
    code = give_name(file);
    failed = code != 0;
  }
  if (fclose(file->stream) != 0 && !failed) {
    failed = true;
    code = errno;
  }
  file->stream = NULL;
  if (!failed && file->temporary != NULL && rename(file->temporary, file->path) != 0) {
    failed = true;
    code = errno;
  }
  if (failed) {
    lm_atomic_abandon(file);
    return write_failure(err, "written", code != 0 ? code : EIO);
  }
  free(file->temporary);
  file->temporary = NULL;
  lm_atomic_abandon(file);
  return LM_OK;
}

lm_status lm_make_directories(const char* path, lm_error* err) {
  char* copy = strdup(path);
  if (copy == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "folder name");
  lm_status status = LM_OK;
  for (char* slash = copy;; ++slash) {
    slash += strcspn(slash, "/");
    const char end = *slash;
    *slash = '\0';
    if (*copy != '\0' && mkdir(copy, 0777) != 0 && errno != EEXIST) {
      status = write_failure(err, "created", errno);
      break;
    }
    *slash = end;
    if (end == '\0') break;
  }
  struct stat info;
  if (status == LM_OK && (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))) {
    status = LM_FAIL(err, LM_IO, "is not a folder");
  }
  free(copy);
  return status;
}
