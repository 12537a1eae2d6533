import Core
import JSON
import Testing

@testable import TUI

@Suite struct ZoneTests {
    private static let kolkata = Zone { _ in (19_800, "IST") }
    private let moment = Timestamp(iso8601: "2026-11-24T23:10:05Z") ?? Timestamp(milliseconds: 0)

    @Test func `a time is shown as a clock on the wall shows it`() {
        #expect(Zone.utc.dateAndTime(moment) == "2026-11-24 23:10:05")
        #expect(Self.kolkata.dateAndTime(moment) == "2026-11-25 04:40:05")
        #expect(Self.kolkata.date(moment) == "2026-11-25")
        #expect(Self.kolkata.snapshotName(moment) == "2026-11-25-0440")
        let west = Zone { _ in (-36_000, "HST") }
        #expect(west.dateAndTime(moment) == "2026-11-24 13:10:05")
    }

    @Test func `the list of events says the zone once`() {
        var stage = Stage()
        stage.console.zone = Self.kolkata
        stage.press(.character("3"))
        let screen = stage.screen
        #expect(screen.contains("TIME (IST)") && !screen.contains("UTC"))
        let event = Stage.events[0]
        #expect(screen.contains(Self.kolkata.dateAndTime(event.at)))
    }

    @Test func `the system's zone has a name and a likely offset`() {
        let zone = Zone.system.offset(moment)
        #expect(!zone.name.isEmpty && abs(zone.seconds) <= 15 * 3600)
    }

    @Test func `what programs read stays in UTC`() {
        let event = Stage.events[0]
        #expect(Listings.value(event)["at"] == .string(event.at.iso8601))
    }
}
