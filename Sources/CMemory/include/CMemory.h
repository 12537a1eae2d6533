#ifndef BAY_CMEMORY_H
#define BAY_CMEMORY_H
// glibc's settings for its heaps, which Swift's own module of glibc leaves out.
#include <malloc.h>

/// Lets go of the pages of programs and libraries that can be read again from their files. Each comes back when it is needed
/// next, and those that only the start needed do not.
void bay_release_file_pages(void);
#endif
