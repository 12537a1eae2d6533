import Core

/// Why the server ends a connection. The codes are those of graphql-transport-ws, and of WebSocket where it has none.
enum CloseReason: Equatable, Sendable {
    case badMessage(String)
    case lineTooLong(limit: Int)
    case notInitialised
    case initTimeout
    case initTwice
    case tokenRefused(TokenRefusal)
    /// The client speaks another protocol than it said.
    case protocolError
    /// The client has closed; nothing is to blame.
    case clientLeft
    case duplicateID(String)
    case tooManyConnections
    case slowReader
    case tooMuchUnfinished
    /// The client does not answer when it is asked whether it is there.
    case notHeardOf
    /// A Socket.io client that shows no token.
    case notConnected
    /// What a client asked for cannot be had now.
    case unavailable
    case stopping

    var code: Int {
        switch self {
        case .stopping: 1001
        case .clientLeft: 1000
        case .protocolError: 1002
        case .slowReader, .tooMuchUnfinished, .tokenRefused(.unavailable), .unavailable: 1013
        case .badMessage, .lineTooLong: 4400
        case .notInitialised: 4401
        case .tokenRefused: LocalProtocol.forbidden
        case .initTimeout, .notHeardOf, .notConnected: 4408
        case .duplicateID: 4409
        case .initTwice: 4429
        case .tooManyConnections: 4503
        }
    }

    var message: String {
        switch self {
        case .badMessage(let reason): reason
        case .lineTooLong(let limit): "a message longer than \(limit) bytes"
        case .notInitialised: "connection_init has to come first"
        case .initTimeout: "connection_init did not come in time"
        case .initTwice: "connection_init came twice"
        case .tokenRefused(.unavailable): "accounts cannot be looked up now: try again later"
        case .tokenRefused(let refusal): "the token is not accepted (\(refusal.status)): sign in again"
        case .protocolError: "this is not the WebSocket protocol"
        case .clientLeft: ""
        case .duplicateID(let id): "operation \"\(id.prefix(40))\" is under way already"
        case .tooManyConnections: "too many connections"
        case .slowReader: "what was sent was not read in time"
        case .tooMuchUnfinished: "too many long messages are on their way: try again later"
        case .notHeardOf: "no answer when asked for one"
        case .notConnected: "CONNECT did not come in time"
        case .unavailable: "the database cannot be reached now: try again later"
        case .stopping: "bayd is stopping"
        }
    }
}
