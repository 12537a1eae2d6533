import Core
import Synchronization

/// A connection for one purpose and the threads that may call on it. The connection is opened by the first call, and
/// again by the first after it was lost.
final class Lane: Sendable {
    enum Limit {
        /// What libvirtd works on at a time for one connection: `max_client_requests` of libvirtd.conf.
        static let callsPerConnection = 5
    }

    private let threads: BlockingThreads
    private let connection = Mutex<Connection?>(nil)
    private let open: @Sendable () throws(LibvirtError) -> Connection
    private let onLoss: @Sendable () -> Void

    init(
        threads: Int = Limit.callsPerConnection, onLoss: @escaping @Sendable () -> Void = {},
        open: @escaping @Sendable () throws(LibvirtError) -> Connection
    ) {
        self.threads = BlockingThreads(limit: threads)
        self.onLoss = onLoss
        self.open = open
    }

    /// Calls under way and waiting.
    var load: Int { threads.load }

    /// Makes a call, named for errors after the libvirt function that matters most in it.
    func call<Value: Sendable>(
        _ name: String, within limit: Duration,
        _ body: @escaping @Sendable (Connection) throws(LibvirtError) -> Value
    ) async throws(LibvirtError) -> Value {
        try await threads.run(name, within: limit) { [self] () throws(LibvirtError) in try perform(body) }
    }

    /// Makes a call that nobody waits for.
    func submit(_ body: @escaping @Sendable (Connection) throws(LibvirtError) -> Void) {
        threads.submit { [self] in
            do throws(LibvirtError) { try perform(body) } catch {
                // Whoever needs it will ask again.
            }
        }
    }

    /// Opens the connection if there is none. Blocks.
    func connect() throws(LibvirtError) { _ = try current() }

    private func perform<Value>(
        _ body: (Connection) throws(LibvirtError) -> Value
    ) throws(LibvirtError) -> Value {
        let connection = try current()
        do throws(LibvirtError) {
            return try body(connection)
        } catch {
            guard !connection.isAlive else { throw error }
            forget(connection)
            onLoss()
            var lost = error
            lost.isConnectionLost = true
            throw lost
        }
    }

    private func current() throws(LibvirtError) -> Connection {
        try connection.withLock { connection throws(LibvirtError) in
            if let connection, connection.isAlive { return connection }
            let opened = try open()
            connection = opened
            return opened
        }
    }

    private func forget(_ lost: Connection) {
        connection.withLock { if $0 === lost { $0 = nil } }
    }
}
