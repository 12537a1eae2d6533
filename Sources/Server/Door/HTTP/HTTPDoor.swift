package import Core
import Glibc
import HummingbirdCore
package import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Why the HTTP door could not be opened.
package struct HTTPDoorError: Error, Equatable {
    package var message: String
}

/// The door for front ends and programs on other hosts: HTTP/1.1 with GraphQL at `/graphql`, encrypted
/// where there is a certificate for it.
///
/// Hummingbird accepts the connections and stops them in order. What happens on each is `HTTPChannel`'s business.
package final class HTTPDoor: Sendable {
    package struct Address: Equatable, Sendable {
        package var host: String
        /// 0: any free one.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Not those of the local socket: requests are answered on them, and a long answer must hold up no console.
    ///
    /// Half of the cores, since the host is there for its machines. Fewer threads also answer more requests in the same
    /// time of a core: what they share, such as the machines in memory, goes less often from one core to another.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))

    private static let answers = Dictionary(
        uniqueKeysWithValues: loops.makeIterator().map { loop in
            (
                ObjectIdentifier(loop),
                NIOLoopBoundBox.makeBoxSendingValue(AnswersOnTheirWay(), eventLoop: loop)
            )
        })

    private let address: Address
    private let limits: HTTPLimits
    private let routes: HTTPRoutes
    private let tls: TLSIdentity?
    private let log: Logger
    private let date: HTTPDate
    private let connections: HTTPConnections
    private let hasEnded = Atomic(false)
    /// Rings when the door has closed.
    private let bell = Bell()
    private let openAt = Mutex<Int?>(nil)

    package init(
        at address: Address, routes: HTTPRoutes, limits: HTTPLimits = HTTPLimits(), tls: TLSIdentity? = nil,
        clock: any WallClock, log: Logger
    ) {
        self.address = address
        self.routes = routes
        self.limits = limits
        self.tls = tls
        self.log = log
        date = HTTPDate(clock: clock)
        connections = HTTPConnections(limit: limits.connections, sockets: limits.webSockets)
    }

    /// Where clients find it; the port is known when it is open.
    package var url: String {
        Self.url(host: address.host, port: openAt.withLock { $0 } ?? address.port, isEncrypted: tls != nil)
    }

    static func url(host: String, port: Int, isEncrypted: Bool) -> String {
        "\(isEncrypted ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// Serves until the server stops or the task is cancelled. Calls `isOpen` when clients can connect.
    package func run(isOpen: @Sendable @escaping () async -> Void = {}) async throws {
        let log = log
        let server = Server(
            childChannelSetup: HTTPChannel(
                routes: routes, limits: limits, connections: connections, date: date,
                operations: Budget(limits.operations), bodies: Budget(limits.bodies), answers: Self.answers, tls: tls),
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port), serverName: nil, backlog: 1024),
            onServerRunning: { channel in
                self.openAt.withLock { $0 = channel.localAddress?.port }
                // At the head, where the errors of accepting come by first.
                try? await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptErrorHandler { error in
                            log.warning("a connection cannot be accepted", metadata: ["reason": "\(error)"])
                        }, position: .first)
                }.get()
                await isOpen()
            },
            eventLoopGroup: Self.loops, logger: log)
        // Ends with this function.
        async let _: Void? = tls?.follow(log: log)
        defer {
            hasEnded.store(true, ordering: .releasing)
            bell.ring()
        }
        do {
            try await withTaskCancellationHandler {
                try await server.run()
                // It has waited for those connections that have tasks.
                await connections.waitUntilEmpty()
            } onCancel: {
                connections.closeAll()
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            let problem = Self.problem(error)
            let advice = problem.advice.map { "; \($0)" } ?? ""
            throw HTTPDoorError(message: "\(url) cannot be served: \(problem.what)\(advice)")
        }
        guard Task.isCancelled || Task.isShuttingDownGracefully else {
            throw HTTPDoorError(message: "\(url) was closed")
        }
    }

    /// Why an address cannot be served, and what to do about it.
    static func problem(_ error: any Error) -> (what: String, advice: String?) {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE: ("another program uses this port", "set PORT to another one, or to 0 for no HTTP")
        case EACCES: ("ports below 1024 are root's", "set PORT to a higher one")
        case EADDRNOTAVAIL: ("this host has no such address", "set BIND to one that it has")
        default:
            error is SocketAddressError
                ? ("there is no such address", "set BIND to one that this host has") : ("\(error)", nil)
        }
    }

    /// Returns when the last connection has closed after the server began to stop, or has had its time.
    package func waitUntilEmpty() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    let rings = self.bell.rings
                    if self.hasEnded.load(ordering: .acquiring) { return }
                    await self.bell.wait(beyond: rings)
                }
            }
            group.addTask { try? await Task.sleep(for: self.limits.drain) }
            await group.next()
            group.cancelAll()
        }
    }
}
