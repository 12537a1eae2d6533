import Core

/// A job as a row of its list.
extension JobRow {
    static let columns = [
        TableColumn("when", "ASKED (UTC)", importance: 3, minimum: 19, ideal: 19, maximum: 19),
        TableColumn("job", "JOB", importance: 0, minimum: 24, ideal: 34, maximum: 60),
        TableColumn("state", "STATE", importance: 0, minimum: 11, ideal: 11, maximum: 11),
        TableColumn("progress", "DONE", alignment: .right, importance: 1, minimum: 4, ideal: 4, maximum: 4),
        TableColumn("step", "STEP", importance: 2, minimum: 16, ideal: 30, maximum: 80),
        TableColumn("who", "WHO", importance: 4, minimum: 8, ideal: 16, maximum: 30),
    ]

    /// What it is at, or how it ended.
    package var words: String { state.isOver ? message ?? "" : isCancelRequested ? "is to be called off" : step }

    package var took: String? {
        guard let startedAt, let finishedAt else { return nil }
        return Format.duration(seconds: Double(finishedAt.milliseconds(since: startedAt)) / 1000)
    }

    func row(_ zone: Zone) -> ResourceList.Row {
        ResourceList.Row(
            id: id, name: title,
            texts: [
                "when": zone.dateAndTime(createdAt), "job": title, "state": state.rawValue,
                "progress": progress.map { "\($0)%" } ?? Format.missing, "step": words, "who": actor,
            ],
            roles: [
                "when": .muted, "state": stateRole, "who": .muted, "step": state == .failed ? .danger : .text,
            ],
            facts: [
                .init("Job", title), .init(state.isOver ? "Outcome" : "Step", words), .init("Who", actor),
                .init(
                    "When",
                    "asked for \(zone.dateAndTime(createdAt))"
                        + (finishedAt.map { ", ended \(zone.dateAndTime($0))" } ?? "")
                        + (took.map { ", took \($0)" } ?? "")),
                .init("Cancel", canCancel ? "X calls it off" : "not possible"), .init("Id", id),
            ])
    }

    private var stateRole: Role {
        switch state {
        case .queued, .cancelled: .muted
        case .running: .accent
        case .succeeded: .good
        case .failed: .danger
        case .interrupted: .warning
        }
    }
}

/// A schedule as a row of its list.
extension ScheduleRow {
    static let columns = [
        TableColumn("name", "SCHEDULE", importance: 0, minimum: 14, ideal: 18, maximum: 24),
        TableColumn("last", "LAST", importance: 0, minimum: 9, ideal: 9, maximum: 9),
        TableColumn("next", "NEXT (UTC)", importance: 0, minimum: 19, ideal: 19, maximum: 19),
        TableColumn("rhythm", "RHYTHM", importance: 2, minimum: 14, ideal: 14, maximum: 16),
        TableColumn("took", "TOOK", alignment: .right, importance: 3, minimum: 6, ideal: 8, maximum: 8),
        TableColumn("message", "WHAT CAME OF IT", importance: 4, minimum: 14, ideal: 34, maximum: 80),
    ]

    package var stateWord: String {
        if runningSince != nil { return "runs" }
        guard let lastSucceeded else { return "not yet" }
        return lastSucceeded ? "good" : "failed"
    }

    package var took: String? {
        guard let lastStarted, let lastEnded else { return nil }
        let milliseconds = max(0, lastEnded.milliseconds(since: lastStarted))
        return milliseconds < 1000 ? "\(milliseconds)ms" : Format.duration(seconds: Double(milliseconds) / 1000)
    }

    func row(_ zone: Zone) -> ResourceList.Row {
        let missing = Format.missing
        return ResourceList.Row(
            id: id, name: id,
            texts: [
                "name": id, "last": stateWord, "next": nextDue.map(zone.dateAndTime) ?? missing, "rhythm": rhythm,
                "took": took ?? missing, "message": lastMessage ?? "",
            ],
            roles: [
                "last": runningSince != nil ? .accent : lastSucceeded == false ? .danger : .good, "rhythm": .muted,
                "message": lastSucceeded == false ? .danger : .text,
            ],
            facts: [
                .init("What", title), .init("Rhythm", rhythm),
                .init(
                    "Last run",
                    lastStarted.map { "\(zone.dateAndTime($0)), " + (lastMessage ?? "") } ?? "none yet"),
                .init("Next run", nextDue.map(zone.dateAndTime) ?? missing),
                .init("Runs", "\(runs)" + (failures > 0 ? ", the last \(failures) failed" : "")),
            ])
    }
}
