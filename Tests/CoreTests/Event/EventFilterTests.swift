import Core
import Testing

@Suite struct EventFilterTests {
    private static let now = Timestamp(iso8601: "2026-11-24T12:00:00Z")!

    private func event(at time: String = "2026-11-24T11:00:00Z") -> EventRecord {
        EventRecord(
            id: 1, at: Timestamp(iso8601: time)!, resource: "machine", action: "power_on", resourceID: "m",
            resourceName: "web-1", actor: "ada@example.org", message: "web-1 was started")
    }

    @Test(arguments: [
        ("", true), ("web", true), ("WEB started", true), ("db", false), ("!db", true), ("!web", false),
        ("who:ada", true), ("who:libvirt", false), ("what:machine", true), ("what:power", true), ("what:job", false),
        ("who:ada what:machine web", true), ("who:ada what:job", false), ("since:2h", true), ("since:30m", false),
        ("until:30m", true), ("until:2h", false), ("since:2026-11-24", true), ("since:2026-11-25", false),
        ("since:10:30", true), ("since:11:30", false), ("since:2026-11-24T10:59 until:2026-11-24T11:01", true),
        ("10:15:30", false), ("since:", false),
    ])
    func `an event is found by who, what and when`(filter: String, isFound: Bool) {
        #expect(EventFilter(filter, now: Self.now).matches(event()) == isFound)
    }

    @Test func `a time that is none is said to be none`() {
        let filter = EventFilter("since:yesterday web", now: Self.now)
        #expect(filter.problem == "\"yesterday\" is no time: 15m, 2h, 3d, 10:30 or 2026-11-24")
        #expect(filter.matches(event()))
        #expect(EventFilter("", now: Self.now).isEmpty && !EventFilter("since:1d", now: Self.now).isEmpty)
    }
}
