import Core
import Foundation
import JSON

/// A client of bayd's local socket. It blocks, so it has a thread of its own: the pool that tests share has two.
actor LocalConnection {
    struct Closed: Error {}

    private final class Executor: SerialExecutor {
        private let queue = DispatchQueue(label: "test.connection")
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    private let executor = Executor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let descriptor: Int32
    private var buffer = LineBuffer()
    private var nextID = 0
    /// Results that came while another operation's were waited for.
    private var waiting: [String: [ServerMessage]] = [:]

    private init() { descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }

    static func open(_ path: String) async throws -> LocalConnection {
        let connection = LocalConnection()
        try await connection.introduce(path)
        return connection
    }

    private func introduce(_ path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw Closed() }
        // A server that hangs must not hang the test.
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try send(.connectionInit(payload: JSONObject()))
        guard try receive() == .connectionAck else { throw Closed() }
    }

    deinit { close(descriptor) }

    func send(_ message: ClientMessage) throws {
        let line = message.line
        var sent = 0
        while sent < line.count {
            let count = line[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Closed() }
            sent += count
        }
    }

    /// The next message, whatever it is.
    func receive() throws -> ServerMessage {
        while true {
            if let line = try buffer.next() { return try ServerMessage(line: line) }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw Closed() }
            buffer.append(chunk[..<count])
        }
    }

    /// Begins an operation and returns its id.
    func begin(_ query: String, _ variables: JSONObject = JSONObject()) throws -> String {
        nextID += 1
        try send(.subscribe(id: "\(nextID)", OperationRequest(query: query, variables: variables)))
        return "\(nextID)"
    }

    /// The next message of an operation.
    func next(of id: String) throws -> ServerMessage {
        if var known = waiting[id], !known.isEmpty {
            defer { waiting[id] = known }
            return known.removeFirst()
        }
        while true {
            let message = try receive()
            switch message {
            case .next(id, _), .error(id, _), .complete(id): return message
            case .next(let other, _), .error(let other, _), .complete(let other):
                waiting[other, default: []].append(message)
            default: continue
            }
        }
    }

    /// The data of the next result of a subscription.
    func data(of id: String) throws -> JSONValue {
        let answer = try result(of: id)
        if let errors = answer["errors"] { throw Program.Failure(description: errors.text) }
        return answer["data"] ?? .null
    }

    /// The next result, with its data and its errors.
    private func result(of id: String) throws -> JSONValue {
        switch try next(of: id) {
        case .next(_, let payload): return try JSONValue(parsing: payload)
        case .error(_, let errors): throw Program.Failure(description: String(decoding: errors, as: UTF8.self))
        default: throw Closed()
        }
    }

    /// Runs a query or mutation to its end and returns its data and its errors.
    func answer(_ query: String) throws -> JSONValue {
        let id = try begin(query)
        let answer = try result(of: id)
        _ = try next(of: id)
        return answer
    }

    /// Runs a query or mutation to its end and returns its data.
    func ask(_ query: String, _ variables: JSONObject = JSONObject()) throws -> JSONValue {
        let id = try begin(query, variables)
        let answer = try data(of: id)
        _ = try next(of: id)
        return answer
    }
}
