import Core
import JSON
import Testing

@testable import TUI

@Suite struct ListingTests {
    let listing: Listing = {
        var listing = Listing([.init("NAME"), .init("CPU%", .right), .init("NOTE")], names: ["name", "cpu", "note"])
        listing.rows = [
            .init(["web", "7.5", ""], ["name": "web", "cpu": 7.5, "note": .null]),
            .init(["täst 漢字", "120", "a, \"b\""], ["name": "täst 漢字", "cpu": 120, "note": "a, \"b\""]),
            .init(
                ["evil\u{1B}[2J\u{9B}31m", "", "x\r\ny\u{202E}z"],
                ["name": "evil\u{1B}[2J\u{9B}31m", "cpu": .null, "note": "x\r\ny\u{202E}z"]),
        ]
        return listing
    }()

    private func text(_ listing: Listing, _ form: Listing.Form) -> String {
        String(decoding: listing.printed(as: form), as: UTF8.self)
    }

    @Test func `a table aligns columns, numbers to the right, and has no control characters`() {
        #expect(
            text(listing, .text) == """
                NAME          CPU%  NOTE
                web            7.5
                täst 漢字      120  a, "b"
                evil·[2J·31m        x  y·z

                """)
    }

    @Test func `csv is that of RFC 4180 and has no control characters`() {
        #expect(
            text(listing, .csv)
                == "name,cpu,note\r\nweb,7.5,\r\ntäst 漢字,120,\"a, \"\"b\"\"\"\r\nevil·[2J·31m,,x  y·z\r\n")
    }

    @Test func `json is one array that means the same and has no control characters`() throws {
        let json = text(listing, .json)
        #expect(
            json == #"[{"name":"web","cpu":7.5,"note":null},{"name":"täst 漢字","cpu":120,"note":"a, \"b\""},"#
                + #"{"name":"evil\u001b[2J\u009b31m","cpu":null,"note":"x\r\ny\u202ez"}]"# + "\n")
        let parsed = try JSONValue(parsing: json)
        #expect(parsed[2]?["name"]?.string == "evil\u{1B}[2J\u{9B}31m")
        #expect(parsed[2]?["note"]?.string == "x\r\ny\u{202E}z")
    }

    @Test func `an empty list is still a list, with the header of a full one`() {
        let empty = Listings.pools([])
        #expect(text(empty, .text) == "NAME  STATE  CAPACITY  USED  FREE\n")
        #expect(text(empty, .csv) == "name,active,capacityBytes,allocationBytes,availableBytes\r\n")
        #expect(text(empty, .json) == "[]\n")
    }

    @Test func `columns are chosen by the names of the form, in the order in which they are named`() throws {
        #expect(text(try listing.choosing("cpu%, Name", for: .text), .text).hasPrefix("CPU%  NAME\n 7.5  web\n"))
        #expect(text(try listing.choosing("cpu,name", for: .csv), .csv).hasPrefix("cpu,name\r\n7.5,web\r\n"))
        #expect(text(try listing.choosing("note", for: .json), .json).hasPrefix(#"[{"note":null},"#))
        for wrong in ["nope", "", "name,"] {
            #expect(throws: CallError.self) { try listing.choosing(wrong, for: .csv) }
        }
    }

    @Test func `a filter keeps the rows that have every word`() {
        #expect(listing.matching("").rows.count == 3)
        #expect(listing.matching("WEB 7").rows.count == 1)
        #expect(listing.matching("!web").rows.count == 2)
        #expect(listing.matching("web !7").rows.isEmpty)
    }

    @Test func `every list calls the values of its rows what its header calls them`() {
        var fleet = Fleet()
        fleet.put([Machine(id: Machine.ID("1"), name: "web", internalName: "d", status: .off)])
        let zero = Timestamp(milliseconds: 0)
        let event = EventRecord(
            id: 1, at: zero, resource: "machine", action: "start", resourceID: "1", resourceName: "web", actor: "a",
            message: "m")
        let snapshot = Snapshot(
            name: "s", machineID: Machine.ID("1"), domainName: "d", createdAt: zero, isCurrent: true, state: "running")
        let pool = StoragePool(name: "p", isActive: true, capacityBytes: 1, allocationBytes: 1, availableBytes: 1)
        let department = DepartmentRow(department: Department(id: Department.ID("d"), name: "d"))
        let lists = [
            Listings.machines(&fleet, filter: ""), Listings.events([event]), Listings.departments([department]),
            Listings.pools([pool]), Listings.snapshots([snapshot]),
            Listings.links([LinkState(link: .database, state: .up, since: zero, reason: nil)]),
        ]
        for list in lists {
            #expect(list.rows.count == 1)
            #expect(list.rows.first?.value.members.map(\.name) == list.names)
            #expect(list.rows.first?.texts.count == list.columns.count)
        }
    }
}

@Suite struct SafeTextTests {
    @Test func `every character that a terminal could obey is escaped in JSON and means the same`() throws {
        var text = ""
        for range in [0...0xFF, 0x600...0x620, 0x2000...0x2070, 0xFEF0...0xFEFF, 0xE0000...0xE0080] {
            for value in range { if let scalar = Unicode.Scalar(UInt32(value)) { text.unicodeScalars.append(scalar) } }
        }
        let safe = String(decoding: SafeJSON.escaped(.string(text)), as: UTF8.self)
        #expect(try JSONValue(parsing: safe).string == text)
        let dangerous = safe.unicodeScalars.filter {
            $0.properties.generalCategory == .control || $0.properties.isBidiControl
                || $0.properties.generalCategory == .lineSeparator
                || (0xE0000...0xE007F).contains($0.value)
        }
        #expect(dangerous.isEmpty)
    }

    @Test func `JSON without such characters is left as it is`() {
        #expect(SafeJSON.escaped("{\"a\":\"ä漢\"}\n") == "{\"a\":\"ä漢\"}\n")
        #expect(SafeJSON.escaped("\"\u{E0001}\"") == "\"\\udb40\\udc01\"")
    }

    @Test func `a message keeps its lines and loses what a terminal could obey`() {
        #expect(SafeText.lines("a\u{1B}]0;x\u{7}\nb\u{85}c\n") == "a·]0;x·\nb·c\n")
    }
}
