package import Core

/// Why a command of the command line could not do its work.
package enum CallError: Error, Equatable, Sendable {
    case unreachable(path: String, reason: String, isMissing: Bool)
    /// The connection ended before the answer came: a change may have been made or not.
    case lost(reason: String)
    /// A server listens there, and this user may not talk to it.
    case closedToUser(path: String)
    /// The token that `bay login` kept opens nothing any more.
    case tokenRefused(reason: String)
    case failed([OperationFailure])
    case usage(String)
    /// Nothing answers to that name.
    case notFound(String)

    package var message: String {
        switch self {
        case .unreachable(let path, let reason, let isMissing):
            "bayd cannot be reached at \(path): \(reason)"
                + (isMissing ? " (start it with: systemctl start bayd, or bayd serve)" : "")
        case .closedToUser(let path): "not allowed to open \(path): be root or of its group"
        case .tokenRefused(let reason): "\(reason) with bay login, or bay logout to be who you are on this host"
        case .lost(let reason): "the connection was lost before the answer came: \(reason)"
        case .failed(let failures): failures.map(\.message).joined(separator: "; ")
        case .usage(let message), .notFound(let message): message
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .unreachable, .lost: 3
        case .failed(let failures): failures.contains(where: \.isForbidden) ? 4 : 1
        case .closedToUser, .tokenRefused: 4
        case .usage: 2
        case .notFound: 1
        }
    }
}

/// The server for programs without a screen: asks, and waits for the answer.
package final class ServerCall {
    /// How long the server may take to greet us.
    private static let patience: Int64 = 10_000

    private let client: SocketClient

    /// When the caller no longer wants any answer; nil to wait as long as it takes.
    private let deadline: Int64?

    /// - Parameters:
    ///   - patience: milliseconds for all that is asked, for callers that must be quick.
    ///   - token: whom to speak for; nil for who we are on this host.
    package convenience init(path: String, token: String?, patience: Int64? = nil) throws(CallError) {
        guard !path.isEmpty else { throw .usage("the socket's path is empty") }
        try self.init(SocketClient(path: path, token: token), patience: patience)
    }

    init(_ client: SocketClient, patience: Int64? = nil) throws(CallError) {
        self.client = client
        let path = client.path
        let now = SystemClock.steady
        self.deadline = patience.map { now + $0 }
        let deadline = now + min(patience ?? Self.patience, Self.patience)
        while !client.session.isReady {
            if SystemClock.steady >= deadline {
                throw .unreachable(path: path, reason: "it takes too long to answer", isMissing: false)
            }
            for event in client.service() {
                if case .disconnected(let reason, let isMissing, _) = event {
                    if client.session.isTokenRefused { throw .tokenRefused(reason: reason) }
                    if Streams.isForbidden(path) { throw .closedToUser(path: path) }
                    throw .unreachable(path: path, reason: reason, isMissing: isMissing)
                }
            }
            if !client.session.isReady { wait(atMost: Int(max(0, deadline - SystemClock.steady))) }
        }
    }

    /// Asks once and waits for the answer, however long the operation takes.
    package func run(_ operation: Operation) throws(CallError) -> Reply {
        var answer: Result<Reply, CallError>?
        runAll([operation], width: 1) { _, result in answer = result }
        switch answer {
        case .success(let reply): return reply
        case .failure(let error): throw error
        case nil: throw .lost(reason: "no answer")
        }
    }

    /// Runs many operations, so many at a time, and tells each end as it comes.
    package func runAll(_ operations: [Operation], width: Int, each: (Int, Result<Reply, CallError>) -> Void) {
        var next = 0
        var running: [Int: Int] = [:]
        while next < operations.count || !running.isEmpty {
            while next < operations.count, running.count < width {
                running[client.start(operations[next])] = next
                next += 1
            }
            for event in turn() {
                switch event {
                case .reply(let id, let reply):
                    if let index = running.removeValue(forKey: id) { each(index, .success(reply)) }
                case .failed(let id, let failures):
                    if let index = running.removeValue(forKey: id) { each(index, .failure(.failed(failures))) }
                case .completed(let id):
                    if let index = running.removeValue(forKey: id) { each(index, .failure(.lost(reason: "no answer"))) }
                case .disconnected(let reason, _, _):
                    for index in Array(running.values) + Array(next..<operations.count) {
                        each(index, .failure(.lost(reason: reason)))
                    }
                    return
                case .connected: break
                }
            }
        }
    }

    /// Follows operations that answer more than once, until `each` returns false or all of them are over.
    /// - Parameter idle: called when `pause` milliseconds passed without an answer.
    package func follow(
        _ operations: [Operation], pause: Int? = nil, idle: () throws(CallError) -> Void = {},
        each: (Int, Reply) throws(CallError) -> Bool
    ) throws(CallError) {
        var running: [Int: Int] = [:]
        for (index, operation) in operations.enumerated() { running[client.start(operation)] = index }
        while !running.isEmpty {
            let events = turn(atMost: pause)
            if events.isEmpty { try idle() }
            for event in events {
                switch event {
                case .reply(let id, let reply):
                    if let index = running[id], try !each(index, reply) { return }
                case .failed(_, let failures): throw .failed(failures)
                case .completed(let id): running[id] = nil
                case .disconnected(let reason, _, _): throw .lost(reason: reason)
                case .connected: break
                }
            }
        }
    }

    /// One wait for the socket and what came of it.
    private func turn(atMost limit: Int? = nil) -> [ClientEvent] {
        client.flushQuietly()
        if let deadline {
            let left = deadline - SystemClock.steady
            guard left > 0 else {
                return [.disconnected(reason: "it takes too long to answer", isMissing: false, pending: [])]
            }
            wait(atMost: [limit, Int(left)].compactMap { $0 }.min())
        } else {
            wait(atMost: limit)
        }
        return client.service()
    }

    private func wait(atMost limit: Int? = nil) {
        guard let descriptor = client.descriptor else { return }
        let timeout = [client.timeout(), limit].compactMap { $0 }.min()
        Poll.wait(descriptor, wantsWrite: client.wantsWrite, milliseconds: timeout)
    }
}

// MARK: Everything there is

extension ServerCall {
    /// All machines with departments and figures, page by page.
    package func fleet() throws(CallError) -> Fleet {
        var fleet = Fleet()
        if case .departments(let rows) = try run(.departments) { fleet.put(rows.map(\.department)) }
        var after = ""
        while case .machines(let machines, let samples) = try run(.machines(after: after, take: 500)) {
            fleet.put(machines)
            fleet.put(samples)
            guard machines.count == 500, let last = machines.last else { break }
            after = last.id.rawValue
        }
        return fleet
    }

    package func machine(_ name: String, in fleet: Fleet) throws(CallError) -> Machine {
        try fleet.machine(named: name)
    }
    package func department(_ name: String, in fleet: Fleet) throws(CallError) -> Department {
        try fleet.department(named: name)
    }
}

// MARK: What a person named

extension Fleet {
    /// The machine of that id, name or domain, in this order: a machine called like another's domain is found by name.
    /// A name that two machines have is refused, with their ids.
    package func machine(named name: String) throws(CallError) -> Machine {
        if let entry = entry(Machine.ID(name)) { return entry.machine }
        let present = entries.lazy.filter(\.isPresent).map(\.machine)
        for matches in [present.filter { $0.name == name }, present.filter { $0.internalName == name }] {
            let found = Array(matches)
            if found.count == 1 { return found[0] }
            if found.count > 1 {
                let ids = found.map(\.id.rawValue).joined(separator: ", ")
                throw .usage("\(found.count) machines are named \"\(name)\": give the id of one (\(ids))")
            }
        }
        throw .notFound("there is no machine \"\(name)\"" + Self.near(name, present.map(\.name)))
    }

    /// The machines of those names, each once however often it is named. One name that stands for none, or for two, is
    /// enough for nothing to be done.
    package func machines(named names: [String]) throws(CallError) -> [Machine] {
        var machines: [Machine] = []
        var unknown: [String] = []
        for name in names {
            do throws(CallError) {
                let machine = try machine(named: name)
                if !machines.contains(where: { $0.id == machine.id }) { machines.append(machine) }
            } catch {
                guard case .notFound(let reason) = error else { throw error }
                unknown.append(reason)
            }
        }
        if unknown.isEmpty { return machines }
        throw .notFound(unknown.joined(separator: "; ") + (names.count > 1 ? "; nothing was done" : ""))
    }

    /// What may have been meant, as the end of a sentence.
    private static func near(_ name: String, _ names: some Sequence<String>) -> String {
        let near = NearNames.of(name, among: names)
        guard let last = near.last else { return "" }
        let others = near.dropLast().joined(separator: ", ")
        return " (did you mean \(others.isEmpty ? last : "\(others) or \(last)")?)"
    }

    package func department(named name: String) throws(CallError) -> Department {
        if let department = departments[Department.ID(name)] { return department }
        let found = orderedDepartments.filter { $0.name == name }
        if found.count > 1 {
            let ids = found.map(\.id.rawValue).joined(separator: ", ")
            throw .usage("\(found.count) departments are named \"\(name)\": give the id of one (\(ids))")
        }
        if let department = found.first { return department }
        throw .notFound(
            "there is no department \"\(name)\"" + Self.near(name, orderedDepartments.map(\.name)))
    }
}
