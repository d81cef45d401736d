// SPDX-License-Identifier: MIT
#include "pack_region.h"

#include <sys/mman.h>
#include <unistd.h>

#include "litmark/allocator.h"

#define HUGE_BYTES ((size_t)2 << 20)
#define MOST_BYTES ((size_t)1 << 36)
// Winograd's factors are four times their weights; padded panels of few columns may be more.
#define RESERVED_TIMES 8

// AddressSanitizer watches the ends of blocks only where it makes them.
#if defined(__SANITIZE_ADDRESS__)
#define REGIONS 0
#else
#define REGIONS 1
#endif

static size_t align_up(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

void lm__pack_region_init(lm__pack_region* region, size_t expected) {
  *region = (lm__pack_region){0};
  if (!REGIONS || expected < HUGE_BYTES || expected > MOST_BYTES / RESERVED_TIMES) return;
  const size_t bytes = align_up(expected * RESERVED_TIMES, HUGE_BYTES);
  uint8_t* start = mmap(NULL, bytes + HUGE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) return;
  uint8_t* base = start + (HUGE_BYTES - (uintptr_t)start % HUGE_BYTES) % HUGE_BYTES;
  if (base > start) munmap(start, (size_t)(base - start));
  munmap(base + bytes, HUGE_BYTES - (size_t)(base - start));
  *region = (lm__pack_region){.base = base, .reserved = bytes, .expected = expected};
}

// Only pages that will be filled: half a large page would be memory that nobody uses.
static void ask_for_huge_pages(lm__pack_region* region) {
  size_t end = region->used > region->expected ? region->used : region->expected;
  end = end / HUGE_BYTES * HUGE_BYTES;
  if (end <= region->huge_end) return;
#ifdef MADV_HUGEPAGE
  // Advice: without large pages there are small ones.
  (void)madvise(region->base + region->huge_end, end - region->huge_end, MADV_HUGEPAGE);
#endif
  region->huge_end = end;
}

void* lm__pack_region_take(lm__pack_region* region, size_t bytes) {
  // Kernels may read a little past the end.
  if (bytes > MOST_BYTES || region->reserved - region->used < bytes + LM_TAIL_BYTES) return NULL;
  void* block = region->base + region->used;
  region->used += align_up(bytes, LM_ALIGNMENT);
  ask_for_huge_pages(region);
  return block;
}

void lm__pack_region_finish(lm__pack_region* region) {
  if (region->base == NULL) return;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t end = align_up(region->used + LM_TAIL_BYTES, page);
  if (end >= region->reserved) return;
  munmap(region->base + end, region->reserved - end);
  region->reserved = end;
}

void lm__pack_region_release(lm__pack_region* region) {
  if (region->base != NULL) munmap(region->base, region->reserved);
  *region = (lm__pack_region){0};
}
