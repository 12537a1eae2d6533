/// Answers that are written and leave together, those of all connections of one event loop.
///
/// A client is woken by what is sent to it, which costs the sender more than a short answer does. Where many have asked, all
/// that were answered in one turn of the loop are sent at its end: whoever is awake by then takes what comes next for nothing.
final class AnswersOnTheirWay {
    /// More than this is not held back: long answers cost more than waking somebody does.
    private static let most = (connections: 64, bytes: 256 << 10)

    private var connections: [HTTPConnection] = []
    private var bytes = 0

    /// Has the connection's answers sent with those of others. Returns whether somebody has to call `send` at the end of the
    /// loop's turn.
    func add(_ connection: HTTPConnection, _ count: Int) -> Bool {
        let isFirst = connections.isEmpty
        connections.append(connection)
        bytes += count
        if bytes > Self.most.bytes || connections.count > Self.most.connections {
            send()
            return false
        }
        return isFirst
    }

    func send() {
        let all = connections
        connections.removeAll(keepingCapacity: true)
        bytes = 0
        for connection in all { connection.sendWritten() }
    }
}
