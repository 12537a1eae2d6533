import NIOCore

/// Runs tasks on an event loop's own thread, so that what comes in there and goes out there changes no threads in between.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        // A closure cannot own a job. It is run once, as it has to be, because the loop runs each closure once.
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
