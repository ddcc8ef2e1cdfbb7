/* What Debian's libstdc++.a and libgcc_eh.a (built for glibc) ask for and musl does not have. Linked
 * into static musl binaries by the toolchain; only what is referenced ends up in one. */
#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/* glibc's hint for skipping atomic reference counts: say "there may be threads", always right. */
char __libc_single_threaded = 0;

uint32_t arc4random(void);
uint32_t arc4random(void) {
  uint32_t value;
  if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) abort();
  return value;
}

/* The unwinder's question: which loaded object holds this address, and where are its unwind tables? */
struct dl_find_object {
  unsigned long long flags;
  void* map_start;
  void* map_end;
  struct link_map* link_map;
  void* eh_frame;
  unsigned long long reserved[7];
};

struct search {
  uintptr_t address;
  struct dl_find_object* result;
};

static int look(struct dl_phdr_info* info, size_t size, void* data) {
  struct search* search = data;
  uintptr_t start = UINTPTR_MAX, end = 0, tables = 0;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)* header = &info->dlpi_phdr[i];
    const uintptr_t from = info->dlpi_addr + header->p_vaddr;
    if (header->p_type == PT_LOAD) {
      if (from < start) start = from;
      if (from + header->p_memsz > end) end = from + header->p_memsz;
    }
    if (header->p_type == PT_GNU_EH_FRAME) tables = from;
  }
  if (search->address < start || search->address >= end || tables == 0) return 0;
  search->result->map_start = (void*)start;
  search->result->map_end = (void*)end;
  search->result->eh_frame = (void*)tables;
  return 1;
}

int _dl_find_object(void* address, struct dl_find_object* result);
int _dl_find_object(void* address, struct dl_find_object* result) {
  struct search search = {(uintptr_t)address, result};
  *result = (struct dl_find_object){0};
  return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}
