#ifndef BAY_CLIBVIRT_H
#define BAY_CLIBVIRT_H
#include <libvirt/libvirt.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

/// Why libvirt cannot be used; NULL while it can, or as long as nobody has tried.
const char *bay_libvirt_problem(void);
#endif
