#include "CSockets.h"
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct bay_burst {
    aio_context_t context;
    struct iocb writes[BAY_BURST_LIMIT], *list[BAY_BURST_LIMIT];
    struct io_event results[BAY_BURST_LIMIT];
};

struct bay_burst *bay_burst_make(void) {
    struct bay_burst *burst = calloc(1, sizeof *burst);
    if (burst && syscall(SYS_io_setup, BAY_BURST_LIMIT, &burst->context) == 0) return burst;
    free(burst);
    return NULL;
}

void bay_burst_free(struct bay_burst *burst) {
    syscall(SYS_io_destroy, burst->context);
    free(burst);
}

/* io_submit(2) is made for files, and for them it is asynchronous. What is written to a socket that does not block is done,
   or known not to be possible now, when it returns. */
void bay_burst_write(
    struct bay_burst *burst, int count, const int *sockets, const unsigned char *bytes, const size_t *ends, long *written) {
    for (int i = 0; i < count; i++) {
        size_t begin = i > 0 ? ends[i - 1] : 0;
        burst->writes[i] = (struct iocb){
            .aio_data = i, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = sockets[i],
            .aio_buf = (unsigned long)(bytes + begin), .aio_nbytes = ends[i] - begin};
        burst->list[i] = &burst->writes[i];
        written[i] = -1;
    }
    long due = 0;
    for (int next = 0; next < count;) {
        long taken = syscall(SYS_io_submit, burst->context, count - next, burst->list + next);
        if (taken > 0) due += taken;
        /* It stops before one that it does not take at all, which is left out. */
        next += taken > 0 ? taken : 1;
    }
    while (due > 0) {
        long done = syscall(SYS_io_getevents, burst->context, 1L, due, burst->results, NULL);
        for (long i = 0; i < done; i++) written[burst->results[i].data] = burst->results[i].res;
        if (done > 0) due -= done;
    }
}
