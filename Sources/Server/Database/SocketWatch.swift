import CPostgres
import Glibc
import Synchronization

/// Tells the owners of sockets when there is something to read, room to write, or a deadline passed.
///
/// One thread serves all connections of the process. Dispatch could do the same, but a readable socket would cross two of
/// its threads, and switching a source off and on between queries, which keeps it silent while a query is read at once,
/// wakes its manager thread each time.
///
/// It is an executor too, for the tasks of its handlers: who reads what has come is on the processor already, and waking
/// another thread for it takes longer than reading. What they do there has to be short, because all others wait for it.
/// Seldom somebody else's task goes on here, too, until it waits for something: one that asks the connection while it reads,
/// and that no executor of its own calls back.
@safe final class SocketWatch: TaskExecutor {
    enum Event: Sendable { case ready, deadline }
    typealias Handler = @Sendable (Event) -> Void

    static let shared = SocketWatch()

    /// How exactly deadlines are kept: they guard against a server that hangs, which nobody measures in milliseconds.
    private static let tick: Int32 = 250

    private struct Entry {
        var descriptor: Int32
        var handler: Handler
        var deadline: ContinuousClock.Instant?
    }

    private struct State {
        var next: UInt64 = 1
        var entries: [UInt64: Entry] = [:]
        var deadlines = 0
        /// Whether the thread wakes up by itself to look at the deadlines. It goes on for one tick after the last of them,
        /// so that a busy connection, which sets one and takes it back all the time, need not wake it each time.
        var isTicking = false
    }

    private let poller: Int32
    private let wake: Int32
    private let state = Mutex(State())
    private let jobs = Mutex<[UnownedJob]>([])
    private let thread = Atomic<UInt>(0)

    private init() {
        poller = epoll_create1(Int32(EPOLL_CLOEXEC))
        wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(poller >= 0 && wake >= 0, "no file descriptor left to watch sockets with")
        // Token 0 is the wake-up itself.
        control(EPOLL_CTL_ADD, wake, events: EPOLLIN.rawValue, token: 0)
        startThread { [self] in run() }
    }

    /// Watches a socket, silently at first, or with descriptor -1 only deadlines. Returns the token for the other calls.
    func add(_ descriptor: Int32, _ handler: @escaping Handler) -> UInt64 {
        let token = state.withLock { state in
            defer { state.next += 1 }
            state.entries[state.next] = Entry(descriptor: descriptor, handler: handler)
            return state.next
        }
        if descriptor >= 0 { control(EPOLL_CTL_ADD, descriptor, events: 0, token: token) }
        return token
    }

    /// Asks for one call of the handler once the socket is ready.
    func arm(_ token: UInt64, _ descriptor: Int32, writing: Bool) {
        let events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0) | EPOLLONESHOT.rawValue
        control(EPOLL_CTL_MOD, descriptor, events: events, token: token)
    }

    /// Asks for one call of the handler once `deadline` has passed, in place of the one asked for before.
    func setDeadline(_ token: UInt64, _ deadline: ContinuousClock.Instant?) {
        let mustWake = state.withLock { state in
            guard var entry = state.entries[token] else { return false }
            state.deadlines += (deadline == nil ? 0 : 1) - (entry.deadline == nil ? 0 : 1)
            entry.deadline = deadline
            state.entries[token] = entry
            guard deadline != nil, !state.isTicking else { return false }
            state.isTicking = true
            return true
        }
        if mustWake { wakeUp() }
    }

    private func wakeUp() {
        var one: UInt64 = 1
        unsafe _ = write(wake, &one, 8)
    }

    /// Ends the watch. Must come before the socket is closed, whose number may be given out again.
    func remove(_ token: UInt64) {
        let entry = state.withLock { state in
            let entry = state.entries.removeValue(forKey: token)
            if entry?.deadline != nil { state.deadlines -= 1 }
            return entry
        }
        if let entry, entry.descriptor >= 0 { control(EPOLL_CTL_DEL, entry.descriptor, events: 0, token: token) }
    }

    private func control(_ operation: Int32, _ descriptor: Int32, events: UInt32, token: UInt64) {
        var event = unsafe epoll_event()
        unsafe event.events = events
        unsafe event.data.u64 = token
        unsafe _ = epoll_ctl(poller, operation, descriptor, &event)
    }

    /// Whether the caller is on the watching thread.
    var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    func enqueue(_ job: consuming ExecutorJob) {
        // A closure cannot own a job. It is run once, as it has to be, because it is taken from the list before.
        let job = UnownedJob(job)
        let isFirst = jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // The thread itself looks for jobs before it waits.
        if isFirst, !isCurrent { wakeUp() }
    }

    private func runJobs() {
        while true {
            let due = jobs.withLock { jobs in
                defer { jobs.removeAll() }
                return jobs
            }
            if due.isEmpty { return }
            for job in due { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    private func run() -> Never {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        var looked: Int64 = 0
        let capacity = 64
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        while true {
            let tick = state.withLock { $0.isTicking ? Self.tick : -1 }
            let count = unsafe epoll_wait(poller, events, Int32(capacity), tick)
            for index in 0..<max(0, Int(count)) {
                let token = unsafe events[index].data.u64
                if token == 0 {
                    var value: UInt64 = 0
                    unsafe _ = read(wake, &value, 8)
                } else {
                    state.withLock { $0.entries[token]?.handler }?(.ready)
                }
            }
            if count == 0 { state.withLock { $0.isTicking = $0.deadlines > 0 } }
            if tick >= 0, monotonicNanoseconds() - looked >= Int64(tick) * 1_000_000 {
                looked = monotonicNanoseconds()
                passDeadlines()
            }
            runJobs()
        }
    }

    private func passDeadlines() {
        let now = ContinuousClock.now
        let due = state.withLock { state in
            var due: [Handler] = []
            for (token, entry) in state.entries {
                guard let deadline = entry.deadline, deadline <= now else { continue }
                state.entries[token]?.deadline = nil
                state.deadlines -= 1
                due.append(entry.handler)
            }
            return due
        }
        for handler in due { handler(.deadline) }
    }
}

/// Runs `body` on a thread of its own that lasts as long as the process.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let result = unsafe pthread_create(
        &thread, nil,
        { context in
            unsafe Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().body()  // The box made below.
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    precondition(result == 0, "no thread left to watch sockets with")
}
