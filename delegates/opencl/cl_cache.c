// SPDX-License-Identifier: MIT
#include "cl_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash64.h"

static const char kMagic[8] = "LMCLBIN\n";
#define MAX_BINARY_BYTES ((uint64_t)256 << 20)
#define PATH_BYTES 4096

typedef struct file_header {
  char magic[8];
  uint64_t key;    // as in the name
  uint64_t check;  // of the same with another seed: two keys in one file name
  uint64_t bytes;  // of what follows
  uint64_t hash;   // of what follows
  uint64_t header_hash;
} file_header;

static uint64_t key_of(const lm__cl_device* device, const lm__cl_source* source,
                       const char* options, uint64_t seed) {
  uint64_t key = lm__hash64(&device->identity, sizeof device->identity, seed);
  for (uint32_t i = 0; i < source->count; ++i) {
    key = lm__hash64(source->texts[i], source->bytes[i], key);
  }
  return lm__hash64(options, strlen(options), key);
}

static uint64_t header_hash(const file_header* header) {
  return lm__hash64(header, offsetof(file_header, header_hash), 0);
}

static bool path_of(const lm__cl_device* device, uint64_t key, const char* suffix, char* out) {
  const int n = snprintf(out, PATH_BYTES, "%s/litmark-%016" PRIx64 ".clbin%s", device->cache_folder,
                         key, suffix);
  return n > 0 && n < PATH_BYTES;
}

lm_status lm__cl_cache_check(const lm__cl_device* device, lm_error* err) {
  if (device->cache_folder == NULL) return LM_OK;
  (void)mkdir(device->cache_folder, 0777);  // one that is there or cannot be made shows below
  struct stat info;
  int code = 0;
  if (stat(device->cache_folder, &info) != 0) {
    code = errno;
  } else if (!S_ISDIR(info.st_mode)) {
    code = ENOTDIR;
  } else if (access(device->cache_folder, R_OK | W_OK | X_OK) != 0) {
    code = errno;
  }
  if (code == 0) return LM_OK;
  return LM_FAIL(err, LM_IO, "delegate opencl: cache '%s': %s", device->cache_folder,
                 strerror(code));
}

// ---- reading

static bool read_all(int fd, void* data, size_t bytes) {
  uint8_t* p = data;
  while (bytes > 0) {
    const ssize_t done = read(fd, p, bytes);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    p += done;
    bytes -= (size_t)done;
  }
  return true;
}

static bool is_ours(int fd, uint64_t* out_bytes) {
  struct stat info;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (info.st_uid != geteuid() && info.st_uid != 0) return false;
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) return false;  // others may have written it
  *out_bytes = (uint64_t)info.st_size;
  return true;
}

// The binary, to be freed; NULL: the file is not what was written for this key.
static unsigned char* read_binary(const lm__cl_device* device, int fd, uint64_t key, uint64_t check,
                                  size_t* out_bytes) {
  uint64_t file_bytes = 0;
  file_header header;
  if (!is_ours(fd, &file_bytes) || !read_all(fd, &header, sizeof header)) return NULL;
  if (memcmp(header.magic, kMagic, sizeof kMagic) != 0 ||
      header.header_hash != header_hash(&header) || header.key != key || header.check != check ||
      header.bytes == 0 || header.bytes > MAX_BINARY_BYTES ||
      header.bytes != file_bytes - sizeof header) {
    return NULL;
  }
  const size_t bytes = (size_t)header.bytes;
  unsigned char* data = lm_alloc(device->base.allocator, bytes);
  if (data == NULL) return NULL;
  if (!read_all(fd, data, bytes) || lm__hash64(data, bytes, 0) != header.hash) {
    lm_free(device->base.allocator, data);
    return NULL;
  }
  *out_bytes = bytes;
  return data;
}

static cl_program build_binary(lm__cl_device* device, const unsigned char* data, size_t bytes,
                               const char* options) {
  const lm__cl_symbols* cl = device->cl;
  cl_int code = CL_SUCCESS, status = CL_SUCCESS;
  cl_program program =
      cl->clCreateProgramWithBinary(device->context, 1, &device->id, &bytes, &data, &status, &code);
  if (program == NULL) return NULL;
  if (code == CL_SUCCESS && status == CL_SUCCESS &&
      cl->clBuildProgram(program, 1, &device->id, options, NULL, NULL) == CL_SUCCESS) {
    return program;
  }
  cl->clReleaseProgram(program);
  return NULL;
}

cl_program lm__cl_cache_load(lm__cl_device* device, const lm__cl_source* source,
                             const char* options) {
  if (device->cache_folder == NULL) return NULL;
  const uint64_t key = key_of(device, source, options, 0);
  char path[PATH_BYTES];
  if (!path_of(device, key, "", path)) return NULL;
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return NULL;
  size_t bytes = 0;
  unsigned char* data = read_binary(device, fd, key, key_of(device, source, options, 1), &bytes);
  close(fd);
  if (data == NULL) return NULL;
  cl_program program = build_binary(device, data, bytes, options);
  lm_free(device->base.allocator, data);
  return program;
}

// ---- writing

static bool write_all(int fd, const void* data, size_t bytes) {
  const uint8_t* p = data;
  while (bytes > 0) {
    const ssize_t done = write(fd, p, bytes);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    p += done;
    bytes -= (size_t)done;
  }
  return true;
}

// The driver's binary, to be freed; NULL: it gives none.
static unsigned char* get_binary(const lm__cl_device* device, cl_program program,
                                 size_t* out_bytes) {
  const lm__cl_symbols* cl = device->cl;
  size_t bytes = 0;
  if (cl->clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, sizeof bytes, &bytes, NULL) !=
          CL_SUCCESS ||
      bytes == 0 || bytes > MAX_BINARY_BYTES) {
    return NULL;
  }
  unsigned char* data = lm_alloc(device->base.allocator, bytes);
  if (data == NULL) return NULL;
  if (cl->clGetProgramInfo(program, CL_PROGRAM_BINARIES, sizeof data, &data, NULL) != CL_SUCCESS) {
    lm_free(device->base.allocator, data);
    return NULL;
  }
  *out_bytes = bytes;
  return data;
}

// 0, or an errno value. Nobody ever sees half a file: it gets its name when it is whole.
static int write_file(const lm__cl_device* device, const file_header* header, const void* data) {
  char path[PATH_BYTES], temporary[PATH_BYTES], suffix[64];
  snprintf(suffix, sizeof suffix, ".%ld.%" PRIu64, (long)getpid(), lm_now_ns());
  if (!path_of(device, header->key, "", path) || !path_of(device, header->key, suffix, temporary)) {
    return ENAMETOOLONG;
  }
  const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  const bool ok = write_all(fd, header, sizeof *header) && write_all(fd, data, header->bytes);
  int code = ok ? 0 : errno;
  if (close(fd) != 0 && code == 0) code = errno;
  if (code == 0 && rename(temporary, path) != 0) code = errno;
  if (code != 0) unlink(temporary);
  return code;
}

lm_status lm__cl_cache_store(lm__cl_device* device, const lm__cl_source* source,
                             const char* options, cl_program program, lm_error* err) {
  if (device->cache_folder == NULL) return LM_OK;
  size_t bytes = 0;
  unsigned char* data = get_binary(device, program, &bytes);
  if (data == NULL) return LM_OK;
  file_header header = {.key = key_of(device, source, options, 0),
                        .check = key_of(device, source, options, 1),
                        .bytes = bytes,
                        .hash = lm__hash64(data, bytes, 0)};
  memcpy(header.magic, kMagic, sizeof kMagic);
  header.header_hash = header_hash(&header);
  const int code = write_file(device, &header, data);
  lm_free(device->base.allocator, data);
  if (code == 0) return LM_OK;
  return LM_FAIL(err, LM_IO, "delegate opencl: cache '%s': %s", device->cache_folder,
                 strerror(code));
}
