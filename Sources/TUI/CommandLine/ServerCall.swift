package import Core
import JSON

/// Why a command did not do what it was asked, with the exit status that says so.
package enum CommandFailure: Error, Equatable {
    /// The operation failed.
    case failed(String)
    case usage(String)
    case unreachable(String)
    case notAllowed(String)

    package var status: Int32 {
        switch self {
        case .failed: 1
        case .usage: 2
        case .unreachable: 3
        case .notAllowed: 4
        }
    }

    package var message: String {
        switch self {
        case .failed(let text), .usage(let text), .notAllowed(let text), .unreachable(let text): text
        }
    }

    /// Why there is no connection, and what to do about it.
    package static func noServer(
        path: String, reason: String, isMissing: Bool, isForbidden: Bool
    ) -> CommandFailure {
        if isForbidden { return .notAllowed("not allowed to open \(path): be root or of its group") }
        let hint = isMissing ? "\nIs bayd running? Start it with: systemctl start bayd, or bayd serve" : ""
        return .unreachable("bayd cannot be reached at \(path): \(reason)\(hint)")
    }

    static func lost(_ reason: String) -> CommandFailure {
        .unreachable("the connection was lost before the answer came: \(reason)")
    }
}

/// The command line's connection to bayd: asks, waits for the answer, and gives up when there is no server.
package final class ServerCall {
    private let client: SocketClient

    /// When whoever asks no longer wants the answer, on the clock that never jumps; nil to wait as long as it takes.
    private let deadline: Int64?

    /// - Parameter patience: milliseconds for all that is asked, for callers that must be quick.
    package convenience init(path: String, patience: Int64? = nil) throws(CommandFailure) {
        guard !path.isEmpty else { throw .usage("the socket's path is empty") }
        try self.init(SocketClient(path: path), patience: patience)
    }

    init(_ client: SocketClient, patience: Int64? = nil) throws(CommandFailure) {
        self.client = client
        deadline = patience.map { SystemClock.steady + $0 }
        while true {
            for event in client.service() {
                switch event {
                case .connected: return
                case .disconnected(let reason, let isMissing, _):
                    throw .noServer(
                        path: client.path, reason: reason, isMissing: isMissing,
                        isForbidden: Streams.isForbidden(client.path))
                default: break
                }
            }
            try wait()
        }
    }

    private func wait() throws(CommandFailure) {
        // What was started since the last turn goes out first, or the wait would be for an answer to nothing.
        client.flushQuietly()
        let now = SystemClock.steady
        if let deadline, now >= deadline { throw .unreachable("the server took too long") }
        guard let descriptor = client.descriptor else { throw .lost("it is closed") }
        let timeout = [client.timeout(at: now), deadline.map { Int($0 - now) }].compactMap { $0 }.min()
        Poll.wait(descriptor, wantsWrite: client.wantsWrite, milliseconds: timeout)
    }

    /// Runs an operation to its end and hands over each result; `false` ends it early.
    package func run(
        _ operation: Operation, each: (Reply) throws(CommandFailure) -> Bool
    ) throws(CommandFailure) {
        try run([operation]) { _, result throws(CommandFailure) in
            switch result {
            case .success(let reply): return try each(reply)
            case .failure(let failure): throw failure
            }
        }
    }

    /// The first result of an operation.
    package func ask(_ operation: Operation) throws(CommandFailure) -> Reply {
        var answer: Reply?
        try run(operation) { reply in
            answer = reply
            return false
        }
        guard let answer else { throw .failed("the server gave no answer") }
        return answer
    }

    /// Runs many operations, `width` at a time, and hands over what each one says, by its place in the list. A result that
    /// is answered with `false` ends its operation.
    package func run(
        _ operations: [Operation], width: Int = 8,
        each: (Int, Result<Reply, CommandFailure>) throws(CommandFailure) -> Bool
    ) throws(CommandFailure) {
        var places: [Int: Int] = [:]
        var next = 0
        while next < operations.count || !places.isEmpty {
            while next < operations.count, places.count < width {
                places[client.start(operations[next])] = next
                next += 1
            }
            for event in client.service() {
                switch event {
                case .reply(let id, let reply):
                    guard let place = places[id] else { continue }
                    if try !each(place, .success(reply)) {
                        client.cancel(id)
                        places[id] = nil
                    }
                case .failed(let id, let failures):
                    guard let place = places.removeValue(forKey: id) else { continue }
                    _ = try each(place, .failure(CommandFailure(failures)))
                case .completed(let id): places[id] = nil
                case .disconnected(let reason, _, _):
                    throw .lost(reason)
                case .connected: break
                }
            }
            if !places.isEmpty { try wait() }
        }
    }

    /// All machines, adopted or not, page by page.
    package func machines() throws(CommandFailure) -> ([Machine], [Machine.ID: FiguresSample]) {
        var machines: [Machine] = []
        var samples: [Machine.ID: FiguresSample] = [:]
        while true {
            guard
                case .machines(let page, let figures) = try ask(
                    .machines(after: machines.last?.id.rawValue ?? "", take: 500))
            else { throw .failed("the server's answer is not a list of machines") }
            machines += page
            for sample in figures { samples[sample.machine] = sample }
            if page.count < 500 { return (machines, samples) }
        }
    }

    package func departments() throws(CommandFailure) -> [DepartmentRow] {
        guard case .departments(let rows) = try ask(.departments) else {
            throw .failed("the server's answer is not a list of departments")
        }
        return rows
    }
}

extension CommandFailure {
    init(_ failures: [OperationFailure]) {
        let text = failures.map(\.message).joined(separator: "\n")
        self = failures.contains(where: \.isForbidden) ? .notAllowed(text) : .failed(text)
    }
}
