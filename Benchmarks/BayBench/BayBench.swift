import Core
import Libvirt
import Logging
import Postgres

/// The Swift side of `make bench`: does one thing through Bay's own layers and says how long it took.
///
///     BayBench inventory URI                       all machines with their state: milliseconds
///     BayBench refresh URI                         five groups of figures of all machines: milliseconds
///     BayBench database CONNECTION one|hundred N   N statements: median and 99th hundredth as JSON
///
/// Says "ready", then measures once for each line on standard input, so that whoever asks can take turns with a peer.
@main
struct BayBench {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        switch (words.first, words.count) {
        case ("inventory", 2):
            try await answer(Hypervisor(uri: words.last!, log: quiet)) { hypervisor in
                try await hypervisor.domains().count
            }
        case ("refresh", 2):
            try await answer(Hypervisor(uri: words.last!, log: quiet)) { hypervisor in
                try await hypervisor.statsPass([.state, .cpu, .memory, .network, .disks], within: .seconds(10))
                    .counters.count
            }
        case ("database", 4):
            let arguments = Array(words)
            let database = Database(ConnectionOptions(arguments[1]), logger: quiet)
            try await measure(database, hundred: arguments[2] == "hundred", count: Int(arguments[3]) ?? 1000)
        default:
            print("usage: BayBench inventory URI | refresh URI | database CONNECTION one|hundred COUNT")
        }
    }

    @concurrent
    private static func answer(
        _ hypervisor: Hypervisor, _ body: @Sendable (Hypervisor) async throws -> Int
    ) async throws {
        let link = Task { await hypervisor.run() }
        defer { link.cancel() }
        for await state in hypervisor.links() {
            if state.state == .up { break }
            if state.state == .down { throw Failure(text: state.reason ?? "the hypervisor does not answer") }
        }
        guard try await body(hypervisor) > 0 else { throw Failure(text: "there are no machines to measure") }
        say("ready")
        while readLine() != nil {
            let took = try await ContinuousClock().measure { _ = try await body(hypervisor) }
            say("\(took.milliseconds)")
        }
    }

    /// Runs so many statements for each line of standard input. Away from the main thread, as in the server.
    @concurrent
    private static func measure(_ database: Database, hundred: Bool, count: Int) async throws {
        var times = [Double](repeating: 0, count: count)
        var rows = 0
        var turn = 0
        say("ready")
        while readLine() != nil {
            for place in 0..<count {
                let id = 1 + turn * 7919 % 19_000
                turn += 1
                let took = try await ContinuousClock().measure {
                    rows += hundred ? try await figures(database, from: id).count : try await head(database, id)
                }
                times[place] = took.milliseconds
            }
            times.sort()
            say("{\"p50\":\(times[count / 2]),\"p99\":\(times[count * 99 / 100]),\"rows\":\(rows)}")
        }
    }

    private static func head(_ database: Database, _ id: Int) async throws -> Int {
        let row = try await database.row(
            "SELECT id, machine_id, at, cpu, memory_total, memory_used FROM bench_figure WHERE id = \(id)::bigint")
        guard let row else { throw Failure(text: "row \(id) is missing") }
        let head = try FigureHead(row)
        return head.id == Int64(id) ? 1 : 0
    }

    private static func figures(_ database: Database, from id: Int) async throws -> [Figure] {
        try await database.rows(
            """
            SELECT id, machine_id, at, cpu, memory_total, memory_used, disk_read, disk_written, received, sent, uptime
              FROM bench_figure WHERE id BETWEEN \(id)::bigint AND \(id)::bigint + 99
            """
        ).map(Figure.init)
    }

    private static func say(_ line: String) {
        print(line)
        // A pipe is not flushed line by line.
        flushOutput()
    }
}

private struct Failure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

/// A row of the benchmark's table, as typed values.
private struct Figure {
    let id: Int64, machine: String, at: Int64, cpu: Double
    let memoryTotal: Int64, memoryUsed: Int64, diskRead: Int64, diskWritten: Int64
    let received: Int64, sent: Int64, uptime: Int64

    init(_ row: Row) throws {
        id = try row.decode(at: 0)
        machine = try row.decode(at: 1)
        at = try row.decode(SQLTimestamp.self, at: 2).milliseconds
        cpu = try row.decode(at: 3)
        memoryTotal = try row.decode(at: 4)
        memoryUsed = try row.decode(at: 5)
        diskRead = try row.decode(at: 6)
        diskWritten = try row.decode(at: 7)
        received = try row.decode(at: 8)
        sent = try row.decode(at: 9)
        uptime = try row.decode(at: 10)
    }
}

private struct FigureHead {
    let id: Int64, machine: String, at: Int64, cpu: Double, memoryTotal: Int64, memoryUsed: Int64

    init(_ row: Row) throws {
        id = try row.decode(at: 0)
        machine = try row.decode(at: 1)
        at = try row.decode(SQLTimestamp.self, at: 2).milliseconds
        cpu = try row.decode(at: 3)
        memoryTotal = try row.decode(at: 4)
        memoryUsed = try row.decode(at: 5)
    }
}

extension Duration {
    fileprivate var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
    }
}
