import Glibc

/// Tells systemd how the service is doing. Source: sd_notify(3).
package struct SystemdNotify: Sendable {
    /// The address that systemd gave; nil where nobody wants to know.
    private let address: String?

    package init(environment: [String: String]) { address = environment["NOTIFY_SOCKET"] }

    package enum State: String, Sendable {
        case ready = "READY=1"
        case stopping = "STOPPING=1"
    }

    /// Sends the state. Returns whether it went out; if not, systemd's own time limit decides, so nobody has to care.
    @discardableResult
    package func send(_ state: State) -> Bool {
        guard let address, address.hasPrefix("/") || address.hasPrefix("@") else { return false }
        var path = Array(address.utf8)
        // An abstract address starts with a zero instead, and has none at its end.
        if path[0] == UInt8(ascii: "@") { path[0] = 0 } else { path.append(0) }
        // glibc takes pointers to the address and the text, which live as long as the calls.
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let fits = unsafe withUnsafeMutableBytes(of: &name.sun_path) { field in
            guard path.count <= field.count else { return false }
            unsafe field.copyBytes(from: path)
            return true
        }
        guard fits else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let text = Array(state.rawValue.utf8)
        let sent = unsafe withUnsafePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                unsafe text.withUnsafeBytes { bytes in
                    unsafe sendto(
                        descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), general, length)
                }
            }
        }
        return sent == text.count
    }
}
