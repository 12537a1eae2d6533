package import NIOCore

/// How much, how many and how long: what comes over the network is hostile.
package struct HTTPLimits: Sendable {
    /// Connections at once. More make the longest idle one go.
    package var connections = 4096
    package var webSockets = 1024
    /// Bytes of a request's body.
    package var body = 4 << 20
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
    /// How long requests may go on when the server stops.
    package var drain = Duration.seconds(5)

    package init() {}
}
