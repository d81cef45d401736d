// SPDX-License-Identifier: MIT
#include "litmark/model.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "model/model_pages.h"
#include "model/tflite_reader.h"

// What a caller's lm_model* really points to.
typedef struct model_impl {
  lm_model model;  // first: the public handle
  lm_allocator allocator;
  lm__arena arena;
} model_impl;

// One that is touched makes Linux map those around it that are in memory (fault_around_bytes).
#define WINDOW_BYTES ((uintptr_t)64 << 10)
#define LARGE_PAGE_BYTES ((uintptr_t)2 << 20)

lm_status lm_model_create(const void* data, size_t size, lm_allocator allocator,
                          lm_model** out_model, lm_error* err) {
  *out_model = NULL;
  model_impl* impl = lm_alloc(allocator, sizeof *impl);
  if (impl == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "model: %zu bytes", sizeof *impl);
  impl->allocator = allocator;
  lm__arena_init(&impl->arena, allocator);
  const lm_status status = lm__tflite_read(data, size, &impl->arena, &impl->model, err);
  if (status != LM_OK) {
    lm_model_destroy(&impl->model);
    return status;
  }
  *out_model = &impl->model;
  return LM_OK;
}

// Where addresses and offsets differ by a multiple of 2 MiB, Linux may map so much of a file at a
// touch, depending on how the file came into memory. That is more than packing gives back at a
// time, and would make peaks a matter of chance.
static void* map_small_pages(int fd, size_t size) {
  if (size > SIZE_MAX - 2 * WINDOW_BYTES) return MAP_FAILED;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t needed = (size + page - 1) / page * page, room = needed + WINDOW_BYTES;
  char* start = mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  char* at = (uintptr_t)start % LARGE_PAGE_BYTES == 0 ? start + WINDOW_BYTES : start;
  void* data = mmap(at, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
  if (data == MAP_FAILED) {
    munmap(start, room);
    return MAP_FAILED;
  }
  if (at > start) {
    munmap(start, WINDOW_BYTES);
  } else {
    munmap(start + needed, WINDOW_BYTES);
  }
  return data;
}

static lm_status map_file(const char* path, void** out_data, size_t* out_size, lm_error* err) {
  *out_data = NULL;
  *out_size = 0;
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return LM_FAIL(err, LM_IO, "cannot be opened: %s", strerror(errno));
  struct stat info;
  lm_status status = LM_OK;
  if (fstat(fd, &info) != 0) {
    status = LM_FAIL(err, LM_IO, "cannot be examined: %s", strerror(errno));
  } else if (!S_ISREG(info.st_mode)) {
    status = LM_FAIL(err, LM_IO, "is not a regular file");
  } else if (info.st_size == 0) {
    status = LM_FAIL(err, LM_BAD_MODEL, "is empty");
  } else {
    void* data = map_small_pages(fd, (size_t)info.st_size);
    if (data == MAP_FAILED) {
      status = LM_FAIL(err, errno == ENOMEM ? LM_OUT_OF_MEMORY : LM_IO, "cannot be mapped: %s",
                       strerror(errno));
    } else {
      *out_data = data;
      *out_size = (size_t)info.st_size;
    }
  }
  close(fd);
  return status;
}

lm_status lm_model_open(const char* path, lm_allocator allocator, lm_model** out_model,
                        lm_error* err) {
  *out_model = NULL;
  void* data;
  size_t size;
  lm_status status = map_file(path, &data, &size, err);
  if (status != LM_OK) return status;
  status = lm_model_create(data, size, allocator, out_model, err);
  if (status != LM_OK) {
    munmap(data, size);
    return status;
  }
  (*out_model)->mapping = data;
  return LM_OK;
}

void lm__model_give_back(const lm_model* model, const void* data, size_t bytes) {
  const uintptr_t file = (uintptr_t)model->mapping, at = (uintptr_t)data;
  // Other memory, such as the copy of a misaligned constant, would lose its contents.
  if (file == 0 || at < file || at - file >= model->file_bytes) return;
  const uintptr_t file_end = file + model->file_bytes;
  uintptr_t begin = at / WINDOW_BYTES * WINDOW_BYTES;
  uintptr_t end = bytes < file_end - at ? at + bytes : file_end;
  end = (end + WINDOW_BYTES - 1) / WINDOW_BYTES * WINDOW_BYTES;
  if (begin < file) begin = file;
  if (end > file_end) end = file_end;
  // Advice only: where it is not taken, memory stays in use.
  (void)madvise((char*)model->mapping + (begin - file), end - begin, MADV_DONTNEED);
}

void lm_model_destroy(lm_model* model) {
  if (model == NULL) return;
  model_impl* impl = (model_impl*)model;
  if (model->mapping != NULL) munmap((void*)model->mapping, model->file_bytes);
  lm__arena_deinit(&impl->arena);
  lm_free(impl->allocator, impl);
}
