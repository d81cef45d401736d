// SPDX-License-Identifier: MIT
//
// The decisions of bench that need no model: verdicts, steadiness, sizes.
#include <link.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "binary_size.h"
#include "litmark/profiler.h"
#include "verdict.h"
#include "waiting.h"

enum { SAMPLES = 200 };

typedef struct verdict_case {
  const char* name;
  const char* reason;  ///< part of a reason; NULL: none at all
  double second_half;  ///< factor
  double spread;       ///< samples alternate between 1 and 1 + spread
  double cpu_share;
  double last_repetition;  ///< factor
  int count;
  int repetitions;  ///< of `count` samples each
  bench_verdict_status want;
  bool mismatch, unsteady;
  double waited_share;
} verdict_case;

#define OK BENCH_VERDICT_VALID, false, false
static const verdict_case kVerdictCases[] = {
    // name, reason, second half, spread, share, last repetition, count, repetitions, want
    {"quiet", NULL, 1, 0.002, NAN, 1, 100, 1, OK, 0},
    {"five", "takes 6", 1, 0, NAN, 1, 5, 1, BENCH_VERDICT_TOO_FEW, false, false, 0},
    {"nine", "10 were asked for", 1, 0, NAN, 1, 9, 1, BENCH_VERDICT_TOO_FEW, false, false, 0},
    {"drift", "second half", 1.05, 0.002, NAN, 1, 100, 1, BENCH_VERDICT_NOISY, false, false, 0},
    {"small drift", NULL, 1.01, 0.002, NAN, 1, 100, 1, OK, 0},
    {"wide", "half width", 1, 0.10, NAN, 1, 20, 1, BENCH_VERDICT_NOISY, false, false, 0},
    {"unsteady", "not steady", 1, 0.002, NAN, 1, 100, 1, BENCH_VERDICT_NOISY, false, true, 0},
    {"preempted", "50 %", 1, 0.002, 0.5, 1, 100, 1, BENCH_VERDICT_NOISY, false, false, 0},
    {"undisturbed", NULL, 1, 0.002, 0.99, 1, 100, 1, OK, 0},
    {"threads waited", "20 %", 1, 0.002, NAN, 1, 100, 1, BENCH_VERDICT_NOISY, false, false, 0.2},
    {"threads ran", NULL, 1, 0.002, NAN, 1, 100, 1, OK, 0.01},
    {"repetitions", "+20.0 %", 1, 0.002, NAN, 1.2, 40, 3, BENCH_VERDICT_NOISY, false, false, 0},
    {"wrong", "3 of 7", 1.05, 0.002, NAN, 1, 100, 1, BENCH_VERDICT_INVALID, true, false, 0},
};
#undef OK

static void verdicts(void** state) {
  (void)state;
  for (size_t i = 0; i < sizeof kVerdictCases / sizeof kVerdictCases[0]; ++i) {
    const verdict_case* c = &kVerdictCases[i];
    double samples[SAMPLES];
    bench_span spans[4];
    const int total = c->count * c->repetitions;
    for (int k = 0; k < total; ++k) {
      const int r = k / c->count;
      samples[k] = 1 + (k % 2) * c->spread;
      if (k % c->count >= c->count / 2) samples[k] *= c->second_half;
      if (r > 0 && r == c->repetitions - 1) samples[k] *= c->last_repetition;
      spans[r] = (bench_span){(int64_t)r * c->count, c->count};
    }
    const bench_check check = {
        .status = c->mismatch ? BENCH_CHECK_MISMATCH : BENCH_CHECK_MATCH,
        .mismatched = c->mismatch ? 3 : 0,
        .elements = 7,
    };
    const bench_warmup warmup = {.count = 10, .total_ms = 5000, .steady = !c->unsteady};
    lm_summary summary;
    assert_true(lm_summarize(samples, total, &summary));
    const bench_evidence evidence = {
        .check = &check,
        .warmup = &warmup,
        .summary = &summary,
        .samples = samples,
        .repetitions = spans,
        .repetition_count = c->repetitions,
        .measured_s = 1,
        .min_time_s = 1,
        .min_samples = 10,
        .cpu_share = c->cpu_share,
        .waited_share = c->waited_share,
    };
    bench_verdict verdict;
    assert_true(bench_judge(&evidence, &verdict));
    bool found = c->reason == NULL && verdict.reason_count == 0;
    for (int r = 0; r < verdict.reason_count; ++r) {
      found |= c->reason != NULL && strstr(verdict.reasons[r], c->reason) != NULL;
    }
    if (verdict.status != c->want || !found) {
      fail_msg("%s: %s, '%s'", c->name, bench_verdict_name(verdict.status),
               verdict.reason_count > 0 ? verdict.reasons[0] : "");
    }
  }
}

static void too_short(void** state) {
  (void)state;
  const double samples[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  const bench_check check = {.status = BENCH_CHECK_MATCH};
  const bench_warmup warmup = {.steady = true};
  const bench_span span = {0, 10};
  lm_summary summary;
  assert_true(lm_summarize(samples, 10, &summary));
  const bench_evidence evidence = {
      .check = &check,
      .warmup = &warmup,
      .summary = &summary,
      .samples = samples,
      .repetitions = &span,
      .repetition_count = 1,
      .measured_s = 0.5,
      .min_time_s = 1,
      .min_samples = 10,
      .cpu_share = NAN,
  };
  bench_verdict verdict;
  assert_true(bench_judge(&evidence, &verdict));
  assert_int_equal(verdict.status, BENCH_VERDICT_TOO_FEW);
}

static void steadiness(void** state) {
  (void)state;
  const double quiet[] = {0, 0, 0}, noisy[] = {0.05, 0.05, 0.05};
  const double level[] = {1.000, 1.005, 1.002}, slope[] = {1.10, 1.05, 1.00};
  const double shift[] = {1.00, 1.00, 1.05};
  assert_true(bench_warmup_is_steady(level, quiet));
  assert_false(bench_warmup_is_steady(slope, quiet));
  assert_false(bench_warmup_is_steady(shift, quiet));
  // Within twice the standard error of the difference (0.141) nothing can be told.
  assert_true(bench_warmup_is_steady(slope, noisy));
}

// Two threads that both compute wait for each other on one processor, half of the time.
static void* spin(void* end) {
  while (lm_now_ns() < *(const uint64_t*)end) {
  }
  return NULL;
}

static void waiting(void** state) {
  (void)state;
  cpu_set_t before, one;
  assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int c = 0; c < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++c) {
    if (CPU_ISSET(c, &before)) CPU_SET(c, &one);
  }
  const double begin = bench_waited_s();
  if (isnan(begin)) skip();
  assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
  // The other one ends later: who has ended is not counted any more.
  uint64_t end = lm_now_ns() + 200000000u, later = end + 200000000u;
  pthread_t other;
  assert_int_equal(pthread_create(&other, NULL, spin, &later), 0);
  spin(&end);
  const double waited = bench_waited_s() - begin;
  pthread_join(other, NULL);
  assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
  assert_true(waited > 0.1);
}

static void own_size(void** state) {
  (void)state;
  bench_binary binary;
  bench_binary_read(NULL, &binary);
  assert_true(binary.count >= 1);
  assert_string_equal(binary.sizes[0].component, "program");
  assert_true(binary.sizes[0].text > 10000 && binary.sizes[0].text < binary.file_bytes);
  assert_true(binary.sizes[0].rodata > 0 && binary.sizes[0].data > 0);
  bench_binary_read("/nowhere", &binary);
  assert_int_equal(binary.file_bytes, 0);
  bench_binary_read("/dev/null", &binary);
  assert_int_equal(binary.count, 0);
}

// A small ELF file: header, section table, names, and what the linker step adds.
typedef struct small_elf {
  ElfW(Ehdr) header;
  ElfW(Shdr) sections[7];
  char names[64];
  char sizes[64];
} small_elf;

static void make_section(small_elf* elf, int index, const char* name, uint32_t type, uint64_t flags,
                         uint64_t offset, uint64_t size) {
  const size_t at = elf->sections[6].sh_size;
  snprintf(elf->names + at, sizeof elf->names - at, "%s", name);
  elf->sections[6].sh_size = (uint32_t)(at + strlen(name) + 1);
  ElfW(Shdr)* s = &elf->sections[index];
  s->sh_name = (uint32_t)at;
  s->sh_type = type;
  s->sh_flags = flags;
  s->sh_offset = offset;
  if (index != 6) s->sh_size = size;
}

static void make_elf(small_elf* elf) {
  memset(elf, 0, sizeof *elf);
  memcpy(elf->header.e_ident, ELFMAG, SELFMAG);
  elf->header.e_ident[EI_CLASS] = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  elf->header.e_shoff = offsetof(small_elf, sections);
  elf->header.e_shentsize = sizeof(ElfW(Shdr));
  elf->header.e_shnum = 7;
  elf->header.e_shstrndx = 6;
  elf->sections[6].sh_size = 1;  // the empty name
  snprintf(elf->sizes, sizeof elf->sizes, "runtime 10 20 30 40\ndelegate:cpu 1 2 3 4\nrest of it");
  make_section(elf, 1, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 0, 1000);
  make_section(elf, 2, ".rodata", SHT_PROGBITS, SHF_ALLOC, 0, 200);
  make_section(elf, 3, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 0, 30);
  make_section(elf, 4, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 0, 4);
  make_section(elf, 5, BENCH_SIZES_SECTION, SHT_PROGBITS, 0, offsetof(small_elf, sizes),
               strlen(elf->sizes));
  make_section(elf, 6, ".shstrtab", SHT_STRTAB, 0, offsetof(small_elf, names), 0);
}

static void read_elf(int fd, const char* path, const void* bytes, size_t size, bench_binary* out) {
  assert_int_equal(ftruncate(fd, 0), 0);
  assert_int_equal(pwrite(fd, bytes, size, 0), (ssize_t)size);
  bench_binary_read(path, out);
  assert_int_equal(out->file_bytes, size);
}

static void damaged_files(void** state) {
  (void)state;
  small_elf elf;
  make_elf(&elf);
  char path[] = "/tmp/litmark-elf-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  bench_binary binary;
  read_elf(fd, path, &elf, sizeof elf, &binary);
  assert_int_equal(binary.count, 3);
  assert_int_equal(binary.sizes[0].text, 1000);
  assert_int_equal(binary.sizes[0].rodata, 200);
  assert_int_equal(binary.sizes[0].data, 30);
  assert_int_equal(binary.sizes[0].bss, 4);
  assert_string_equal(binary.sizes[1].component, "runtime");
  assert_int_equal(binary.sizes[1].bss, 40);
  assert_string_equal(binary.sizes[2].component, "delegate:cpu");
  assert_int_equal(binary.sizes[2].text, 1);
  // The file may have been replaced by anything: every byte takes every extreme, and the file ends
  // everywhere.
  static const uint8_t kExtremes[] = {0x00, 0x01, 0x40, 0x7f, 0x80, 0xff};
  uint8_t* bytes = (uint8_t*)&elf;
  for (size_t at = 0; at < sizeof elf; ++at) {
    for (size_t e = 0; e < sizeof kExtremes; ++e) {
      const uint8_t kept = bytes[at];
      bytes[at] = kExtremes[e];
      read_elf(fd, path, &elf, sizeof elf, &binary);
      bytes[at] = kept;
      assert_true(binary.count >= 0 && binary.count <= BENCH_SIZE_COMPONENTS);
    }
    if (at > 0) read_elf(fd, path, &elf, at, &binary);
  }
  close(fd);
  unlink(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verdicts), cmocka_unit_test(too_short),     cmocka_unit_test(steadiness),
      cmocka_unit_test(own_size), cmocka_unit_test(damaged_files), cmocka_unit_test(waiting),
  };
  return cmocka_run_group_tests_name("bench_parts", tests, NULL, NULL);
}
