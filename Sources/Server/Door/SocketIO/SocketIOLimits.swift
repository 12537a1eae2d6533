/// How much, how many and how long of Socket.io.
package struct SocketIOLimits: Sendable {
    /// How often the server asks whether a client is still there, and how long that may take to answer.
    package var pingInterval = Duration.seconds(25)
    package var pingTimeout = Duration.seconds(20)
    /// How long a client may take to show its token.
    package var connectTime = Duration.seconds(20)
    /// Bytes of a message or of a polling body, both ways.
    package var payload = 1_000_000
    /// Sessions at once, of one address, and of one account.
    package var sessions = 2048
    package var sessionsPerAddress = 1024
    package var sessionsPerUser = 768
    /// What may wait for a client that reads slowly. Who leaves more unread is cut off.
    package var queuedPackets = 4096
    package var queuedBytes = 2 << 20
    /// What may wait of a client's own messages.
    package var inbox = 256
    /// Rooms that one connection may be in.
    package var rooms = 256
    /// How often the times are looked at.
    package var tick = Duration.seconds(1)
    /// How long what was said last is kept for a client that polls.
    package var lingering = Duration.seconds(5)
    /// Events that a client may have missed and be told of when it comes back. Who missed more loads the state anew.
    package var missed = 1000
    /// Events that are worked out together.
    package var batch = 64

    package init() {}

    /// The standard limits where the process may have so many files open.
    package init(openFiles: Int) {
        sessions = max(8, min(sessions, openFiles / 4))
        sessionsPerAddress = min(sessionsPerAddress, sessions)
        sessionsPerUser = min(sessionsPerUser, sessions)
    }
}
