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
        case .failed(let text), .usage(let text), .notAllowed(let text): text
        case .unreachable(let text): text + "\nIs bayd running? Start it with: systemctl start bayd, or bayd serve"
        }
    }
}

/// The command line's connection to bayd: asks, waits for the answer, and gives up when there is no server.
package final class ServerCall {
    private let client: SocketClient

    package init(path: String) throws(CommandFailure) {
        client = SocketClient(path: path)
        while true {
            for event in client.service() {
                switch event {
                case .connected: return
                case .disconnected(let reason, _, _):
                    // The one thing that a caller can do about it: be let in.
                    if reason.contains("ermission denied") { throw .notAllowed("\(path): \(reason)") }
                    throw .unreachable("\(path): \(reason)")
                default: break
                }
            }
            wait()
        }
    }

    private func wait() {
        guard let descriptor = client.descriptor else { return Poll.sleep(milliseconds: 20) }
        Poll.wait(descriptor, wantsWrite: client.wantsWrite, milliseconds: client.timeout())
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
                    throw .unreachable("the connection was lost: \(reason)")
                case .connected: break
                }
            }
            if !places.isEmpty { wait() }
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

/// Finds what a person named.
package enum NameLookup {
    /// The machine of that name or id. A name that several have is refused with their ids.
    package static func machine(_ word: String, in machines: [Machine]) throws(CommandFailure) -> Machine {
        if let exact = machines.first(where: { $0.id.rawValue == word }) { return exact }
        let named = machines.filter { $0.name == word || $0.internalName == word }
        if named.count > 1 {
            let ids = named.map { "  \($0.id.rawValue)  \($0.internalName)" }.joined(separator: "\n")
            throw .failed("several machines are called \"\(word)\"; name one by its id:\n\(ids)")
        }
        guard let machine = named.first else { throw .failed("there is no machine called \"\(word)\"") }
        return machine
    }

    package static func department(_ word: String, in rows: [DepartmentRow]) throws(CommandFailure) -> Department {
        let found = rows.map(\.department).first {
            $0.id.rawValue == word || $0.name.lowercased() == word.lowercased()
        }
        guard let found else { throw .failed("there is no department called \"\(word)\"") }
        return found
    }
}
