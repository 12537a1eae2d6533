import NIOHTTP1

/// What a connection hands to those who answer.
struct PendingRequest: Sendable {
    var request: HTTPRequest
    /// What `Connection` says in the answer; nil where nothing has to be said.
    var connection: String?
    /// The client asks for another protocol on this connection.
    var upgrade: HTTPRequestHead?
    /// What the answer waits for; nil where nothing has been done for the request yet.
    var answer: (@Sendable () async -> HTTPResponse)?

    /// What `Connection` says above this response.
    func connection(above response: HTTPResponse) -> String? { response.closes ? "close" : connection }
}
