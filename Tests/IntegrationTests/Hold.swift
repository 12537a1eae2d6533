import Postgres
import TestSupport

/// A lock in the database that a test holds, so that bayd stops where it wants the same.
struct Hold {
    private let release = Signal()
    private let task: Task<Void, any Error>

    /// Takes the lock; does not wait until it has it, where others are to be let by first.
    init(_ database: Database, _ statement: Statement, waits: Bool = true) async throws {
        let (held, release) = (Signal(), release)
        task = Task {
            do {
                try await database.transaction { transaction in
                    try await transaction.execute(statement)
                    await held.send()
                    await release.wait()
                }
            } catch {
                await held.send()
                throw error
            }
        }
        if waits { await held.wait() }
    }

    func end() async throws {
        await release.send()
        try await task.value
    }
}
