// SPDX-License-Identifier: MIT
#include "binary_size.h"

#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct elf_file {
  const uint8_t* bytes;
  size_t size;
  const ElfW(Shdr) * sections;
  size_t section_count;
  const char* names;
  size_t names_size;
} elf_file;

static bool in_file(const elf_file* elf, uint64_t offset, uint64_t size) {
  return offset <= elf->size && size <= elf->size - offset;
}

// Checks what is dereferenced: the file may have been replaced by anything since it was started.
static bool parse(elf_file* elf) {
  const unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (elf->size < sizeof(ElfW(Ehdr)) || memcmp(elf->bytes, ELFMAG, SELFMAG) != 0 ||
      elf->bytes[EI_CLASS] != kClass) {
    return false;
  }
  const ElfW(Ehdr)* header = (const ElfW(Ehdr)*)(const void*)elf->bytes;
  const uint64_t table_bytes = (uint64_t)header->e_shnum * sizeof(ElfW(Shdr));
  if (header->e_shentsize != sizeof(ElfW(Shdr)) || header->e_shoff % sizeof(void*) != 0 ||
      !in_file(elf, header->e_shoff, table_bytes) || header->e_shstrndx >= header->e_shnum) {
    return false;
  }
  elf->sections = (const ElfW(Shdr)*)(const void*)(elf->bytes + header->e_shoff);
  elf->section_count = header->e_shnum;
  const ElfW(Shdr)* names = &elf->sections[header->e_shstrndx];
  if (!in_file(elf, names->sh_offset, names->sh_size) || names->sh_size == 0) return false;
  elf->names = (const char*)elf->bytes + names->sh_offset;
  elf->names_size = names->sh_size;
  return elf->names[elf->names_size - 1] == '\0';
}

static void add_section(bench_size* size, const ElfW(Shdr) * section) {
  if ((section->sh_flags & SHF_ALLOC) == 0) return;
  if (section->sh_type == SHT_NOBITS) {
    // Thread-local zeroes are a template, not memory of the program.
    if ((section->sh_flags & SHF_TLS) == 0) size->bss += section->sh_size;
  } else if ((section->sh_flags & SHF_EXECINSTR) != 0) {
    size->text += section->sh_size;
  } else if ((section->sh_flags & SHF_WRITE) != 0) {
    size->data += section->sh_size;
  } else {
    size->rodata += section->sh_size;
  }
}

static void read_components(const char* text, size_t length, bench_binary* out) {
  while (length > 0 && out->count < BENCH_SIZE_COMPONENTS) {
    char line[160];
    const char* end = memchr(text, '\n', length);
    const size_t line_length = end != NULL ? (size_t)(end - text) : length;
    snprintf(line, sizeof line, "%.*s", line_length > 150 ? 150 : (int)line_length, text);
    bench_size* size = &out->sizes[out->count];
    if (sscanf(line, "%47s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, size->component,
               &size->text, &size->rodata, &size->data, &size->bss) == 5) {
      ++out->count;
    }
    if (end == NULL) break;
    length -= line_length + 1;
    text = end + 1;
  }
}

static void read_sections(const elf_file* elf, bench_binary* out) {
  bench_size* program = &out->sizes[0];
  *program = (bench_size){.component = "program"};
  out->count = 1;
  for (size_t i = 0; i < elf->section_count; ++i) {
    const ElfW(Shdr)* section = &elf->sections[i];
    add_section(program, section);
    if (section->sh_name < elf->names_size &&
        strcmp(elf->names + section->sh_name, BENCH_SIZES_SECTION) == 0 &&
        section->sh_type == SHT_PROGBITS && in_file(elf, section->sh_offset, section->sh_size)) {
      read_components((const char*)elf->bytes + section->sh_offset, section->sh_size, out);
    }
  }
}

void bench_binary_read(const char* path, bench_binary* out) {
  memset(out, 0, sizeof *out);
  const int fd = open(path != NULL ? path : "/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
    elf_file elf = {.size = (size_t)info.st_size};
    void* bytes = mmap(NULL, elf.size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED) {
      elf.bytes = bytes;
      out->file_bytes = elf.size;
      if (parse(&elf)) read_sections(&elf, out);
      munmap(bytes, elf.size);
    }
  }
  close(fd);
}

static void add_size(lm_json* json, cJSON* parent, const char* name, const bench_size* size) {
  cJSON* object = lm_json_object(json, parent, name);
  lm_json_integer(json, object, "text", (int64_t)size->text);
  lm_json_integer(json, object, "rodata", (int64_t)size->rodata);
  lm_json_integer(json, object, "data", (int64_t)size->data);
  lm_json_integer(json, object, "bss", (int64_t)size->bss);
}

void bench_binary_json(lm_json* json, cJSON* result, const bench_binary* binary) {
  static const char kDelegate[] = "delegate:";
  if (binary->file_bytes == 0) {
    lm_json_null(json, result, "binary_bytes");
    return;
  }
  cJSON* object = lm_json_object(json, result, "binary_bytes");
  lm_json_integer(json, object, "file", (int64_t)binary->file_bytes);
  cJSON* delegates = NULL;
  for (int i = 0; i < binary->count; ++i) {
    const bench_size* size = &binary->sizes[i];
    if (strncmp(size->component, kDelegate, sizeof kDelegate - 1) != 0) {
      add_size(json, object, size->component, size);
      continue;
    }
    if (delegates == NULL) delegates = lm_json_object(json, object, "delegates");
    add_size(json, delegates, size->component + sizeof kDelegate - 1, size);
  }
}
