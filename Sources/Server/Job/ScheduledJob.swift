package import Core

/// A schedule, and what is done when it is due.
package struct ScheduledJob: Sendable {
    package var schedule: JobSchedule
    /// Does the work and says in a few words what it came to. What it throws is a failure, to be tried again.
    package var run: @Sendable () async throws -> String

    package init(_ schedule: JobSchedule, run: @escaping @Sendable () async throws -> String) {
        self.schedule = schedule
        self.run = run
    }
}

/// A job could not do its work, in words for people.
package struct JobFailure: Error, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

extension JobSchedule {
    package static let powerState = JobSchedule(
        "power-state", .every(seconds: 30), title: "Compare machines' states with libvirt", limitSeconds: 120)
    package static let graphics = JobSchedule(
        "graphics", .every(seconds: 60), title: "Note where machines' screens are", limitSeconds: 120)
    package static let metricsWatchdog = JobSchedule(
        "metrics-watchdog", .every(seconds: 300), title: "Look for machines without figures", limitSeconds: 120)
    package static let firewall = JobSchedule(
        "firewall", .every(seconds: 60), title: "Compare packet filters with libvirt", limitSeconds: 300)
    package static let orphanCleanup = JobSchedule(
        "orphan-cleanup", .daily(hour: 3), title: "Delete what belongs to nothing any more", limitSeconds: 600)
}

/// Which bayd this is, as it stands in the tables: two processes never have the same name.
package struct ProcessName: Sendable {
    package var text: String

    /// - Parameter nonce: process ids come again, so something that does not is needed beside them.
    package init(host: String, processID: Int32, nonce: String) { text = "\(host):\(processID):\(nonce.prefix(8))" }
}
