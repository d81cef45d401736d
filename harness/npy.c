// SPDX-License-Identifier: MIT
#include "npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"

static const struct {
  lm_type type;
  const char* descr;
} kDescr[] = {
    {LM_FLOAT32, "<f4"},   {LM_FLOAT16, "<f2"},     {LM_FLOAT64, "<f8"}, {LM_INT8, "|i1"},
    {LM_UINT8, "|u1"},     {LM_INT16, "<i2"},       {LM_UINT16, "<u2"},  {LM_INT32, "<i4"},
    {LM_UINT32, "<u4"},    {LM_INT64, "<i8"},       {LM_UINT64, "<u8"},  {LM_BOOL, "|b1"},
    {LM_COMPLEX64, "<c8"}, {LM_COMPLEX128, "<c16"},
};

enum { MAX_HEADER = 64 * 1024 };

// Finds the value behind 'key': in the header's dictionary.
static const char* find_value(const char* header, const char* key) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, "'%s':", key);
  const char* at = strstr(header, quoted);
  if (at == NULL) return NULL;
  at += strlen(quoted);
  return at + strspn(at, " ");
}

static lm_status parse_shape(const char* text, lm_shape* out, lm_error* err) {
  *out = (lm_shape){0};
  if (text == NULL || *text != '(') return LM_FAIL(err, LM_BAD_INPUT, "npy header has no shape");
  ++text;
  for (;;) {
    text += strspn(text, " ,");
    if (*text == ')') return LM_OK;
    char* end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (end == text || errno != 0 || value < 0 || value > INT32_MAX) {
      return LM_FAIL(err, LM_BAD_INPUT, "npy header has a bad shape");
    }
    if (out->rank == LM_MAX_RANK) {
      return LM_FAIL(err, LM_BAD_INPUT, "npy array has more than %d dimensions", LM_MAX_RANK);
    }
    out->dims[out->rank++] = (int32_t)value;
    text = end;
  }
}

static lm_status parse_header(const char* header, lm_npy* out, lm_error* err) {
  const char* descr = find_value(header, "descr");
  const char* order = find_value(header, "fortran_order");
  if (descr == NULL || order == NULL) {
    return LM_FAIL(err, LM_BAD_INPUT, "npy header lacks 'descr' or 'fortran_order'");
  }
  if (strncmp(order, "False", 5) != 0) {
    return LM_FAIL(err, LM_BAD_INPUT, "npy array is in Fortran order; save it in C order");
  }
  bool known = false;
  for (size_t i = 0; i < sizeof kDescr / sizeof kDescr[0] && !known; ++i) {
    const size_t length = strlen(kDescr[i].descr);
    known = descr[0] == '\'' && strncmp(descr + 1, kDescr[i].descr, length) == 0 &&
            descr[1 + length] == '\'';
    if (known) out->type = kDescr[i].type;
  }
  if (!known) {
    const size_t quoted = descr[0] == '\'' ? strcspn(descr + 1, "'") + 2 : strcspn(descr, ",}");
    return LM_FAIL(err, LM_BAD_INPUT, "npy element type %.*s is not supported",
                   quoted < 40 ? (int)quoted : 40, descr);
  }
  const lm_status status = parse_shape(find_value(header, "shape"), &out->shape, err);
  if (status != LM_OK) return status;
  if (!lm_shape_bytes(&out->shape, out->type, &out->bytes)) {
    return LM_FAIL(err, LM_BAD_INPUT, "npy array is too large");
  }
  return LM_OK;
}

static lm_status read_header(FILE* file, lm_npy* out, lm_error* err) {
  unsigned char start[12];
  if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6) != 0) {
    return LM_FAIL(err, LM_BAD_INPUT, "is no .npy file");
  }
  size_t length = start[8] | (size_t)start[9] << 8;
  if (start[6] >= 2) {  // versions 2 and 3 have a length of four bytes
    if (fread(start + 10, 1, 2, file) != 2) return LM_FAIL(err, LM_BAD_INPUT, "is cut short");
    length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
  }
  if (length > MAX_HEADER) return LM_FAIL(err, LM_BAD_INPUT, "npy header of %zu bytes", length);
  char* header = malloc(length + 1);
  if (header == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "npy header");
  lm_status status;
  if (fread(header, 1, length, file) != length) {
    status = LM_FAIL(err, LM_BAD_INPUT, "is cut short");
  } else {
    header[length] = '\0';
    status = parse_header(header, out, err);
  }
  free(header);
  return status;
}

lm_status lm_npy_read(const char* path, lm_npy* out, lm_error* err) {
  *out = (lm_npy){0};
  FILE* file = fopen(path, "rb");
  if (file == NULL) return LM_FAIL(err, LM_IO, "cannot be opened: %s", strerror(errno));
  lm_status status = read_header(file, out, err);
  if (status == LM_OK) {
    // Compare with the file's size before trusting the header with an allocation.
    struct stat info;
    const long at = ftell(file);
    if (fstat(fileno(file), &info) != 0 || at < 0 || !S_ISREG(info.st_mode)) {
      status = LM_FAIL(err, LM_IO, "is not a regular file");
    } else if ((uint64_t)info.st_size < (uint64_t)at + out->bytes) {
      status = LM_FAIL(err, LM_BAD_INPUT, "holds %lld bytes, its header asks for %zu",
                       (long long)info.st_size - at, out->bytes);
    }
  }
  if (status == LM_OK) {
    out->data = malloc(out->bytes > 0 ? out->bytes : 1);
    if (out->data == NULL) {
      status = LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes", out->bytes);
    } else if (fread(out->data, 1, out->bytes, file) != out->bytes) {
      status = LM_FAIL(err, LM_IO, "cannot be read");
    }
  }
  fclose(file);
  if (status != LM_OK) lm_npy_free(out);
  return status;
}

void lm_npy_free(lm_npy* npy) {
  free(npy->data);
  *npy = (lm_npy){0};
}

lm_status lm_npy_write(const char* path, lm_type type, const lm_shape* shape, const void* data,
                       size_t bytes, lm_error* err) {
  const char* descr = NULL;
  for (size_t i = 0; i < sizeof kDescr / sizeof kDescr[0]; ++i) {
    if (kDescr[i].type == type) descr = kDescr[i].descr;
  }
  if (descr == NULL) {
    return LM_FAIL(err, LM_UNSUPPORTED, "NumPy has no type %s", lm_type_name(type));
  }
  char dims[128] = "";
  for (int32_t i = 0; i < shape->rank; ++i) {
    const size_t used = strlen(dims);
    snprintf(dims + used, sizeof dims - used, "%s%d%s", i > 0 ? ", " : "", shape->dims[i],
             shape->rank == 1 ? "," : "");
  }
  char header[256];
  int length = snprintf(header, sizeof header,
                        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, dims);
  // Magic, version and header end on a multiple of 64 bytes, as the format asks.
  const int total = (10 + length + 1 + 63) / 64 * 64;
  while (10 + length + 1 < total) header[length++] = ' ';
  header[length++] = '\n';
  const unsigned char start[10] = {0x93,
                                   'N',
                                   'U',
                                   'M',
                                   'P',
                                   'Y',
                                   1,
                                   0,
                                   (unsigned char)(length & 0xff),
                                   (unsigned char)(length >> 8)};
  lm_atomic_file file;
  lm_status status = lm_atomic_open(path, &file, err);
  if (status != LM_OK) return status;
  fwrite(start, 1, sizeof start, file.stream);
  fwrite(header, 1, (size_t)length, file.stream);
  if (bytes > 0) fwrite(data, 1, bytes, file.stream);
  return lm_atomic_commit(&file, err);
}
