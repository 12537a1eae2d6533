import Foundation
import TestSupport

/// What became of a packet and of the answer to it.
enum PacketFate: String {
    /// An answer came.
    case open
    /// An error came: a reset, or an ICMP message.
    case refused
    case silent
}

/// The program `packet-probe`, in a guest or on this host. Who talks to it blocks, so it has a thread of its own.
actor PacketProbe {
    struct Failure: Error, CustomStringConvertible { var description: String }

    private final class Executor: SerialExecutor {
        private let queue = DispatchQueue(label: "test.probe")
        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    private let executor = Executor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    nonisolated let name: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var number = 0

    private init(_ name: String) {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    }

    deinit { close(descriptor) }

    /// Waits until the program is there, which on a serial line nobody tells.
    static func open(_ name: String, at path: String) async throws -> PacketProbe {
        let probe = PacketProbe(name)
        try await eventually("\(name) can be asked") { await probe.reaches(path) }
        try await eventually("\(name) answers") { try await probe.isAwake() }
        return probe
    }

    private func reaches(_ path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }

    private func isAwake() throws -> Bool {
        wait(milliseconds: 1000)
        number += 1
        try write("stop wake\(number)")
        // What it said to nobody before comes first.
        while let line = try? readLine() { if line == "wake\(number) error unknown" { return true } }
        return false
    }

    // MARK: Lines

    private func wait(milliseconds: Int) {
        var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private func write(_ line: String) throws {
        let bytes = Array((line + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "\(name) cannot be told \"\(line)\"") }
            sent += count
        }
    }

    private func readLine() throws -> String {
        while true {
            if let end = buffer.firstIndex(of: 10) {
                defer { buffer.removeSubrange(...end) }
                return String(decoding: buffer[..<end], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { throw Failure(description: "\(name) says nothing any more") }
            buffer += chunk[..<count]
        }
    }

    // MARK: Questions

    /// Gives orders, which come with an id of their own, and returns the answers in their order.
    private func order(_ orders: [(id: String, line: String)]) throws -> [String] {
        wait(milliseconds: 60_000)
        for (_, line) in orders { try write(line) }
        var answers: [String: String] = [:]
        while answers.count < orders.count {
            let words = try readLine().split(separator: " ", maxSplits: 1).map(String.init)
            if words.count == 2 { answers[words[0]] = words[1] }
        }
        return try orders.map { order in
            guard let answer = answers[order.id], !answer.hasPrefix("error") else {
                throw Failure(description: "\(name): \"\(order.line)\": \(answers[order.id] ?? "?")")
            }
            return answer
        }
    }

    private func newID() -> String {
        number += 1
        return "q\(number)"
    }

    func listen(_ transport: String, _ port: Int) throws {
        try write("listen \(transport) \(port)")
        wait(milliseconds: 60_000)
        let answer = try readLine()
        guard answer == "listen done" else { throw Failure(description: "\(name) cannot listen: \(answer)") }
    }

    struct Question {
        var transport: String
        var from: String
        var sourcePort = 0
        var to: String
        var port = 0
        /// For how long an answer is waited for.
        var milliseconds: Int
    }

    /// Asks all at once.
    func ask(_ questions: [Question]) throws -> [PacketFate] {
        let orders = questions.map { question in
            let id = newID()
            return (
                id,
                "ask \(id) \(question.transport) \(question.from) \(question.sourcePort) \(question.to) \(question.port) "
                    + "\(question.milliseconds)"
            )
        }
        return try order(orders).map(fate)
    }

    private func fate(_ word: String) throws -> PacketFate {
        guard let fate = PacketFate(rawValue: word) else { throw Failure(description: "\(name) answers \"\(word)\"") }
        return fate
    }

    // MARK: What lasts

    /// Opens a connection that stays.
    func hold(_ id: String, from: String, _ sourcePort: Int, to: String, _ port: Int) throws -> PacketFate {
        try fate(order([(id, "hold \(id) \(from) \(sourcePort) \(to) \(port) 10000")])[0])
    }

    /// Whether something still goes there and back.
    func talk(_ id: String, milliseconds: Int) throws -> PacketFate {
        try fate(order([(id, "talk \(id) \(milliseconds)")])[0])
    }

    /// Tries again and again from now on.
    func hammer(_ id: String, _ transport: String, to: String, _ port: Int) throws {
        _ = try order([(id, "hammer \(id) \(transport) \(to) \(port)")])
    }

    /// Ends it. Returns how often it tried, and how often it came through.
    func stop(_ id: String) throws -> (tries: Int, opened: Int) {
        let figures = try order([(id, "stop \(id)")])[0].split(separator: " ").compactMap { Int($0) }
        guard figures.count == 2 else { throw Failure(description: "\(name) says \(figures)") }
        return (figures[0], figures[1])
    }
}
