import CLibvirt
package import Core
import Glibc

extension Hypervisor {
    package func gpus() async throws(LibvirtError) -> [HostGPU] {
        let isLocal = isLocal
        return try await read("virConnectListAllNodeDevices") { connection throws(LibvirtError) in
            var list: UnsafeMutablePointer<virNodeDevicePtr?>?
            let count = unsafe virConnectListAllNodeDevices(
                connection.pointer, &list, VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV.rawValue)
            guard count >= 0 else {
                let error = LibvirtError.last("virConnectListAllNodeDevices")
                if error.isNotSupported { return [] }
                throw error
            }
            defer { unsafe free(list) }
            var gpus: [HostGPU] = []
            for index in 0..<Int(count) {
                guard let device = unsafe list?[index] else { continue }
                defer { unsafe _ = virNodeDeviceFree(device) }
                // A device that was pulled out meanwhile is left out.
                guard let text = unsafe virNodeDeviceGetXMLDesc(device, 0) else {
                    virResetLastError()
                    continue
                }
                defer { unsafe free(text) }
                guard let xml = unsafe try? XMLElement(parsing: String(cString: text)),
                    var gpu = HostGPU(nodeDevice: xml)
                else { continue }
                // libvirt does not tell these, so they are read where the host is this one.
                if isLocal, let path = xml.child("path")?.text, path.hasPrefix("/sys/devices/") {
                    gpu.isConsole = smallFile(path + "/boot_vga")?.first == "1"
                    gpu.memoryBytes =
                        smallFile(path + "/mem_info_vram_total").flatMap { Int64($0) }
                        ?? smallFile(path + "/resource").flatMap(HostGPU.memory(ofWindows:))
                }
                gpus.append(gpu)
            }
            return gpus.sorted { $0.address < $1.address }
        }
    }

    package func fileSystem(holding path: String) async throws(LibvirtError) -> StoragePool? {
        guard isLocal else { return nil }
        // Asks the kernel and not libvirt, but on a thread that may be kept waiting.
        return try await read("statvfs") { _ throws(LibvirtError) in
            var place = path
            var space = statvfs()
            while unsafe statvfs(place, &space) != 0 {
                guard let slash = place.lastIndex(of: "/"), place != "/" else { return nil }
                place = slash == place.startIndex ? "/" : String(place[..<slash])
            }
            let block = Int64(clamping: space.f_frsize)
            let total = Int64(clamping: space.f_blocks).multipliedReportingOverflow(by: block).partialValue
            // Not all that is free may be taken by others than root.
            let available = Int64(clamping: space.f_bavail).multipliedReportingOverflow(by: block).partialValue
            return StoragePool(
                name: place, isActive: true, capacityBytes: total, allocationBytes: total - available,
                availableBytes: available)
        }
    }
}

/// The text of a file of the kernel's without the space behind it; nil when it cannot be read.
private func smallFile(_ path: String) -> String? {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer -> String? in
        let count = unsafe read(file, buffer.baseAddress, buffer.count)
        guard count > 0 else { return nil }
        var text = unsafe Substring(decoding: buffer[..<count], as: UTF8.self)
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
