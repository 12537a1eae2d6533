import Core
import Glibc
import NIOCore

/// Who is at the other end of a Unix socket, as the kernel says it: it cannot be forged.
///
/// The layout is that of the kernel's `struct ucred`. Source: unix(7), `SO_PEERCRED`.
struct PeerCredentials: Equatable, Sendable {
    var processID: Int32
    var userID: UInt32
    var groupID: UInt32

    static func of(_ channel: any Channel) async throws -> PeerCredentials {
        guard let provider = channel as? any SocketOptionProvider else { throw ChannelError.operationUnsupported }
        // NIO calls this unsafe because it trusts that the option has the type's layout, which is stated above.
        return try await provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED)
        ).get()
    }
}

/// An account of the host.
struct LocalAccount: Equatable, Sendable {
    var name: String
    var groups: Set<String>

    /// Nil for a user that the host has no account of, such as one of a container.
    init?(userID: UInt32, groupID: UInt32) {
        guard let name = Self.userName(userID) else { return nil }
        self.name = name
        groups = Self.groups(of: name, primary: groupID)
    }

    // glibc has no form of these that takes no pointers; the buffers are the callers' own and live as long as the calls.

    private static func userName(_ id: UInt32) -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16384) { buffer in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            guard let space = buffer.baseAddress,
                unsafe getpwuid_r(id, &entry, space, buffer.count, &found) == 0, unsafe found != nil
            else { return nil }
            return unsafe String(cString: entry.pw_name)
        }
    }

    private static func groupName(_ id: UInt32) -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65536) { buffer in
            var entry = unsafe group()
            var found: UnsafeMutablePointer<group>?
            guard let space = buffer.baseAddress,
                unsafe getgrgid_r(id, &entry, space, buffer.count, &found) == 0, unsafe found != nil
            else { return nil }
            return unsafe String(cString: entry.gr_name)
        }
    }

    private static func groups(of user: String, primary: UInt32) -> Set<String> {
        var count: Int32 = 256
        var ids = [UInt32](repeating: 0, count: Int(count))
        guard unsafe getgrouplist(user, primary, &ids, &count) >= 0 else { return [] }
        return Set(ids.prefix(Int(count)).compactMap(groupName))
    }
}
