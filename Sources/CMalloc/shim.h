// glibc's settings for its heaps, which Swift's own module of glibc leaves out.
#include <malloc.h>
