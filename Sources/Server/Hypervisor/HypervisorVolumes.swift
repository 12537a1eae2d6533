import CLibvirt
package import Core
import Glibc

extension Hypervisor {
    package func volumes(named prefix: String) async throws(LibvirtError) -> [String] {
        // On the lane of actions: a pool may be on a file server that does not answer.
        try await act("virStoragePoolListAllVolumes") { connection throws(LibvirtError) in
            var list: UnsafeMutablePointer<virStoragePoolPtr?>?
            let count = unsafe virConnectListAllStoragePools(
                connection.pointer, &list, VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE.rawValue)
            guard count >= 0 else {
                let error = LibvirtError.last("virConnectListAllStoragePools")
                if error.isNotSupported { return [] }
                throw error
            }
            defer { unsafe free(list) }
            var paths: [String] = []
            for index in 0..<Int(count) {
                guard let pool = unsafe list?[index] else { continue }
                defer { unsafe _ = virStoragePoolFree(pool) }
                // libvirt knows of files that QEMU made, as for snapshots, only after it has looked again. A pool that
                // cannot be looked at has what was known of it.
                if unsafe virStoragePoolRefresh(pool, 0) < 0 { virResetLastError() }
                unsafe paths += volumePaths(in: pool, named: prefix)
            }
            return paths.sorted()
        }
    }

    package func deleteVolume(_ path: String) async throws(LibvirtError) {
        try await act("virStorageVolDelete") { connection throws(LibvirtError) in
            guard let volume = unsafe virStorageVolLookupByPath(connection.pointer, path) else {
                let error = LibvirtError.last("virStorageVolLookupByPath")
                // It is gone already.
                if error.isNoVolume { return }
                throw error
            }
            defer { unsafe _ = virStorageVolFree(volume) }
            try unsafe check(virStorageVolDelete(volume, 0), "virStorageVolDelete")
        }
    }
}

private func volumePaths(in pool: virStoragePoolPtr, named prefix: String) -> [String] {
    var list: UnsafeMutablePointer<virStorageVolPtr?>?
    let count = unsafe virStoragePoolListAllVolumes(pool, &list, 0)
    guard count >= 0 else {
        // The pool was stopped meanwhile.
        virResetLastError()
        return []
    }
    defer { unsafe free(list) }
    var paths: [String] = []
    for index in 0..<Int(count) {
        guard let volume = unsafe list?[index] else { continue }
        defer { unsafe _ = virStorageVolFree(volume) }
        guard let name = unsafe virStorageVolGetName(volume), unsafe String(cString: name).hasPrefix(prefix),
            let path = unsafe virStorageVolGetPath(volume)
        else { continue }
        defer { unsafe free(path) }
        unsafe paths.append(String(cString: path))
    }
    return paths
}
