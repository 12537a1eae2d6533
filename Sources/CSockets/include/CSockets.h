#ifndef BAY_CSOCKETS_H
#define BAY_CSOCKETS_H
#include <stddef.h>

/// Most sockets that one call writes to.
enum { BAY_BURST_LIMIT = 32 };

/// Writes to many sockets with one call of the system.
struct bay_burst;

/// NULL where the system does not offer that.
struct bay_burst *bay_burst_make(void);
void bay_burst_free(struct bay_burst *burst);

/// Writes to each of `count` sockets what it is due: those of `bytes` that end at its place in `ends` and begin where those of
/// the one before it end. None of the sockets may block. `written` is how many bytes went out, or what is negative where none
/// did, for whatever reason.
void bay_burst_write(
    struct bay_burst *burst, int count, const int *sockets, const unsigned char *bytes, const size_t *ends, long *written);
#endif
