// SPDX-License-Identifier: MIT
#include "dataset.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "csv.h"

enum { MAX_SAMPLES = 100000000 };

void lm_dataset_close(lm_dataset* dataset) {
  for (int32_t i = 0; i < dataset->count; ++i) free(dataset->samples[i].file);
  free(dataset->samples);
  free(dataset->directory);
  free(dataset->labels_file);
  *dataset = (lm_dataset){0};
}

// Grows by doubling; the capacity is the next power of two of the count.
static lm_status add_sample(lm_dataset* d, const char* file, int32_t label, int32_t line,
                            lm_error* err) {
  if (d->count >= MAX_SAMPLES) return LM_FAIL(err, LM_BAD_INPUT, "more than %d images", d->count);
  if (d->count == 0 || (d->count & (d->count - 1)) == 0) {
    const size_t room = d->count == 0 ? 1 : (size_t)d->count * 2;
    lm_sample* samples = realloc(d->samples, room * sizeof *samples);
    if (samples == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu images", room);
    d->samples = samples;
  }
  char* copy = strdup(file);
  if (copy == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "file name");
  d->samples[d->count++] = (lm_sample){copy, label, line};
  return LM_OK;
}

// ---------------------------------------------------------------- labels.csv

static lm_status parse_label(const char* text, int64_t line, int32_t* out, lm_error* err) {
  char* end;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  end += strspn(end, " \t");
  if (end == text || *end != '\0' || *text == '\0') {
    return LM_FAIL(err, LM_BAD_INPUT, "line %" PRId64 ": label_index '%.40s' is no whole number",
                   line, text);
  }
  if (errno != 0 || value < 0 || value > INT32_MAX - 1) {
    return LM_FAIL(err, LM_BAD_INPUT, "line %" PRId64 ": label_index %.40s is not in 0..%d", line,
                   text, INT32_MAX - 1);
  }
  *out = (int32_t)value;
  return LM_OK;
}

static lm_status find_column(const lm_csv* csv, const char* name, int32_t* out, lm_error* err) {
  *out = -1;
  for (int32_t i = 0; i < csv->field_count; ++i) {
    if (strcmp(csv->fields[i], name) != 0) continue;
    if (*out >= 0) return LM_FAIL(err, LM_BAD_INPUT, "two columns are named '%s'", name);
    *out = i;
  }
  if (*out >= 0) return LM_OK;
  return LM_FAIL(err, LM_BAD_INPUT,
                 "line %" PRId64
                 ": no column '%s'; the first line must name 'file' and "
                 "'label_index'",
                 csv->line, name);
}

static lm_status read_rows(lm_csv* csv, lm_dataset* d, lm_error* err) {
  bool end;
  int32_t file_column = -1, label_column = -1;
  lm_status status = lm_csv_next(csv, &end, err);
  if (status == LM_OK && end) return LM_FAIL(err, LM_BAD_INPUT, "is empty");
  if (status == LM_OK) status = find_column(csv, "file", &file_column, err);
  if (status == LM_OK) status = find_column(csv, "label_index", &label_column, err);
  const int32_t needed = (file_column > label_column ? file_column : label_column) + 1;
  while (status == LM_OK) {
    status = lm_csv_next(csv, &end, err);
    if (status != LM_OK || end) break;
    if (csv->field_count < needed) {
      return LM_FAIL(err, LM_BAD_INPUT, "line %" PRId64 ": %d fields, the header has at least %d",
                     csv->line, csv->field_count, needed);
    }
    const char* file = csv->fields[file_column];
    if (*file == '\0') {
      return LM_FAIL(err, LM_BAD_INPUT, "line %" PRId64 ": no file name", csv->line);
    }
    int32_t label = 0;
    status = parse_label(csv->fields[label_column], csv->line, &label, err);
    if (status == LM_OK) status = add_sample(d, file, label, (int32_t)csv->line, err);
  }
  if (status == LM_OK && d->count == 0) return LM_FAIL(err, LM_BAD_INPUT, "lists no images");
  return status;
}

static lm_status read_labels(lm_dataset* d, lm_error* err) {
  lm_csv csv;
  lm_status status = lm_csv_open(d->labels_file, &csv, err);
  if (status != LM_OK) return status;
  status = read_rows(&csv, d, err);
  lm_csv_close(&csv);
  return status;
}

// ---------------------------------------------------------------- class folders

static int not_hidden(const struct dirent* entry) { return entry->d_name[0] != '.'; }

// By bytes: alphasort() would follow the user's language.
static int by_name(const struct dirent** a, const struct dirent** b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static bool named_like_image(const char* name) {
  static const char* const kEndings[] = {".jpg", ".jpeg", ".png", ".bmp"};
  const char* dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof kEndings / sizeof *kEndings; ++i) {
    if (strcasecmp(dot, kEndings[i]) == 0) return true;
  }
  return false;
}

static lm_status list_folder(const char* path, struct dirent*** out, int* out_count,
                             lm_error* err) {
  *out = NULL;
  *out_count = scandir(path, out, not_hidden, by_name);
  if (*out_count >= 0) return LM_OK;
  *out_count = 0;
  return LM_FAIL(err, errno == ENOMEM ? LM_OUT_OF_MEMORY : LM_IO, "%s", strerror(errno));
}

static void free_list(struct dirent** entries, int count) {
  for (int i = 0; i < count; ++i) free(entries[i]);
  free(entries);
}

static bool is_folder(const char* path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static lm_status read_class(lm_dataset* d, const char* name, int32_t label, char* culprit,
                            lm_error* err) {
  struct dirent** entries;
  int count;
  snprintf(culprit, LM_CULPRIT_SIZE, "%s/%s", d->directory, name);
  lm_status status = list_folder(culprit, &entries, &count, err);
  for (int i = 0; status == LM_OK && i < count; ++i) {
    char file[2 * NAME_MAX + 2];
    snprintf(file, sizeof file, "%s/%s", name, entries[i]->d_name);
    if (named_like_image(file)) {
      status = add_sample(d, file, label, 0, err);
    } else {
      ++d->ignored;
    }
  }
  free_list(entries, count);
  return status;
}

// Names 1..9 and 10 sort as 1, 10, 2: rarely what their owner numbered.
static bool numbers_sort_apart(char* const* names, int32_t count) {
  bool lengths_differ = false;
  for (int32_t i = 0; i < count; ++i) {
    if (names[i][strspn(names[i], "0123456789")] != '\0') return false;
    if (strlen(names[i]) != strlen(names[0])) lengths_differ = true;
  }
  return lengths_differ;
}

static lm_status read_folders(lm_dataset* d, char* culprit, lm_error* err) {
  struct dirent** entries;
  int count;
  lm_status status = list_folder(d->directory, &entries, &count, err);
  if (status != LM_OK) return status;
  char** classes = calloc((size_t)count + 1, sizeof *classes);
  if (classes == NULL) {
    free_list(entries, count);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d folders", count);
  }
  int32_t class_count = 0;
  for (int i = 0; status == LM_OK && i < count; ++i) {
    snprintf(culprit, LM_CULPRIT_SIZE, "%s/%s", d->directory, entries[i]->d_name);
    if (!is_folder(culprit)) continue;
    classes[class_count] = entries[i]->d_name;
    status = read_class(d, classes[class_count], class_count, culprit, err);
    ++class_count;
  }
  d->class_count = class_count;
  if (status == LM_OK && numbers_sort_apart(classes, class_count)) {
    d->note = "class folders are numbered in the order of their names: 10 comes before 2";
  }
  free(classes);
  free_list(entries, count);
  if (status != LM_OK) return status;
  snprintf(culprit, LM_CULPRIT_SIZE, "%s", d->directory);
  if (d->class_count == 0) {
    return LM_FAIL(err, LM_BAD_INPUT, "holds neither labels.csv nor a folder for each class");
  }
  if (d->count == 0) {
    return LM_FAIL(err, LM_BAD_INPUT, "%d class folders, but no .jpg, .png or .bmp file in them",
                   d->class_count);
  }
  return LM_OK;
}

// ---------------------------------------------------------------- both

static int by_value(const void* a, const void* b) {
  const int32_t x = *(const int32_t*)a, y = *(const int32_t*)b;
  return x < y ? -1 : x > y;
}

static lm_status count_labels(lm_dataset* d, lm_error* err) {
  int32_t* labels = calloc((size_t)d->count, sizeof *labels);
  if (labels == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "%d labels", d->count);
  for (int32_t i = 0; i < d->count; ++i) labels[i] = d->samples[i].label;
  qsort(labels, (size_t)d->count, sizeof *labels, by_value);
  d->label_max = labels[d->count - 1];
  d->class_count = 1;
  for (int32_t i = 1; i < d->count; ++i) d->class_count += labels[i] != labels[i - 1];
  free(labels);
  return LM_OK;
}

// Names labels.csv in `path` when it is there, or when somebody asked for another list.
static lm_status choose_labels(lm_dataset* d, const char* labels_path, char* path, lm_error* err) {
  if (labels_path != NULL) {
    snprintf(path, LM_CULPRIT_SIZE, "%s", labels_path);
  } else {
    snprintf(path, LM_CULPRIT_SIZE, "%s/labels.csv", d->directory);
    struct stat info;
    if (stat(path, &info) != 0 && errno == ENOENT) return LM_OK;
  }
  d->labels_file = strdup(path);
  return d->labels_file != NULL ? LM_OK : LM_FAIL(err, LM_OUT_OF_MEMORY, "file name");
}

lm_status lm_dataset_open(const char* directory, const char* labels_path, lm_dataset* out,
                          char* culprit, lm_error* err) {
  *out = (lm_dataset){.directory = strdup(directory)};
  snprintf(culprit, LM_CULPRIT_SIZE, "%s", directory);
  if (out->directory == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "folder name");
  struct stat info;
  lm_status status = LM_OK;
  if (stat(directory, &info) != 0) {
    status = LM_FAIL(err, LM_IO, "%s", strerror(errno));
  } else if (!S_ISDIR(info.st_mode)) {
    status = LM_FAIL(err, LM_IO, "is no folder");
  }
  if (status == LM_OK) status = choose_labels(out, labels_path, culprit, err);
  if (status == LM_OK && out->labels_file != NULL) {
    status = read_labels(out, err);
  } else if (status == LM_OK) {
    snprintf(culprit, LM_CULPRIT_SIZE, "%s", directory);
    status = read_folders(out, culprit, err);
  }
  const int32_t folders = out->class_count;
  if (status == LM_OK) status = count_labels(out, err);
  if (out->labels_file == NULL) out->class_count = folders;
  out->listed = out->count;
  if (status != LM_OK) lm_dataset_close(out);
  return status;
}

void lm_dataset_limit(lm_dataset* dataset, int32_t limit) {
  if (limit >= dataset->count) return;
  int32_t next = 0;
  for (int32_t i = 0; i < dataset->count; ++i) {
    const int32_t wanted = (int32_t)((int64_t)next * dataset->count / limit);
    if (next < limit && i == wanted) {
      dataset->samples[next++] = dataset->samples[i];
    } else {
      free(dataset->samples[i].file);
    }
  }
  dataset->count = next;
}

const char* lm_dataset_path(const lm_dataset* dataset, int32_t index, char* buffer) {
  const char* file = dataset->samples[index].file;
  if (file[0] == '/') {
    snprintf(buffer, LM_CULPRIT_SIZE, "%s", file);
  } else {
    snprintf(buffer, LM_CULPRIT_SIZE, "%s/%s", dataset->directory, file);
  }
  return buffer;
}

lm_status lm_dataset_check_files(const lm_dataset* dataset, char* culprit, lm_error* err) {
  for (int32_t i = 0; i < dataset->count; ++i) {
    struct stat info;
    lm_dataset_path(dataset, i, culprit);
    const int failed = stat(culprit, &info);
    if (failed == 0 && S_ISREG(info.st_mode)) continue;
    const char* why = failed != 0 ? strerror(errno) : "is no regular file";
    if (dataset->samples[i].line == 0) return LM_FAIL(err, LM_IO, "%s", why);
    return LM_FAIL(err, LM_IO, "%s (line %d of the labels)", why, dataset->samples[i].line);
  }
  return LM_OK;
}
