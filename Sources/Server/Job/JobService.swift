package import Core
package import GraphQL
package import JSON
package import Logging
package import Postgres
import Synchronization

/// Runs long operations as jobs: each is a row that everybody can follow, and that outlives the bayd which runs it.
///
/// Whoever asked waits for the end as before; the row is beside it. While a job runs, this bayd renews its lease. Jobs
/// whose lease ran out are taken over, and settled by whoever knows their kind.
package final class JobService: Sendable {
    /// How long a bayd may be silent before its jobs are taken over, and how often it is heard of.
    package static let leaseSeconds = 15
    static let heartbeat = Duration.seconds(4)
    /// How many jobs run at once here; further ones wait for their turn.
    package static let slots = 16
    /// How long somebody tries to find out what became of a job.
    static let longestSettling = 120

    /// What somebody found out about a job whose bayd is gone.
    package enum Settlement: Equatable, Sendable {
        case succeeded(String)
        case interrupted(String)
        /// It cannot be told yet: libvirt may still be at it.
        case undecided(String)
        /// It is finished by now, with its row.
        case finished
    }

    package typealias Settler = @Sendable (Job, JobHandle) async throws -> Settlement

    private struct State {
        /// Jobs that run or wait here, and how to call them off.
        var mine: [Job.ID: @Sendable () -> Void] = [:]
        var settlers: [Job.Kind: Settler] = [:]
    }

    package let store: JobStore
    let owner: String
    private let newID: @Sendable () -> String
    private let clock: any WallClock
    private let log: Logger
    private let state = Mutex(State())
    private let turns = JobTurns(JobService.slots)

    package init(
        database: Database, owner: ProcessName, clock: any WallClock,
        newID: @escaping @Sendable () -> String = Services.newID, log: Logger
    ) {
        store = JobStore(database: database)
        self.owner = owner.text
        self.clock = clock
        self.newID = newID
        self.log = log
    }

    /// Says who settles jobs of a kind. To be called before `run()`.
    package func settle(_ kind: Job.Kind, by settler: @escaping Settler) {
        state.withLock { $0.settlers[kind] = settler }
    }

    // MARK: Running

    /// Runs `body` as a job on a machine. What it throws fails the job and is thrown on.
    ///
    /// `body` may end the job itself, in the transaction that records what it did: see `JobHandle.succeed`. Its task is
    /// cancelled when somebody calls the job off, which nobody can from a final step on.
    package func run<Value: Sendable>(
        _ kind: Job.Kind, on machine: Machine, detail: JSONObject = JSONObject(), by caller: Caller,
        _ body: @escaping @Sendable (JobHandle) async throws -> Value
    ) async throws -> Value {
        let job = Job(
            id: Job.ID(newID()), kind: kind, machineID: machine.id, machineName: machine.name, actor: caller.name,
            userID: caller.userID, step: "waiting for its turn", detail: detail, createdAt: clock.now)
        try await store.database.transaction(attempts: 3) { transaction in
            try await JobStore.insert(job, owner: self.owner, seconds: Self.leaseSeconds, in: transaction)
            transaction.record(.job("create", job))
        }
        let handle = JobHandle(id: job.id, owner: owner, store: store)
        let work = Task { [turns] in
            try await turns.take()
            defer { turns.giveBack() }
            return try await body(handle)
        }
        state.withLock { $0.mine[job.id] = { work.cancel() } }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        await end(job, handle, result)
        _ = state.withLock { $0.mine.removeValue(forKey: job.id) }
        return try result.get()
    }

    private func end<Value>(_ job: Job, _ handle: JobHandle, _ result: Result<Value, any Error>) async {
        if handle.isEnded { return }
        do {
            switch result {
            case .success: try await handle.finish(.succeeded, "done")
            case .failure(let error):
                if error.isCallOff {
                    try await handle.finish(.cancelled, "called off before anything was done")
                } else {
                    try await handle.finish(.failed, Redaction.text(words(of: error)))
                }
            }
        } catch {
            // Its lease runs out, and it is settled then.
            log.warning("the end of a job is not recorded", metadata: ["job": "\(job.id)", "reason": "\(error)"])
        }
    }

    /// Why, in words that are for everybody.
    private func words(of error: any Error) -> String {
        if let error = error as? LibvirtError { return error.description }
        if let error = error as? any FieldErrorConvertible, error.isForClients { return error.fieldError.message }
        return (error as? JobError)?.message ?? "the log of bayd says why"
    }

    /// Calls a job off, if it has not yet begun what cannot be taken back.
    package func cancel(_ id: Job.ID, by caller: Caller) async throws -> Job {
        let job = try await store.database.transaction(attempts: 3) { transaction in
            let job = try await JobStore.requestCancel(
                id, by: caller.name, scope: caller.machineScope, in: transaction)
            transaction.record(.job("update", job))
            return job
        }
        // On another bayd the next heartbeat sees the wish.
        state.withLock { $0.mine[id] }?()
        return job
    }

    // MARK: Leases

    /// Renews leases and settles what others left, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do {
                try await beat()
                try await settleExpired()
            } catch {
                log.debug("jobs cannot be looked after now", metadata: ["reason": "\(error)"])
            }
            do { try await Task.sleep(for: Self.heartbeat) } catch { return }
        }
    }

    /// Renews the leases of the jobs that run here.
    package func beat() async throws(DatabaseError) {
        let mine = state.withLock { Array($0.mine.keys) }
        guard !mine.isEmpty else { return }
        let (cancelled, lost) = try await store.renew(mine, of: owner, seconds: Self.leaseSeconds)
        for id in cancelled.union(lost) { state.withLock { $0.mine[id] }?() }
    }

    /// Takes over jobs whose bayd was not heard of, and settles them.
    package func settleExpired() async throws {
        for (job, seconds) in try await store.takeOver(by: owner, seconds: Self.leaseSeconds) {
            let handle = JobHandle(id: job.id, owner: owner, store: store)
            do {
                switch try await settlement(of: job, handle) {
                case .succeeded(let message): try await handle.finish(.succeeded, message)
                case .interrupted(let message): try await handle.finish(.interrupted, message)
                case .finished: break
                case .undecided(let reason) where seconds < Self.longestSettling:
                    log.info("a job is not settled yet", metadata: ["job": "\(job.id)", "reason": "\(reason)"])
                    continue
                case .undecided(let reason):
                    try await handle.finish(.interrupted, "bayd ended before it did, and nobody can tell: \(reason)")
                }
                log.notice("a job of another bayd was settled", metadata: ["job": "\(job.id)", "what": "\(job.title)"])
            } catch {
                // Its lease is ours for a while; then it is tried again.
                log.warning("a job cannot be settled now", metadata: ["job": "\(job.id)", "reason": "\(error)"])
            }
        }
    }

    private func settlement(of job: Job, _ handle: JobHandle) async throws -> Settlement {
        if job.state == .queued { return .interrupted("bayd ended before it began") }
        guard let settler = state.withLock({ $0.settlers[job.kind] }) else {
            return .interrupted("bayd ended before it did")
        }
        // While it is looked at nobody else may take it.
        return try await withThrowingTaskGroup(of: Settlement?.self) { group in
            group.addTask { try await settler(job, handle) }
            group.addTask { [store, owner] in
                while true {
                    try await Task.sleep(for: Self.heartbeat)
                    let lost = try await store.renew([job.id], of: owner, seconds: Self.leaseSeconds).lost
                    if !lost.isEmpty { throw JobError.taken }
                }
            }
            defer { group.cancelAll() }
            return try await group.next()! ?? .undecided("")
        }
    }
}

/// How a job speaks of itself while it runs.
package struct JobHandle: Sendable {
    package let id: Job.ID
    let owner: String
    let store: JobStore
    private let ended = Flag()

    init(id: Job.ID, owner: String, store: JobStore) {
        self.id = id
        self.owner = owner
        self.store = store
    }

    private final class Flag: Sendable {
        let value = Mutex(false)
    }

    var isEnded: Bool { ended.value.withLock { $0 } }

    /// Begins a step. Throws where the job was called off meanwhile, or is no longer this bayd's.
    ///
    /// - Parameters:
    ///   - isFinal: what begins now cannot be taken back, so that nobody can call the job off from here on.
    ///   - detail: what a settler will have to know, added to what it knows already.
    package func step(
        _ words: String, progress: Int? = nil, isFinal: Bool = false, detail: JSONObject? = nil
    ) async throws {
        let step = JobStore.Step(words: words, progress: progress, canCancel: !isFinal, detail: detail)
        let noted = try await store.database.transaction(attempts: 3) { transaction in
            guard let job = try await JobStore.note(step, of: id, owner: owner, in: transaction) else { return false }
            transaction.record(.job("update", job))
            return true
        }
        if noted { return }
        let lost = try await store.renew([id], of: owner, seconds: JobService.leaseSeconds).lost
        throw lost.isEmpty ? JobError.cancelled : JobError.taken
    }

    /// Ends the job in the transaction that records what it did, so that both are there or neither is. Throws where
    /// another bayd has taken the job over: then nothing of the transaction must stay.
    package func succeed(_ message: String, in transaction: Transaction) async throws {
        guard
            let job = try await JobStore.finish(id, .succeeded, message: message, owner: owner, in: transaction)
        else { throw JobError.taken }
        transaction.record(.job("finish", job))
        ended.value.withLock { $0 = true }
    }

    /// Ends the job. One that somebody else has ended or taken stays as it is.
    func finish(_ state: Job.State, _ message: String) async throws {
        try await store.database.transaction(attempts: 3) { transaction in
            let job = try await JobStore.finish(id, state, message: message, owner: owner, in: transaction)
            if let job { transaction.record(.job("finish", job)) }
        }
    }
}

extension NewEvent {
    /// Something happened to a job; `job` is what it is afterwards.
    fileprivate static func job(_ action: String, _ job: Job) -> NewEvent {
        let words =
            switch (action, job.state) {
            case ("create", _): "was asked for"
            case (_, .queued): "waits"
            case (_, .running): job.isCancelRequested ? "is to be called off" : "is at: \(job.step)"
            case (_, .succeeded): "is done"
            case (_, let state): "\(state == .failed ? "" : "was ")\(state.rawValue): \(job.message ?? "")"
            }
        return NewEvent(
            resource: "job", action: action, resourceID: job.id.rawValue, resourceName: job.title, actor: job.actor,
            message: "\(job.title) \(words)",
            data: [
                "id": .string(job.id.rawValue), "kind": .string(job.kind.rawValue),
                "machineId": .string(job.machineID.rawValue), "state": .string(job.state.rawValue),
                "step": .string(job.step), "progress": job.progress.map { .int($0) } ?? .null,
            ])
    }
}

extension Error {
    /// Somebody called off what was done, or whoever did it has to end.
    var isCallOff: Bool {
        self is CancellationError || self as? JobError == .cancelled || self as? DatabaseError == .cancelled
    }
}

extension JobError: FieldErrorConvertible {
    package var fieldError: FieldError {
        switch self {
        case .notFound: FieldError(message, code: .notFound)
        case .unknownSchedule: FieldError(message, code: .badInput)
        case .busy, .isOver, .tooLate, .taken: FieldError(message, code: .conflict)
        case .cancelled: FieldError(message, code: .cancelled)
        }
    }
}
