package import Core

/// How far a clock on the wall is from UTC: what people read is local time, what programs read is UTC.
package struct Zone: Sendable {
    /// Seconds east of UTC at a moment, and what the zone is called then.
    package let offset: @Sendable (Timestamp) -> (seconds: Int64, name: String)

    package init(_ offset: @escaping @Sendable (Timestamp) -> (seconds: Int64, name: String)) { self.offset = offset }

    package static let utc = Zone { _ in (0, "UTC") }

    package func name(at time: Timestamp) -> String { offset(time).name }

    /// The moment whose UTC reads as the local time of this one.
    private func local(_ time: Timestamp) -> Timestamp {
        time.adding(milliseconds: offset(time).seconds * 1000)
    }

    /// `2026-11-24 10:35:57`
    package func dateAndTime(_ time: Timestamp) -> String {
        String(local(time).iso8601.prefix(19).map { $0 == "T" ? " " : $0 })
    }

    /// `2026-11-24`
    package func date(_ time: Timestamp) -> String { String(local(time).iso8601.prefix(10)) }

    /// A name for a snapshot that is taken then: `2026-11-24-1015`.
    package func snapshotName(_ time: Timestamp) -> String { local(time).snapshotName }
}
