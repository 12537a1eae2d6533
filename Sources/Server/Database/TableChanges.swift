import Synchronization

/// Tells those who keep rows in memory which ones were changed by transactions of this process.
final class TableChanges: Sendable {
    /// Is given the ids of the rows, or nil for any rows of the table, their number included.
    typealias Handler = @Sendable (Set<String>?) -> Void

    private let handlers = Mutex<[String: [Handler]]>([:])

    func follow(_ table: String, _ handler: @escaping Handler) {
        handlers.withLock { $0[table, default: []].append(handler) }
    }

    func tell(_ changes: [(table: String, ids: Set<String>?)]) {
        for change in changes {
            for handler in handlers.withLock({ $0[change.table] ?? [] }) { handler(change.ids) }
        }
    }
}
