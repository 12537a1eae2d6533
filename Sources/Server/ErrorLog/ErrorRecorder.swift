package import Core
import JSON
package import Logging
package import Postgres
import Synchronization

/// Takes errors from everywhere, at once and without waiting, and writes them to the table.
///
/// While the database is away they wait, collapsed. What goes wrong with the writing itself is logged and never recorded,
/// so that it cannot feed itself.
package final class ErrorRecorder: Sendable {
    /// Lines of this label are never taken as errors.
    static let label = "bay.errors"
    /// Pause before the table is tried again.
    static let retryPause = Duration.seconds(5)
    /// Between two writes, so that what comes at once is written at once.
    static let gather = Duration.milliseconds(100)

    package let store: ErrorStore
    private let clock: any WallClock
    private let newID: @Sendable () -> String
    private let log: Logger
    private let intake = Mutex(ErrorIntake())
    private let bell = Bell()

    package init(
        database: Database, clock: any WallClock, newID: @escaping @Sendable () -> String = Services.newID, log: Logger
    ) {
        store = ErrorStore(database: database)
        self.clock = clock
        self.newID = newID
        self.log = log
    }

    package func add(_ report: ErrorReport) {
        let now = clock.now
        intake.withLock { $0.add(report, at: now) }
        bell.ring()
    }

    /// Runs until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let rings = bell.rings
            var pause = Self.gather
            do { try await write() } catch {
                log.warning("errors cannot be recorded now", metadata: ["reason": "\(error)"])
                pause = Self.retryPause
            }
            do { try await Task.sleep(for: pause) } catch { return }
            if intake.withLock({ $0.isEmpty }) { await bell.wait(beyond: rings) }
        }
    }

    /// Writes what waits.
    package func write() async throws {
        let now = clock.now
        let taken = intake.withLock { $0.take(at: now) }
        guard !taken.isEmpty else { return }
        do {
            try await store.database.transaction(attempts: 3) { transaction in
                // In one order, so that two bayd that write the same errors do not wait for each other.
                for waiting in taken.sorted(by: { $0.report.print < $1.report.print }) {
                    guard let (id, total) = try await ErrorStore.note(waiting, id: self.newID(), in: transaction) else {
                        continue
                    }
                    if let action = Self.action(total: total, count: waiting.count) {
                        transaction.record(.error(action, waiting.report, id: id, count: total))
                    }
                }
            }
        } catch {
            intake.withLock { $0.giveBack(taken) }
            throw error
        }
    }

    /// A new error is news, and one that comes again at each power of ten.
    private static func action(total: Int, count: Int) -> String? {
        if total == count { return "create" }
        var mark = 10
        while mark <= total {
            if total - count < mark { return "update" }
            mark *= 10
        }
        return nil
    }

    // MARK: Dealing with them

    /// Marks errors as dealt with. Those that are not there, or were dealt with before, are passed over.
    package func resolve(_ ids: [ErrorEntry.ID], by actor: String) async throws -> [ErrorEntry] {
        try await store.database.transaction(attempts: 3) { transaction in
            let entries = try await ErrorStore.resolve(ids, by: actor, in: transaction)
            for entry in entries { transaction.record(.resolved(entry, by: actor)) }
            return entries
        }
    }

    /// Marks errors of a code as dealt with whose machine is none of `machines`.
    package func settle(_ code: String, except machines: [Machine.ID]) async throws {
        try await store.database.transaction(attempts: 3) { transaction in
            let ids = try await ErrorStore.settled(code, except: machines, in: transaction)
            for entry in try await ErrorStore.resolve(ids, by: "bayd", in: transaction) {
                transaction.record(.resolved(entry, by: "bayd"))
            }
        }
    }
}

extension NewEvent {
    /// For administrators: where it happened stays in the table.
    fileprivate static func error(
        _ action: String, _ report: ErrorReport, id: ErrorEntry.ID, count: Int
    ) -> NewEvent {
        NewEvent(
            resource: "error", action: action, resourceID: id.rawValue, resourceName: report.code, actor: "bayd",
            message: report.message,
            data: [
                "id": .string(id.rawValue), "code": .string(report.code),
                "severity": .string(report.severity.rawValue), "count": .int(count), "resolved": false,
                "machineId": report.machineID.map { .string($0.rawValue) } ?? .null,
            ])
    }

    fileprivate static func resolved(_ entry: ErrorEntry, by actor: String) -> NewEvent {
        NewEvent(
            resource: "error", action: "resolve", resourceID: entry.id.rawValue, resourceName: entry.code, actor: actor,
            message: "dealt with: \(entry.message)",
            data: [
                "id": .string(entry.id.rawValue), "code": .string(entry.code),
                "severity": .string(entry.severity.rawValue), "count": .int(entry.count), "resolved": true,
                "machineId": entry.context["machineId"] ?? .null,
            ])
    }
}
