// libvirt is loaded by the first call to it, and not with the program: it brings some fifty libraries along, which take half as
// long to load as all else that is done until bayd answers, and are needed by nobody until then.
//
// A function that is missing below is missed by the linker.
#include "CLibvirt.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void *libvirt, *libvirt_qemu;
static char reason[512];
static _Atomic(const char *) problem;

static void *open_library(const char *name) {
    void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    const char *error = library ? NULL : dlerror();
    if (error) {
        snprintf(reason, sizeof reason, "%s", error);
        atomic_store(&problem, reason);
    }
    return library;
}

static void load(void) {
    libvirt = open_library("libvirt.so.0");
    if (libvirt) libvirt_qemu = open_library("libvirt-qemu.so.0");
}

const char *bay_libvirt_problem(void) { return atomic_load(&problem); }

/// The function of that name, remembered in `slot`; NULL where this libvirt has none.
static void *function(const char *name, _Atomic(void *) *slot) {
    void *found = atomic_load_explicit(slot, memory_order_acquire);
    if (found) return found;
    pthread_once(&once, load);
    if (libvirt) found = dlsym(libvirt, name);
    if (!found && libvirt_qemu) found = dlsym(libvirt_qemu, name);
    if (found) atomic_store_explicit(slot, found, memory_order_release);
    return found;
}

// What each kind of function answers where there is no libvirt: as libvirt does when it fails.
#define FORWARD(type, name, parameters, arguments, otherwise)                                                          \
    type name parameters {                                                                                             \
        static _Atomic(void *) slot;                                                                                   \
        __typeof__(name) *found = (__typeof__(name) *)function(#name, &slot);                                          \
        return found ? found arguments : otherwise;                                                                    \
    }
#define CALL(name, parameters, arguments) FORWARD(int, name, parameters, arguments, -1)
#define COUNT(type, name, parameters, arguments) FORWARD(type, name, parameters, arguments, 0)
#define GET(type, name, parameters, arguments) FORWARD(type, name, parameters, arguments, NULL)
#define ACT(name, parameters, arguments)                                                                               \
    void name parameters {                                                                                             \
        static _Atomic(void *) slot;                                                                                   \
        __typeof__(name) *found = (__typeof__(name) *)function(#name, &slot);                                          \
        if (found) found arguments;                                                                                    \
    }

// clang-format off
CALL(virConnectClose, (virConnectPtr conn), (conn))
CALL(virConnectDomainEventDeregisterAny, (virConnectPtr conn, int callbackID), (conn, callbackID))
CALL(virConnectDomainEventRegisterAny, (virConnectPtr conn, virDomainPtr dom, int eventID,
     virConnectDomainEventGenericCallback cb, void *opaque, virFreeCallback freecb), (conn, dom, eventID, cb, opaque,
     freecb))
CALL(virConnectGetAllDomainStats, (virConnectPtr conn, unsigned int stats, virDomainStatsRecordPtr **retStats,
     unsigned int flags), (conn, stats, retStats, flags))
GET(char *, virConnectGetCapabilities, (virConnectPtr conn), (conn))
GET(char *, virConnectGetHostname, (virConnectPtr conn), (conn))
CALL(virConnectGetLibVersion, (virConnectPtr conn, unsigned long *libVer), (conn, libVer))
GET(const char *, virConnectGetType, (virConnectPtr conn), (conn))
CALL(virConnectGetVersion, (virConnectPtr conn, unsigned long *hvVer), (conn, hvVer))
CALL(virConnectIsAlive, (virConnectPtr conn), (conn))
CALL(virConnectListAllDomains, (virConnectPtr conn, virDomainPtr **domains, unsigned int flags), (conn, domains,
     flags))
CALL(virConnectListAllNWFilterBindings, (virConnectPtr conn, virNWFilterBindingPtr **bindings, unsigned int flags),
     (conn, bindings, flags))
CALL(virConnectListAllNWFilters, (virConnectPtr conn, virNWFilterPtr **filters, unsigned int flags), (conn, filters,
     flags))
CALL(virConnectListAllNetworks, (virConnectPtr conn, virNetworkPtr **nets, unsigned int flags), (conn, nets, flags))
CALL(virConnectListAllNodeDevices, (virConnectPtr conn, virNodeDevicePtr **devices, unsigned int flags), (conn,
     devices, flags))
CALL(virConnectListAllStoragePools, (virConnectPtr conn, virStoragePoolPtr **pools, unsigned int flags), (conn, pools,
     flags))
GET(virConnectPtr, virConnectOpen, (const char *name), (name))
CALL(virConnectRegisterCloseCallback, (virConnectPtr conn, virConnectCloseFunc cb, void *opaque, virFreeCallback
     freecb), (conn, cb, opaque, freecb))
CALL(virConnectSetKeepAlive, (virConnectPtr conn, int interval, unsigned int count), (conn, interval, count))
CALL(virConnectUnregisterCloseCallback, (virConnectPtr conn, virConnectCloseFunc cb), (conn, cb))
CALL(virDomainCreate, (virDomainPtr domain), (domain))
GET(virDomainPtr, virDomainDefineXMLFlags, (virConnectPtr conn, const char *xml, unsigned int flags), (conn, xml,
     flags))
CALL(virDomainDestroy, (virDomainPtr domain), (domain))
CALL(virDomainFree, (virDomainPtr domain), (domain))
CALL(virDomainGetAutostart, (virDomainPtr domain, int *autostart), (domain, autostart))
COUNT(unsigned int, virDomainGetID, (virDomainPtr domain), (domain))
GET(const char *, virDomainGetName, (virDomainPtr domain), (domain))
CALL(virDomainGetState, (virDomainPtr domain, int *state, int *reason, unsigned int flags), (domain, state, reason,
     flags))
CALL(virDomainGetUUIDString, (virDomainPtr domain, char *buf), (domain, buf))
GET(char *, virDomainGetXMLDesc, (virDomainPtr domain, unsigned int flags), (domain, flags))
CALL(virDomainHasCurrentSnapshot, (virDomainPtr domain, unsigned int flags), (domain, flags))
CALL(virDomainIsPersistent, (virDomainPtr dom), (dom))
CALL(virDomainListAllSnapshots, (virDomainPtr domain, virDomainSnapshotPtr **snaps, unsigned int flags), (domain,
     snaps, flags))
CALL(virDomainListGetStats, (virDomainPtr *doms, unsigned int stats, virDomainStatsRecordPtr **retStats, unsigned int
     flags), (doms, stats, retStats, flags))
GET(virDomainPtr, virDomainLookupByName, (virConnectPtr conn, const char *name), (conn, name))
GET(virDomainPtr, virDomainLookupByUUIDString, (virConnectPtr conn, const char *uuid), (conn, uuid))
GET(char *, virDomainQemuAgentCommand, (virDomainPtr domain, const char *cmd, int timeout, unsigned int flags),
     (domain, cmd, timeout, flags))
CALL(virDomainReboot, (virDomainPtr domain, unsigned int flags), (domain, flags))
CALL(virDomainReset, (virDomainPtr domain, unsigned int flags), (domain, flags))
CALL(virDomainResume, (virDomainPtr domain), (domain))
CALL(virDomainRevertToSnapshot, (virDomainSnapshotPtr snapshot, unsigned int flags), (snapshot, flags))
CALL(virDomainSetMemoryStatsPeriod, (virDomainPtr domain, int period, unsigned int flags), (domain, period, flags))
CALL(virDomainShutdownFlags, (virDomainPtr domain, unsigned int flags), (domain, flags))
GET(virDomainSnapshotPtr, virDomainSnapshotCreateXML, (virDomainPtr domain, const char *xmlDesc, unsigned int flags),
     (domain, xmlDesc, flags))
GET(virDomainSnapshotPtr, virDomainSnapshotCurrent, (virDomainPtr domain, unsigned int flags), (domain, flags))
CALL(virDomainSnapshotDelete, (virDomainSnapshotPtr snapshot, unsigned int flags), (snapshot, flags))
CALL(virDomainSnapshotFree, (virDomainSnapshotPtr snapshot), (snapshot))
GET(const char *, virDomainSnapshotGetName, (virDomainSnapshotPtr snapshot), (snapshot))
GET(char *, virDomainSnapshotGetXMLDesc, (virDomainSnapshotPtr snapshot, unsigned int flags), (snapshot, flags))
GET(virDomainSnapshotPtr, virDomainSnapshotLookupByName, (virDomainPtr domain, const char *name, unsigned int flags),
     (domain, name, flags))
ACT(virDomainStatsRecordListFree, (virDomainStatsRecordPtr *stats), (stats))
CALL(virDomainSuspend, (virDomainPtr domain), (domain))
CALL(virDomainUndefineFlags, (virDomainPtr domain, unsigned int flags), (domain, flags))
CALL(virDomainUpdateDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, flags))
CALL(virEventRegisterDefaultImpl, (void), ())
CALL(virEventRunDefaultImpl, (void), ())
GET(virErrorPtr, virGetLastError, (void), ())
CALL(virInitialize, (void), ())
CALL(virNWFilterBindingFree, (virNWFilterBindingPtr binding), (binding))
GET(const char *, virNWFilterBindingGetFilterName, (virNWFilterBindingPtr binding), (binding))
GET(const char *, virNWFilterBindingGetPortDev, (virNWFilterBindingPtr binding), (binding))
GET(virNWFilterPtr, virNWFilterDefineXML, (virConnectPtr conn, const char *xmlDesc), (conn, xmlDesc))
CALL(virNWFilterFree, (virNWFilterPtr nwfilter), (nwfilter))
GET(const char *, virNWFilterGetName, (virNWFilterPtr nwfilter), (nwfilter))
CALL(virNWFilterGetUUIDString, (virNWFilterPtr nwfilter, char *buf), (nwfilter, buf))
GET(char *, virNWFilterGetXMLDesc, (virNWFilterPtr nwfilter, unsigned int flags), (nwfilter, flags))
GET(virNWFilterPtr, virNWFilterLookupByName, (virConnectPtr conn, const char *name), (conn, name))
CALL(virNWFilterUndefine, (virNWFilterPtr nwfilter), (nwfilter))
CALL(virNetworkCreate, (virNetworkPtr network), (network))
GET(virNetworkPtr, virNetworkDefineXML, (virConnectPtr conn, const char *xmlDesc), (conn, xmlDesc))
CALL(virNetworkDestroy, (virNetworkPtr network), (network))
CALL(virNetworkFree, (virNetworkPtr network), (network))
CALL(virNetworkGetAutostart, (virNetworkPtr network, int *autostart), (network, autostart))
GET(char *, virNetworkGetXMLDesc, (virNetworkPtr network, unsigned int flags), (network, flags))
CALL(virNetworkIsActive, (virNetworkPtr net), (net))
GET(virNetworkPtr, virNetworkLookupByUUIDString, (virConnectPtr conn, const char *uuid), (conn, uuid))
CALL(virNetworkSetAutostart, (virNetworkPtr network, int autostart), (network, autostart))
CALL(virNetworkUndefine, (virNetworkPtr network), (network))
CALL(virNetworkUpdate, (virNetworkPtr network, unsigned int command, unsigned int section, int parentIndex, const char
     *xml, unsigned int flags), (network, command, section, parentIndex, xml, flags))
CALL(virNodeDeviceFree, (virNodeDevicePtr dev), (dev))
GET(char *, virNodeDeviceGetXMLDesc, (virNodeDevicePtr dev, unsigned int flags), (dev, flags))
CALL(virNodeGetCPUStats, (virConnectPtr conn, int cpuNum, virNodeCPUStatsPtr params, int *nparams, unsigned int
     flags), (conn, cpuNum, params, nparams, flags))
COUNT(unsigned long long, virNodeGetFreeMemory, (virConnectPtr conn), (conn))
CALL(virNodeGetInfo, (virConnectPtr conn, virNodeInfoPtr info), (conn, info))
CALL(virNodeGetMemoryStats, (virConnectPtr conn, int cellNum, virNodeMemoryStatsPtr params, int *nparams, unsigned int
     flags), (conn, cellNum, params, nparams, flags))
ACT(virResetLastError, (void), ())
ACT(virSetErrorFunc, (void *userData, virErrorFunc handler), (userData, handler))
CALL(virStoragePoolFree, (virStoragePoolPtr pool), (pool))
CALL(virStoragePoolGetInfo, (virStoragePoolPtr vol, virStoragePoolInfoPtr info), (vol, info))
GET(const char *, virStoragePoolGetName, (virStoragePoolPtr pool), (pool))
CALL(virStoragePoolListAllVolumes, (virStoragePoolPtr pool, virStorageVolPtr **vols, unsigned int flags), (pool, vols,
     flags))
CALL(virStoragePoolRefresh, (virStoragePoolPtr pool, unsigned int flags), (pool, flags))
CALL(virStorageVolDelete, (virStorageVolPtr vol, unsigned int flags), (vol, flags))
CALL(virStorageVolFree, (virStorageVolPtr vol), (vol))
GET(const char *, virStorageVolGetName, (virStorageVolPtr vol), (vol))
GET(char *, virStorageVolGetPath, (virStorageVolPtr vol), (vol))
GET(virStorageVolPtr, virStorageVolLookupByPath, (virConnectPtr conn, const char *path), (conn, path))
