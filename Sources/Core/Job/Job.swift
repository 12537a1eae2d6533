package import JSON

/// A long operation as a row: what it does to whom, how far it is, and how it ended.
///
/// Whoever runs it holds a lease on it. When that bayd dies the lease runs out, and another one settles the job by looking
/// at what libvirt has, since nobody knows how far the dead one came.
package struct Job: Identifiable, Equatable, Sendable {
    package struct ID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package var rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package enum State: String, CaseIterable, Sendable {
        /// Waits for its turn.
        case queued
        case running
        case succeeded
        case failed
        /// Somebody called it off before it had done anything that cannot be taken back.
        case cancelled
        /// Whoever ran it ended before it did, and what it was to do is not done.
        case interrupted

        package var isOver: Bool { self != .queued && self != .running }
    }

    /// What is done. The words are those of the tables and of the API.
    package enum Kind: String, CaseIterable, Sendable {
        case destroyMachine = "machine.destroy"
        case changeHardware = "machine.hardware"
        case createSnapshot = "snapshot.create"
        case restoreSnapshot = "snapshot.restore"
        case deleteSnapshot = "snapshot.delete"
    }

    package var id: ID
    package var kind: Kind
    /// The machine that it is about, and the name that it had then.
    package var machineID: Machine.ID
    package var machineName: String
    /// Who asked for it.
    package var actor: String
    /// The account of whoever asked, who may follow it afterwards.
    package var userID: String?
    package var state: State
    /// What is being done now, for people.
    package var step: String
    /// In percent; nil where nobody can tell.
    package var progress: Int?
    /// How it ended.
    package var message: String?
    /// What a settler has to know. Holds no secret.
    package var detail: JSONObject
    /// Whether it can still be called off.
    package var canCancel: Bool
    package var isCancelRequested: Bool
    package var createdAt: Timestamp
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?

    package init(
        id: ID, kind: Kind, machineID: Machine.ID, machineName: String, actor: String, userID: String? = nil,
        state: State = .queued, step: String = "", progress: Int? = nil, message: String? = nil,
        detail: JSONObject = JSONObject(), canCancel: Bool = true, isCancelRequested: Bool = false,
        createdAt: Timestamp, startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.machineID = machineID
        self.machineName = machineName
        self.actor = actor
        self.userID = userID
        self.state = state
        self.step = step
        self.progress = progress
        self.message = message
        self.detail = detail
        self.canCancel = canCancel
        self.isCancelRequested = isCancelRequested
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

extension Job {
    /// What the job is, with its subject: `destroy web-1`, `snapshot before-update of web-1`.
    package var title: String {
        let name = detail["name"]?.string ?? ""
        return switch kind {
        case .destroyMachine: "destroy \(machineName)"
        case .changeHardware: "hardware change of \(machineName)"
        case .createSnapshot: "snapshot \(name) of \(machineName)"
        case .restoreSnapshot: "restore of \(machineName) to snapshot \(name)"
        case .deleteSnapshot: "deletion of snapshot \(name) of \(machineName)"
        }
    }
}

/// A line of what a job has said.
package struct JobLine: Equatable, Sendable {
    package var at: Timestamp
    package var message: String

    package init(at: Timestamp, message: String) {
        self.at = at
        self.message = message
    }
}

/// Why something cannot be done with a job.
package enum JobError: Error, Equatable, Sendable {
    case notFound
    /// Another bayd is at the machine, or one that is gone has left a job on it that is not settled yet.
    case busy(with: String)
    case isOver(Job.State)
    /// What it has begun cannot be taken back.
    case tooLate(step: String)
    /// Somebody called it off.
    case cancelled
    /// Another bayd has taken it over, because this one was not heard of.
    case taken
    case unknownSchedule(String)

    package var message: String {
        switch self {
        case .notFound: "job not found"
        case .busy(let other): "not now: the machine is busy with another operation (\(other))"
        case .isOver(let state): "the job has ended: it is \(state.rawValue)"
        case .tooLate(let step): "the job cannot be cancelled any more: \(step)"
        case .cancelled: "the job was cancelled"
        case .taken: "another bayd has taken the job over"
        case .unknownSchedule(let name): "there is no schedule named \"\(name)\""
        }
    }
}
