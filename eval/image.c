// SPDX-License-Identifier: MIT
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_hash.h"
#include "image_codec.h"

lm_status lm__image_allocate(lm_image* image, uint64_t width, uint64_t height, lm_error* err) {
  if (width == 0 || height == 0) {
    return LM_FAIL(err, LM_BAD_INPUT, "an image of %llu x %llu pixels", (unsigned long long)width,
                   (unsigned long long)height);
  }
  if (width > LM_IMAGE_MAX_PIXELS || height > LM_IMAGE_MAX_PIXELS / width) {
    return LM_FAIL(err, LM_BAD_INPUT, "%llu x %llu pixels, the limit is %d million",
                   (unsigned long long)width, (unsigned long long)height,
                   LM_IMAGE_MAX_PIXELS / 1000000);
  }
  image->pixels = calloc((size_t)(width * height), 3);
  if (image->pixels == NULL) {
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "%llu x %llu pixels", (unsigned long long)width,
                   (unsigned long long)height);
  }
  image->width = (int32_t)width;
  image->height = (int32_t)height;
  return LM_OK;
}

void lm_image_deinit(lm_image* image) {
  free(image->pixels);
  *image = (lm_image){0};
}

static lm_status read_all(int fd, uint8_t* data, size_t size, lm_error* err) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = read(fd, data + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return LM_FAIL(err, LM_IO, "%s", strerror(errno));
    if (got == 0) return LM_FAIL(err, LM_IO, "the file became shorter while it was read");
    done += (size_t)got;
  }
  return LM_OK;
}

static lm_status read_file(const char* path, uint8_t** out_data, size_t* out_size, lm_error* err) {
  *out_data = NULL;
  *out_size = 0;
  // Non-blocking, so that a named pipe among the images does not stop everything.
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return LM_FAIL(err, LM_IO, "%s", strerror(errno));
  struct stat info;
  lm_status status = LM_OK;
  if (fstat(fd, &info) != 0) {
    status = LM_FAIL(err, LM_IO, "%s", strerror(errno));
  } else if (!S_ISREG(info.st_mode)) {
    status = LM_FAIL(err, LM_IO, "is no regular file");
  } else if (info.st_size <= 0) {
    status = LM_FAIL(err, LM_BAD_INPUT, "is empty");
  } else if (info.st_size > (off_t)LM_IMAGE_MAX_FILE_BYTES) {
    status = LM_FAIL(err, LM_BAD_INPUT, "%lld bytes, the limit for an image file is %u",
                     (long long)info.st_size, LM_IMAGE_MAX_FILE_BYTES);
  } else {
    *out_size = (size_t)info.st_size;
    *out_data = malloc(*out_size);
    status = *out_data == NULL ? LM_FAIL(err, LM_OUT_OF_MEMORY, "%zu bytes", *out_size)
                               : read_all(fd, *out_data, *out_size, err);
  }
  close(fd);
  if (status != LM_OK) {
    free(*out_data);
    *out_data = NULL;
  }
  return status;
}

static bool starts_with(const uint8_t* data, size_t size, const char* magic, size_t length) {
  return size >= length && memcmp(data, magic, length) == 0;
}

lm_status lm_image_load(const char* path, lm_image* out_image, char* content_sha256,
                        lm_error* err) {
  *out_image = (lm_image){0};
  uint8_t* data;
  size_t size;
  lm_status status = read_file(path, &data, &size, err);
  if (status != LM_OK) return status;
  if (content_sha256 != NULL) {
    lm_hash hash;
    lm_hash_begin(&hash);
    lm_hash_add(&hash, data, size);
    lm_hash_end(&hash, content_sha256);
  }
  if (starts_with(data, size, "\xff\xd8\xff", 3)) {
    status = lm__jpeg_decode(data, size, out_image, err);
  } else if (starts_with(data, size, "\x89PNG\r\n\x1a\n", 8)) {
    status = lm__png_decode(data, size, out_image, err);
  } else if (starts_with(data, size, "BM", 2)) {
    status = lm__bmp_decode(data, size, out_image, err);
  } else {
    status = LM_FAIL(err, LM_BAD_INPUT, "is no JPEG, PNG or BMP image");
  }
  free(data);
  if (status != LM_OK) lm_image_deinit(out_image);
  return status;
}

void lm_image_to_gray(const lm_image* image, uint8_t* out) {
  const size_t count = (size_t)image->width * (size_t)image->height;
  const uint8_t* p = image->pixels;
  for (size_t i = 0; i < count; ++i, p += 3) {
    out[i] = (uint8_t)((p[0] * 19595u + p[1] * 38470u + p[2] * 7471u + 0x8000u) >> 16);
  }
}
