// What Swift's own module of glibc leaves out: the settings of its heaps, and the loader's list of what is in memory.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

static int bay_release_object(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int n = 0; n < object->dlpi_phnum; n++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[n];
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = object->dlpi_addr + part->p_vaddr;
        // The last page may belong to the part that follows, which may have been written to.
        uintptr_t end = (start + part->p_filesz) & ~(page - 1);
        start &= ~(page - 1);
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

/// Gives back what only the start needed.
///
/// Linking, opening libvirt and reading settings touch code all over the program and its libraries, and Linux maps a whole
/// neighbourhood with each page that is touched. All of it counts as the program's memory from then on, although nobody looks
/// at most of it again. Nobody writes to code and constants, so their pages can go: those that are needed come back from
/// the page cache. While the loader shows its list it loads and unloads nothing.
static inline void bay_release_startup_pages(void) { dl_iterate_phdr(bay_release_object, 0); }
