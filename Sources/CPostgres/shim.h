#ifndef BAY_CPOSTGRES_H
#define BAY_CPOSTGRES_H
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <time.h>

/* GNU's, and as such hidden from the C that Swift imports. */
extern int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern long syscall(long number, ...);

/* Swift imports no variadic function. 434 is pidfd_open on every architecture. */
static inline int bay_pidfd_open(int pid) { return (int)syscall(434L, pid, 0); }
#endif
