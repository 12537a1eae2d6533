package import Core
package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The door for consoles and scripts of this host: a Unix socket that speaks `LocalProtocol`.
package final class LocalSocket: Sendable {
    package struct Limits: Sendable {
        package var connections = 256
        package var operationsPerConnection = 128
        /// How long a client may take to introduce itself.
        package var initTime = Duration.seconds(10)
        /// How long a client may leave what it is sent unread.
        package var slowReader = Duration.seconds(20)
        package var line = LocalProtocol.maximumLine
        /// How much may wait in the connection's buffer before those who write to it have to wait.
        package var pendingBytes = 1 << 20
        package init() {}
    }

    package let path: String
    private let limits: Limits
    private let runner: any OperationRunner
    private let roles: LocalRoles
    private let log: Logger
    private let open = Mutex(0)

    package init(
        path: String, roles: LocalRoles, runner: any OperationRunner, limits: Limits = Limits(), log: Logger
    ) {
        self.path = path
        self.roles = roles
        self.runner = runner
        self.limits = limits
        self.log = log
    }

    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Serves until the task is cancelled. Calls `isOpen` when clients can connect.
    package func run(isOpen: @Sendable () async -> Void = {}) async throws {
        try await SocketPath.prepare(path)
        let limits = limits
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 128)
            .childChannelOption(
                .writeBufferWaterMark, value: .init(low: limits.pendingBytes / 2, high: limits.pendingBytes)
            )
            .bind(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        SlowReaderHandler(limit: TimeAmount(limits.slowReader)))
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        do { try SocketPath.open(path) } catch {
            try? await server.channel.close()
            throw error
        }
        await isOpen()
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { inbound in
                for try await connection in inbound {
                    let isWelcome = open.withLock { open in
                        guard open < limits.connections else { return false }
                        open += 1
                        return true
                    }
                    group.addTask { await self.serve(connection, isWelcome: isWelcome) }
                }
            }
            group.cancelAll()
        }
    }

    private func serve(_ connection: Connection, isWelcome: Bool) async {
        defer { if isWelcome { open.withLock { $0 -= 1 } } }
        do {
            let peer = try await PeerCredentials.of(connection.channel)
            try await connection.executeThenClose { inbound, outbound in
                let session = LocalSession(
                    peer: peer, caller: caller(for: peer), runner: runner, limits: limits, outbound: outbound, log: log)
                if isWelcome {
                    await session.run(inbound)
                } else {
                    await session.refuse(.tooManyConnections)
                }
            }
        } catch {
            // The client went away in the middle, which is its right.
            log.debug("connection ended", metadata: ["reason": "\(error)"])
        }
    }

    /// Root and the user that bayd runs as may do everything; others what the configuration says.
    private func caller(for peer: PeerCredentials) -> Caller {
        let account = LocalAccount(userID: peer.userID, groupID: peer.groupID)
        let name = "local:\(account?.name ?? String(peer.userID))"
        if peer.userID == 0 || peer.userID == ProcessOwner.userID { return Caller(name: name, role: .superAdmin) }
        guard let account else { return Caller(name: name, role: roles.standard) }
        return Caller(name: name, role: roles.role(of: account.name, in: account.groups))
    }
}

/// Ends a connection whose reader leaves what it is sent unread for too long. What it missed it can ask for again: it is
/// never served with gaps.
final class SlowReaderHandler: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let limit: TimeAmount
    private let timer = Mutex<Scheduled<Void>?>(nil)

    init(limit: TimeAmount) { self.limit = limit }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let channel = context.channel
        timer.withLock { timer in
            timer?.cancel()
            timer =
                channel.isWritable
                ? nil : context.eventLoop.scheduleTask(in: limit) { channel.close(mode: .all, promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
        context.fireChannelInactive()
    }
}
