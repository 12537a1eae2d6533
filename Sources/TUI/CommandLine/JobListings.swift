package import Core
import JSON

/// Jobs, schedules and errors as `bay ls` prints them.
extension Listings {
    package static func jobs(_ jobs: [JobRow]) -> Listing {
        var listing = Listing(
            [
                .init("ASKED"), .init("JOB"), .init("STATE"), .init("DONE", .right), .init("STEP"), .init("WHO"),
                .init("ID"),
            ],
            names: [
                "id", "kind", "title", "machineId", "machineName", "actor", "state", "step", "progress", "message",
                "createdAt", "startedAt", "finishedAt",
            ])
        for job in jobs {
            listing.rows.append(
                .init(
                    [
                        job.createdAt.iso8601, job.title, job.state.rawValue,
                        job.progress.map { "\($0)%" } ?? Format.missing, job.words, job.actor, job.id,
                    ],
                    [
                        "id": .string(job.id), "kind": .string(job.kind), "title": .string(job.title),
                        "machineId": .string(job.machineID), "machineName": .string(job.machineName),
                        "actor": .string(job.actor), "state": .string(job.state.rawValue), "step": .string(job.step),
                        "progress": job.progress.map { .int($0) } ?? .null,
                        "message": job.message.map { .string($0) } ?? .null,
                        "createdAt": .string(job.createdAt.iso8601), "startedAt": time(job.startedAt),
                        "finishedAt": time(job.finishedAt),
                    ]))
        }
        return listing
    }

    package static func schedules(_ schedules: [ScheduleRow]) -> Listing {
        var listing = Listing(
            [
                .init("SCHEDULE"), .init("LAST"), .init("NEXT"), .init("RHYTHM"), .init("TOOK", .right),
                .init("RUNS", .right), .init("WHAT CAME OF IT"),
            ],
            names: [
                "id", "title", "rhythm", "nextDue", "runningSince", "lastStarted", "lastEnded", "lastSucceeded",
                "lastMessage", "failures", "runs",
            ])
        for schedule in schedules {
            listing.rows.append(
                .init(
                    [
                        schedule.id, schedule.stateWord, schedule.nextDue?.iso8601 ?? Format.missing, schedule.rhythm,
                        schedule.took ?? Format.missing, String(schedule.runs), schedule.lastMessage ?? "",
                    ],
                    [
                        "id": .string(schedule.id), "title": .string(schedule.title),
                        "rhythm": .string(schedule.rhythm), "nextDue": time(schedule.nextDue),
                        "runningSince": time(schedule.runningSince), "lastStarted": time(schedule.lastStarted),
                        "lastEnded": time(schedule.lastEnded),
                        "lastSucceeded": schedule.lastSucceeded.map { .bool($0) } ?? .null,
                        "lastMessage": schedule.lastMessage.map { .string($0) } ?? .null,
                        "failures": .int(schedule.failures), "runs": .int(schedule.runs),
                    ]))
        }
        return listing
    }

    package static func errors(_ errors: [ErrorEntry]) -> Listing {
        var listing = Listing(
            [
                .init("LAST"), .init("SEVERITY"), .init("STATE"), .init("TIMES", .right), .init("CODE"),
                .init("MESSAGE"), .init("ID"),
            ],
            names: [
                "id", "severity", "code", "message", "context", "timestamp", "lastAt", "count", "resolved",
                "resolvedAt", "resolvedBy",
            ])
        for error in errors {
            listing.rows.append(
                .init(
                    [
                        error.lastAt.iso8601, error.severity.rawValue.lowercased(), error.stateWord,
                        String(error.count), error.code, error.message, error.id.rawValue,
                    ],
                    [
                        "id": .string(error.id.rawValue), "severity": .string(error.severity.rawValue),
                        "code": .string(error.code), "message": .string(error.message),
                        "context": .object(error.context), "timestamp": .string(error.at.iso8601),
                        "lastAt": .string(error.lastAt.iso8601), "count": .int(error.count),
                        "resolved": .bool(error.isResolved), "resolvedAt": time(error.resolvedAt),
                        "resolvedBy": error.resolvedBy.map { .string($0) } ?? .null,
                    ]))
        }
        return listing
    }

    private static func time(_ instant: Timestamp?) -> JSONValue { instant.map { .string($0.iso8601) } ?? .null }
}
