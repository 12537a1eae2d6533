package import NIOCore

/// How much, how many and how long: what comes over the network is hostile.
package struct HTTPLimits: Sendable {
    /// Connections at once. More make the longest idle one go.
    package var connections = 4096
    package var webSockets = 1024
    /// Bytes of a message that comes over a WebSocket. A document may have half of it.
    package var webSocketMessage = 256 << 10
    /// How often it is asked whether anybody is still at the other end of a WebSocket.
    package var heartbeat = Duration.seconds(20)
    package var initTime = Duration.seconds(10)
    /// Operations under way over all WebSockets.
    package var operations = 4096
    package var operationsPerWebSocket = 128
    /// Bytes of a request's body.
    package var body = 4 << 20
    /// Bytes of bodies in memory at once for all connections, beyond `smallBody` for each.
    package var bodies = 128 << 20
    package var smallBody = 64 << 10
    /// Bytes of a request's headers together, and how many there may be.
    package var headers = 64 << 10
    package var headerCount = 128
    /// How long a client may take for a whole head, from connecting or from the last answer: also the time for which a
    /// connection is kept.
    package var idle = TimeAmount.seconds(60)
    /// How long a body may take.
    package var receiving = TimeAmount.seconds(30)
    /// How long an answer may be left unread.
    package var sending = TimeAmount.seconds(20)
    /// How long the rest of an unwanted request is read and thrown away, so that its sender can read why.
    package var lingering = TimeAmount.seconds(2)
    /// So many bytes of it at once, and then a pause.
    package var wastedBytes = 256 << 10
    package var wastedPause = TimeAmount.milliseconds(5)
    /// How long requests may go on when the server stops.
    package var drain = Duration.seconds(5)

    package init() {}

    /// The standard limits where the process may have so many files open. Half of them are left for everything else.
    package init(openFiles: Int) {
        connections = max(16, min(connections, openFiles / 2))
        webSockets = max(8, min(webSockets, openFiles / 4))
    }

    var session: OperationSession.Limits {
        OperationSession.Limits(operations: operationsPerWebSocket, initTime: initTime)
    }
}
