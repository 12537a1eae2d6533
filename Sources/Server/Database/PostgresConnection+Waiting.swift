import Glibc
import Synchronization

// Waiting for an answer on the spot: two changes of threads take longer than many a statement.
extension PostgresConnection {
    /// An answer that is expected within this time is waited for on the caller's thread.
    private static let directWait: Int64 = 550
    /// How long that wait lasts at most. The thread may be one of Swift's few, so this has to stay far below anything
    /// that somebody could notice.
    private static let longestDirectWait = 650

    /// An answer expected within this time (microseconds) is waited for awake, for so long. The first is well above the
    /// second: where falling asleep is dear, statements that were slept for seem longer than they are.
    private static let shortAnswer: Int64 = 90
    private static let awakeWait: Int64 = 40

    /// Whether a statement is answered, at once or after a wait on the spot. If not, its answer is watched for.
    func hasAnswer(_ request: Request) -> Bool {
        if request.isDone { return true }
        if isWorthWaiting(for: request) {
            if request.prepared.map({ $0.expected <= Self.shortAnswer }) ?? false { stayAwake(for: request) }
            if !request.isDone, handle.awaitInput(microseconds: Self.longestDirectWait) { receive() }
            if request.isDone { return true }
        }
        armDeadline()
        arm()
        return false
    }

    /// Keeps asking for an answer that is due: falling asleep and being woken takes as long as a short statement. Gives way
    /// before each question, because the server that is to answer may have been put on the same processor.
    private func stayAwake(for request: Request) {
        let end = request.start + Self.awakeWait * 1000
        repeat {
            sched_yield()
            receive()
        } while !request.isDone && monotonicNanoseconds() < end
    }

    private func isWorthWaiting(for request: Request) -> Bool {
        // When several run, waiting for one of them on the spot would hold up the others, and nobody measures the latency of one.
        guard let entry = request.prepared, Self.running.load(ordering: .relaxed) == 1 else { return false }
        guard entry.expected <= Self.directWait, !needsFlush else { return false }
        return !options.othersWait() && !SocketWatch.shared.isCurrent
    }
}
