import FoundationEssentials
import NIOCore
import NIOPosix

/// Why the local socket could not be opened.
package enum SocketPathError: Error, Equatable {
    case otherServer(path: String)
    case tooLong(path: String)
    case failed(path: String, reason: String)

    package var message: String {
        switch self {
        case .otherServer(let path): "another bayd serves \(path)"
        case .tooLong(let path): "the socket's path is longer than 107 bytes: \(path)"
        case .failed(let path, let reason): "cannot open \(path): \(reason)"
        }
    }
}

/// Where the local socket is, and what has to be done there before and after.
package enum SocketPath {
    /// Source: unix(7), `sun_path` without the final zero.
    static let maximumLength = 107

    /// `BAY_SOCKET`, else where root or the user has its run-time files.
    package static func standard(environment: [String: String], userID: UInt32) -> String {
        if let path = environment["BAY_SOCKET"], !path.isEmpty { return path }
        if userID == 0 { return "/run/bay/bay.sock" }
        if let directory = environment["XDG_RUNTIME_DIR"], !directory.isEmpty { return directory + "/bay/bay.sock" }
        return "/run/user/\(userID)/bay/bay.sock"
    }

    /// Makes the directory and removes the socket of a server that is gone. A living server's is left alone.
    static func prepare(_ path: String) async throws(SocketPathError) {
        guard path.utf8.count <= maximumLength else { throw .tooLong(path: path) }
        let files = FileManager.default
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            do {
                // The socket's own mode says who may use it; the directory lets everybody get that far.
                try files.createDirectory(
                    atPath: String(path[..<slash]), withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o755])
            } catch {
                throw .failed(path: path, reason: "its directory cannot be made: \(error.words)")
            }
        }
        guard let attributes = try? files.attributesOfItem(atPath: path) else { return }
        // A mistyped path must not cost anybody a file.
        guard attributes[.type] as? FileAttributeType == .typeSocket else {
            throw .failed(path: path, reason: "there is something else that is no socket")
        }
        if await answers(path) { throw .otherServer(path: path) }
        do { try files.removeItem(atPath: path) } catch {
            throw .failed(path: path, reason: "the socket of an earlier server cannot be removed: \(error.words)")
        }
    }

    /// Lets the owner and the group `bay`, if the host has one, use the socket.
    static func open(_ path: String) throws(SocketPathError) {
        let files = FileManager.default
        // Only root may give a file to any group, and not every host has this one: then the socket stays the owner's.
        try? files.setAttributes([.groupOwnerAccountName: "bay"], ofItemAtPath: path)
        do { try files.setAttributes([.posixPermissions: 0o660], ofItemAtPath: path) } catch {
            throw .failed(path: path, reason: "its mode cannot be set: \(error.words)")
        }
    }

    static func answers(_ path: String) async -> Bool {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(2))
                .connect(unixDomainSocketPath: path).get()
            try await channel.close()
            return true
        } catch {
            return false
        }
    }
}
