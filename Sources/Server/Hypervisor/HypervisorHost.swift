import CLibvirt
package import Core
import Glibc
import Synchronization

/// What of the host does not change while the connection lasts, and the last CPU measurement.
struct HostCache {
    weak var connection: Connection?
    var fixed: HostInfo?
    var cpu: CPUTimes?

    /// Nanoseconds of all CPUs together.
    struct CPUTimes {
        var busy: UInt64
        var total: UInt64
    }
}

extension Hypervisor {
    package func host() async throws(LibvirtError) -> HostInfo {
        try await read("virNodeGetInfo") { [self] connection throws(LibvirtError) in
            var info = try fixedInfo(connection)
            // The kernel counts some pages as free and as cache; no more than all of it can be had.
            info.memoryFreeMiB = availableMemory(connection).map { min($0, info.memoryMiB) }
            info.cpuPercent = cpuPercent(connection)
            info.pools = try storagePools(connection)
            return info
        }
    }

    private func fixedInfo(_ connection: Connection) throws(LibvirtError) -> HostInfo {
        let known = hostCache.withLock { $0.connection === connection ? $0.fixed : nil }
        if let known { return known }
        var info = HostInfo()
        info.uri = uri
        info.hostname = (try? unsafe check(virConnectGetHostname(connection.pointer), "virConnectGetHostname")) ?? ""
        var node = virNodeInfo()
        try unsafe check(virNodeGetInfo(connection.pointer, &node), "virNodeGetInfo")
        info.cpus = Int(node.cpus)
        info.cpuMHz = Int(node.mhz)
        info.memoryMiB = Int(node.memory / 1024)
        info.cpuModel = cpuModel(connection) ?? Self.text(node.model)
        var version: UInt = 0
        if unsafe virConnectGetLibVersion(connection.pointer, &version) == 0 {
            info.libvirtVersion = Self.words(version)
        }
        let type = unsafe virConnectGetType(connection.pointer).map { unsafe String(cString: $0) } ?? ""
        version = 0
        let hasVersion = unsafe virConnectGetVersion(connection.pointer, &version) == 0 && version > 0
        info.hypervisorVersion = hasVersion ? "\(type) \(Self.words(version))" : type
        virResetLastError()
        hostCache.withLock {
            $0.connection = connection
            $0.fixed = info
        }
        return info
    }

    /// Source: `virConnectGetLibVersion`, which counts 1,000,000 for a major and 1,000 for a minor release.
    private static func words(_ version: UInt) -> String {
        "\(version / 1_000_000).\(version / 1000 % 1000).\(version % 1000)"
    }

    /// As in `Skylake-Server-IBRS (Intel)`.
    private func cpuModel(_ connection: Connection) -> String? {
        guard let xml = try? unsafe check(virConnectGetCapabilities(connection.pointer), "virConnectGetCapabilities"),
            let cpu = (try? XMLElement(parsing: xml))?.find("host", "cpu"),
            let model = cpu.child("model")?.text, !model.isEmpty
        else { return nil }
        guard let vendor = cpu.child("vendor")?.text, !vendor.isEmpty else { return model }
        return "\(model) (\(vendor))"
    }

    /// What could be given to machines now: unused memory and the caches that the kernel would drop. Nil when the
    /// driver cannot tell.
    private func availableMemory(_ connection: Connection) -> Int? {
        let stats = unsafe nodeStats { parameters, count in
            unsafe virNodeGetMemoryStats(
                connection.pointer, Int32(VIR_NODE_MEMORY_STATS_ALL_CELLS.rawValue), parameters, &count, 0)
        } entry: { (parameter: virNodeMemoryStats) in
            (Self.text(parameter.field), parameter.value)
        }
        if let free = stats["free"] {
            return Int((free + (stats["cached"] ?? 0) + (stats["buffers"] ?? 0)) / 1024)
        }
        let bytes = unsafe virNodeGetFreeMemory(connection.pointer)
        virResetLastError()
        return bytes > 0 ? Int(bytes >> 20) : nil
    }

    /// The share of all CPUs since the call before; nil at the first, and where the driver does not count.
    private func cpuPercent(_ connection: Connection) -> Double? {
        let stats = unsafe nodeStats { parameters, count in
            unsafe virNodeGetCPUStats(
                connection.pointer, Int32(VIR_NODE_CPU_STATS_ALL_CPUS.rawValue), parameters, &count, 0)
        } entry: { (parameter: virNodeCPUStats) in
            (Self.text(parameter.field), parameter.value)
        }
        guard let user = stats["user"], let kernel = stats["kernel"], let idle = stats["idle"] else { return nil }
        let busy = user &+ kernel
        let new = HostCache.CPUTimes(busy: busy, total: busy &+ idle &+ (stats["iowait"] ?? 0))
        let old = hostCache.withLock { cache in
            defer { cache.cpu = new }
            return cache.cpu
        }
        guard let old, new.total > old.total, new.busy >= old.busy else { return nil }
        return min(100, Double(new.busy - old.busy) / Double(new.total - old.total) * 100)
    }

    /// Calls one of libvirt's functions that first tell how many numbers they have. Empty when it has none.
    private func nodeStats<Parameter>(
        _ get: (UnsafeMutablePointer<Parameter>?, inout Int32) -> Int32,
        entry: (Parameter) -> (String, UInt64)
    ) -> [String: UInt64] {
        var count: Int32 = 0
        guard get(nil, &count) == 0, count > 0, count < 64 else {
            virResetLastError()
            return [:]
        }
        return unsafe withUnsafeTemporaryAllocation(of: Parameter.self, capacity: Int(count)) { buffer in
            unsafe memset(buffer.baseAddress!, 0, MemoryLayout<Parameter>.stride * Int(count))
            guard unsafe get(buffer.baseAddress, &count) == 0 else {
                virResetLastError()
                return [:]
            }
            var numbers: [String: UInt64] = [:]
            for index in 0..<min(Int(count), buffer.count) {
                let (name, value) = unsafe entry(buffer[index])
                numbers[name] = value
            }
            return numbers
        }
    }

    /// The text in one of libvirt's fixed arrays, which Swift sees as a tuple.
    private static func text<Tuple>(_ field: Tuple) -> String {
        unsafe withUnsafeBytes(of: field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private func storagePools(_ connection: Connection) throws(LibvirtError) -> [StoragePool] {
        var list: UnsafeMutablePointer<virStoragePoolPtr?>?
        let count = unsafe virConnectListAllStoragePools(connection.pointer, &list, 0)
        guard count >= 0 else {
            let error = LibvirtError.last("virConnectListAllStoragePools")
            if error.isNotSupported { return [] }
            throw error
        }
        defer { unsafe free(list) }
        var pools: [StoragePool] = []
        for index in 0..<Int(count) {
            guard let pool = unsafe list?[index] else { continue }
            defer { unsafe _ = virStoragePoolFree(pool) }
            var info = virStoragePoolInfo()
            // A pool that went away meanwhile is left out.
            guard unsafe virStoragePoolGetInfo(pool, &info) == 0 else {
                virResetLastError()
                continue
            }
            pools.append(
                StoragePool(
                    name: unsafe virStoragePoolGetName(pool).map { unsafe String(cString: $0) } ?? "",
                    isActive: info.state == VIR_STORAGE_POOL_RUNNING.rawValue
                        || info.state == VIR_STORAGE_POOL_DEGRADED.rawValue,
                    capacityBytes: Int64(clamping: info.capacity), allocationBytes: Int64(clamping: info.allocation),
                    availableBytes: Int64(clamping: info.available)))
        }
        return pools.sorted { $0.name < $1.name }
    }
}
