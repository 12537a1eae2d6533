import Core
import Dispatch
import Glibc
import Synchronization

/// A bounded set of threads for calls that block.
///
/// libvirt answers when the hypervisor does, which may be never. On Swift's cooperative pool, which has one thread per
/// core, a few such calls would stop the whole server.
final class BlockingThreads: Sendable {
    enum Limit {
        /// Calls that wait for a thread; more are refused at once.
        static let waiting = 1024
    }

    private let queue: JobQueue

    /// Threads are started when they are first needed, at most `limit` of them, and end with this object.
    init(limit: Int) { queue = JobQueue(limit: limit) }

    deinit { queue.stop() }

    /// Calls under way and waiting.
    var load: Int { queue.load }

    /// Runs `body` on one of the threads and waits for it, but not longer than `limit` and not after cancellation. The
    /// call itself cannot be taken back: it goes on and keeps its thread.
    func run<Value: Sendable>(
        _ call: String, within limit: Duration, _ body: @escaping @Sendable () throws(LibvirtError) -> Value
    ) async throws(LibvirtError) -> Value {
        let answer = Answer<Value>()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(continuation)
                let timer = DeadlineTimer(limit) { answer.give(.failure(.deadline(limit, call: call))) }
                answer.onGiven { timer.cancel() }
                let taken = queue.add {
                    // Nobody waits any more: do not begin what nobody will hear of.
                    guard !answer.isGiven else { return {} }
                    let result = Result { () throws(LibvirtError) in try body() }
                    return { answer.give(result) }
                }
                if !taken { answer.give(.failure(.tooBusy(call: call))) }
            }
        } onCancel: {
            answer.give(.failure(.cancelled(call: call)))
        }
        return try result.get()
    }

    /// Runs `body` some time, with nobody waiting. False when too many calls wait already.
    @discardableResult
    func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        queue.add {
            body()
            return {}
        }
    }
}

extension LibvirtError {
    static func cancelled(call: String) -> LibvirtError {
        LibvirtError(code: Code.deadline, message: "the server stopped waiting", call: call)
    }
}

/// Does something once `limit` has passed, if nobody cancels it. A `Task` that sleeps would do the same, but once cancelled
/// it stays in memory until it would have woken: a thousand calls a second would leave a gigabyte behind within minutes.
private final class DeadlineTimer: Sendable {
    // Dispatch's sources may be used from every thread; the protocol does not say so.
    private nonisolated(unsafe) let source: any DispatchSourceTimer

    init(_ limit: Duration, _ body: @escaping @Sendable () -> Void) {
        let source = DispatchSource.makeTimerSource()
        unsafe self.source = source
        source.setEventHandler(handler: body)
        source.schedule(deadline: .now() + limit / .seconds(1), leeway: .milliseconds(1))
        source.activate()
    }

    func cancel() { unsafe source.cancel() }
}

/// One result that several may want to give: the first wins.
private final class Answer<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, LibvirtError>
    private struct State {
        var outcome: Outcome?
        var continuation: CheckedContinuation<Outcome, Never>?
        var cleanUp: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    var isGiven: Bool { state.withLock { $0.outcome != nil } }

    func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome = state.withLock {
            if $0.outcome == nil { $0.continuation = continuation }
            return $0.outcome
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    func onGiven(_ cleanUp: @escaping @Sendable () -> Void) {
        let isGiven = state.withLock {
            if $0.outcome == nil { $0.cleanUp = cleanUp }
            return $0.outcome != nil
        }
        if isGiven { cleanUp() }
    }

    func give(_ outcome: Outcome) {
        let (continuation, cleanUp) = state.withLock { state in
            guard state.outcome == nil else {
                return (nil as CheckedContinuation<Outcome, Never>?, nil as (@Sendable () -> Void)?)
            }
            state.outcome = outcome
            defer { (state.continuation, state.cleanUp) = (nil, nil) }
            return (state.continuation, state.cleanUp)
        }
        cleanUp?()
        continuation?.resume(returning: outcome)
    }
}

/// The jobs, and the threads that take them. Kept apart from `BlockingThreads`, which the threads must not keep alive.
private final class JobQueue: Sendable {
    /// Does the work and returns what tells of it. In between the thread is counted as free again, so that whoever
    /// hears of the end finds it free.
    typealias Job = @Sendable () -> @Sendable () -> Void

    private struct State {
        var jobs: [Job] = []
        var head = 0
        var threads = 0
        var busy = 0
        var isStopping = false

        var waiting: Int { jobs.count - head }

        mutating func take() -> Job? {
            guard head < jobs.count else { return nil }
            let job = jobs[head]
            head += 1
            if head == jobs.count {
                jobs.removeAll(keepingCapacity: true)
                head = 0
            }
            return job
        }
    }

    private let state = Mutex(State())
    /// Counts the jobs that wait, and one more for each thread that shall end.
    private let work = DispatchSemaphore(value: 0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var load: Int { state.withLock { $0.waiting + $0.busy } }

    func add(_ job: @escaping Job) -> Bool {
        let (taken, needsThread) = state.withLock { state in
            guard !state.isStopping, state.waiting < BlockingThreads.Limit.waiting else { return (false, false) }
            state.jobs.append(job)
            let needsThread = state.threads < limit && state.waiting + state.busy > state.threads
            if needsThread { state.threads += 1 }
            return (true, needsThread)
        }
        guard taken else { return false }
        if needsThread { startThread { [self] in loop() } }
        work.signal()
        return true
    }

    func stop() {
        let threads = state.withLock { state in
            state.isStopping = true
            return state.threads
        }
        for _ in 0..<threads { work.signal() }
    }

    private func loop() {
        while true {
            work.wait()
            let job = state.withLock { state in
                let job = state.take()
                if job != nil { state.busy += 1 }
                return job
            }
            guard let job else { return }
            let tell = job()
            state.withLock { $0.busy -= 1 }
            tell()
        }
    }
}

/// Starts a thread that runs `body` and ends.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = unsafe Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { @Sendable context in
        // The context is the box retained above, and the thread its only user.
        let box = unsafe Unmanaged<Box>.fromOpaque(context!).takeRetainedValue()
        box.body()
        return nil
    }
    let status = unsafe pthread_create(&thread, nil, entry, box.toOpaque())
    precondition(status == 0, "the system gives no more threads")
    pthread_detach(thread)
}
