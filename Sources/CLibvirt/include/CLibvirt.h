#ifndef BAY_CLIBVIRT_H
#define BAY_CLIBVIRT_H
#include <libvirt/libvirt.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <spawn.h>

// GNU's, and as such hidden from the C that Swift imports.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/// Why libvirt cannot be used; NULL while it can, or as long as nobody has tried.
const char *bay_libvirt_problem(void);
#endif
