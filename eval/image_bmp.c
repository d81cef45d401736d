// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <turbojpeg.h>

#include "image_codec.h"

// libturbojpeg reads BMP files with the 40-byte header of Windows 3, rows from bottom to top, and
// only from a path. Newer headers (which most programs write today) begin with the same 40 bytes,
// so the file is handed over with its header cut to them; the pixels are libturbojpeg's business.
enum {
  FILE_HEADER = 14,
  CORE_HEADER = 12,  // OS/2
  INFO_HEADER = 40,  // Windows 3
  MAX_HEADER = 124,  // BITMAPV5HEADER
  BITFIELDS = 3,     // "compression" that only states the order of the channels
};

typedef struct bmp_header {
  uint32_t size, offset, bits, compression;
  uint64_t width, height;
  bool top_down;
} bmp_header;

static uint32_t little16(const uint8_t* p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t little32(const uint8_t* p) { return little16(p) | little16(p + 2) << 16; }
static void put_little32(uint8_t* p, uint32_t value) {
  for (int i = 0; i < 4; ++i) p[i] = (uint8_t)(value >> (8 * i));
}

static lm_status truncated(size_t size, lm_error* err) {
  return LM_FAIL(err, LM_BAD_INPUT, "BMP: truncated, %zu bytes", size);
}

static lm_status read_header(const uint8_t* data, size_t size, bmp_header* h, lm_error* err) {
  if (size < FILE_HEADER + CORE_HEADER) return truncated(size, err);
  *h = (bmp_header){.size = little32(data + FILE_HEADER), .offset = little32(data + 10)};
  if (h->size == CORE_HEADER) {
    h->width = little16(data + 18);
    h->height = little16(data + 20);
    h->bits = little16(data + 24);
    return LM_OK;
  }
  if (h->size < INFO_HEADER || h->size > MAX_HEADER) {
    return LM_FAIL(err, LM_BAD_INPUT, "BMP: header of %u bytes; %d to %d are supported", h->size,
                   INFO_HEADER, MAX_HEADER);
  }
  if (size < FILE_HEADER + h->size) return truncated(size, err);
  const uint32_t height = little32(data + 22);
  h->top_down = height > INT32_MAX;
  h->height = h->top_down ? 0u - height : height;
  h->width = little32(data + 18);
  h->bits = little16(data + 28);
  h->compression = little32(data + 30);
  return LM_OK;
}

// Blue, green, red and a byte that is not used: the order of files without masks.
static bool usual_masks(const uint8_t* data, size_t size) {
  const size_t at = FILE_HEADER + INFO_HEADER;
  return size >= at + 12 && little32(data + at) == 0xff0000 && little32(data + at + 4) == 0xff00 &&
         little32(data + at + 8) == 0xff;
}

// libturbojpeg reserves memory for whatever size the header claims, so the claim is checked first.
static lm_status check_header(const uint8_t* data, size_t size, const bmp_header* h,
                              lm_error* err) {
  if (h->width == 0 || h->height == 0 || h->width > LM_IMAGE_MAX_PIXELS ||
      h->height > LM_IMAGE_MAX_PIXELS / h->width) {
    return LM_FAIL(err, LM_BAD_INPUT, "BMP: %llu x %llu pixels, the limit is %d million",
                   (unsigned long long)h->width, (unsigned long long)h->height,
                   LM_IMAGE_MAX_PIXELS / 1000000);
  }
  if (h->bits != 8 && h->bits != 24 && h->bits != 32) {
    return LM_FAIL(err, LM_BAD_INPUT, "BMP: %u bits a pixel; 8, 24 and 32 are supported", h->bits);
  }
  const bool fields = h->compression == BITFIELDS && h->bits == 32;
  if (h->compression != 0 && !(fields && usual_masks(data, size))) {
    return LM_FAIL(err, LM_BAD_INPUT, "BMP: compression %u of %u-bit pixels is not supported",
                   h->compression, h->bits);
  }
  const uint64_t pixels_bytes = (h->width * h->bits + 31) / 32 * 4 * h->height;
  if (h->offset < FILE_HEADER + h->size || h->offset > size || pixels_bytes > size - h->offset) {
    return LM_FAIL(err, LM_BAD_INPUT,
                   "BMP: truncated, %zu bytes; %llu x %llu pixels at %u need %llu", size,
                   (unsigned long long)h->width, (unsigned long long)h->height, h->offset,
                   (unsigned long long)pixels_bytes);
  }
  return LM_OK;
}

static bool write_all(int fd, const uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t done = write(fd, data, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    data += done;
    size -= (size_t)done;
  }
  return true;
}

// The file as libturbojpeg reads it, in a file that exists in memory only.
static bool write_plain(int fd, const uint8_t* data, size_t size, const bmp_header* h) {
  if (h->size == CORE_HEADER) return write_all(fd, data, size);
  uint8_t header[FILE_HEADER + INFO_HEADER];
  memcpy(header, data, sizeof header);
  // The channel masks of a short header lie behind it, where a palette would.
  const size_t masks = h->size == INFO_HEADER && h->compression == BITFIELDS ? 12 : 0;
  const size_t cut = h->size + masks - INFO_HEADER;
  const size_t rest = FILE_HEADER + h->size + masks;
  if (rest > h->offset) return false;
  put_little32(header + 10, h->offset - (uint32_t)cut);
  put_little32(header + 14, INFO_HEADER);
  put_little32(header + 22, (uint32_t)h->height);
  put_little32(header + 30, 0);
  return write_all(fd, header, sizeof header) && write_all(fd, data + rest, size - rest);
}

lm_status lm__bmp_decode(const uint8_t* data, size_t size, lm_image* image, lm_error* err) {
  bmp_header h = {0};
  lm_status status = read_header(data, size, &h, err);
  if (status == LM_OK) status = check_header(data, size, &h, err);
  if (status != LM_OK) return status;
  const int fd = memfd_create("bmp", MFD_CLOEXEC);
  if (fd < 0) return LM_FAIL(err, LM_OUT_OF_MEMORY, "BMP: %s", strerror(errno));
  unsigned char* pixels = NULL;
  int width = 0, height = 0, format = TJPF_RGB;
  if (!write_plain(fd, data, size, &h)) {
    status = LM_FAIL(err, LM_OUT_OF_MEMORY, "BMP: no room for a copy of %zu bytes", size);
  } else {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    pixels = tjLoadImage(path, &width, 1, &height, &format, h.top_down ? TJFLAG_BOTTOMUP : 0);
    if (pixels == NULL) status = LM_FAIL(err, LM_BAD_INPUT, "BMP: %s", tjGetErrorStr2(NULL));
  }
  close(fd);
  if (status == LM_OK) {
    status = lm__image_allocate(image, (uint64_t)(unsigned)width, (uint64_t)(unsigned)height, err);
  }
  if (status == LM_OK && pixels != NULL)
    memcpy(image->pixels, pixels, (size_t)width * (size_t)height * 3);
  tjFree(pixels);
  return status;
}
