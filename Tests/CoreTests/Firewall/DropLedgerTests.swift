import Core
import Testing

@Suite struct DropLedgerTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    private static func attempt(
        _ port: Int, seconds: Int64 = 0, from source: String = "10.0.3.7", machine: String = "m", id: String = "a"
    ) -> BlockedConnection {
        BlockedConnection(
            id: id, machineID: Machine.ID(machine), direction: .incoming, protocolName: "TCP", port: port,
            source: source, destination: "10.0.3.9", rule: FirewallRule.ID("r"),
            at: start.adding(milliseconds: seconds * 1000))
    }

    @Test func `what is the same within a minute is one row, which keeps its id and its time`() {
        var ledger = DropLedger()
        ledger.note(Self.attempt(443, id: "a"))
        ledger.note(Self.attempt(443, seconds: 1, id: "b"))
        #expect(ledger.take().map(\.attempts) == [2])
        #expect(ledger.take() == [])
        ledger.note(Self.attempt(443, seconds: 59, id: "c"))
        let grown = ledger.take()
        #expect(grown.map(\.id) == ["a"] && grown.map(\.attempts) == [3] && grown.map(\.at) == [Self.start])
        ledger.note(Self.attempt(443, seconds: 60, id: "d"))
        #expect(ledger.take().map(\.id) == ["d"])
    }

    @Test func `a scan of all ports is few rows, and the rest is counted`() {
        var ledger = DropLedger()
        for port in 1...65_535 { ledger.note(Self.attempt(port, seconds: Int64(port / 10_000))) }
        #expect(ledger.take().count == 60)
        #expect(ledger.suppressed == 65_475)
        // Others have room, and so has the machine a minute later.
        ledger.note(Self.attempt(1, seconds: 6, machine: "n"))
        ledger.note(Self.attempt(70, seconds: 70))
        #expect(ledger.take().map(\.port) == [1, 70])
        #expect(ledger.suppressed == 65_475)
    }

    @Test func `a scan that goes on for a day is so many rows an hour`() {
        var ledger = DropLedger()
        var rows = 0
        for second in 0..<86_400 {
            ledger.note(Self.attempt(second % 60_000 + 1, seconds: Int64(second)))
            rows += ledger.take().count
        }
        #expect(rows == 24_000)
    }

    @Test func `the answer of a machine that is held back is somebody's attempt to reach it`() throws {
        let bytes: [UInt8] =
            [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 3, 9, 10, 0, 3, 1]
            + [0x01, 0xBB, 0xC3, 0x50, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x12, 0, 0, 0, 0, 0, 0]
        let header = try #require(PacketHeader(bytes[...]))
        let place = DropPlace(direction: .outgoing, interface: "vnet0", rule: FirewallRule.ID("policy-rest"))
        let row = BlockedConnection(
            DropNotice(place: place, header: header), of: Machine.ID("m"), id: "a", at: Self.start)
        #expect(row.direction == .incoming && row.port == 443)
        #expect(row.source == "10.0.3.1" && row.destination == "10.0.3.9")
    }
}
