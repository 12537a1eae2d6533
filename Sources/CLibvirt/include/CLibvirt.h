#ifndef BAY_CLIBVIRT_H
#define BAY_CLIBVIRT_H
#include <libvirt/libvirt.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#endif
