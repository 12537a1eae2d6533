package import Core
import Glibc
package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The door for consoles and scripts of this host: a Unix socket that speaks `LocalProtocol`.
package final class LocalSocket: Sendable {
    package struct Limits: Sendable {
        package var connections = 256
        /// Of one user, so that nobody can lock the others out. Root and bayd's own user have only the limit above.
        package var connectionsPerUser = 64
        package var operationsPerConnection = 128
        package var operations = 4096
        /// How long a client may take to introduce itself.
        package var initTime = Duration.seconds(10)
        /// How long a client may leave what it is sent unread.
        package var slowReader = Duration.seconds(20)
        package var line = LocalProtocol.maximumLine
        /// The same before a client has introduced itself.
        package var firstLine = 64 << 10
        /// How much of unfinished lines may be kept for all connections, beyond `firstLine` for each. Whoever wants more is
        /// shown out, except those who may do everything anyway.
        package var unfinishedBytes = 64 << 20
        /// How much may wait in the connection's buffer before those who write to it have to wait.
        package var pendingBytes = 1 << 20
        /// How much those who wait may hold in their hands.
        package var waitingBytes = 64 << 20
        /// How long operations may go on when the server stops.
        package var drainTime = Duration.seconds(5)
        /// How long a client may take to read why it is shown out.
        package var farewell = Duration.seconds(2)
        package init() {}
    }

    package let path: String
    private let limits: Limits
    private let runner: any OperationRunner
    private let roles: LocalRoles
    private let tokens: any TokenVerifier
    private let log: Logger
    private let budget: Budget
    private let unfinished: Budget

    private struct State {
        var server: (any Channel)?
        var isStopping = false
        var sessions: [Int: LocalSession] = [:]
        var nextSession = 0
        var connections: [UInt32: Int] = [:]
    }
    private let state = Mutex(State())
    /// Rings when a session has ended.
    private let bell = Bell()

    package init(
        path: String, roles: LocalRoles, tokens: any TokenVerifier, runner: any OperationRunner,
        limits: Limits = Limits(), log: Logger
    ) {
        self.path = path
        self.roles = roles
        self.tokens = tokens
        self.runner = runner
        self.limits = limits
        self.log = log
        budget = Budget(limits.operations)
        unfinished = Budget(limits.unfinishedBytes)
    }

    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Serves until it is stopped or the task is cancelled. Calls `isOpen` when clients can connect.
    package func run(isOpen: @Sendable () async -> Void = {}) async throws {
        try await SocketPath.prepare(path)
        let server = try await bind()
        do { try SocketPath.open(path) } catch {
            try? await server.channel.close()
            throw error
        }
        let isStopping = state.withLock { state in
            state.server = server.channel
            return state.isStopping
        }
        if isStopping { stopAccepting() }
        await isOpen()
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { inbound in
                for try await connection in inbound { group.addTask { await self.serve(connection) } }
            }
            guard Task.isCancelled || state.withLock({ $0.isStopping }) else {
                throw SocketPathError.failed(path: path, reason: "it was closed")
            }
        }
    }

    private func bind() async throws -> NIOAsyncChannel<Connection, Never> {
        let (limits, log) = (limits, log)
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptErrorHandler { error in
                            log.warning("a connection cannot be accepted", metadata: ["reason": "\(error)"])
                        })
                }
            }
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: limits.pendingBytes / 2, high: limits.pendingBytes)
            )
            .bind(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        FarewellHandler(
                            slowReader: TimeAmount(limits.slowReader), grace: TimeAmount(limits.farewell)))
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    // MARK: Stopping

    /// Lets nobody in any more and begins no operation. Connections close when what is under way there has ended.
    package func stopAccepting() {
        let (server, sessions) = state.withLock { state in
            state.isStopping = true
            return (state.server, Array(state.sessions.values))
        }
        server?.close(promise: nil)
        for session in sessions { session.drain() }
    }

    /// Returns when the last connection has closed, or has had its time.
    package func waitUntilEmpty() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    let rings = self.bell.rings
                    if self.state.withLock({ $0.sessions.isEmpty }) { return }
                    await self.bell.wait(beyond: rings)
                }
            }
            group.addTask { try? await Task.sleep(for: self.limits.drainTime) }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Connections

    private func serve(_ connection: Connection) async {
        do {
            let peer = try await PeerCredentials.of(connection.channel)
            let caller = try await caller(for: peer)
            try await connection.executeThenClose { inbound, outbound in
                let session = LocalSession(
                    peer: peer, caller: caller, tokens: tokens, runner: runner, limits: limits, budget: budget,
                    unfinished: unfinished, channel: connection.channel, outbound: outbound, log: log)
                guard let number = admit(session, of: peer.userID, isLimited: caller.role != .superAdmin) else {
                    return await session.refuse(.tooManyConnections)
                }
                await session.run(inbound)
                leave(number, of: peer.userID)
            }
        } catch {
            // The client went away in the middle, which is its right.
            log.debug("connection ended", metadata: ["reason": "\(error)"])
        }
    }

    /// Returns the session's number, or nil where there are too many.
    private func admit(_ session: LocalSession, of user: UInt32, isLimited: Bool) -> Int? {
        let (number, isStopping) = state.withLock { state -> (Int?, Bool) in
            guard state.sessions.count < limits.connections,
                !isLimited || state.connections[user, default: 0] < limits.connectionsPerUser
            else { return (nil, false) }
            state.nextSession += 1
            state.sessions[state.nextSession] = session
            state.connections[user, default: 0] += 1
            return (state.nextSession, state.isStopping)
        }
        if isStopping { session.drain() }
        return number
    }

    private func leave(_ number: Int, of user: UInt32) {
        state.withLock { state in
            state.sessions[number] = nil
            let left = state.connections[user, default: 1] - 1
            state.connections[user] = left > 0 ? left : nil
        }
        bell.ring()
    }

    /// Root and the user that bayd runs as may do everything; others what the configuration says.
    private func caller(for peer: PeerCredentials) async throws -> Caller {
        // Accounts may come from a directory server, which takes as long as it likes.
        let account = try await NIOThreadPool.singleton.runIfActive {
            LocalAccount(userID: peer.userID, groupID: peer.groupID)
        }
        let name = "local:\(account?.name ?? String(peer.userID))"
        if peer.userID == 0 || peer.userID == getuid() { return Caller(name: name, role: .superAdmin) }
        guard let account else { return Caller(name: name, role: roles.standard) }
        return Caller(name: name, role: roles.role(of: account.name, in: account.groups))
    }
}
