import NIOCore
import Synchronization

/// Runs a connection's tasks on its event loop's own thread, so that what comes in there and goes out there changes no threads in between.
final class LoopExecutor: TaskExecutor {
    /// The executor of the connection that was the last to have anything done, and since when no other one has had any (nanoseconds of `NIODeadline`).
    private static let last = Atomic<UInt>(0)
    private static let aloneSince = Atomic<UInt64>(0)
    private static let company: UInt64 = 2_000_000

    /// Whether tasks of other connections wait for the loops, or may come any moment because some have just been there.
    static var isInCompany: Bool {
        NIODeadline.now().uptimeNanoseconds &- aloneSince.load(ordering: .relaxed) < company
    }

    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    /// Takes down that the connection has something done, in a task or without one.
    func note() {
        let own = UInt(bitPattern: ObjectIdentifier(self))
        if Self.last.exchange(own, ordering: .relaxed) != own {
            Self.aloneSince.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        // A closure cannot own a job. It is run once, as it has to be, because the loop runs each closure once.
        let job = UnownedJob(job)
        note()
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
