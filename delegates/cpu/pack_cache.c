// SPDX-License-Identifier: MIT
#include "pack_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash64.h"
#include "packing.h"

// The file: header, entries, blocks, in the byte order of the machine. Every block begins on a
// multiple of LM_ALIGNMENT and is followed by at least LM_TAIL_BYTES.
static const char kMagic[8] = "LMPACK\r\n";

typedef struct file_header {
  char magic[8];
  uint64_t layout;  // layout_hash(): version, byte order, layouts of this build
  uint64_t name;
  uint64_t file_bytes;
  uint64_t entry_count;
  uint64_t entries_hash;
  uint64_t header_hash;  // of what precedes it
} file_header;

typedef struct file_entry {
  uint64_t key;
  uint64_t tag;
  uint64_t offset;
  uint64_t bytes;
  uint64_t hash;
} file_entry;

enum { MOST_ENTRIES = 1 << 20 };

struct lm__pack_cache {
  lm_allocator allocator;
  uint64_t name;
  char* path;
  char* temporary;  // path of the file while it is written
  size_t path_bytes;
  uint8_t* mapping;  // NULL: nothing usable
  size_t mapping_bytes;
  const file_entry* entries;  // in the mapping
  uint64_t entry_count;
  uint64_t next;  // where to look first
  int32_t found;
  char problem[160];  // with the file that was there; "": none
  char note[320];
};

static uint64_t layout_hash(void) {
  static const uint32_t kOrder = 0x01020304;
  static const char kLayout[] = LM_CPU_PACKING_LAYOUT;
  const uint64_t version = lm__hash64(&kOrder, sizeof kOrder, LM_CPU_PACKING_VERSION);
  return lm__hash64(kLayout, sizeof kLayout, version);
}

static uint64_t header_hash(const file_header* header) {
  return lm__hash64(header, offsetof(file_header, header_hash), 0);
}

// ---- reading

static const char* check_header(const lm__pack_cache* cache) {
  if (cache->mapping_bytes < sizeof(file_header)) return "is too short";
  file_header header;
  memcpy(&header, cache->mapping, sizeof header);
  if (memcmp(header.magic, kMagic, sizeof kMagic) != 0) return "is no pack cache";
  if (header.header_hash != header_hash(&header)) return "has a damaged header";
  if (header.layout != layout_hash()) return "is of another version";
  if (header.name != cache->name) return "is for another model";
  if (header.file_bytes != cache->mapping_bytes) return "has not its whole length";
  if (header.entry_count > MOST_ENTRIES ||
      header.entry_count * sizeof(file_entry) > cache->mapping_bytes - sizeof header) {
    return "has a damaged table";
  }
  const size_t bytes = (size_t)header.entry_count * sizeof(file_entry);
  if (lm__hash64(cache->mapping + sizeof header, bytes, 0) != header.entries_hash) {
    return "has a damaged table";
  }
  return NULL;
}

static const char* check_entries(lm__pack_cache* cache) {
  const file_header* header = (const file_header*)(const void*)cache->mapping;
  const file_entry* entries = (const file_entry*)(const void*)(header + 1);
  const uint64_t begin = sizeof *header + header->entry_count * sizeof *entries;
  const uint64_t end = cache->mapping_bytes;
  for (uint64_t i = 0; i < header->entry_count; ++i) {
    const file_entry* e = &entries[i];
    if (e->offset % LM_ALIGNMENT != 0 || e->offset < begin || e->offset > end ||
        e->bytes > end - e->offset || end - e->offset - e->bytes < LM_TAIL_BYTES) {
      return "has blocks outside of itself";
    }
  }
  cache->entries = entries;
  cache->entry_count = header->entry_count;
  return NULL;
}

// NULL, or why the open file cannot be used.
static const char* map_file(lm__pack_cache* cache, int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return "cannot be examined";
  if (!S_ISREG(info.st_mode)) return "is not a regular file";
  if (info.st_uid != geteuid() && info.st_uid != 0) return "belongs to another user";
  if (info.st_size <= 0) return "is too short";
  void* data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return "cannot be mapped";
  // Reading ahead begins. The pages are mapped block by block, while those of the model go.
  (void)madvise(data, (size_t)info.st_size, MADV_WILLNEED);
  cache->mapping = data;
  cache->mapping_bytes = (size_t)info.st_size;
  const char* why = check_header(cache);
  return why != NULL ? why : check_entries(cache);
}

static void unmap(lm__pack_cache* cache) {
  if (cache->mapping != NULL) munmap(cache->mapping, cache->mapping_bytes);
  cache->mapping = NULL;
  cache->entries = NULL;
  cache->entry_count = 0;
}

static void read_file(lm__pack_cache* cache) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const int fd = open(cache->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) {
    if (errno != ENOENT) snprintf(cache->problem, sizeof cache->problem, "%s", strerror(errno));
    return;
  }
  const char* why = map_file(cache, fd);
  close(fd);
  if (why == NULL) return;
  snprintf(cache->problem, sizeof cache->problem, "the file %s", why);
  unmap(cache);
}

lm_status lm__pack_cache_open(const char* folder, uint64_t name, lm_allocator allocator,
                              lm__pack_cache** out_cache, lm_error* err) {
  *out_cache = NULL;
  lm__pack_cache* cache = lm_alloc(allocator, sizeof *cache);
  if (cache == NULL) return LM_FAIL(err, LM_OUT_OF_MEMORY, "pack cache");
  cache->allocator = allocator;
  cache->name = name;
  cache->path_bytes = strlen(folder) + 96;
  cache->path = lm_alloc(allocator, cache->path_bytes);
  cache->temporary = lm_alloc(allocator, cache->path_bytes);
  if (cache->path == NULL || cache->temporary == NULL) {
    lm__pack_cache_close(cache);
    return LM_FAIL(err, LM_OUT_OF_MEMORY, "pack cache");
  }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  snprintf(cache->path, cache->path_bytes, "%s/litmark-%016" PRIx64 ".pack", folder, name);
  snprintf(cache->temporary, cache->path_bytes, "%s/.litmark-%016" PRIx64 ".%ld.%ld%09ld", folder,
           name, (long)getpid(), (long)now.tv_sec, now.tv_nsec);
  // One that is there, or cannot be made, shows when the file is opened.
  (void)mkdir(folder, 0777);
  read_file(cache);
  *out_cache = cache;
  return LM_OK;
}

const void* lm__pack_cache_find(lm__pack_cache* cache, uint64_t key, size_t bytes,
                                uint64_t* out_tag) {
  for (uint64_t n = 0; n < cache->entry_count; ++n) {
    const uint64_t i = (cache->next + n) % cache->entry_count;
    const file_entry* e = &cache->entries[i];
    if (e->key != key || e->bytes != bytes) continue;
    const uint8_t* data = cache->mapping + e->offset;
    if (lm__hash64(data, bytes, 0) != e->hash) {
      snprintf(cache->problem, sizeof cache->problem, "the file has a damaged block");
      return NULL;
    }
    cache->next = i + 1;
    ++cache->found;
    *out_tag = e->tag;
    return data;
  }
  return NULL;
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

static uint64_t block_space(uint64_t bytes) {
  return (bytes + LM_TAIL_BYTES + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
}

// Header, entries and the zeroes up to the first block.
static uint8_t* make_head(const lm__pack_cache* cache, const lm__pack_block* blocks, int32_t count,
                          size_t* out_bytes) {
  const size_t used = sizeof(file_header) + (size_t)count * sizeof(file_entry);
  *out_bytes = (used + LM_ALIGNMENT - 1) / LM_ALIGNMENT * LM_ALIGNMENT;
  uint8_t* head = lm_alloc(cache->allocator, *out_bytes);
  if (head == NULL) return NULL;
  file_header* header = (file_header*)(void*)head;
  file_entry* entries = (file_entry*)(void*)(header + 1);
  uint64_t offset = *out_bytes;
  for (int32_t i = 0; i < count; ++i) {
    const lm__pack_block* b = &blocks[i];
    entries[i] = (file_entry){b->key, b->tag, offset, b->bytes, lm__hash64(b->data, b->bytes, 0)};
    offset += block_space(b->bytes);
  }
  memcpy(header->magic, kMagic, sizeof kMagic);
  header->layout = layout_hash();
  header->name = cache->name;
  header->file_bytes = offset;
  header->entry_count = (uint64_t)count;
  header->entries_hash = lm__hash64(entries, (size_t)count * sizeof *entries, 0);
  header->header_hash = header_hash(header);
  return head;
}

static bool write_file(const lm__pack_cache* cache, int fd, const lm__pack_block* blocks,
                       int32_t count) {
  static const uint8_t kZeroes[LM_TAIL_BYTES + LM_ALIGNMENT];
  size_t head_bytes;
  uint8_t* head = make_head(cache, blocks, count, &head_bytes);
  if (head == NULL) {
    errno = ENOMEM;
    return false;
  }
  bool ok = write_all(fd, head, head_bytes);
  lm_free(cache->allocator, head);
  for (int32_t i = 0; ok && i < count; ++i) {
    const size_t padding = (size_t)block_space(blocks[i].bytes) - blocks[i].bytes;
    ok = write_all(fd, blocks[i].data, blocks[i].bytes) && write_all(fd, kZeroes, padding);
  }
  return ok;
}

// 0, or an errno value. Nobody ever sees half a file: it gets its name when it is whole.
static int replace_file(const lm__pack_cache* cache, const lm__pack_block* blocks, int32_t count) {
  const int fd = open(cache->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return errno;
  int code = write_file(cache, fd, blocks, count) ? 0 : errno;
  if (close(fd) != 0 && code == 0) code = errno;
  if (code == 0 && rename(cache->temporary, cache->path) != 0) code = errno;
  if (code != 0) unlink(cache->temporary);
  return code;
}

void lm__pack_cache_keep(lm__pack_cache* cache, const lm__pack_block* blocks, int32_t count) {
  size_t bytes = 0;
  for (int32_t i = 0; i < count; ++i) bytes += blocks[i].bytes;
  const double megabytes = (double)bytes * 1e-6;
  if (count == cache->found) {
    snprintf(cache->note, sizeof cache->note, "pack cache: %d blocks read, %.1f MB", count,
             megabytes);
    return;
  }
  const int code = replace_file(cache, blocks, count);
  const char* why = cache->problem;
  if (code != 0) {
    const bool same = strcmp(why, strerror(code)) == 0;  // neither read nor written, for one reason
    snprintf(cache->note, sizeof cache->note, "pack cache: not written: %s%s%s", strerror(code),
             *why != '\0' && !same ? "; " : "", same ? "" : why);
  } else {
    snprintf(cache->note, sizeof cache->note, "pack cache: %d blocks written, %.1f MB%s%s", count,
             megabytes, *why != '\0' ? "; " : "", why);
  }
}

const char* lm__pack_cache_note(const lm__pack_cache* cache) { return cache->note; }

void lm__pack_cache_close(lm__pack_cache* cache) {
  if (cache == NULL) return;
  unmap(cache);
  lm_free(cache->allocator, cache->path);
  lm_free(cache->allocator, cache->temporary);
  lm_free(cache->allocator, cache);
}
