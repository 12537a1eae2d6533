import CLibvirt
import Core
import Glibc

/// One connection to libvirt. Any number of threads may call on it at once, though libvirtd takes only five calls of
/// one connection at a time.
@safe final class Connection: @unchecked Sendable {
    // libvirt's connections are made for use by many threads, and this one is closed when its last user is gone.
    let pointer: virConnectPtr

    /// libvirtd answers a probe each 5 s; after 4 lost ones, 20 s, the connection is taken for dead. Shorter would give
    /// up on a host that swaps; longer would leave callers of a frozen libvirtd waiting.
    enum KeepAlive {
        static let interval: Int32 = 5
        static let count: UInt32 = 4
    }

    private init(_ pointer: virConnectPtr) { unsafe self.pointer = pointer }

    deinit {
        // Closing talks to libvirtd, and whoever lets go last may be on any thread.
        let closing = unsafe Closing(pointer: pointer)
        Self.closer.submit { closing.close() }
    }

    private static let closer = BlockingThreads(limit: 1)

    @safe private struct Closing: @unchecked Sendable {
        // Nobody else has this pointer any more.
        let pointer: virConnectPtr
        func close() { unsafe _ = virConnectClose(pointer) }
    }

    static func open(_ uri: String) throws(LibvirtError) -> Connection {
        EventLoop.start()
        guard let pointer = unsafe virConnectOpen(uri) else { throw .last("virConnectOpen") }
        let connection = unsafe Connection(pointer)
        // Drivers inside of this process need no probes and do not have them.
        if unsafe virConnectSetKeepAlive(pointer, KeepAlive.interval, KeepAlive.count) < 0 { virResetLastError() }
        return connection
    }

    /// Whether the other side is still there, as far as this side knows. Asks nobody.
    var isAlive: Bool {
        let answer = unsafe virConnectIsAlive(pointer)
        if answer < 0 { virResetLastError() }
        return answer != 0
    }
}

extension LibvirtError {
    /// The error of the call just made. libvirt keeps it per thread, so it has to be read on the same one, at once.
    static func last(_ call: String) -> LibvirtError {
        guard let error = unsafe virGetLastError() else {
            let problem = unsafe bay_libvirt_problem().map { unsafe String(cString: $0) } ?? ""
            return LibvirtError(code: 0, message: problem, call: call)
        }
        defer { virResetLastError() }
        return unsafe LibvirtError(
            code: error.pointee.code, domain: error.pointee.domain,
            message: error.pointee.message.map { unsafe String(cString: $0) } ?? "", call: call)
    }
}

/// What libvirt's functions return, checked.
@discardableResult
func check(_ status: Int32, _ call: String) throws(LibvirtError) -> Int32 {
    guard status >= 0 else { throw .last(call) }
    return status
}

func check(_ pointer: OpaquePointer?, _ call: String) throws(LibvirtError) -> OpaquePointer {
    guard let pointer = unsafe pointer else { throw .last(call) }
    return unsafe pointer
}

/// Takes over a string that libvirt allocated.
func check(_ text: UnsafeMutablePointer<CChar>?, _ call: String) throws(LibvirtError) -> String {
    guard let text = unsafe text else { throw .last(call) }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
}
